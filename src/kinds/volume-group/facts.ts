/** Disks, physical volumes and volume groups of a node, and how its LVM is configured. Sizes in bytes. */
import type { Reading } from '../reading.ts';

export interface VolumeGroupFacts {
  /** Whether the node has LVM's programs at all. */
  readonly lvm: 'present' | 'absent' | 'unknown';
  readonly settings: Reading<LvmSettings>;
  /** Every volume group that LVM sees. Two may bear one name (L7). */
  readonly groups: Reading<readonly GroupState[]>;
  readonly physicalVolumes: Reading<readonly PhysicalVolume[]>;
  /** By the path in the inventory. */
  readonly devices: Readonly<Record<string, Reading<Device | 'absent'>>>;
}

/** lvm.conf(5), as LVM itself resolves it (L1). */
export interface LvmSettings {
  readonly globalFilter: readonly string[];
  readonly scanLvs: boolean;
  readonly allowChangesWithDuplicatePvs: boolean;
  readonly useDevicesFile: boolean;
}

export interface GroupState {
  readonly name: string;
  readonly uuid: string;
  readonly bytes: number;
  readonly extentBytes: number;
  readonly freeExtents: number;
  readonly missingPvs: number;
  readonly tags: readonly string[];
  /** Empty: none (L6). */
  readonly systemId: string;
  readonly exported: boolean;
}

export interface PhysicalVolume {
  readonly path: string;
  readonly uuid: string;
  /** Empty when it belongs to none. */
  readonly group: string;
  readonly groupUuid: string;
  readonly bytes: number;
  readonly missing: boolean;
  readonly duplicate: boolean;
}

export interface Device {
  /** What the kernel calls it: `vdb`. */
  readonly kernelName: string;
  readonly bytes: number;
  /** lsblk(8): `disk`, `part`, `loop`, `mpath`. */
  readonly type: string;
  readonly readOnly: boolean;
  /** Empty when the disk has none. */
  readonly serial: string;
  readonly wwn: string;
  /** What wipefs(8) lists; empty: none. */
  readonly signatures: readonly Signature[];
  /** Partitions, LVs, md members: what the kernel has built on it. */
  readonly children: readonly string[];
  /** Of itself and all that is built on it; `[SWAP]` is one too. */
  readonly mountpoints: readonly string[];
  readonly content: Content;
}

/**
 * What sampling found (C1): all zero, zero but for the first MiB, where labels live, or data and where the first is.
 * What the kernel holds is not sampled.
 */
export type Content =
  | { readonly is: 'zero' | 'zero after 1 MiB' | 'held' }
  | { readonly is: 'data'; readonly at: number };

export interface Signature {
  readonly type: string;
  readonly offset: string;
  readonly uuid: string;
}
