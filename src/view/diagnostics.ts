/** Problems as text, in the one layout that all of sanctl uses. Pure. */
import type { Diagnostic, Place } from '../diagnostic.ts';
import type { Paint, Style } from './paint.ts';
import { printable, printableLines } from './printable.ts';
import { count, wrap } from './wrap.ts';

export interface Page {
  readonly paint: Paint;
  readonly columns: number;
}

const colours: Readonly<Record<Diagnostic['severity'], Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** Of so many errors the first ones are read; they often are the cause of the others. */
const mostErrors = 30;

/** One empty line between them, and after them when something follows; errors last, where a person looks first. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], page: Page): string {
  const order = ['note', 'warning', 'error'];
  const sorted = [...diagnostics].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const more = sorted.filter(({ severity }) => severity === 'error').length - mostErrors;
  const shown = more > 0 ? sorted.slice(0, -more) : sorted;
  const texts = shown.map((one) => diagnosticText(one, page));
  if (more > 0) texts.push(`${count(more, 'more error')}; \`--json\` prints all.\n`);
  const end = sorted.at(-1)?.severity === 'error' ? '' : '\n';
  return sorted.length === 0 ? '' : texts.join('\n') + end;
}

export function diagnosticText(one: Diagnostic, page: Page): string {
  const bar = page.paint(colours[one.severity], '|');
  const lines = [
    headline(one, page),
    ...(one.at === undefined ? [] : placeLines(one.at, page).map((line) => `${bar} ${line}`)),
    ...printableLines(one.detail).flatMap((line) => wrapDetail(line, page.columns - 2).map((part) => `${bar} ${part}`)),
    ...(one.help === undefined ? [] : helpLines(one.help, page)),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** `error: Command failed                              [step/failed]`. */
function headline(one: Diagnostic, { paint, columns }: Page): string {
  const summary = printable(one.summary);
  const code = `[${printable(one.code)}]`;
  const gap = Math.max(2, Math.min(columns, 100) - one.severity.length - 2 - summary.length - code.length);
  const severity = paint([colours[one.severity], 'bold'], `${one.severity}:`);
  return `${severity} ${paint('bold', summary)}${' '.repeat(gap)}${paint('dim', code)}`;
}

/** The file, the line that a person wrote there, and a caret under what is meant. */
function placeLines(at: Place, { paint, columns }: Page): readonly string[] {
  const where = paint('cyan', `${printable(at.file)}:${at.line}:${at.column}`);
  if (at.text === undefined) return [where];
  const number = String(at.line);
  const { text, before, marked } = excerpt(at.text, at.column - 1, at.length ?? 1, columns - number.length - 5);
  const caret = paint('red', '^'.repeat(Math.max(1, marked)));
  return [
    where,
    `${paint('dim', `${number} |`)} ${text}`,
    `${' '.repeat(number.length)} ${paint('dim', '|')} ${' '.repeat(before)}${caret}`,
  ];
}

/** The part of a long line around the marked characters; lengths as printed, since an escaped character is wider. */
function excerpt(line: string, start: number, length: number, width: number) {
  const from = start + length > width ? Math.max(0, start - Math.floor(width / 3)) : 0;
  const lead = from > 0 ? '…' : '';
  const shown = printable(line.slice(from, from + width));
  const before = lead.length + printable(line.slice(from, start)).length;
  const marked = printable(line.slice(start, Math.min(start + length, from + width))).length;
  return { text: `${lead}${shown}`, before, marked };
}

/** Commands and their output stay as they are, to be copied; sentences are wrapped. */
function wrapDetail(line: string, width: number): readonly string[] {
  return /^(\$ |exit |\s)/.test(line) ? [line] : wrap(line, Math.max(width, 40));
}

function helpLines(help: string, { paint, columns }: Page): readonly string[] {
  const [first = '', ...rest] = printableLines(help).flatMap((line) => wrap(line, Math.max(columns - 6, 40)));
  return [`${paint('green', 'help:')} ${first}`, ...rest.map((line) => `      ${line}`)];
}
