/**
 * What goes wrong, and when. Every place where something can go wrong is a boundary; they are counted over the whole run,
 * and the seed says at which of them what happens. Without a plan nothing ever goes wrong.
 */
import type { Random } from './random.ts';

export type Boundary =
  | 'connect'
  /** A script is about to reach its node. */
  | 'script'
  /** It ran, and the answer is on its way. */
  | 'answer'
  | 'probe'
  | 'command'
  | 'within command'
  | 'after command'
  | 'event'
  /** A part of an image has come to its node. */
  | 'feed'
  /** Between two effects of what lives on by itself. */
  | 'move';

export type Fault =
  /** The line is lost. */
  | 'drop'
  /** sanctl itself is killed. */
  | 'die'
  /** The node loses its power, and comes back after a while. */
  | 'power'
  /** The batch and its command are killed; the node lives on. */
  | 'kill'
  /** The node's disk is full for a while. */
  | 'full'
  /** The replication network is cut for a while. */
  | 'cut'
  /** The command ends with an error and has done nothing. */
  | 'fail'
  /** The probe never answers. */
  | 'hang'
  /** What moves a guest is killed on the node: the sender, or the receiver. */
  | 'xl';

const possible: Readonly<Record<Boundary, readonly [Fault, ...Fault[]]>> = {
  connect: ['drop'],
  script: ['drop', 'die', 'cut', 'power'],
  answer: ['drop', 'die', 'power'],
  probe: ['hang', 'power', 'cut'],
  command: ['power', 'kill', 'fail', 'full', 'cut', 'drop', 'die'],
  'within command': ['power', 'kill', 'die', 'drop'],
  'after command': ['power', 'kill', 'cut', 'drop', 'die', 'full'],
  event: ['drop', 'die', 'power'],
  feed: ['drop', 'die', 'power', 'kill', 'cut', 'full'],
  move: ['xl', 'xl', 'power', 'cut', 'drop', 'die', 'kill'],
};

/** What the surroundings of the nodes do when a fault strikes. */
export interface Strikes {
  drop(node: string): void;
  die(): void;
  power(node: string): void;
  kill(node: string): void;
  full(node: string): void;
  cut(node: string): void;
  xl(node: string): void;
}

export interface Struck {
  readonly at: number;
  readonly boundary: Boundary;
  readonly fault: Fault;
  readonly node: string;
}

export class Faults {
  readonly struck: Struck[] = [];
  /** Commands that no real node ever saw. */
  readonly unknown: string[] = [];
  strikes: Strikes | undefined;
  #count = 0;
  #when: ReadonlySet<number>;
  readonly #random: Random;
  readonly #spares: ReadonlySet<Boundary>;

  private constructor(when: ReadonlySet<number>, random: Random, spares: readonly Boundary[]) {
    this.#when = when;
    this.#random = random;
    this.#spares = new Set(spares);
  }

  /** So many faults, each at one of the first `within` boundaries; those of some sorts are not counted. */
  static at(random: Random, count: number, within: number, spares: readonly Boundary[] = []): Faults {
    return new Faults(new Set(Array.from({ length: count }, () => random.whole(1, within))), random, spares);
  }

  static none(random: Random): Faults {
    return new Faults(new Set(), random, []);
  }

  /** Nothing goes wrong any more. */
  cease(): void {
    this.#when = new Set();
  }

  get boundaries(): number {
    return this.#count;
  }

  /** Counts a boundary; what happens at it, if anything does. */
  at(boundary: Boundary, node: { readonly machine: { readonly name: string } }): Fault | undefined {
    if (this.#spares.has(boundary)) return undefined;
    this.#count += 1;
    if (!this.#when.has(this.#count)) return undefined;
    const fault = this.#random.pick(possible[boundary]);
    this.struck.push({ at: this.#count, boundary, fault, node: node.machine.name });
    if (fault !== 'fail' && fault !== 'hang') this.strikes?.[fault](node.machine.name);
    return fault;
  }
}
