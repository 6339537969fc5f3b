/** What a node imports by iSCSI, as the kernel has it. */

import type { UnitFact } from '../instance.ts';
import type { Reading } from '../reading.ts';

export interface InitiatorFacts {
  readonly live: Reading<LiveImports>;
  /** Of the exports that the inventory lets this node import. */
  readonly units: Reading<Readonly<Record<string, UnitFact>>>;
}

export interface LiveImports {
  readonly sessions: readonly Session[];
  readonly maps: readonly PathMap[];
  /** Names of device-mapper that are no multipath maps. */
  readonly others: readonly string[];
  /** By export: the sha256 of what its script carried out last, since the boot. */
  readonly applied: Readonly<Record<string, string>>;
}

export interface Session {
  readonly iqn: string;
  /** `10.77.0.11:3260`. */
  readonly portal: string;
  readonly initiator: string;
  /** `LOGGED_IN`; `FAILED` or `FREE` while the line is broken: the session is made anew by itself. */
  readonly state: string;
  readonly disks: readonly Disk[];
}

export interface Disk {
  readonly lun: number;
  /** `sda`. */
  readonly device: string;
  /** As udev and multipath have it: `3600140…`; empty when it tells none. */
  readonly wwid: string;
  readonly bytes: number;
}

/** A map of device-mapper multipath, whoever made it. */
export interface PathMap {
  readonly name: string;
  readonly wwid: string;
  readonly bytes: number;
  /** Kernel names of its paths. */
  readonly paths: readonly string[];
}
