/** How an apply ended: what is done, what is not, and how to go on. Pure. */
import type { ApplyOutcome, StepOutcome } from '../apply/events.ts';
import type { Plan } from '../plan/plan.ts';
import { formatSeconds } from '../quantity.ts';
import type { StepId } from '../step.ts';
import type { Page } from './diagnostics.ts';
import type { Style } from './paint.ts';
import { printable } from './printable.ts';
import { count, list, wrap } from './wrap.ts';

/** In the order in which they are told; `done` is only counted. */
const told: readonly (readonly [is: StepOutcome['is'], words: string, style: Style])[] = [
  ['failed', 'failed', 'red'],
  ['unknown', 'unknown', 'red'],
  ['refused', 'refused', 'yellow'],
  ['not-reached', 'not reached', 'yellow'],
];

/** Of many steps that were not reached, the first few stand for all. */
const mostShown = 8;

/** Commands. */
export interface WaysOn {
  /** Looks at what is there now and plans anew. */
  readonly again: string;
  /** Runs the same, where nothing of it was done. */
  readonly retry: string;
  /** Shows what the nodes wrote down. */
  readonly journal: string;
}

/** The problems themselves are reported beside it. */
export function outcomeText(outcome: ApplyOutcome, plan: Plan, seconds: number, ways: WaysOn, page: Page): string {
  const { paint } = page;
  const idsOf = (is: StepOutcome['is']): readonly StepId[] =>
    plan.steps.map((step) => step.id).filter((id) => outcome.steps.get(id)?.is === is);
  const done = idsOf('done').length;
  if (outcome.exit === 0) {
    const nodes = [...new Set(plan.steps.map((step) => step.node))].map(printable);
    return `${paint(['green', 'bold'], 'Done:')} ${count(done, 'step')} on ${list(nodes)} in ${formatSeconds(seconds)}.\n`;
  }
  if (outcome.steps.size === 0)
    return `${paint(['red', 'bold'], 'Nothing was touched.')} ${goOn(outcome, ways).join('\n')}\n`;
  const others = told
    .map(([is, words, style]) => ({ ids: idsOf(is), words, style }))
    .filter(({ ids }) => ids.length > 0);
  const counts = [`${done} done`, ...others.map(({ ids, words }) => `${ids.length} ${words}`)];
  const title = outcome.exit === 130 ? 'Stopped:' : 'Not finished:';
  return [
    `${paint(['red', 'bold'], title)} ${counts.join(', ')} after ${formatSeconds(seconds)}.${outcome.touched ? '' : ' Nothing was touched.'}`,
    ...others.flatMap(({ ids, words, style }) => lines(ids, paint(style, words.padEnd(11)))),
    ...goOn(outcome, ways).flatMap((line) => wrap(line, page.columns)),
    '',
  ].join('\n');
}

function lines(ids: readonly StepId[], words: string): readonly string[] {
  const shown = ids.slice(0, mostShown).map((id) => `  ${words}  ${printable(id)}`);
  return ids.length > mostShown ? [...shown, `  ${words}  and ${ids.length - mostShown} more`] : shown;
}

/** Nothing is repeated: what is there is looked at, and what is missing is planned anew (C12). */
function goOn({ touched, diagnostics }: ApplyOutcome, { again, retry, journal }: WaysOn): readonly string[] {
  if (diagnostics.some(({ code }) => code === 'plan/stale')) return [`To go on: \`${again}\` plans anew.`];
  if (!touched) return [`To go on: remove the cause, then \`${retry}\`.`];
  return [
    `To go on: \`${again}\` looks at what is there now and plans what is missing.`,
    `What ran: \`${printable(journal)}\`.`,
  ];
}

export function outcomeJson(outcome: ApplyOutcome, seconds: number): object {
  const { exit, operation, touched, steps } = outcome;
  return { version: 1, type: 'outcome', exit, operation, touched, seconds, steps: Object.fromEntries(steps) };
}
