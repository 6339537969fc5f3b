/** Volumes, images and arrays that other nodes use over the network. */
import type { NodeName } from '../../step.ts';
import type { OnArray, OnImage, OnVolume } from './backing.ts';

export type Export = NbdExport | IscsiExport;

interface ExportOfAnyKind {
  readonly name: string;
  readonly backing: OnVolume | OnImage | OnArray;
  /** Has the backing, and serves it. */
  readonly from: NodeName;
  /** May import it; which of them do: `importersOf` (N7). None is `from` (N4, G1). */
  readonly to: readonly NodeName[];
  readonly readOnly: boolean;
  /** How long I/O waits for a server that does not answer; none: for ever, never so under an array (N6, R6). */
  readonly timeoutSeconds?: number;
}

export interface NbdExport extends ExportOfAnyKind {
  readonly via: 'nbd' | 'gnbd';
  /** What it is called on the wire, and what the backing is marked with: no other site and no other export has it (S3). */
  readonly wireName: string;
  /** Of each importer. */
  readonly connections: number;
  readonly tls: 'mutual' | 'none';
  /** Pinned by the inventory; otherwise what the node has, otherwise the lowest that is free. */
  readonly port?: number;
}

export interface IscsiExport extends ExportOfAnyKind {
  readonly via: 'iscsi';
  readonly timeoutSeconds: number;
  /** Addresses of `from`: one path for each. */
  readonly portals: readonly string[];
  /** Only with two or more portals. */
  readonly multipath?: 'active-active' | 'active-passive';
  /** Name of the target, which serves this export alone. */
  readonly iqn: string;
  /** Unit serial of its LUN, a uuid: unique over the inventory, the same for ever (I2). */
  readonly serial: string;
  readonly chap?: Chap;
}

export interface Chap extends ChapUser {
  /** How the target proves itself. */
  readonly mutual?: ChapUser;
}

export interface ChapUser {
  readonly user: string;
  /** Name of the secret. */
  readonly password: string;
}
