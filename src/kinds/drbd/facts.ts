/** What a node knows of DRBD: its versions, what runs in its kernel, what its files configure, who listens. */
import type { Reading } from '../reading.ts';

export interface DrbdFacts {
  readonly kernel: Reading<KernelModule>;
  /** Version of drbd-utils; null when they are not installed. */
  readonly utils: Reading<string | null>;
  /** What runs in the kernel now, by resource; empty when the module is proven not loaded. */
  readonly running: Reading<Readonly<Record<string, Running>>>;
  /** What the configuration files say, by resource, read by `drbdadm` itself; secrets left out. */
  readonly configured: Reading<Readonly<Record<string, Configured>>>;
  /** For each resource of the inventory on this node. */
  readonly halves: Readonly<Record<string, Half>>;
  /** TCP ports on which somebody listens, in rising order. */
  readonly ports: Reading<readonly number[]>;
}

export interface KernelModule {
  readonly loaded: boolean;
  /** Version of the loaded module, or of the one that would be; null when this kernel has none. */
  readonly version: string | null;
}

/** A resource in the kernel. States are DRBD's own words: what we do not know stays readable. */
export interface Running {
  readonly role: string;
  /** `no`, or the reasons: `user,quorum`. */
  readonly suspended: string;
  readonly volumes: Readonly<Record<string, RunningVolume>>;
  readonly connections: readonly Connection[];
  /** On which this node listens for the peer; undefined when not read. */
  readonly port: number | undefined;
  /** `allow-two-primaries` at this moment, on any connection (D1, W6); undefined when the kernel's options could not be read. */
  readonly twoPrimaries: boolean | undefined;
}

export interface RunningVolume {
  readonly minor: number;
  readonly disk: string;
  /** Usable bytes; undefined when the kernel does not say (no disk, no peer). */
  readonly bytes: number | undefined;
  /** Somebody has the device open; undefined where DRBD cannot tell (8.4). */
  readonly open: boolean | undefined;
  /** Backing device, `none` when diskless; undefined when not read. */
  readonly backing: string | undefined;
}

export interface Connection {
  /** The peer's host name on 9; empty on 8.4, which has one peer and no name for it. */
  readonly peer: string;
  readonly state: string;
  readonly role: string;
  readonly volumes: Readonly<Record<string, PeerVolume>>;
}

export interface PeerVolume {
  readonly replication: string;
  readonly disk: string;
  /** `no`, or who paused the resync. */
  readonly resyncSuspended: string;
  readonly outOfSyncBytes: number;
}

/** A resource as the files on this node describe it. */
export interface Configured {
  readonly hosts: Readonly<Record<string, ConfiguredHost>>;
}

export interface ConfiguredHost {
  readonly minor: number | undefined;
  readonly port: number | undefined;
  readonly nodeId: number | undefined;
  readonly disk: string | undefined;
}

/** One node's part of a resource of the inventory. */
export interface Half {
  /** Types of what wipefs(8) finds on the slice: `drbd`, `ext4`. Unknown also when there is no such device. */
  readonly signatures: Reading<readonly string[]>;
  /** Generation identifiers of the metadata; null when there is no metadata on the slice. */
  readonly generation: Reading<Generation | null>;
  /** What `drbdadm adjust` would run now, one command a line, secrets hidden; empty when nothing differs or nothing runs. */
  readonly adjust: Reading<readonly string[]>;
}

/** As `drbdadm get-gi` prints it. */
export interface Generation {
  /** Sixteen hexadecimal digits, upper case. The lowest bit only says whether the node is Primary. */
  readonly current: string;
  readonly consistent: boolean;
  readonly upToDate: boolean;
}

/** The current UUID that `create-md` writes: no data has ever been here (UUID_JUST_CREATED, drbd-headers `drbd.h`). */
export const justCreated = '0000000000000004';
