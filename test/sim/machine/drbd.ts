/** The DRBD 8.4 kernel module of one machine. What two machines do together stands in `drbd-peers.ts`. */
import type { Device, Stretch, Written } from './content.ts';
import type { ResourceConfig } from './drbd-config.ts';
import { justCreated, type Metadata, metadataOf, none, usableBytes } from './drbd-metadata.ts';
import type { LogicalVolume } from './lvm.ts';

export type Role = 'Primary' | 'Secondary';
export type DiskState = 'Diskless' | 'Inconsistent' | 'Outdated' | 'Consistent' | 'UpToDate';
export type ConnectionState = 'StandAlone' | 'WFConnection' | 'Connected' | 'SyncSource' | 'SyncTarget';

interface NewHalf {
  readonly resource: string;
  readonly node: string;
  readonly minor: number;
  readonly config: ResourceConfig;
  readonly lower: LogicalVolume;
  readonly metadata: Metadata;
  readonly generate: () => string;
}

/** One machine's half of a resource, in its kernel; gone after a reboot, but for the metadata on the slice. */
export class Half implements Device {
  readonly resource: string;
  readonly node: string;
  readonly minor: number;
  /** The options that the kernel was given last. */
  config: ResourceConfig;
  lower: LogicalVolume;
  metadata: Metadata;
  role: Role = 'Secondary';
  disk: DiskState;
  connection: ConnectionState = 'StandAlone';
  /** Only while connected. */
  peer: Half | undefined;
  /** `connect --discard-my-data`: after a split brain it takes what the other side has. */
  discards = false;
  /** When it last lost its peer. */
  lostAt = Number.NEGATIVE_INFINITY;
  /** When its peer was lost last without a word. */
  cutAt = Number.NEGATIVE_INFINITY;
  /** Since when it waits for its peer, seconds of the virtual clock. */
  waitingSince = 0;
  bytes: number;
  /** How many have the device open: domains. */
  openers = 0;
  /** A new generation identifier. */
  readonly generate: () => string;

  constructor(is: NewHalf) {
    this.resource = is.resource;
    this.node = is.node;
    this.minor = is.minor;
    this.config = is.config;
    this.lower = is.lower;
    this.metadata = is.metadata;
    this.generate = is.generate;
    this.disk = attached(is.metadata, is.config);
    if (is.metadata.primary) is.metadata.crashedPrimary = true;
    if (is.metadata.agreedBytes === 0) {
      is.metadata.agreedBytes = usableBytes(is.lower);
      is.metadata.outOfSync.add(0, is.metadata.agreedBytes);
    }
    this.bytes = is.metadata.agreedBytes;
    this.remember();
  }

  get connected(): boolean {
    return this.peer !== undefined;
  }

  /** A window is open at this end (D1); without a connection there is none to have one. */
  get allowsTwoPrimaries(): boolean {
    return this.connection !== 'StandAlone' && this.config.net.get('allow-two-primaries') === 'yes';
  }

  /** Where this side can read good data: its own disk, or its peer's. */
  get hasData(): boolean {
    return this.disk === 'UpToDate' || this.peer?.disk === 'UpToDate';
  }

  read(start: number, end: number): readonly Stretch[] {
    const source = this.disk === 'UpToDate' ? this.lower : this.peer?.lower;
    return source?.read(start, Math.min(end, this.bytes)) ?? [];
  }

  /** Throws when this side may not write: the caller asked for what no opener can get. */
  write(start: number, end: number, written: Written | undefined, from = 0): void {
    if (this.role !== 'Primary') throw new Error(`${this.resource} is not Primary on ${this.node}`);
    if (this.connected === false) this.divergeFromPeer();
    for (const half of [this, this.peer])
      if (half !== undefined && half.disk !== 'Diskless')
        half.lower.write(start, Math.min(end, this.bytes), written, from);
    if (this.peer === undefined) this.metadata.outOfSync.add(start, Math.min(end, this.bytes));
  }

  /** An I/O error and `on-io-error detach`: it goes on without its disk. */
  loseDisk(): void {
    this.disk = 'Diskless';
  }

  /** A new disk under a resource that goes on over the network: its peer fills it when they shake hands. */
  attach(lower: LogicalVolume, metadata: Metadata): void {
    this.lower = lower;
    this.metadata = metadata;
    this.disk = 'Inconsistent';
    metadata.agreedBytes = this.bytes;
    metadata.outOfSync.add(0, this.bytes);
    this.remember();
  }

  /** A Primary without its peer begins a new generation: what it writes now the peer has never seen. */
  divergeFromPeer(): void {
    if (this.role === 'Primary' && this.disk === 'UpToDate' && this.metadata.bitmap === none) this.newGeneration();
  }

  /** What stood there before becomes what the peer has seen last. */
  newGeneration(): void {
    const { metadata } = this;
    if (metadata.bitmap !== none) metadata.history = [metadata.bitmap, metadata.history[0] ?? none];
    metadata.bitmap = metadata.current;
    metadata.current = this.generate();
  }

  /** What of the state goes into the metadata at once (`MDF_*`). */
  remember(): void {
    const { metadata } = this;
    if (this.disk === 'Diskless') return;
    metadata.consistent = this.disk === 'UpToDate' || this.disk === 'Consistent' || this.disk === 'Outdated';
    if (this.disk === 'UpToDate') metadata.upToDate = true;
    if (this.disk === 'Inconsistent') metadata.upToDate = false;
    metadata.outdated = this.disk === 'Outdated';
    metadata.primary = this.role === 'Primary';
    metadata.connected = this.connected;
    const peer = this.peer?.disk;
    if (peer !== undefined) metadata.peerOutdated = peer === 'Inconsistent' || peer === 'Outdated';
  }
}

function attached(metadata: Metadata, config: ResourceConfig): DiskState {
  if (!metadata.consistent) return 'Inconsistent';
  if (metadata.outdated) return 'Outdated';
  const fencing = config.disk.get('fencing') ?? 'dont-care';
  return fencing === 'dont-care' || metadata.peerOutdated ? 'UpToDate' : 'Consistent';
}

/** Why this slice cannot be attached, or its metadata. */
export function attachable(lower: LogicalVolume): Metadata | string {
  const metadata = metadataOf(lower);
  if (metadata === undefined) return 'no valid meta-data signature found.';
  return metadata.agreedBytes > usableBytes(lower) ? 'Low.dev. smaller than requested DRBD-dev. size.' : metadata;
}

/** `new-current-uuid --clear-bitmap` is only for two halves that have never held data. */
export function neverUsed(half: Half): boolean {
  return (
    half.connection === 'Connected' &&
    half.metadata.current === justCreated &&
    half.peer?.metadata.current === justCreated &&
    half.disk === 'Inconsistent' &&
    half.peer.disk === 'Inconsistent'
  );
}
