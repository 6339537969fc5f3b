import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Input, type Order, Schedule } from '../../src/apply/schedule.ts';
import type { BatchEvent } from '../../src/shell/events.ts';
import type { Step } from '../../src/step.ts';
import { step } from './fake.ts';

const nodeNames = ['a', 'b', 'c'];

/** Steps whose needs stand before them, over three nodes. */
const graph = fc
  .array(fc.record({ node: fc.nat(2), needs: fc.array(fc.nat(30), { maxLength: 3 }) }), { minLength: 1, maxLength: 14 })
  .map((drafts) => {
    const ids = drafts.map(({ node }, at) => `s${at}@${nodeNames[node]}`);
    return drafts.map(({ needs }, at) =>
      step(ids[at] ?? '', at === 0 ? ['gone@z'] : needs.map((need) => ids[need % at] ?? '')),
    );
  });

const anyEvent = (step: number): fc.Arbitrary<BatchEvent> =>
  fc.constantFrom<BatchEvent>(
    { is: 'began', step },
    { is: 'done', step },
    { is: 'failed', step, action: 0, code: 1, output: '' },
    { is: 'refused', step, guard: 0, answer: '' },
    { is: 'waiting', step, action: 0, answer: '' },
    { is: 'halted', step, why: 'stop' },
    { is: 'halted', step, why: 'lock' },
    { is: 'busy' },
    { is: 'ended' },
    { is: 'gone' },
  );

interface Sent {
  readonly node: string;
  readonly batch: number;
  readonly steps: readonly Step[];
}

function closes(input: Input): boolean {
  if (input.is !== 'event') return input.is === 'silent' || input.is === 'rejected';
  return input.event.is === 'ended' || input.event.is === 'gone';
}

/** Plays inputs, checks every order against what the rules say, then ends all that runs. */
function check(
  steps: readonly Step[],
  parallel: number,
  choose: (running: readonly Sent[]) => Input | undefined,
): Schedule {
  const schedule = new Schedule(steps, parallel);
  const running = new Map<string, Sent>();
  const sentOver: string[] = [];
  const lockLost = new Set<string>();
  const stopped = new Set<string>();
  const restsOnLost = ({ node, needs }: Step): boolean =>
    lockLost.has(node) || steps.some((other) => needs.includes(other.id) && restsOnLost(other));
  const obey = (orders: readonly Order[]): void => {
    for (const node of nodeNames) {
      // A batch is over when its own steps all have an outcome or wait again: the machine says so by sending again.
      if (orders.some((order) => order.do === 'send' && order.node === node)) running.delete(node);
    }
    for (const order of orders) {
      if (order.do === 'stop') stopped.add(order.node);
      if (order.do !== 'send') continue;
      expect(stopped.has(order.node), `${order.node} was told to stop`).toBe(false);
      const earlier = new Set<string>();
      for (const one of order.steps) {
        expect(one.node).toBe(order.node);
        expect(schedule.outcomes.has(one.id), `${one.id} is over`).toBe(false);
        expect(restsOnLost(one), `${one.id} rests on a node whose lock is lost (C7)`).toBe(false);
        for (const need of one.needs.filter((id) => steps.some((other) => other.id === id))) {
          expect(earlier.has(need) || schedule.outcomes.get(need)?.is === 'done', `${one.id} needs ${need}`).toBe(true);
        }
        earlier.add(one.id);
      }
      sentOver.push(`${order.node} ${order.batch}`);
      running.set(order.node, order);
    }
    expect(running.size).toBeLessThanOrEqual(Math.max(1, parallel));
  };
  /** A step that the batch has, and has no outcome yet. */
  const heardLost = ({ node, batch, event }: Extract<Input, { is: 'event' }>): void => {
    const sent = running.get(node);
    const said = sent?.batch === batch && 'step' in event ? sent.steps[event.step - 1] : undefined;
    if (said !== undefined && !schedule.outcomes.has(said.id)) lockLost.add(node);
  };
  obey(schedule.begin());
  for (let input = choose([...running.values()]); input !== undefined; input = choose([...running.values()])) {
    if (input.is === 'lock-lost') lockLost.add(input.node);
    if (input.is === 'event' && input.event.is === 'halted' && input.event.why === 'lock') heardLost(input);
    if (closes(input) && 'batch' in input && running.get(input.node)?.batch === input.batch) running.delete(input.node);
    obey(schedule.advance(input));
    for (const { node, steps: sent } of running.values()) {
      const holds = sent.some((one) => !schedule.outcomes.has(one.id) && restsOnLost(one));
      if (holds) expect(stopped.has(node), `${node} is told to stop before what rests on a lost lock (C7)`).toBe(true);
    }
  }
  for (let rounds = 0; running.size > 0; rounds += 1) {
    expect(rounds, 'it comes to an end').toBeLessThan(10 * steps.length + 10);
    for (const { node, batch } of [...running.values()]) {
      running.delete(node);
      obey(schedule.advance({ is: 'event', node, batch, event: { is: 'ended' } }));
    }
  }
  expect(new Set(sentOver).size, 'no batch is sent twice').toBe(sentOver.length);
  expect(schedule.over, 'all are accounted for').toBe(true);
  expect([...schedule.outcomes.keys()].sort()).toEqual(steps.map(({ id }) => id).sort());
  return schedule;
}

