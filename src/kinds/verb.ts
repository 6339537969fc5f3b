/**
 * What a kind offers to playbooks: verbs, which answer with steps, and checks, which answer with what speaks against it.
 * Both are pure; they see a new look at the nodes each time they are asked.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { Probe } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import type { RaidArray } from './site/array.ts';
import type { Node, Site, Vm, Volume } from './site.ts';
import type { Verdict } from './verdict.ts';
import type { KindName, World } from './world.ts';

/** By the type that a parameter has, what the verb gets for it. */
export interface ArgumentTypes {
  readonly vm: Vm;
  readonly node: Node;
  readonly volume: Volume;
  readonly array: RaidArray;
  readonly seconds: number;
  /** In bytes. */
  readonly size: number;
  readonly text: string;
}
export type ArgumentType = keyof ArgumentTypes;

/** Parameters by name. All must be given: what may be left out is an input of the playbook with a default. */
export type Takes = Readonly<Record<string, { readonly type: ArgumentType; readonly means: string }>>;
export type Arguments<T extends Takes = Takes> = { readonly [Name in keyof T]: ArgumentTypes[T[Name]['type']] };

/** Questions by node. */
export type Asks = ReadonlyMap<NodeName, readonly Probe[]>;

interface Asked<T extends Takes> {
  readonly summary: string;
  readonly takes: T;
  /** The nodes whose facts it looks at, and on which its steps are. With one of them out of reach nothing is begun. */
  nodes(given: Arguments<T>, site: Site): readonly NodeName[];
  /** The kinds whose facts it reads: nobody is asked for those of others. All of them unless given. */
  readonly reads?: readonly KindName[];
  /**
   * Nodes that are dead by what the playbook itself proves before anything rests on it: nobody asks them, and the world has
   * them as machines on which nothing runs.
   */
  dead?(given: Arguments<T>): readonly NodeName[];
  /**
   * What it asks of a node besides the facts, in the same round trip, at each look: `world.answers` has the answers. They
   * are of that moment; no plan becomes stale by them.
   */
  asks?(given: Arguments<T>, site: Site): Asks;
}

export interface Verb<T extends Takes = Takes> extends Asked<T> {
  /**
   * The steps by the name of the thing, of this kind, that they are about. Planned from one look, before any step of the
   * playbook: what earlier steps bring about, the guards ask for. An error of any thing refuses the whole playbook.
   */
  plan(given: Arguments<T>, world: World): ReadonlyMap<string, Verdict>;
}

export interface Check<T extends Takes = Takes> extends Asked<T> {
  check(given: Arguments<T>, world: World): readonly Diagnostic[];
}
