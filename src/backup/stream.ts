/**
 * What a node says while it reads (src/shell/read.ts), from packets to parts. Each part is compared with the checksum that the
 * node took of it: what is kept is what was read there.
 */
import { createHash } from 'node:crypto';
import { readBegins } from '../shell/read.ts';
import { lengthOf, partsOf } from './manifest.ts';

/** Whoever keeps the parts of one disk, in order. Throws when it cannot. */
export interface Keeper {
  readonly volume: string;
  readonly bytes: number;
  /** The part that is wanted next. */
  readonly at: number;
  keep(part: Uint8Array | 'zeros'): Promise<void>;
}

/** Why nothing more of it is taken: this machine cannot keep it, or what came is not what was asked for. */
interface Trouble {
  readonly on: 'here' | 'line';
  readonly why: string;
}

/** What a login shell may say before the first answer. */
const longestGreeting = 65_536;
const longestLine = 200;

/** Takes the bytes of one conversation. */
export class ReadStream {
  /** All that was asked for came, and the node said in the end that the snapshots are still the ones that were meant. */
  whole = false;
  trouble: Trouble | undefined;
  readonly #keepers: readonly Keeper[];
  readonly #onPart: (bytes: number) => void;
  #disk = -1;
  #greeting = 0;
  #began = false;
  #waiting: { readonly sha256: string; readonly bytes: number } | undefined;
  #packets: Buffer[] = [];
  #bytes = 0;

  /** `onPart`: with the bytes of it that came over the line. */
  constructor(keepers: readonly Keeper[], onPart: (bytes: number) => void) {
    this.#keepers = keepers;
    this.#onPart = onPart;
  }

  async take(bytes: Uint8Array): Promise<'stop' | undefined> {
    this.#packets.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
    while (this.trouble === undefined && (await this.#next()));
    return this.trouble === undefined ? undefined : 'stop';
  }

  /** False: more has to come first. */
  async #next(): Promise<boolean> {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      const line = this.#line();
      if (line !== undefined) await this.#hear(line);
      return line !== undefined;
    }
    if (this.#bytes < waiting.bytes) return false;
    const part = this.#cut(waiting.bytes);
    this.#waiting = undefined;
    if (createHash('sha256').update(part).digest('hex') === waiting.sha256) await this.#keep(part);
    else this.#refuse(`${this.#where()} did not come as it was read`);
    return true;
  }

  async #hear(line: string): Promise<void> {
    if (!this.#began) {
      this.#began = line === readBegins;
      this.#greeting += line.length;
      if (this.#greeting > longestGreeting) this.#refuse('it says other things');
      return;
    }
    const [is, at, more] = line.split(' ');
    const keeper = this.#keepers[this.#disk];
    if (is === 'disk' && Number(at) === this.#disk + 1 && this.#isDone(keeper)) return this.#turn(Number(more));
    if (is === 'end' && this.#disk === this.#keepers.length - 1 && this.#isDone(keeper)) {
      this.whole = true;
      return;
    }
    const isNext = keeper !== undefined && !this.#isDone(keeper) && Number(at) === keeper.at;
    if (isNext && is === 'zeros') return this.#keep('zeros');
    if (isNext && is === 'part' && more !== undefined)
      this.#waiting = { sha256: more, bytes: lengthOf(keeper.at, keeper.bytes) };
    else this.#refuse('what it says is not understood');
  }

  #turn(from: number): void {
    this.#disk += 1;
    if (this.#keepers[this.#disk]?.at !== from) this.#refuse('it does not begin where it was asked to');
  }

  #isDone(keeper: Keeper | undefined): boolean {
    return keeper === undefined || keeper.at === partsOf(keeper.bytes);
  }

  async #keep(part: Buffer | 'zeros'): Promise<void> {
    try {
      await this.#keepers[this.#disk]?.keep(part);
      this.#onPart(part === 'zeros' ? 0 : part.length);
    } catch (cause) {
      this.trouble = { on: 'here', why: `${this.#where()}: ${cause instanceof Error ? cause.message : String(cause)}` };
    }
  }

  #where(): string {
    const keeper = this.#keepers[this.#disk];
    return `part ${keeper?.at} of ${keeper?.volume}`;
  }

  #refuse(why: string): void {
    this.trouble = { on: 'line', why };
  }

  #line(): string | undefined {
    const all = Buffer.concat(this.#packets);
    const end = all.indexOf('\n');
    this.#packets = [all];
    if (end >= 0) return this.#cut(end + 1).toString('latin1', 0, end);
    if (all.length > (this.#began ? longestLine : longestGreeting)) this.#refuse('what it says is not understood');
    return undefined;
  }

  #cut(bytes: number): Buffer {
    const all = Buffer.concat(this.#packets);
    this.#packets = [all.subarray(bytes)];
    this.#bytes = all.length - bytes;
    return all.subarray(0, bytes);
  }
}