test('whatever a node says, true or mad: needs before, never twice, an end, all accounted for', () => {
  fc.assert(
    fc.property(
      graph,
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.nat(1000)),
      fc.infiniteStream(fc.nat(15).chain(anyEvent)),
      (steps, parallel, dice, events) => {
        let left = 60;
        const next = <T>(stream: Iterator<T>): T => stream.next().value as T;
        check(steps, parallel, (running) => {
          left -= 1;
          const one = running[next(dice) % Math.max(1, running.length)];
          if (left < 0 || one === undefined) return undefined;
          const { node, batch } = one;
          const roll = next(dice) % 40;
          if (roll === 0) return { is: 'silent', node, batch, why: 'w' };
          if (roll === 1) return { is: 'rejected', node, batch, why: 'w' };
          if (roll === 2) return { is: 'stop' };
          if (roll === 4) return { is: 'lock-lost', node: nodeNames[next(dice) % 3] ?? '' };
          if (roll === 3) return { is: 'event', node, batch: batch + 1, event: { is: 'ended' } };
          return { is: 'event', node, batch, event: next(events) };
        });
      },
    ),
    { numRuns: 500 },
  );
});

test('with honest nodes every step is done, or rests on one that failed', () => {
  fc.assert(
    fc.property(
      graph,
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.nat(13), { maxLength: 4 }),
      (steps, parallel, bad) => {
        const fails = new Set(bad.map((at) => steps[at % steps.length]?.id));
        const told = new Map<string, number>();
        const schedule = check(steps, parallel, ([one]) => {
          if (one === undefined) return undefined;
          const { node, batch } = one;
          const key = `${node} ${batch}`;
          const at = told.get(key) ?? 0;
          told.set(key, at + 1);
          const number = Math.floor(at / 2) + 1;
          const current = one.steps[number - 1];
          if (current === undefined) return { is: 'event', node, batch, event: { is: 'ended' } };
          if (at % 2 === 0) {
            const before = one.steps[number - 2];
            if (before !== undefined && fails.has(before.id))
              return { is: 'event', node, batch, event: { is: 'ended' } };
            return { is: 'event', node, batch, event: { is: 'began', step: number } };
          }
          if (fails.has(current.id))
            return { is: 'event', node, batch, event: { is: 'failed', step: number, action: 0, code: 1, output: '' } };
          return { is: 'event', node, batch, event: { is: 'done', step: number } };
        });
        const reached = new Map<string, boolean>();
        for (const { id, needs } of steps) {
          const could = needs.every((need) => reached.get(need) ?? true);
          reached.set(id, could && !fails.has(id));
          expect(schedule.outcomes.get(id)?.is).toBe(could ? (fails.has(id) ? 'failed' : 'done') : 'not-reached');
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('the checker catches a machine that forgets a need', () => {
  const steps = [step('1@a'), step('2@b', ['1@a'])];
  const forgetful = [step('1@a'), step('2@b')];
  const schedule = new Schedule(forgetful, 2);
  const sent = schedule.begin().flatMap((order) => (order.do === 'send' ? order.steps : []));
  const broken = sent.some(({ id }) =>
    steps.find((one) => one.id === id)?.needs.some((need) => schedule.outcomes.get(need)?.is !== 'done'),
  );
  expect(broken).toBe(true);
});

test('a node whose lock is lost: nothing more there, nor what rests on it; the others go on to their end', () => {
  const steps = [
    step('1@a'),
    step('2@b', ['1@a']),
    step('3@b'),
    step('4@a', ['2@b']),
    step('5@c', ['3@b']),
    step('6@c'),
  ];
  const schedule = new Schedule(steps, 3);
  const tell = (node: string, batch: number, event: BatchEvent) =>
    schedule.advance({ is: 'event', node, batch, event });
  expect(schedule.begin().map((order) => order.do === 'send' && order.node)).toEqual(['a', 'b', 'c']);
  tell('b', 1, { is: 'began', step: 1 });
  schedule.advance({ is: 'lock-lost', node: 'b' });
  expect(schedule.advance({ is: 'lock-lost', node: 'b' }), 'told once').toEqual([]);
  tell('b', 1, { is: 'done', step: 1 });
  tell('b', 1, { is: 'ended' });
  tell('a', 1, { is: 'done', step: 1 });
  tell('a', 1, { is: 'ended' });
  tell('c', 1, { is: 'done', step: 1 });
  expect(tell('c', 1, { is: 'ended' })).toEqual([]);
  expect(schedule.over).toBe(true);
  const lost = { is: 'not-reached', because: { lockOf: 'b' } };
  expect(Object.fromEntries(schedule.outcomes)).toEqual({
    '1@a': { is: 'done' },
    '2@b': lost,
    '3@b': { is: 'done' },
    '4@a': lost,
    '5@c': lost,
    '6@c': { is: 'done' },
  });
});

test('a batch that holds what rests on a lost lock is stopped where it runs, and that is no wish of the operator (C7)', () => {
  const steps = [
    step('look@b'),
    step('promote@a', ['look@b']),
    step('start@a', ['promote@a']),
    step('other@a'),
    step('far@c', ['other@a']),
    step('near@c'),
  ];
  const schedule = new Schedule(steps, 1);
  const tell = (node: string, event: BatchEvent) => schedule.advance({ is: 'event', node, batch: 1, event });
  const sent = (orders: readonly Order[]) =>
    orders.flatMap((order) => (order.do === 'send' ? [order.steps.map(({ id }) => id)] : []));
  schedule.begin();
  tell('b', { is: 'done', step: 1 });
  expect(sent(tell('b', { is: 'ended' }))).toEqual([['promote@a', 'start@a', 'other@a']]);
  tell('a', { is: 'began', step: 1 });
  const orders = schedule.advance({ is: 'lock-lost', node: 'b' });
  expect(orders.filter((order) => order.do === 'stop')).toEqual([{ do: 'stop', node: 'a' }]);
  tell('a', { is: 'done', step: 1 });
  expect(tell('a', { is: 'halted', step: 2, why: 'stop' })).toEqual([]);
  expect(sent(tell('a', { is: 'ended' }))).toEqual([['near@c']]);
  tell('c', { is: 'done', step: 1 });
  tell('c', { is: 'ended' });
  const lost = { is: 'not-reached', because: { lockOf: 'b' } };
  expect(Object.fromEntries(schedule.outcomes)).toEqual({
    'look@b': { is: 'done' },
    'promote@a': { is: 'done' },
    'start@a': lost,
    'other@a': lost,
    'far@c': lost,
    'near@c': { is: 'done' },
  });
});

test.each<[string, readonly BatchEvent[]]>([
  [
    'its end',
    [
      { is: 'began', step: 1 },
      { is: 'began', step: 2 },
      { is: 'done', step: 2 },
    ],
  ],
  [
    'anything of it',
    [
      { is: 'began', step: 2 },
      { is: 'done', step: 2 },
    ],
  ],
  ['anything of it, and the next did not begin', [{ is: 'halted', step: 2, why: 'lock' }]],
])(
  'a step before one that was heard of has begun: without a word of %s it is unknown, and not sent again',
  (_, events) => {
    const schedule = new Schedule([step('1@a'), step('2@a'), step('3@a', ['2@a'])], 1);
    schedule.begin();
    const orders = [...events, { is: 'ended' } as const].flatMap((event) =>
      schedule.advance({ is: 'event', node: 'a', batch: 1, event }),
    );
    expect(schedule.outcomes.get('1@a')?.is).toBe('unknown');
    const again = orders.flatMap((order) => (order.do === 'send' ? order.steps.map(({ id }) => id) : []));
    expect(again).not.toContain('1@a');
  },
);

test('needs that go in a circle are not reached, and it ends', () => {
  const schedule = new Schedule([step('1@a', ['2@a']), step('2@a', ['1@a'])], 1);
  schedule.begin();
  expect([...schedule.outcomes.values()].map(({ is }) => is)).toEqual(['not-reached', 'not-reached']);
});

test('ten thousand steps on fifty nodes travel as fifty batches', () => {
  const many = (count: number): Step[] =>
    Array.from({ length: count }, (_, at) =>
      step(
        `s${at}@n${at % 50}`,
        at < 50 ? [] : [`s${at - 50}@n${at % 50}`, `s${at - 1}@n${(at - 1) % 50}`].slice(0, 1),
      ),
    );
  const schedule = new Schedule(many(10_000), 50);
  const orders = schedule.begin();
  expect(
    orders.filter((order) => order.do === 'send').map((order) => (order.do === 'send' ? order.steps.length : 0)),
  ).toEqual(Array(50).fill(200));
});
