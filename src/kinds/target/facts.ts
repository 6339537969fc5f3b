/** What a node serves by iSCSI, as the kernel has it. */

import type { UnitFact } from '../instance.ts';
import type { Reading } from '../reading.ts';

export interface TargetFacts {
  readonly live: Reading<LiveTargets>;
  /** By name, of the exports that the inventory has here. */
  readonly units: Reading<Readonly<Record<string, UnitFact>>>;
}

export interface LiveTargets {
  readonly stores: readonly Store[];
  readonly targets: readonly LiveTarget[];
  /** By export: the sha256 of the settings that its script carried out last, since the boot. */
  readonly applied: Readonly<Record<string, string>>;
}

/** A backstore: what takes a device for LIO. */
export interface Store {
  /** `iblock_1000/db`. */
  readonly id: string;
  readonly enabled: boolean;
  readonly serial: string;
  readonly device: string;
}

/** One target portal group. */
export interface LiveTarget {
  readonly iqn: string;
  /** `tpgt_1`. */
  readonly group: string;
  readonly enabled: boolean;
  /** CHAP is demanded. */
  readonly authentication: boolean;
  /** Whoever comes gets in (I3). */
  readonly open: boolean;
  /** LUN -> id of its store. */
  readonly luns: Readonly<Record<string, string>>;
  readonly portals: readonly string[];
  readonly entries: readonly Entry[];
}

/** What one initiator may have. */
export interface Entry {
  readonly initiator: string;
  readonly loggedIn: boolean;
  /** Of LUN 0; undefined when it has none. */
  readonly readOnly: boolean | undefined;
}
