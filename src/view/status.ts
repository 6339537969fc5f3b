/** `sanctl status`: what is wrong, with its next command, above one line for each thing. Pure. */
import type { Change } from '../health/changes.ts';
import type { Ground } from '../health/ground.ts';
import { type Level, levels, type Row } from '../kinds/health.ts';
import { diagnosticText, type Page } from './diagnostics.ts';
import type { Style } from './paint.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';
import { count, list } from './wrap.ts';

const marks: Readonly<Record<Level, string>> = { broken: '!', unknown: '?', weak: '~', busy: '>', fine: ' ' };
const styles: Readonly<Record<string, Style>> = { '!': 'red', '?': 'magenta', '~': 'yellow', '>': 'cyan' };

/** So many stand above the rows; `sanctl verify` has all. */
const mostFindings = 3;

/** `most`: how many lines there is room for; then what is fine goes first, and what is left is cut. */
export function statusText(site: string, ground: Ground, page: Page, most = Number.POSITIVE_INFINITY): string {
  const head = page.paint('bold', headline(site, ground.rows));
  const wrong = findingsText(ground, page);
  const all = [head, wrong, rowsText(ground.rows, page)].join('\n');
  if (lines(all) <= most) return all;
  const rows = ground.rows.filter(({ level }) => level !== 'fine');
  const left = ground.rows.length - rows.length;
  const rest =
    left === 0 ? '' : `${page.paint('dim', `and ${count(left, 'thing')} that ${left === 1 ? 'is' : 'are'} fine`)}\n`;
  return cut([head, wrong, `${rowsText(rows, page)}${rest}`].join('\n'), most);
}

/** `home: 1 broken, 1 busy, 8 fine`. */
export function headline(site: string, rows: readonly Row[]): string {
  const counts = levels.flatMap((level) => {
    const found = rows.filter((row) => row.level === level).length;
    return found === 0 ? [] : [`${found} ${level}`];
  });
  return `${printable(site)}: ${counts.join(', ')}`;
}

/** Notes are for `verify`: rows say them as well. */
function findingsText({ findings }: Ground, page: Page): string {
  const wrong = findings.filter(({ severity }) => severity !== 'note');
  if (wrong.length === 0) return '';
  const shown = wrong.slice(0, mostFindings).map((one) => diagnosticText(one, page));
  const more = wrong.length - shown.length;
  return ['', ...shown, ...(more > 0 ? [`${more} more; \`sanctl verify\` prints all.\n`] : [])].join('\n');
}

function rowsText(rows: readonly Row[], page: Page): string {
  const cells = rows.map(({ section, name, level, state, detail }) => [
    marks[level],
    section,
    name,
    state,
    detail.join('; '),
  ]);
  const text = tableText(['', 'what', 'name', 'state', 'more'], cells, page);
  return text.replaceAll(/^[!?~>] .*$/gm, (line) => page.paint(styles[line[0] ?? ''] ?? 'bold', line));
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}

function cut(text: string, most: number): string {
  const all = text.trimEnd().split('\n');
  if (all.length <= most) return `${all.join('\n')}\n`;
  return `${[...all.slice(0, Math.max(1, most - 1)), `and ${all.length - most + 1} more lines`].join('\n')}\n`;
}

/** `[  12 s] mirror web-root: resync 48 % (was StandAlone); alpha Primary, bravo Secondary`. */
export function changeText(change: Change, seconds: number): string {
  return `[${String(Math.floor(seconds)).padStart(4)} s] ${wordsOf(change).map(printable).join('')}\n`;
}

function wordsOf(change: Change): readonly string[] {
  if (change.is === 'found')
    return [`${change.finding.severity} ${change.finding.code}: ${change.finding.detail}`, helpOf(change.finding.help)];
  if (change.is === 'over') return [`over ${change.finding.code}: ${change.finding.detail}`];
  const { section, name, state, detail } = change.row;
  if (change.is === 'gone') return [`${section} ${name}: gone`];
  const was = change.was === undefined ? '' : ` (was ${change.was.state})`;
  return [`${section} ${name}: ${[`${state}${was}`, ...detail].join('; ')}`];
}

function helpOf(help: string | undefined): string {
  return help === undefined ? '' : ` help: ${help}`;
}

/** A screen that stands still is to be told from a site that does. */
export function watchingText(seen: Date, { paint }: Page): string {
  return paint('dim', `seen at ${seen.toTimeString().slice(0, 8)}; Ctrl-C ends\n`);
}

/** The first line of a list of changes: from what they are told. */
export function beginText(site: string, { rows }: Ground): string {
  const all = new Set(rows.map(({ section }) => section));
  return `${headline(site, rows)} (${list([...all])})\n`;
}
