/** What volumes stand on and how they are mirrored, and images. */
import type { NodeName } from '../../step.ts';

export interface VolumeGroup {
  readonly name: string;
  /** Whole disks or partitions for each node. */
  readonly devices: Readonly<Record<NodeName, readonly string[]>>;
  readonly thinPools: Readonly<Record<string, { readonly bytes: number }>>;
}

/** Only for volumes with two or more replicas. */
export interface Replication {
  readonly protocol: 'A' | 'B' | 'C';
  /** K1: decided at plan time. */
  readonly firstSync: 'full' | 'zero' | 'skip';
  /** The side that holds the data or runs the VM: the first sync starts from it, never from another. */
  readonly source: NodeName;
  /** Pinned by the inventory; otherwise what the nodes' `.res` files say, otherwise the lowest that is free. */
  readonly minor?: number;
  readonly port?: number;
  /** Name of the shared secret of the peers; none: the replication link is not authenticated, and `check` says so. */
  readonly secret?: string;
  /** Bytes per second of resync, at most (`c-max-rate`). */
  readonly maxRate: number;
}

/** A plain file on one node, fully allocated, used as a disk. */
export interface Image {
  readonly name: string;
  readonly node: NodeName;
  readonly path: string;
  readonly bytes: number;
}
