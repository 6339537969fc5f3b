/**
 * Several files as one: sections are put together entry by entry. The same entry in two files is a mistake, whatever
 * it holds: nobody reading one of them would expect the other half. Only `version` may stand in each.
 */
import type { Diagnostic } from '../diagnostic.ts';
import { type Field, isFields, type Tree } from './tree.ts';
import { definedTwice } from './yaml.ts';

export interface Merged {
  readonly tree: Tree;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that is no section as a whole is taken alone: the schema says what is wrong with it. */
export function merge(first: Tree, others: readonly Tree[]): Merged {
  const trees = [first, ...others];
  const odd = trees.find((tree) => !isFields(tree.value));
  if (odd !== undefined || others.length === 0) return { tree: odd ?? first, diagnostics: [] };
  const root = new Map<string, Field>();
  const sections = new Map<string, Map<string, Field>>();
  const diagnostics = trees.flatMap(({ value }) =>
    isFields(value) ? [...value].flatMap(([name, field]) => add(name, field)) : [],
  );
  return { tree: { span: first.span, value: root }, diagnostics };

  function add(name: string, field: Field): readonly Diagnostic[] {
    const { key, tree } = field;
    const have = root.get(name);
    if (have === undefined) {
      const own = isFields(tree.value) ? new Map(tree.value) : undefined;
      if (own !== undefined) sections.set(name, own);
      root.set(name, own === undefined ? field : { key, tree: { span: tree.span, value: own } });
      return [];
    }
    const section = sections.get(name);
    if (section !== undefined && isFields(tree.value)) return addAll(section, tree.value);
    return name === 'version' && have.tree.value === tree.value ? [] : [definedTwice(name, key, have.key)];
  }
}

function addAll(section: Map<string, Field>, more: ReadonlyMap<string, Field>): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const [name, field] of more) {
    const have = section.get(name);
    if (have === undefined) section.set(name, field);
    else diagnostics.push(definedTwice(name, field.key, have.key));
  }
  return diagnostics;
}
