/** What lies on a device, coarsely: who wrote which stretch, and where a signature shows. Nothing written reads as zero. */

/** One write, as a thing with an identity: two places with the same write at the same offset hold the same bytes. */
export interface Written {
  /** Who wrote: `guest web #12`, `mkfs`, `somebody before`. */
  readonly by: string;
  /** A guest's or a person's data: its loss is what the whole project is about. */
  readonly precious: boolean;
  /** What blkid(8) and wipefs(8) would find, `at` bytes after the write's beginning. */
  readonly signature?: Signature;
  /** What mdadm(8) would read there. */
  readonly superblock?: Superblock;
}

/** Of a member of an array, metadata 1.2 (`mdadm --examine`). */
export interface Superblock {
  readonly uuid: string;
  readonly name: string;
  readonly level: number;
  readonly chunkBytes: number;
  readonly bitmap: boolean;
  readonly members: number;
  readonly arrayBytes: number;
  readonly events: number;
  readonly role: number;
  /** `AA.A`: what it knew last of each. */
  readonly state: string;
  readonly clean: boolean;
  /** Write-intent bitmap: where members that are away may differ, in bytes of a member. */
  readonly dirty: readonly (readonly [start: number, end: number])[];
  /** Of one that is being copied to: what it still lacks (the real one has an offset). */
  readonly missing: readonly (readonly [start: number, end: number])[];
}

export interface Signature {
  readonly type: string;
  readonly uuid: string;
  readonly at: number;
}

/** Bytes `start` to `end` of a device, which are bytes `from`… of that write. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly written: Written;
  readonly from: number;
}

/** Anything with sectors: a disk, a logical volume, a DRBD device. */
export interface Device {
  readonly bytes: number;
  /** What is there, in order, without the zeros. */
  read(start: number, end: number): readonly Stretch[];
  /** `undefined` writes zeros. */
  write(start: number, end: number, written: Written | undefined, from?: number): void;
}

/** Who is told what came onto a disk and what went from it. */
export interface Witness {
  came(stretch: Stretch): void;
  went(stretch: Stretch, how: string): void;
}

/** Sparse content of a disk or of a thin volume. */
export class Content {
  #stretches: Stretch[] = [];
  readonly #witness: Witness;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  read(start: number, end: number): readonly Stretch[] {
    return this.#stretches.filter((one) => one.end > start && one.start < end).map((one) => cut(one, start, end));
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    if (end <= start) return;
    const left = this.#stretches.filter((one) => one.start < start).map((one) => cut(one, 0, start));
    const right = this.#stretches.filter((one) => one.end > end).map((one) => cut(one, end, Number.MAX_SAFE_INTEGER));
    const middle = written === undefined ? [] : [{ start, end, written, from }];
    const gone = this.read(start, end);
    this.#stretches = [...left, ...middle, ...right];
    for (const one of middle) this.#witness.came(one);
    for (const one of gone) this.#witness.went(one, `overwritten by ${written?.by ?? 'zeros'}`);
  }

  /** Nobody can reach it any more: a thin volume was removed. */
  forget(how: string): void {
    for (const one of this.#stretches) this.#witness.went(one, how);
    this.#stretches = [];
  }
}

export function cut(one: Stretch, start: number, end: number): Stretch {
  if (one.start >= start && one.end <= end) return one;
  const from = Math.max(one.start, start);
  return { start: from, end: Math.min(one.end, end), written: one.written, from: one.from + from - one.start };
}

/** Bytes of `source` onto the same place of `target`. */
export function copy(source: Device, target: Device, start: number, end: number): void {
  target.write(start, end, undefined);
  for (const one of source.read(start, end)) target.write(one.start, one.end, one.written, one.from);
}

/** The first byte at which two devices differ, or undefined. */
export function difference(left: Device, right: Device, start: number, end: number): number | undefined {
  const a = joined(left.read(start, end));
  const b = joined(right.read(start, end));
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const one = a[at];
    const other = b[at];
    if (one === undefined || other === undefined) return one?.start ?? other?.start;
    if (one.start !== other.start || one.written !== other.written || one.from !== other.from) {
      return Math.min(one.start, other.start);
    }
    if (one.end !== other.end) return Math.min(one.end, other.end);
  }
  return undefined;
}

/** Neighbours that are one write again become one stretch: devices cut where their extents end. */
export function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const out: Stretch[] = [];
  for (const one of stretches) {
    const last = out.at(-1);
    const follows =
      last !== undefined &&
      last.end === one.start &&
      last.written === one.written &&
      last.from + last.end - last.start === one.from;
    if (follows) out[out.length - 1] = { ...last, end: one.end };
    else out.push(one);
  }
  return out;
}

/** A signature and the byte of the device at which it shows. */
export interface Found {
  readonly type: string;
  readonly uuid: string;
  readonly offset: number;
  readonly written: Written;
}

/** Where a tool looks for a signature: the same bytes elsewhere are only bytes. */
function placeOf(type: string, bytes: number): number | undefined {
  const places: Readonly<Record<string, number>> = {
    LVM2_member: 0x218,
    ext4: 0x438,
    dos: 0x1fe,
    linux_raid_member: 0x1000,
    drbd: bytes - 4096 + 0x3c,
  };
  return places[type];
}

export function signatures(device: Device): readonly Found[] {
  return device.read(0, device.bytes).flatMap((one) => {
    const { signature } = one.written;
    if (signature === undefined || signature.at < one.from || signature.at >= one.from + one.end - one.start) return [];
    const offset = one.start + signature.at - one.from;
    if (offset !== placeOf(signature.type, device.bytes)) return [];
    return [{ type: signature.type, uuid: signature.uuid, offset, written: one.written }];
  });
}

/** Some data where the first or last bytes of interest lie, with no signature that any tool knows. */
export function isZero(device: Device, start: number, end: number): boolean {
  return device.read(Math.max(0, start), Math.min(end, device.bytes)).length === 0;
}
