/** LVM2 as far as sanctl uses it: physical volumes, groups, linear and striped volumes, thin pools, snapshots. Sizes in bytes. */
import { Content, cut, type Device, type Stretch, signatures, type Witness, type Written } from './content.ts';
import type { Disk } from './disk.ts';

export const extentBytes = 4 * 2 ** 20;
/** Where the extents of a physical volume begin (`pe_start`). */
const firstExtentAt = 2 ** 20;

export interface PhysicalVolume {
  readonly uuid: string;
  readonly disk: Disk;
  /** Undefined: in no group yet. */
  group: Group | undefined;
  readonly extents: number;
}

export interface Group {
  readonly name: string;
  readonly uuid: string;
  readonly tags: Set<string>;
  readonly pvs: PhysicalVolume[];
  volumes: LogicalVolume[];
}

interface Segment {
  readonly pv: PhysicalVolume;
  readonly first: number;
  readonly count: number;
}

export type Layout =
  | 'linear'
  | 'striped'
  | 'snapshot'
  | 'thin-pool'
  | 'thin'
  | 'pool-data'
  | 'pool-metadata'
  | 'pool-spare';

interface NewVolume {
  readonly name: string;
  readonly uuid: string;
  readonly group: Group;
  readonly layout: Layout;
  readonly stripes?: number;
  readonly pool?: LogicalVolume;
  readonly origin?: LogicalVolume;
}

/** A logical volume, and the device that it makes when it is active. */
export class LogicalVolume implements Device {
  readonly name: string;
  readonly uuid: string;
  readonly group: Group;
  readonly layout: Layout;
  readonly stripes: number;
  readonly tags = new Set<string>();
  readonly segments: Segment[] = [];
  /** The pool of a thin volume. */
  readonly pool: LogicalVolume | undefined;
  active = true;
  /** The kernel's number: `/dev/dm-0`. */
  dm = -1;
  #virtualBytes = 0;
  readonly #thin: Content | undefined;
  /** What it is a snapshot of. */
  readonly origin: LogicalVolume | undefined;
  /** Of a snapshot: how far its guest had come. */
  taken = '';
  /** Of a snapshot, which nobody writes on: what its origin held. No witness counts it: it is no place where the origin's data may be. */
  readonly #frozen: readonly Stretch[];
  readonly #frozenBytes: number;

  constructor(is: NewVolume, witness: Witness) {
    this.name = is.name;
    this.uuid = is.uuid;
    this.group = is.group;
    this.layout = is.layout;
    this.stripes = is.stripes ?? 1;
    this.pool = is.pool;
    this.origin = is.origin;
    this.#frozenBytes = is.origin?.bytes ?? 0;
    this.#frozen = is.origin?.read(0, is.origin.bytes) ?? [];
    this.#thin = is.layout === 'thin' && is.origin === undefined ? new Content(witness) : undefined;
  }

  get hidden(): boolean {
    return this.layout.startsWith('pool-');
  }

  get extents(): number {
    return this.segments.reduce((sum, one) => sum + one.count, 0);
  }

  /** Of the device: what LVM calls the size of a thick snapshot is the room for what changes (`lv_size`). */
  get bytes(): number {
    if (this.origin !== undefined) return this.#frozenBytes;
    if (this.layout === 'thin-pool') return this.part('pool-data')?.bytes ?? 0;
    return this.#thin === undefined ? this.extents * extentBytes : this.#virtualBytes;
  }

  /** A pool's hidden part. */
  part(layout: Layout): LogicalVolume | undefined {
    return this.group.volumes.find((one) => one.layout === layout && one.pool === this);
  }

  grow(segments: readonly Segment[], virtualBytes: number): void {
    this.segments.push(...segments);
    this.#virtualBytes = virtualBytes;
  }

