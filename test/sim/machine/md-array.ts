/**
 * md of linux 6.1, coarsely: each member holds a share of every write, and so many shares as there are data disks make it whole
 * again. What was seen is kept: events, who calls whom active, the write-intent bitmap, and what is done with a stale member.
 */
import { type Device, type Stretch, type Superblock, signatures, type Written } from './content.ts';
import type { Machine } from './machine.ts';
import { type Going, goingOf, NbdDevice } from './nbd-device.ts';

export const dataOffset = 2 ** 20;
const superAt = 4096;

/** Of the bitmap: so that the small members of the model have several. */
const chunkBytes = 2 ** 20;
/** Nothing was written for so long: it is called clean (the real one waits for 200 ms, which would hide what servers forget). */
const cleanSeconds = 20;
/** And the bitmap says so as well, on one member before the others. */
const forgetSeconds = 10;

type Stretches = Superblock['dirty'];

export interface Leg {
  readonly device: Device;
  readonly role: number;
  state: 'in_sync' | 'spare' | 'faulty';
  /** Where it is still to be copied. */
  missing: Stretches;
}

export function superblockOn(device: Device): Superblock | undefined {
  const found = device.read(superAt, 2 * superAt).find(({ written }) => written.superblock !== undefined);
  const shown = signatures(device).some(({ type }) => type === 'linux_raid_member');
  return shown ? found?.written.superblock : undefined;
}

/** It lies on the member before anything is said to be done. */
export function bear(device: Device, superblock: Superblock): void {
  const signature = { type: 'linux_raid_member', uuid: dashed(superblock.uuid), at: 0 };
  device.write(superAt, 2 * superAt, { by: `md ${superblock.name}`, precious: false, signature, superblock });
  flush(device);
}

export function flush(device: Device): void {
  if (device instanceof NbdDevice || device instanceof MdArray) device.flush();
}

/** Bytes of one member onto another, so that what is the same on both is there all the while. */
function bring(source: Device, target: Device, start: number, end: number): void {
  let at = start;
  const zeros = (to: number): void => {
    if (to > at) target.write(at, to, undefined);
  };
  for (const one of source.read(start, end)) {
    zeros(one.start);
    target.write(one.start, one.end, one.written, one.from);
    at = one.end;
  }
  zeros(end);
}

