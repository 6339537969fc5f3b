/** From what the schema has left of a playbook to the playbook: words for names, types for inputs, places for all. Pure. */
import type { Partially } from '../inventory/draft.ts';
import type { Locate, Path } from '../inventory/tree.ts';
import type { Check, Verb } from '../kinds/verb.ts';
import type { Act, Call, Given, Input, Playbook, Vocabulary, Word } from './playbook.ts';
import type { InputSpec, PlaybookSpec } from './schema.ts';
import { argumentTypes } from './values.ts';

export type Draft = Partially<PlaybookSpec>;
type Item = Readonly<Record<string, unknown>>;

/** What is refused is left out; what is left may refer to what is not there. */
export function build(draft: Draft, words: Vocabulary, locate: Locate): Playbook {
  return {
    name: draft.playbook ?? '',
    summary: draft.summary ?? '',
    inputs: inputsOf(draft.inputs ?? {}, locate),
    require: itemsOf(draft.require).flatMap(([item, at]) => callsIn(item, words.checks, locate, ['require', at])),
    steps: itemsOf(draft.steps).flatMap(([item, at]) => act(item, words.verbs, locate, ['steps', at])),
    verify: itemsOf(draft.verify).flatMap(([item, at]) => callsIn(item, words.checks, locate, ['verify', at])),
  };
}

function inputsOf(drafts: NonNullable<Draft['inputs']>, locate: Locate): Playbook['inputs'] {
  const entries = Object.entries(drafts).flatMap(([name, draft]): [string, Input][] => {
    const spec: Partially<InputSpec> = typeof draft === 'string' ? { type: draft } : (draft ?? {});
    const type = argumentTypes.find((one) => one === spec.type);
    if (type === undefined) return [];
    if (spec.default === undefined) return [[name, { type }]];
    const at = locate.value('inputs', name, 'default');
    return [[name, { type, default: { text: String(spec.default), at } }]];
  });
  return Object.fromEntries(entries);
}

/** A hole keeps the place of what was refused. */
function itemsOf(list: readonly (Item | undefined)[] | undefined): readonly (readonly [Item, number])[] {
  return [...(list ?? []).entries()].flatMap(([at, item]) => (item === undefined ? [] : [[item, at] as const]));
}

function act(item: Item, words: ReadonlyMap<string, Word<Verb>>, locate: Locate, path: Path): readonly Act[] {
  const [call] = callsIn(item, words, locate, path);
  if (call === undefined) return [];
  const undo = words.get(String(item['undo']));
  return [undo === undefined ? call : { ...call, undo: { ...undo, at: locate.value(...path, 'undo') } }];
}

function callsIn<V extends Verb | Check>(
  item: Item,
  words: ReadonlyMap<string, Word<V>>,
  locate: Locate,
  path: Path,
): readonly Call<V>[] {
  return Object.entries(item).flatMap(([name, written]) => {
    const word = words.get(name);
    if (word === undefined || typeof written !== 'object' || written === null) return [];
    const given = Object.entries(written).map(([parameter, value]) => {
      return [parameter, givenBy(String(value), locate, [...path, name, parameter])] as const;
    });
    return [{ ...word, given: Object.fromEntries(given) }];
  });
}

function givenBy(text: string, locate: Locate, path: Path): Given {
  const at = locate.value(...path);
  return text.startsWith('$') ? { input: text.slice(1), at } : { text, at };
}
