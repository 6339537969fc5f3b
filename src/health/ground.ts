/** How well is what: all kinds over what was seen, and what is under way. The one ground of `status`, `verify` and `metrics`. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { type Health, type Level, levels, type Row, sections } from '../kinds/health.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { NodeName } from '../step.ts';
import { type Locks, operations, working } from './operations.ts';

/** What one look at a site brought home. */
export interface Sight {
  readonly site: Site;
  /** Of every node that answered. */
  readonly facts: ReadonlyMap<NodeName, NodeFacts>;
  /** What kept the others from answering. */
  readonly unanswered: readonly Diagnostic[];
  /** Of every node that answered. */
  readonly locks: Locks;
  /** Of a clock that only goes forward: rates are told from two looks. */
  readonly seconds: number;
}

export interface Ground extends Health {
  /** Of the worst row or finding. */
  readonly level: Level;
}

/** Rows by section, the worst first in each; findings from the worst, what did not answer before all others. */
export function ground(kinds: readonly Kind[], sight: Sight): Ground {
  const { site, facts, locks, unanswered } = sight;
  const held = working(locks);
  const all = [...kinds.flatMap((kind) => kind.health?.({ site, facts, held }) ?? []), operations(locks)];
  const rows = all.flatMap((one) => one.rows).toSorted(byPlace);
  const findings = [...unanswered, ...worstFirst(unique(all.flatMap((one) => one.findings)))];
  return { rows, findings, level: worstOf([...rows.map(({ level }) => level), ...findings.map(levelOf)]) };
}

function byPlace(a: Row, b: Row): number {
  return sections.indexOf(a.section) - sections.indexOf(b.section) || levels.indexOf(a.level) - levels.indexOf(b.level);
}

const severities: readonly Diagnostic['severity'][] = ['error', 'warning', 'note'];

export function worstFirst(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  return findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function levelOf({ severity }: Diagnostic): Level {
  return severity === 'error' ? 'broken' : severity === 'warning' ? 'weak' : 'fine';
}

export function worstOf(all: readonly Level[]): Level {
  return levels.find((level) => all.includes(level)) ?? 'fine';
}

/** Two kinds may say the same. */
function unique(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.detail}`, one])).values()];
}
