/** What `sanctl why` says: a state that is not as it should be, and what may have brought it about, best proven first. */
import type { NodeName } from '../step.ts';
import type { Subject } from './subject.ts';
import { type CauseCode, causeWords, type StateCode, stateWords } from './words.ts';

/** `proven`: by what was read. `likely`: it fits, and nothing else that fits was found. `undecided`: a node that could tell did not answer. */
export type Certainty = 'proven' | 'likely' | 'possible' | 'undecided';

/** One thing that was read, as it was read. */
export interface Evidence {
  readonly node: NodeName;
  /** `kernel log`, `drbdsetup events2`, `/etc/drbd.d/web-root.res`. */
  readonly source: string;
  readonly line: string;
}

export interface State {
  readonly code: StateCode;
  readonly about: Subject;
  /** Where it is seen. */
  readonly nodes: readonly NodeName[];
  readonly evidence: readonly Evidence[];
}

export interface Cause {
  readonly code: CauseCode;
  readonly certainty: Certainty;
  /** Always the same words. */
  readonly summary: string;
  /** With names, in sentences. */
  readonly detail: string;
  readonly evidence: readonly Evidence[];
  /** Each mends it; which one is for a person to choose. */
  readonly ways: readonly Way[];
}

export interface Way {
  readonly title: string;
  readonly commands: readonly Told[];
}

export interface Told {
  /** Undefined: where sanctl runs. */
  readonly node?: NodeName;
  readonly command: string;
}

export interface Finding extends State {
  readonly summary: string;
  readonly causes: readonly Cause[];
}

interface Saying {
  readonly detail: string;
  readonly evidence?: readonly Evidence[];
  readonly ways?: readonly Way[];
}

export function cause(code: CauseCode, certainty: Certainty, { detail, evidence = [], ways = [] }: Saying): Cause {
  return { code, certainty, summary: causeWords[code], detail, evidence, ways };
}

export function state(
  code: StateCode,
  about: Subject,
  nodes: readonly NodeName[],
  evidence: readonly Evidence[] = [],
): State {
  return { code, about, nodes, evidence };
}

export function way(title: string, ...commands: readonly Told[]): Way {
  return { title, commands };
}

export function on(node: NodeName, command: string): Told {
  return { node, command };
}

export function here(command: string): Told {
  return { command };
}

const order: readonly Certainty[] = ['proven', 'likely', 'possible', 'undecided'];

/** By how well they are proven; among equals the one for which more speaks. */
export function finding(found: State, causes: readonly Cause[]): Finding {
  const ranked = causes.toSorted(
    (a, b) => order.indexOf(a.certainty) - order.indexOf(b.certainty) || b.evidence.length - a.evidence.length,
  );
  return { ...found, summary: stateWords[found.code], causes: ranked };
}
