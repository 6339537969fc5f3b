/** All that `sanctl verify` finds: what is wrong now, what differs from the inventory, and what it does not name. Pure. */
import { type Diagnostic, note } from '../diagnostic.ts';
import { judge, type PlanInput, undeclared } from '../plan/make.ts';
import type { NodeName } from '../step.ts';
import { driftOf } from './drift.ts';
import { type Ground, type Sight, worstFirst } from './ground.ts';
import { working } from './operations.ts';
import { undeclaredFinding } from './undeclared.ts';

/** Of how much was looked at: all is well only where nothing was left out. */
export interface Verified {
  readonly things: number;
  readonly findings: readonly Diagnostic[];
}

/** `input.options.without`: the nodes that did not answer; what depends on them is left to the ground. */
export function verify(input: PlanInput, { findings }: Ground, { locks, unanswered }: Sight): Verified {
  const held = working(locks);
  const { judged } = judge(input);
  const still = judged.filter(({ thing }) => !thing.nodes.some((node) => held.has(node)));
  const said = new Set(findings.map(key));
  const besides = [
    ...driftOf(still).filter((one) => !said.has(key(one))),
    ...undeclared(input)
      .filter(({ node }) => !held.has(node))
      .map(undeclaredFinding),
    ...(held.size > 0 ? [underWay([...held])] : []),
  ];
  const rest = findings.filter((one) => !unanswered.includes(one));
  return { things: judged.length, findings: [...unanswered, ...worstFirst(unique([...rest, ...besides]))] };
}

/** The same trouble of the same thing, though a plan may put it in other words: details begin with their thing. */
function key({ code, detail }: Diagnostic): string {
  return `${code} ${detail.split(' ')[0]}`;
}

function unique(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(findings.map((one) => [`${one.code} ${one.detail}`, one])).values()];
}

function underWay(nodes: readonly NodeName[]): Diagnostic {
  const where = nodes.join(', ');
  return note(
    'verify/under-way',
    'Things that are being changed were not compared',
    `A sanctl is at work on ${where}.`,
    {
      help: 'Verify again when it has ended; `sanctl status` shows it.',
    },
  );
}
