/** `sanctl why`: each state, its causes, what speaks for them, and what would mend them. Pure. */
import type { Cause, Certainty, Evidence, Finding, Way } from '../why/cause.ts';
import { nameOf } from '../why/subject.ts';
import type { Page } from './diagnostics.ts';
import type { Style } from './paint.ts';
import { printable } from './printable.ts';
import { list, wrap } from './wrap.ts';

const styles: Readonly<Record<Certainty, Style>> = {
  proven: 'red',
  likely: 'yellow',
  possible: 'cyan',
  undecided: 'magenta',
};

/** `named`: makes of a command of sanctl one for the inventory of this run. */
export function explanationText(
  asked: string,
  findings: readonly Finding[],
  named: (text: string) => string,
  page: Page,
): string {
  if (findings.length === 0) return `${printable(asked)}: nothing is wrong with it, or with what it stands on.\n`;
  return findings.map((one) => findingText(one, named, page)).join('\n');
}

function findingText(one: Finding, named: (text: string) => string, page: Page): string {
  const { about, nodes, summary, causes } = one;
  const where = about.kind === 'node' ? '' : ` on ${list(nodes.map(printable))}`;
  const title = `${printable(nameOf(about))}${where}: ${summary}`;
  const lines = causes.flatMap((each, at) => ['', ...causeLines(each, at + 1, named, page)]);
  return `${[page.paint('bold', title), ...lines].join('\n')}\n`;
}

function causeLines(one: Cause, number: number, named: (text: string) => string, page: Page): readonly string[] {
  const { certainty, code, summary, detail, evidence, ways } = one;
  const mark = page.paint('dim', `[${code}]`);
  return [
    `  ${number}. ${page.paint([styles[certainty], 'bold'], certainty)}: ${summary}  ${mark}`,
    ...indented(detail, 5, page),
    ...evidenceLines(evidence, page),
    ...ways.flatMap((each) => wayLines(each, named, page)),
  ];
}

/** What was read stands as it was read, however long: it is there to be searched for. */
function evidenceLines(evidence: readonly Evidence[], page: Page): readonly string[] {
  const width = Math.max(0, ...evidence.map(({ node }) => node.length));
  const seen = new Set<string>();
  return evidence.flatMap(({ node, source, line }) => {
    const text = `     ${page.paint('cyan', printable(node).padEnd(width))}  ${printable(source)}: ${page.paint('dim', printable(line))}`;
    if (seen.has(text)) return [];
    seen.add(text);
    return [text];
  });
}

function wayLines({ title, commands }: Way, named: (text: string) => string, page: Page): readonly string[] {
  return [
    ...indented(`${title}${commands.length > 0 ? ':' : '.'}`, 5, page),
    ...commands.map(({ node, command }) => {
      const prompt = node === undefined ? '$' : `${printable(node)}$`;
      return `       ${page.paint('green', prompt)} ${printable(node === undefined ? named(command) : command)}`;
    }),
  ];
}

function indented(text: string, by: number, page: Page): readonly string[] {
  return wrap(printable(text), Math.max(page.columns - by, 40)).map((line) => `${' '.repeat(by)}${line}`);
}
