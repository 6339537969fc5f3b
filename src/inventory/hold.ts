/** A tree held against a schema: what was written, what is left of it without what is refused, and every mistake in it. */
import type { Diagnostic } from '../diagnostic.ts';
import { badTexts } from './bad-text.ts';
import { draftOf, type Partially } from './draft.ts';
import { type Explained, explain } from './explain.ts';
import { type Locate, locator, plain, type Tree } from './tree.ts';
import type { Validate, Violation } from './validate.ts';

export interface Held<Spec> {
  /** With the schema's defaults. Without mistakes, it is a `Spec`. */
  readonly data: unknown;
  readonly draft: Partially<Spec>;
  readonly locate: Locate;
  readonly found: readonly Diagnostic[];
}

export function hold<Spec extends object>(tree: Tree, validate: Validate, whole: Explained): Held<Spec> {
  const data = plain(tree);
  const locate = locator(tree);
  const bad = badTexts(tree);
  const badPaths = bad.map((one) => one.path);
  const refused = validate(data);
  const told = new Set(badPaths.map((path) => JSON.stringify(path.map(String))));
  const isNew = ({ path, key }: Violation): boolean =>
    !told.has(JSON.stringify(path)) && !told.has(JSON.stringify([...path, key]));
  const draft = draftOf<Spec>(data, refused, badPaths);
  const found = [...bad.map((one) => one.diagnostic), ...explain(refused.filter(isNew), locate, whole)];
  return { data, draft, locate, found };
}