/** `474b8d4d:1ea2a88c:…` as the kernel and wipefs(8) write it. */
export function dashed(uuid: string): string {
  const hex = uuid.replaceAll(':', '');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export class MdArray implements Device {
  readonly machine: Machine;
  readonly index: number;
  readonly name: string;
  legs: Leg[];
  /** `read-auto` and `readonly` until somebody writes, or says that it may be written. */
  state: 'readonly' | 'clean' | 'active' = 'readonly';
  speedMax: number | undefined;
  /** What all members that are in know. */
  known: Superblock;
  /** After a stop that was none: where members may differ, until all have what the first one has. */
  resyncing: Stretches = [];
  #wroteAt = 0;
  /** By the chunk of the bitmap. */
  readonly #touched = new Map<number, number>();
  /** The first member has been told that less is dirty, and the others have not. */
  #forgetting = false;
  /** A member failed, and the others have not written that down yet: one of them does not answer. */
  #owes = false;

  constructor(machine: Machine, index: number, name: string, known: Superblock, legs: Leg[]) {
    this.machine = machine;
    this.index = index;
    this.name = name;
    this.known = known;
    this.legs = legs;
  }

  get path(): string {
    return `/dev/md${this.index}`;
  }

  get bytes(): number {
    return this.known.arrayBytes;
  }

  get dataDisks(): number {
    return dataDisksOf(this.known.level, this.known.members);
  }

  get #active(): readonly Leg[] {
    return this.legs.filter(({ state }) => state === 'in_sync');
  }

  get degraded(): number {
    return this.known.members - this.#active.length;
  }

  /** A member that fails is out of it, and all others write that down; one that waits holds up everything. */
  get going(): Going {
    this.look();
    if (this.#active.length < this.dataDisks) return 'fails';
    return this.#waits ? 'waits' : 'goes';
  }

  look(): void {
    const failed = this.legs.filter(({ state, device }) => state !== 'faulty' && goingOf(device) === 'fails');
    for (const leg of failed) leg.state = 'faulty';
    this.#owes ||= failed.length > 0;
    if (!this.#owes || this.#waits || this.#active.length < this.dataDisks) return;
    this.#owes = false;
    this.note({});
  }

  get #waits(): boolean {
    return this.legs.some(({ state, device }) => state !== 'faulty' && goingOf(device) === 'waits');
  }

  /** All that are in write down the same, one event later. */
  note(change: Partial<Superblock>): void {
    const state = Array.from({ length: this.known.members }, (_, role) =>
      this.legs.some((leg) => leg.role === role && leg.state !== 'faulty') ? 'A' : '.',
    ).join('');
    this.known = { ...this.known, ...change, state, events: this.known.events + 1 };
    for (const { device, role, missing, state: is } of this.legs)
      if (is !== 'faulty' && goingOf(device) === 'goes') bear(device, { ...this.known, role, missing });
  }

  read(start: number, end: number): readonly Stretch[] {
    const [first] = this.#active;
    if (first === undefined || this.#active.length < this.dataDisks) return [];
    const disks = this.dataDisks;
    const scale = (one: Stretch): Stretch => ({
      start: (one.start - dataOffset) * disks,
      end: (one.end - dataOffset) * disks,
      written: one.written,
      from: one.from * disks,
    });
    return first.device.read(dataOffset + start / disks, dataOffset + end / disks).map(scale);
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    const disks = this.dataDisks;
    const [first, last] = [dataOffset + start / disks, dataOffset + Math.min(end, this.bytes) / disks];
    if (this.state !== 'active') {
      this.state = 'active';
      this.note({ clean: false });
    }
    if (this.known.bitmap) this.#mark(first, last);
    this.#wroteAt = this.machine.around.now();
    for (const leg of this.legs) {
      if (leg.state === 'faulty') continue;
      leg.device.write(first, last, written, from / disks);
    }
  }

  /** The bitmap is on the disks before the write is. */
  #mark(start: number, end: number): void {
    const known = new Set(this.known.dirty.map(([at]) => at));
    const fresh: (readonly [number, number])[] = [];
    for (let at = start - ((start - dataOffset) % chunkBytes); at < end; at += chunkBytes) {
      this.#touched.set(at, this.machine.around.now());
      if (!known.has(at)) fresh.push([at, at + chunkBytes]);
    }
    if (fresh.length > 0) this.#bear({ dirty: [...this.known.dirty, ...fresh] });
  }

  /** No event. */
  #bear(change: Partial<Superblock>): void {
    this.known = { ...this.known, ...change };
    for (const { device, role, missing, state } of this.legs)
      if (state !== 'faulty') bear(device, { ...this.known, role, missing });
  }

  get #whole(): Stretches {
    return [[dataOffset, dataOffset + this.bytes / this.dataDisks]];
  }

  /** `bitmap_set_bits`: all is dirty (tried: on all members at once, and what is called clean is so until it is written to). */
  doubt(): void {
    this.#bear({ dirty: this.#whole });
    this.known = { ...this.known, clean: false };
    this.resyncing = this.#whole;
  }

  /** Put together again: where the bitmap of the first says that a write was under way, if nobody said that all were done. */
  assembled(first: Superblock): void {
    this.known = { ...this.known, dirty: first.dirty };
    if (this.known.clean || this.known.level === 0) return;
    this.resyncing = this.known.bitmap ? first.dirty : this.#whole;
  }

  flush(): void {
    for (const { device, state } of this.legs) if (state !== 'faulty') flush(device);
  }

  /** What goes on by itself, when its time has come. */
  recover(): void {
    if (this.state === 'readonly' || this.going !== 'goes') return;
    const fresh = this.legs.filter(({ state, device }) => state === 'spare' && goingOf(device) === 'goes');
    if (fresh.length > 0 || this.resyncing.length > 0) this.#copy(fresh);
    else this.#tend();
  }

  /** To members that were taken in, and where members may differ. */
  #copy(fresh: readonly Leg[]): void {
    const [source, ...others] = this.#active;
    if (source === undefined) return;
    for (const leg of others) {
      for (const [start, end] of this.resyncing) bring(source.device, leg.device, start, end);
    }
    for (const leg of fresh) {
      for (const [start, end] of leg.missing) bring(source.device, leg.device, start, end);
      leg.missing = [];
      leg.state = 'in_sync';
    }
    this.flush();
    this.resyncing = [];
    this.note({ clean: this.state !== 'active', ...(this.degraded === 0 ? { dirty: [] } : {}) });
  }

  /** Each member has all on its disk before it is told that nothing is dirty; one of them may be told, and another not yet. */
  #tend(): void {
    const now = this.machine.around.now();
    if (this.state === 'active' && now - this.#wroteAt > cleanSeconds) {
      this.state = 'clean';
      this.note({ clean: true });
    }
    if (this.#forgetting) this.#bear({});
    this.#forgetting = false;
    const dirty = this.known.dirty.filter(([at]) => now - (this.#touched.get(at) ?? 0) <= forgetSeconds);
    const [first] = this.#active;
    if (this.degraded > 0 || dirty.length === this.known.dirty.length || first === undefined) return;
    this.known = { ...this.known, dirty };
    bear(first.device, { ...this.known, role: first.role, missing: first.missing });
    this.#forgetting = true;
  }

  /** `sync_action`. */
  get action(): string {
    if (this.state === 'readonly') return 'idle';
    if (this.legs.some(({ state }) => state === 'spare')) return 'recover';
    return this.resyncing.length > 0 ? 'resync' : 'idle';
  }

  stop(): void {
    if (this.state !== 'readonly' && this.going === 'goes') this.note({ clean: this.resyncing.length === 0 });
  }
}

export function dataDisksOf(level: number, members: number): number {
  return { 0: members, 1: 1, 5: members - 1, 6: members - 2 }[level] ?? Math.floor(members / 2);
}
