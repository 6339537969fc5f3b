/**
 * The ssh line between the two ends of a migration, as TCP carries it: what was written arrives once the link is there; a
 * process that ends is heard of; a machine that lost its power is not, unless something was on its way to it.
 */
import type { Process } from './process.ts';

/** The line is no more, as far as this end can know. */
export class Broken extends Error {}

/** An idle end asks whether the other is there: `tcp_keepalive_time` and nine probes of 75 s (tcp(7); not waited for on the lab). */
const keepaliveSeconds = 7200 + 9 * 75;

interface End {
  readonly process: Process;
  readonly bootId: string;
  /** What is on its way to it. */
  readonly coming: string[];
  /** The other end hung up: heard after all that came before. */
  closed: boolean;
}

export class Line {
  readonly #ends: readonly [End, End];
  readonly #patience: number;
  #heardAt: number;

  /** `patience`: after so many seconds of silence the ssh of `one` gives up (`ServerAliveInterval` times `ServerAliveCountMax`). */
  constructor(one: Process, other: Process, patience: number) {
    this.#patience = patience;
    this.#heardAt = one.machine.around.now();
    this.#ends = [endOf(one), endOf(other)];
    one.whenOver(() => {
      this.#end(other).closed = true;
    });
    other.whenOver(() => {
      this.#end(one).closed = true;
    });
  }

  /** Throws Broken when that is known. Else it is on its way, whether it ever arrives or not. */
  write(from: Process, message: string): void {
    if (this.#knownBroken(from)) throw new Broken();
    this.#otherEnd(from).coming.push(message);
  }

  /** What comes next; throws Broken once that is known. */
  async read(by: Process): Promise<string> {
    const { coming } = this.#end(by);
    for (let waited = 0; ; ) {
      if (this.#linked()) {
        const message = coming.shift();
        if (message !== undefined) return message;
      }
      if (this.#knownBroken(by) || waited >= keepaliveSeconds) throw new Broken();
      const seconds = waited < 30 ? 0.5 : 10;
      await by.pass(seconds);
      waited += seconds;
    }
  }

  /** Sends for so long, and stands still while the link is cut; throws Broken once that is known. */
  async flow(from: Process, seconds: number): Promise<void> {
    for (let left = seconds; left > 0; ) {
      if (this.#knownBroken(from) || this.#rebooted(this.#otherEnd(from))) throw new Broken();
      const some = Math.min(left, 5);
      await from.pass(some);
      // Guests write meanwhile.
      from.machine.around.settle();
      if (this.#linked()) left -= some;
      from.moment();
    }
  }

  #knownBroken(by: Process): boolean {
    const now = by.machine.around.now();
    if (this.#linked()) this.#heardAt = now;
    if (by === this.#ends[0].process && now - this.#heardAt > this.#patience) return true;
    const { closed, coming } = this.#end(by);
    const other = this.#otherEnd(by);
    // What is on its way to a machine that does not know the line any more comes back as a reset.
    return (closed && coming.length === 0 && this.#reach()) || (other.coming.length > 0 && this.#rebooted(other));
  }

  #rebooted({ process, bootId }: End): boolean {
    return process.machine.bootId !== bootId && this.#reach();
  }

  /** Both machines are there, and the network between them. */
  #reach(): boolean {
    const [one, other] = this.#ends;
    return one.process.machine.around.linked(one.process.machine, other.process.machine);
  }

  /** As it was when the line was made. */
  #linked(): boolean {
    return this.#reach() && this.#ends.every(({ process, bootId }) => process.machine.bootId === bootId);
  }

  #end(of: Process): End {
    return this.#ends[0].process === of ? this.#ends[0] : this.#ends[1];
  }

  #otherEnd(of: Process): End {
    return this.#ends[0].process === of ? this.#ends[1] : this.#ends[0];
  }
}

function endOf(process: Process): End {
  return { process, bootId: process.machine.bootId, coming: [], closed: false };
}
