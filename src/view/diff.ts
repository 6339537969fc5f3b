/** What changes in a file, as a person reads it. The only door to the `diff` package. */
import { structuredPatch } from 'diff';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** Lines of a unified diff without its file header; none when the texts are equal. */
export function diffLines(was: string, becomes: string, paint: Paint): readonly string[] {
  const patch = structuredPatch('', '', was, becomes, '', '', { context: 3 });
  return patch.hunks.flatMap((hunk) => [
    paint('cyan', `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`),
    ...hunk.lines.map((line) => paintLine(line, paint)),
  ]);
}

/** A new file: all of it. */
export function newFileLines(becomes: string, paint: Paint): readonly string[] {
  return becomes
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => paintLine(`+${line}`, paint));
}

function paintLine(line: string, paint: Paint): string {
  // A tab is an arrow: wide enough to look like one, and a change from tabs to blanks can be seen.
  const text = `${line.charAt(0)} ${printable(line.slice(1).replaceAll('\t', '→   '))}`.trimEnd();
  if (line.startsWith('+')) return paint('green', text);
  if (line.startsWith('-')) return paint('red', text);
  return line.startsWith('\\') ? paint('dim', printable(line)) : text;
}
