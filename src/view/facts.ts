/** What is on a node, as a table: every fact on a line of its own. Pure; it knows no kind, only the shape of data. */
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';

/** `facts` of one node by kind. What could not be read says why: unknown is never shown as absent. */
export function factsText(node: string, facts: Readonly<Record<string, unknown>>, page: Page): string {
  const rows = Object.entries(facts).flatMap(([kind, have]) =>
    rowsOf(have, '').map(([what, value]) => [kind, what, value]),
  );
  return `${page.paint('bold', node)}\n${tableText(['kind', 'fact', 'value'], rows, page)}`;
}

type Row = readonly [what: string, value: string];

function rowsOf(value: unknown, path: string): readonly Row[] {
  if (typeof value !== 'object' || value === null) return [[path, plain(value)]];
  const reading = readingOf(value);
  if (reading !== undefined)
    return 'why' in reading ? [[path, `unknown: ${reading.why}`]] : rowsOf(reading.value, path);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return [[path, 'none']];
  if (Array.isArray(value) && value.every(isPlain)) return [[path, value.map(plain).join(', ')]];
  const line =
    path === ''
      ? []
      : entries.filter(([key, inner]) => isPlain(inner) && !(key === 'name' && path.endsWith(String(inner))));
  const rest = entries.filter(([, inner]) => path === '' || !isPlain(inner));
  return [
    ...(line.length === 0 ? [] : [[path, line.map(([key, inner]) => `${key} ${plain(inner)}`).join(', ')] as const]),
    ...rest.flatMap(([key, inner]) => rowsOf(inner, path === '' ? key : `${path}.${nameOf(inner) ?? key}`)),
  ];
}

/** Something learned, or the reason why it was not (`Reading` of kinds/kind.ts). */
function readingOf(value: object): { readonly value: unknown } | { readonly why: string } | undefined {
  if (!('known' in value)) return undefined;
  if (value.known === true && 'value' in value) return { value: value.value };
  return value.known === false && 'why' in value ? { why: String(value.why) } : undefined;
}

/** Things in a list are called by their name, where they have one. */
function nameOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    ? value.name
    : undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function plain(value: unknown): string {
  if (value === null) return 'none';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return value === '' ? '(empty)' : String(value);
}
