/** A playbook as data: read, every name in it known, nothing of it bound to a site yet. */
import type { Place } from '../diagnostic.ts';
import type { Kind } from '../kinds/kind.ts';
import type { ArgumentType, Check, Verb } from '../kinds/verb.ts';

export interface Playbook {
  readonly name: string;
  readonly summary: string;
  readonly inputs: Readonly<Record<string, Input>>;
  /** Asked of the first look, before anything is touched, besides what the steps' own verbs demand. */
  readonly require: readonly Call<Check>[];
  readonly steps: readonly Act[];
  /** Asked of a new look at the end. */
  readonly verify: readonly Call<Check>[];
}

export interface Input {
  readonly type: ArgumentType;
  readonly default?: Literal;
}

/** What was written there, numbers as text; what it means is known with the site. */
export interface Literal {
  readonly text: string;
  readonly at: Place;
}

/** For one parameter: an input of the playbook, or a value of its own. */
export type Given = { readonly input: string; readonly at: Place } | Literal;

/** A verb or a check with its full name, `domain.shutdown`, and the kind whose it is. */
export interface Word<V> {
  readonly name: string;
  readonly kind: string;
  readonly verb: V;
}

export interface Call<V> extends Word<V> {
  readonly given: Readonly<Record<string, Given>>;
}

export interface Act extends Call<Verb> {
  /** Planned from a new look when this step began and the playbook did not come to its end. */
  readonly undo?: Undo;
}

/** It is given what its step is given, by the same names. */
export interface Undo extends Word<Verb> {
  readonly at: Place;
}

/** What playbooks may say, by full name. */
export interface Vocabulary {
  readonly verbs: ReadonlyMap<string, Word<Verb>>;
  readonly checks: ReadonlyMap<string, Word<Check>>;
}

export function vocabularyOf(kinds: readonly Kind[]): Vocabulary {
  const words = <V>(pick: (kind: Kind) => Readonly<Record<string, V>> | undefined): ReadonlyMap<string, Word<V>> =>
    new Map(
      kinds.flatMap((kind) =>
        Object.entries(pick(kind) ?? {}).map(([own, verb]) => {
          const name = `${kind.name}.${own}`;
          return [name, { name, kind: kind.name, verb }];
        }),
      ),
    );
  return { verbs: words((kind) => kind.verbs), checks: words((kind) => kind.checks) };
}
