/** A YAML document as plain values that know where they stand. Small enough to merge, and to find any place again. */
import type { Place } from '../diagnostic.ts';
import { placeOf, type Span } from './source.ts';

export interface Tree {
  readonly span: Span;
  readonly value: Scalar | readonly Tree[] | Fields;
}
type Scalar = string | number | boolean | null;
export type Fields = ReadonlyMap<string, Field>;
export interface Field {
  readonly key: Span;
  readonly tree: Tree;
}
/** Keys and list indexes from the root. */
export type Path = readonly (string | number)[];

export function isFields(value: Tree['value']): value is Fields {
  return value instanceof Map;
}

function isList(value: Tree['value']): value is readonly Tree[] {
  return Array.isArray(value);
}

/** The values alone. Objects have no prototype: a key such as `__proto__` or `constructor` is a key and nothing else. */
export function plain(tree: Tree): unknown {
  const { value } = tree;
  if (isList(value)) return value.map(plain);
  if (!isFields(value)) return value;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, field] of value) object[key] = plain(field.tree);
  return object;
}

/** Calls back for each text, keys included. The path is the caller's to copy: it goes on changing. */
export function eachText(tree: Tree, visit: (text: string, span: Span, path: Path) => void): void {
  const path: (string | number)[] = [];
  const descend = (step: string | number, { value, span }: Tree, key?: Span): void => {
    path.push(step);
    if (key !== undefined) visit(String(step), key, path);
    look(value, span);
    path.pop();
  };
  const look = (value: Tree['value'], span: Span): void => {
    if (typeof value === 'string') visit(value, span, path);
    else if (isList(value)) for (const [at, item] of value.entries()) descend(at, item);
    else if (isFields(value)) for (const [key, field] of value) descend(key, field.tree, field.key);
  };
  look(tree.value, tree.span);
}

/** Finds places by path; of what is missing, the place of the nearest thing around it. */
export interface Locate {
  /** The value, when it stands on one line as a word; otherwise the key it belongs to. */
  value(...path: Path): Place;
  key(...path: Path): Place;
  /** Whether anything is written there, be it refused or not. */
  has(...path: Path): boolean;
}

export function locator(root: Tree): Locate {
  return {
    value: (...path) => placeOf(spanAt(root, path, false), !isSecret(path)),
    key: (...path) => placeOf(spanAt(root, path, true), !isSecret(path)),
    has: (...path) => isWritten(root, path),
  };
}

/** What stands below a key that speaks of secrets may be one by mistake: it is never shown. */
export function isSecret(path: Path): boolean {
  return path.some((step) => typeof step === 'string' && /secret|passw|token/i.test(step));
}

function isWritten(root: Tree, path: Path): boolean {
  let tree: Tree | undefined = root;
  for (const step of path) tree = tree && childOf(tree, step)?.tree;
  return tree !== undefined;
}

function spanAt(root: Tree, path: Path, wantKey: boolean): Span {
  let tree = root;
  let key: Span = begin(root.span);
  for (const step of path) {
    const field: Field | undefined = childOf(tree, step);
    if (field === undefined) return key;
    ({ tree, key } = field);
  }
  const isWord = !isFields(tree.value) && !isList(tree.value) && tree.span.end > tree.span.start;
  return isWord && !wantKey ? tree.span : key;
}

function childOf({ value }: Tree, step: string | number): Field | undefined {
  if (isFields(value)) return value.get(String(step));
  const item = isList(value) ? value[Number(step)] : undefined;
  return item && { key: isFields(item.value) || isList(item.value) ? begin(item.span) : item.span, tree: item };
}

function begin(span: Span): Span {
  return { ...span, end: span.start + 1 };
}
