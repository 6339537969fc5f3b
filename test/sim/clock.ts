/** A clock that jumps to the next moment at which somebody wants to wake: a simulated hour takes no time. */
import type { Clock } from '../../src/apply/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  #now = 1000;
  #order = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        signal?.removeEventListener('abort', early);
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, seconds), order: this.#order++, wake };
      const early = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', early, { once: true });
    });
  }

  /** Time passes, for whoever does not sleep on this clock. */
  advance(seconds: number): void {
    this.#now += seconds;
  }

  /**
   * Lets time pass until the work is done. Throws when it waits for something that nobody will do: after so many turns in
   * which nobody slept. Work that also reads real files needs more patience.
   */
  async run<T>(work: Promise<T>, patience = 200): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    work.then(finish, finish);
    for (let idle = 0; idle < patience; ) {
      await turn();
      if (done) return work;
      const next = this.#next();
      idle = next === undefined ? idle + 1 : 0;
      if (next === undefined) continue;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    throw new Error('the run waits for something that will never come');
  }

  /** Whether anybody sleeps: batches that go on by themselves. */
  get busy(): boolean {
    return this.#sleepers.length > 0;
  }

  #next(): Sleeper | undefined {
    const [first] = this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
    this.#sleepers = this.#sleepers.slice(1);
    return first;
  }
}

/** All promises that can go on have gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
