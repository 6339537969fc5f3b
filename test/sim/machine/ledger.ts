/** Remembers what must not be lost, and who lost it: the witness of every write in all machines. */
import type { Stretch, Written } from './content.ts';

export interface Loss {
  readonly written: Written;
  /** What was running: the node and its command, or `resync web-root`. */
  readonly during: string;
  readonly how: string;
}

/** Counts the bytes of each precious write over all devices; below its size, some of it is nowhere any more. */
export class Ledger {
  readonly losses: Loss[] = [];
  /** Guests that did not find what they had written: somebody else wrote there, or they were moved to older data. */
  readonly estranged: string[] = [];
  /** Domains that `xl destroy` ended while their guests ran. */
  readonly slain: string[] = [];
  /** Volumes that were filled and were not made for it. */
  readonly misfilled: string[] = [];
  /** What is running now, for the message. */
  during = 'the start';
  /** How often anything came or went. */
  changes = 0;
  /** When each was promised, seconds of the virtual clock. */
  readonly promisedAt = new Map<Written, number>();
  #present = new Map<Written, number>();
  #size = new Map<Written, number>();

  /** A precious write is complete: from now on it must stay. */
  promise(written: Written, bytes: number, at = 0): void {
    this.#size.set(written, bytes);
    this.promisedAt.set(written, at);
  }

  came(stretch: Stretch): void {
    this.changes += 1;
    this.#count(stretch, 1);
  }

  went(stretch: Stretch, how: string): void {
    this.changes += 1;
    this.#count(stretch, -1);
    const size = this.#size.get(stretch.written);
    if (size === undefined || (this.#present.get(stretch.written) ?? 0) >= size) return;
    this.#size.delete(stretch.written);
    this.losses.push({ written: stretch.written, during: this.during, how });
  }

  /** A person asked for what it goes with. */
  giveUp(written: Written): void {
    this.#size.delete(written);
  }

  /** All that was promised and is still somewhere. */
  get kept(): readonly Written[] {
    return [...this.#size.keys()];
  }

  #count(stretch: Stretch, sign: 1 | -1): void {
    if (!stretch.written.precious) return;
    const bytes = stretch.end - stretch.start;
    this.#present.set(stretch.written, (this.#present.get(stretch.written) ?? 0) + sign * bytes);
  }
}
