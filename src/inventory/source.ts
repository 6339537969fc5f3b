/** A file of the inventory, and places in it. */
import type { Place } from '../diagnostic.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lines: readonly number[];
}

/** A piece of a source; `end` is the offset behind it. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export function source(file: string, text: string): Source {
  const lines = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return { file, text, lines };
}

/** Where a span begins. `quoted`: whether its line may be shown; a line that looks as if it held a secret never is. */
export function placeOf(span: Span, quoted = true): Place {
  const { source, start, end } = span;
  const line = lineAt(source.lines, start);
  const first = source.lines[line - 1] ?? 0;
  const text = source.text.slice(first, source.lines[line]).replace(/\r?\n$/, '');
  const place = { file: source.file, line, column: start - first + 1 };
  if (!quoted || secretLine.test(text)) return place;
  const length = Math.max(1, Math.min(end, first + text.length) - start);
  return { ...place, text: plainText(text), length };
}

/** A key that speaks of a secret, followed by a text instead of `{` or a new line. */
const secretLine = /(secret|passw|token)\w*["']?\s*:\s*[^\s{#]/i;

/** Text from outside, harmless on a terminal and of unchanged length: control characters and half characters become U+FFFD. */
export function plainText(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{C}\u2028\u2029]/gu, (found) => '\uFFFD'.repeat(found.length));
}

/** Binary search; counts from 1. */
function lineAt(lines: readonly number[], offset: number): number {
  let low = 0;
  let high = lines.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
