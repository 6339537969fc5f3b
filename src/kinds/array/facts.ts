/** The md arrays of a node as the kernel has them, and what the members of those in the inventory say. Sizes in bytes. */
import type { Reading } from '../reading.ts';
import type { Unit } from '../unit.ts';
import type { Device } from '../volume-group/facts.ts';
import type { Leg } from './legs.ts';

export interface ArrayFacts {
  readonly assembled: Reading<readonly Assembled[]>;
  /** Of those that run, the ones of which mdadm's own configuration does not know, also on nodes that only export a member. */
  readonly unnamed: Reading<readonly Unnamed[]>;
  /** By the path of the member's device. */
  readonly members: Readonly<Record<string, Member>>;
  /** By name: the uuid of the array that sanctl made, or that it was told to take over. */
  readonly records: Readonly<Record<string, Reading<string | 'absent'>>>;
  readonly units: Readonly<Record<string, Reading<Unit>>>;
}

export interface Unnamed {
  /** `md127`. */
  readonly device: string;
  /** Digits only; empty where the kernel has none. */
  readonly uuid: string;
}

export interface Member {
  readonly device: Reading<Device | 'absent'>;
  /** What mdadm reads there. `none` does not prove it blank: a dead device has none either (tried, mdadm 4.2). */
  readonly leg: Reading<Leg | 'none'>;
}

export interface Assembled {
  /** `md127`. */
  readonly device: string;
  /** Names below /dev/md. */
  readonly names: readonly string[];
  /** Digits only. */
  readonly uuid: string;
  /** `raid6`; empty while it is inactive. */
  readonly level: string;
  /** While it grows: of the new shape. */
  readonly disks: number;
  readonly bytes: number;
  readonly chunkBytes: number;
  /** `clean`, `active`, `read-auto`, `inactive`, …: Documentation/admin-guide/md.rst. */
  readonly state: string;
  readonly degraded: number;
  readonly bitmap: boolean;
  /** `idle`, `resync`, `recover`, `reshape`, `check`, `repair`, `frozen`; `none` where a level has none. */
  readonly action: string;
  readonly progress?: { readonly done: number; readonly of: number };
  /** KiB for each second. */
  readonly speed?: number;
  readonly speedMax?: number;
  readonly mismatches: number;
  readonly legs: readonly KernelLeg[];
}

export interface KernelLeg {
  /** `dm-3`, `nbd0`. */
  readonly device: string;
  /** Undefined: in no slot. */
  readonly slot?: number;
  /** `in_sync`, `faulty`, `spare`, `write_mostly`, … */
  readonly states: readonly string[];
}
