/** Findings as the table of docs/performance.md. Pure. */
import { quiet, type Ratio } from './abba.ts';
import type { Machine } from './machine.ts';
import { type Figure, type Finding, type Hold, held } from './metric.ts';

export interface Report {
  readonly machine: Machine;
  readonly load: { readonly before: number; readonly after: number };
  readonly control: Ratio;
  readonly metrics: readonly Measured[];
}

export interface Measured {
  readonly number: number;
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** Fewer prove nothing (performance.md, section 6). */
const enough = 5;

export function reportText({ machine, load, control, metrics }: Report): string {
  const discarded = !quiet(control);
  const rows = metrics.flatMap(({ number, title, findings }) => [
    `| ${number} | **${title}** | | | | |`,
    ...findings.map((finding) => row(finding, discarded)),
  ]);
  return `${machine.date}; ${machine.hardware}; load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after.
${machine.versions}.
A/A control: ${number(control.median)} (${number(control.low)} to ${number(control.high)}).${discarded ? ' **It is not within 0.95 to 1.05: this machine was too busy to measure, and all figures below are discarded.**' : ''}

| # | figure | median | range | hold | held |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

function row(finding: Finding, discarded: boolean): string {
  if ('why' in finding) return `| | ${finding.what} | not run: ${finding.why} | | | |`;
  const { what, median, low, high, blocks, unit, hold } = finding;
  const few = blocks < enough ? ` of ${blocks}` : '';
  const bar = hold === undefined ? '' : barText(hold);
  const unitWord = unit === undefined ? '' : ` ${unit}`;
  return `| | ${what} | ${number(median)}${unitWord} | ${number(low)} to ${number(high)}${few} | ${bar} | ${verdict(finding, discarded)} |`;
}

function barText(hold: Hold): string {
  if ('least' in hold) return `at least ${hold.least}`;
  return 'most' in hold ? `at most ${hold.most}` : `below ${hold.below}`;
}

function verdict(figure: Figure, discarded: boolean): string {
  const holds = held(figure);
  if (holds === undefined) return '';
  if (discarded) return 'discarded';
  if (figure.blocks < enough) return holds ? 'yes, provisional' : '**no**, provisional';
  return holds ? 'yes' : '**no**';
}

/** Three digits that count. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** The document with what stands between the marks of that name replaced. Throws when the marks are not there. */
export function replaceSection(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench ${name} -->\n`, `<!-- /bench ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no section ${name}`);
  return document.slice(0, from + begin.length) + text + document.slice(to);
}
