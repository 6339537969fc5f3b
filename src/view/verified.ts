/** `sanctl verify`: how it ends in the first line, which is all that a monitor shows; then each finding. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { diagnosticText, type Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import { count, list } from './wrap.ts';

export interface Counted {
  readonly site: string;
  readonly things: number;
  readonly nodes: number;
  /** Nodes that did not answer. */
  readonly unseen: readonly string[];
  readonly findings: readonly Diagnostic[];
  /** Left out by `--ignore`. */
  readonly ignored: number;
}

export function verifiedText(counted: Counted, page: Page): string {
  const texts = counted.findings.map((one) => diagnosticText(one, page));
  return [`${headline(counted)}\n`, ...texts].join('\n');
}

/** `home: 2 findings (1 error, 1 note): drbd/stand-alone, undeclared/volume`. */
function headline({ site, things, nodes, unseen, findings, ignored }: Counted): string {
  const left = ignored === 0 ? '' : `; ${ignored} ignored`;
  const dark = unseen.length === 0 ? '' : `; what depends on ${list(unseen.map(printable))} was not compared`;
  if (findings.length === 0) {
    const compared = `${count(things, 'thing')} on ${count(nodes, 'node')}`;
    return `${printable(site)}: nothing found, ${compared} compared${dark}${left}`;
  }
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const found = findings.filter((one) => one.severity === severity).length;
    return found === 0 ? [] : [count(found, severity)];
  });
  const codes = [...new Set(findings.map(({ code }) => code))];
  return `${printable(site)}: ${count(findings.length, 'finding')} (${list(counts)}${left}): ${codes.join(', ')}${dark}`;
}
