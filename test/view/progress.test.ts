import { expect, test } from 'vitest';
import type { ApplyEvent, ApplyOutcome, StepOutcome } from '../../src/apply/events.ts';
import { stale } from '../../src/apply/report.ts';
import { outcomeText } from '../../src/view/outcome.ts';
import { noPaint } from '../../src/view/paint.ts';
import { eventWords, plainLine } from '../../src/view/plain.ts';
import { rowsProgress } from '../../src/view/progress.ts';
import { questionText } from '../../src/view/question.ts';
import { expectGolden } from '../golden.ts';
import { plan, steps } from './sample.ts';

const page = { paint: noPaint, columns: 80 };
const alpha = steps.filter((step) => step.node === 'alpha').map((step) => step.id);
const bravo = steps.filter((step) => step.node === 'bravo').map((step) => step.id);
const evil = 'x\u001b[2J\ny';

/** One of each, with hostile text wherever a node can put it. */
const events: readonly ApplyEvent[] = [
  { is: 'claiming', node: 'alpha' },
  { is: 'claimed', node: 'alpha' },
  {
    is: 'claimed',
    node: 'bravo',
    tookOverFrom: { nonce: 'n', operation: 'o', owner: evil, host: evil, pid: 1, title: evil },
  },
  { is: 'began', step: alpha[0] ?? '' },
  { is: 'waiting', step: alpha[0] ?? '', what: 'both halves connected', answer: 'WFConnection\n' },
  { is: 'waiting', step: alpha[0] ?? '', what: 'both halves connected', answer: 'WFConnection\n' },
  { is: 'waiting', step: alpha[0] ?? '', what: 'both halves connected', answer: evil },
  { is: 'waiting', step: 'drbd/web-root@alpha#seed', what: 'both halves connected', answer: '' },
  { is: 'done', step: alpha[0] ?? '' },
  { is: 'refused', step: alpha[1] ?? '', proves: 'it is blank', answer: evil },
  { is: 'failed', step: bravo[0] ?? '', action: 0, code: 5, output: evil },
  { is: 'unknown', step: bravo[1] ?? '', why: evil },
  { is: 'not-reached', steps: [...alpha.slice(2), ...bravo.slice(2)], because: { step: alpha[1] ?? '' } },
  { is: 'node-lost', node: 'bravo', why: evil },
  { is: 'node-reconnected', node: 'bravo' },
  { is: 'node-busy', node: 'bravo' },
  { is: 'lock-lost', node: 'bravo' },
  { is: 'stopping' },
];

test('one line for each event; the same answer again is nothing new', () => {
  const words = eventWords(new Map(steps.map((step) => [step.id, step])));
  const lines = events.flatMap((event, at) => {
    const said = words(event);
    return said === undefined ? [] : [plainLine(said, at * 10.7)];
  });
  expect(lines.length).toBe(events.length - 1);
  for (const line of lines) expect(line).not.toMatch(/\u001b|\n./);
  expectGolden('events.txt', lines.join(''));
});

test('rows: counts, what runs now, and how each node ended', () => {
  const said: string[] = [];
  const rows = {
    title: (row: string, text: string) => said.push(`${row} title ${text}`),
    now: (row: string, text: string) => said.push(`${row} now ${text}`),
    end: (row: string, how: string, text: string) => said.push(`${row} ${how} ${text}`),
    close: async () => undefined,
  };
  const progress = rowsProgress(plan, rows);
  for (const event of events.slice(0, 13)) progress.tell(event);
  for (const line of said) expect(line).not.toMatch(/[\u001b\n]/);
  expect(said.filter((line) => / (done|failed|left) /.test(line) && !line.includes(' now '))).toEqual([
    `alpha failed alpha 1/5 refused ${alpha[1]}: not proven that it is blank`,
    `bravo failed bravo 0/4 unknown ${bravo[1]}: x\\u{1b}[2J\\ny`,
  ]);
  const refused: string[] = [];
  const early = rowsProgress(plan, { ...rows, end: (row, how, text) => refused.push(`${row} ${how} ${text}`) });
  for (const event of events.slice(0, 2)) early.tell(event);
  early.close();
  expect(refused).toEqual([
    'alpha left alpha 0/5 the rest was not reached',
    'bravo left bravo 0/4 the rest was not reached',
  ]);
  const done: string[] = [];
  const all = rowsProgress(plan, { ...rows, end: (row, how, text) => done.push(`${row} ${how} ${text}`) });
  for (const step of steps) all.tell({ is: 'done', step: step.id });
  expect(done.sort()).toEqual(['alpha done alpha 5/5', 'bravo done bravo 4/4']);
});

function outcome(exit: ApplyOutcome['exit'], touched: boolean, found: readonly StepOutcome[]): ApplyOutcome {
  const outcomes = steps.map((step, at) => [step.id, found[Math.min(at, found.length - 1)] ?? { is: 'done' }] as const);
  return { exit, operation: 'OPERATION', touched, diagnostics: [], steps: new Map(found.length === 0 ? [] : outcomes) };
}

test('how it ended, and how to go on', () => {
  const ways = { again: 'sanctl plan -o plan.json', retry: 'sanctl apply plan.json', journal: 'sanctl journal' };
  const shown = (of: ApplyOutcome) => outcomeText(of, plan, 200, ways, page);
  const notReached: StepOutcome = { is: 'not-reached', because: 'stopped' };
  expectGolden(
    'outcomes.txt',
    [
      shown(outcome(0, true, [{ is: 'done' }])),
      shown(outcome(3, false, [])),
      shown({ ...outcome(3, false, []), diagnostics: [stale('alpha')] }),
      shown(outcome(3, false, [{ is: 'refused', proves: 'it is blank', answer: '' }, notReached])),
      shown(
        outcome(4, true, [
          { is: 'done' },
          { is: 'unknown', why: 'lost' },
          { is: 'failed', action: 0, code: 1, output: '' },
          notReached,
        ]),
      ),
      shown(outcome(130, true, [{ is: 'done' }, notReached])),
    ].join('\n'),
  );
});

test('the question names what is at stake', () => {
  expect(questionText(plan)).toBe(
    '\nApply these 9 steps on 2 nodes? 1 step destroys data, 1 step interrupts a service. Type yes:',
  );
  expect(questionText({ ...plan, steps: steps.slice(0, 1) })).toBe('\nApply this step on 1 node? Type yes:');
});
