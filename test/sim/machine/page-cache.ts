/** What a machine has in its memory of a device, and not on it yet: gone with its power (N1). */
import type { Device, Stretch, Written } from './content.ts';

interface Dirty {
  readonly start: number;
  readonly end: number;
  readonly written: Written | undefined;
  readonly from: number;
}

export class PageCache implements Device {
  readonly below: Device;
  #dirty: Dirty[] = [];

  constructor(below: Device) {
    this.below = below;
  }

  get bytes(): number {
    return this.below.bytes;
  }

  read(start: number, end: number): readonly Stretch[] {
    let found = this.below.read(start, end);
    for (const one of this.#dirty) {
      found = found.flatMap((old) => around(old, one.start, one.end));
      if (one.written !== undefined && one.end > start && one.start < end)
        found = [...found, within({ ...one, written: one.written }, start, end)];
    }
    return [...found].sort((one, other) => one.start - other.start);
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    this.#dirty.push({ start, end: Math.min(end, this.bytes), written, from });
  }

  flush(): void {
    for (const { start, end, written, from } of this.#dirty.splice(0)) this.below.write(start, end, written, from);
  }

  get isDirty(): boolean {
    return this.#dirty.length > 0;
  }
}

function within(one: Stretch, start: number, end: number): Stretch {
  const from = Math.max(one.start, start);
  return { start: from, end: Math.min(one.end, end), written: one.written, from: one.from + from - one.start };
}

/** What a write leaves of what was there. */
function around(old: Stretch, start: number, end: number): readonly Stretch[] {
  const left = { ...old, end: Math.min(old.end, start) };
  const from = Math.max(old.start, end);
  const right = { ...old, start: from, from: old.from + from - old.start };
  return [left, right].filter((one) => one.end > one.start);
}
