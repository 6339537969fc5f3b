/**
 * What is left of an inventory when everything that the schema refuses is taken out: any part may be missing, and what
 * is there is well-formed. So references are checked in the same run, and nothing is reported a second time.
 */
import type { InventorySpec } from './schema/index.ts';
import type { Path } from './tree.ts';
import type { Violation } from './validate.ts';

export type Partially<T> = T extends readonly (infer Item)[]
  ? readonly (Partially<Item> | undefined)[]
  : T extends object
    ? string extends keyof T
      ? { readonly [name: string]: Partially<T[keyof T]> }
      : { readonly [Key in keyof T]?: Partially<T[Key]> }
    : T;
export type Draft = Partially<InventorySpec>;

/** Takes out of `data` what the schema of `Spec` refuses. List items leave a hole, so that the others keep their place. */
export function draftOf<Spec extends object>(
  data: unknown,
  refused: readonly Violation[],
  badTexts: readonly Path[],
): Partially<Spec> {
  const paths = [...badTexts];
  for (const { keyword, path, key } of refused) {
    if (keyword === 'additionalProperties' && key !== undefined) paths.push([...path, key]);
    else if (key === undefined) paths.push(path);
  }
  if (paths.some((path) => path.length === 0)) return {} as Partially<Spec>;
  for (const path of paths) remove(data, path);
  // The schema has allowed everything that is left.
  return data as Partially<Spec>;
}

function remove(data: unknown, path: Path): void {
  let parent = data;
  for (const step of path.slice(0, -1)) parent = isObject(parent) ? parent[step] : undefined;
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) parent[Number(last)] = undefined;
  else if (isObject(parent)) delete parent[last];
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