  read(start: number, end: number): readonly Stretch[] {
    if (this.origin !== undefined)
      return this.#frozen.filter((one) => one.end > start && one.start < end).map((one) => cut(one, start, end));
    if (this.#thin !== undefined) return this.#thin.read(start, Math.min(end, this.#virtualBytes));
    return this.#runs(start, end).flatMap(({ disk, at, from, to }) =>
      disk.read(at, at + to - from).map((one) => ({ ...one, start: one.start - at + from, end: one.end - at + from })),
    );
  }

  write(start: number, end: number, written: Written | undefined, origin = 0): void {
    if (this.origin !== undefined) throw new Error(`${this.name} is a snapshot, and read-only`);
    if (this.#thin !== undefined) this.#thin.write(start, Math.min(end, this.#virtualBytes), written, origin);
    for (const { disk, at, from, to } of this.#runs(start, end)) {
      disk.write(at, at + to - from, written, origin + from - start);
    }
  }

  /** What was on it is out of reach. */
  drop(witness: Witness): void {
    if (this.origin !== undefined) return;
    this.#thin?.forget(`volume ${this.group.name}/${this.name} was removed`);
    if (this.#thin !== undefined) return;
    for (const one of this.read(0, this.bytes)) witness.went(one, `volume ${this.group.name}/${this.name} was removed`);
  }

  /** Bytes of the thin volume that hold something. */
  get mapped(): number {
    return this.#thin?.read(0, this.#virtualBytes).reduce((sum, one) => sum + one.end - one.start, 0) ?? 0;
  }

  #runs(start: number, end: number): { disk: Disk; at: number; from: number; to: number }[] {
    let begin = 0;
    return this.segments.flatMap(({ pv, first, count }) => {
      const at = begin;
      begin += count * extentBytes;
      const from = Math.max(start, at);
      const to = Math.min(end, begin);
      if (from >= to) return [];
      return [{ disk: pv.disk, at: firstExtentAt + first * extentBytes + from - at, from, to }];
    });
  }
}

/** Everything that LVM knows on one machine. It lies on the disks: a reboot changes nothing but what is active. */
export class Lvm {
  pvs: PhysicalVolume[] = [];
  groups: Group[] = [];

  /** Physical volumes whose label is still on their disk. */
  get labelled(): readonly PhysicalVolume[] {
    return this.pvs.filter((pv) =>
      signatures(pv.disk).some((one) => one.type === 'LVM2_member' && one.uuid === pv.uuid),
    );
  }

  group(name: string): Group | undefined {
    return this.groups.find((one) => one.name === name);
  }

  volume(path: string): LogicalVolume | undefined {
    const [group, name] = path.replace(/^\/dev\//, '').split('/');
    return this.group(group ?? '')?.volumes.find((one) => one.name === name);
  }
}

export function extentsOf(disk: Disk): number {
  return Math.floor((disk.bytes - firstExtentAt) / extentBytes);
}

export function freeExtents(group: Group): number {
  const total = group.pvs.reduce((sum, pv) => sum + pv.extents, 0);
  return total - group.volumes.reduce((sum, one) => sum + one.extents, 0);
}

/** The lowest free extents of the group, as LVM's `normal` policy finds them; undefined when there are too few. */
export function allocate(group: Group, count: number): readonly Segment[] | undefined {
  const out: Segment[] = [];
  let missing = count;
  for (const pv of group.pvs) {
    for (const gap of gaps(group, pv)) {
      if (missing === 0) break;
      const take = Math.min(missing, gap.count);
      out.push({ pv, first: gap.first, count: take });
      missing -= take;
    }
  }
  return missing === 0 ? out : undefined;
}

function gaps(group: Group, pv: PhysicalVolume): readonly { first: number; count: number }[] {
  const used = group.volumes
    .flatMap((one) => one.segments)
    .filter((one) => one.pv === pv)
    .sort((a, b) => a.first - b.first);
  let at = 0;
  const out: { first: number; count: number }[] = [];
  for (const one of [...used, { first: pv.extents, count: 0 }]) {
    if (one.first > at) out.push({ first: at, count: one.first - at });
    at = one.first + one.count;
  }
  return out;
}
