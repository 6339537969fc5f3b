import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeControllerLock } from '../../src/apply/controller-lock.ts';
import type { ApplyEvent, ApplyOutcome } from '../../src/apply/events.ts';
import { outcomes, unanswered } from '../../src/apply/report.ts';
import { type ApplyOptions, apply } from '../../src/apply/run.ts';
import { failed, ok } from '../../src/diagnostic.ts';
import type { Step, StepId } from '../../src/step.ts';
import { FakeNode, type Fault, fakeClock, holder, planOf, step, storyOf } from './fake.ts';

let locksFolder: string;
let ran: StepId[];
let nodes: Map<string, FakeNode>;
let events: ApplyEvent[];

beforeEach(() => {
  locksFolder = mkdtempSync(join(tmpdir(), 'sanctl-apply-'));
  ran = [];
  events = [];
  nodes = new Map(['a', 'b', 'c'].map((name) => [name, new FakeNode(name, ({ id }) => ran.push(id))]));
});
afterEach(() => rmSync(locksFolder, { recursive: true }));

function node(name: string): FakeNode {
  const found = nodes.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

async function go(
  steps: readonly Step[],
  more: Partial<ApplyOptions> = {},
  watched: string[] = [],
): Promise<ApplyOutcome> {
  const connections = new Map();
  for (const [name, one] of nodes) {
    const opened = await one.connect();
    if (opened.ok) connections.set(name, opened.value);
  }
  return apply(
    planOf(steps, watched),
    connections,
    {
      holder,
      connect: (name) => nodes.get(name)?.connect() ?? Promise.resolve(failed()),
      observe: () => ({ do: 'observe', probes: [], boundary: 'b0' }),
      unchanged: (name) => !node(name).changed,
      patienceSeconds: 60,
      locksFolder,
      clock: fakeClock(),
      ...more,
    },
    (event) => events.push(event),
  );
}

const batches = (name: string): string[] =>
  node(name).asked.flatMap((script) => (script.do === 'batch' ? [script.steps.map(({ id }) => id).join('+')] : []));
const how = (outcome: ApplyOutcome): Record<string, string> =>
  Object.fromEntries([...outcome.steps].map(([id, { is }]) => [id, is]));
const codes = (outcome: ApplyOutcome): string[] => outcome.diagnostics.map(({ code }) => code);

describe('a run in which nothing goes wrong', () => {
  test('sends what is ready as one batch for each node, and what needs other nodes when they are done', async () => {
    const outcome = await go([
      step('1@a'),
      step('2@a', ['1@a']),
      step('3@b'),
      step('4@b', ['2@a', '3@b']),
      step('5@a', ['4@b']),
    ]);
    expect([outcome.exit, outcome.touched, outcome.diagnostics]).toEqual([0, true, []]);
    expect([batches('a'), batches('b'), batches('c')]).toEqual([['1@a+2@a', '5@a'], ['3@b', '4@b'], []]);
    expect(ran.indexOf('4@b')).toBeGreaterThan(ran.indexOf('2@a'));
    expect(how(outcome)).toEqual({ '1@a': 'done', '2@a': 'done', '3@b': 'done', '4@b': 'done', '5@a': 'done' });
  });

  test('claims the touched nodes in sorted order, and gives them back', async () => {
    await go([step('1@b'), step('2@a')]);
    expect(storyOf(events)).toMatch(/^claiming a, claimed a, claiming b, claimed b, began /);
    expect([node('a').lock, node('b').lock, node('c').asked]).toEqual([undefined, undefined, []]);
  });

  test('of an empty plan asks nothing of anybody', async () => {
    expect((await go([])).exit).toBe(0);
    expect([...nodes.values()].flatMap(({ asked }) => asked)).toEqual([]);
  });

  test('uses no more nodes at once than it may', async () => {
    await go([step('1@a'), step('2@b'), step('3@c')], { parallel: 1 });
    expect(storyOf(events.filter(({ is }) => is === 'began' || is === 'done'))).toBe(
      'began 1@a, done 1@a, began 2@b, done 2@b, began 3@c, done 3@c',
    );
  });

  test('carries the secrets that the steps of a batch name, each once', async () => {
    const command = { argv: ['cat'] as [string], stdin: { secret: 's' } };
    await go([
      step('1@a', [], {
        actions: [
          { do: 'run', command },
          { do: 'write', path: '/x', content: ['x', { secret: 't' }, { secret: 's' }], mode: '0600', before: null },
        ],
      }),
    ]);
    expect(node('a').asked.flatMap((script) => (script.do === 'batch' ? script.secrets : []))).toEqual([
      { secret: 's' },
      { secret: 't' },
    ]);
  });
});

describe('nothing is touched', () => {
  test('looks at all nodes at once, under the locks of all', async () => {
    await go([step('1@a'), step('2@b')]);
    expect(
      node('a')
        .asked.map((script) => script.do)
        .slice(0, 2),
    ).toEqual(['claim', 'observe']);
    const claims = [...node('a').asked, ...node('b').asked].filter((script) => script.do === 'claim');
    expect(claims.map(({ observe }) => observe.probes)).toEqual([[], []]);
  });

  test('when a node is held: those claimed before are given back', async () => {
    node('b').heldBy = 'op9';
    const outcome = await go([step('1@a'), step('2@b')]);
    expect([outcome.exit, codes(outcome), ran]).toEqual([3, ['lock/held'], []]);
    expect(outcome.diagnostics[0]?.detail).toContain('bob@laptop');
    expect(node('a').lock).toBe(undefined);
  });

  test('when the answer to a claim is lost: it is given back in case it was had', async () => {
    node('b').claimFails = true;
    const outcome = await go([step('1@a'), step('2@b')]);
    expect([outcome.exit, codes(outcome), ran]).toEqual([3, ['lock/no-answer'], []]);
    expect(node('b').asked.map((script) => script.do)).toEqual(['claim', 'release']);
  });

  test.each(['b', 'c'])('when the plan is stale on %s, touched or only looked at', async (name) => {
    node(name).changed = true;
    const outcome = await go([step('1@a'), step('2@b')], {}, ['c']);
    expect([outcome.exit, codes(outcome), ran]).toEqual([3, ['plan/stale'], []]);
    expect([node('a').lock, node('b').lock]).toEqual([undefined, undefined]);
  });

  test('when a lock is lost while the nodes are looked at again (C7)', async () => {
    const opened = await node('b').connect();
    if (!opened.ok) throw new Error('not reachable');
    const connection = opened.value;
    node('b').connect = () =>
      Promise.resolve(
        ok({
          ...connection,
          run: async (script, listening) => {
            if (script.do === 'observe') {
              node('a').lock = 'somebody';
              await until(() => node('a').asked.filter((asked) => asked.do === 'renew').length > 1);
            }
            return connection.run(script, listening);
          },
        }),
      );
    const outcome = await go([step('1@a'), step('2@b')]);
    expect([outcome.exit, codes(outcome), ran]).toEqual([3, ['lock/lost'], []]);
    expect(outcome.diagnostics[0]?.detail).toMatch(/^a: .* Nothing was touched\.$/);
    expect([node('a').lock, node('b').lock]).toEqual(['somebody', undefined]);
  });

  test('when another sanctl of this machine works on the site', async () => {
    const other = takeControllerLock(locksFolder, 'home', 'apply elsewhere');
    const outcome = await go([step('1@a')]);
    expect([outcome.exit, codes(outcome), node('a').asked]).toEqual([3, ['lock/site-held'], []]);
    if (other.ok) other.lock.release();
    expect((await go([step('1@a')])).exit).toBe(0);
  });

  test('when the first guards refuse', async () => {
    node('a').behaviour.set('1@a', 'refused');
    const outcome = await go([step('1@a'), step('2@b', ['1@a'])]);
    expect([outcome.exit, outcome.touched, codes(outcome), ran]).toEqual([3, false, ['step/refused'], []]);
    expect(outcome.diagnostics[0]?.detail).toMatch(
      /It needs: it is safe\.\nThe answer was: no\nNothing of this step was done\.\n1 step on b not reached/,
    );
  });

  test('when a node cannot take the batch', async () => {
    node('a').faults.push({ is: 'full' });
    const outcome = await go([step('1@a'), step('2@a'), step('3@b', ['2@a'])]);
    expect([outcome.exit, outcome.touched, ran]).toEqual([3, false, []]);
    expect(how(outcome)).toEqual({ '1@a': 'refused', '2@a': 'not-reached', '3@b': 'not-reached' });
    expect(codes(outcome)).toEqual(['step/not-taken']);
    expect(outcome.diagnostics[0]?.detail).toContain('the journal cannot be written');
    expect(outcome.diagnostics[0]?.help).toContain('`df /var/lib/sanctl /run` on a');
  });

  test('when a node cannot write its lock or journal: its own words, and where to look', () => {
    const stderr = 'mkdir: No space left on device\nthe journal cannot be written: /var/lib/sanctl/ops/x\n';
    const told = unanswered('a', { outcome: 'exited', code: 73, stdout: '', stderr });
    expect(told).toMatchObject({ code: 'lock/unwritable', detail: expect.stringContaining(stderr.trim()) });
    expect(told.help).toContain('`df /var/lib/sanctl /run` on a');
  });

  test('when a step only asked its guards and waited before the refusal', async () => {
    node('a').behaviour.set('2@a', 'refused');
    const wait = {
      do: 'wait',
      what: 'w',
      command: { argv: ['true'] },
      until: { exit: 0 },
      timeoutSeconds: 1,
      everySeconds: 1,
    } as const;
    const outcome = await go([step('0@a', [], { actions: [] }), step('1@a', [], { actions: [wait] }), step('2@a')]);
    expect([outcome.exit, outcome.touched]).toEqual([3, false]);
  });
});

describe('a failure', () => {
  test('of a wait is told as one: what was waited for, how long, the last answer; nothing that no node runs has a `$`', () => {
    const wait = {
      do: 'wait',
      what: 'both halves are connected',
      command: { argv: ['true'] },
      until: { exit: 0 },
      timeoutSeconds: 180,
      everySeconds: 1,
    } as const;
    const write = { do: 'write', path: '/etc/x', content: ['x'], mode: '0644', before: null } as const;
    const steps = [step('1@a', [], { actions: [wait, write] })];
    const failed = (action: number, code: number, output: string) =>
      outcomes(steps, new Map([['1@a', { is: 'failed', action, code, output }]]), new Set())[0];
    expect(failed(0, 124, 'WFConnection\n')).toMatchObject({
      code: 'step/timeout',
      detail:
        '1@a: title of 1@a\nAfter 3 min it was still not so that both halves are connected. The last answer was: WFConnection',
    });
    expect(failed(0, 1, 'no uptime')?.detail).toContain('\n$ true\n');
    expect(failed(0, 1, 'no uptime')?.detail).not.toContain('$ wait');
    expect(failed(1, 1, 'full')?.detail).toContain('\nwrite /etc/x');
  });

  test('keeps back all that rests on it, over nodes; the rest goes on', async () => {
    node('a').behaviour.set('1@a', 'fails');
    const outcome = await go([
      step('1@a'),
      step('2@b', ['1@a']),
      step('3@c', ['2@b']),
      step('4@a'),
      step('5@b', ['4@a']),
    ]);
    expect(how(outcome)).toEqual({
      '1@a': 'failed',
      '2@b': 'not-reached',
      '3@c': 'not-reached',
      '4@a': 'done',
      '5@b': 'done',
    });
    expect([outcome.exit, codes(outcome)]).toEqual([4, ['step/failed']]);
    expect(outcome.diagnostics[0]?.detail).toBe(
      '1@a: title of 1@a\n$ make 1@a\nexit 5: no room\n2 steps on b and c not reached because of it.',
    );
    expect(batches('a')).toEqual(['1@a+4@a', '4@a']);
    expect(storyOf(events)).toContain('failed 1@a, not-reached 2@b+3@c');
  });

  test('after something was done is 4, also when a guard refused', async () => {
    node('a').behaviour.set('2@a', 'refused');
    expect(await go([step('1@a'), step('2@a')])).toMatchObject({ exit: 4, touched: true });
  });
});

describe('a line that is lost', () => {
  const cases: [string, Fault[]][] = [
    ['before the batch arrived', [{ is: 'before' }]],
    ['before, and again while it asks', [{ is: 'before' }, { is: 'before' }]],
    ['before, and again when it is sent again', [{ is: 'before' }, { is: 'during', lines: 0 }, { is: 'before' }]],
    ['before the first word', [{ is: 'during', lines: 0 }]],
    ['in the middle', [{ is: 'during', lines: 3 }]],
    [
      'in the middle, twice',
      [
        { is: 'during', lines: 1 },
        { is: 'during', lines: 3 },
      ],
    ],
    ['before the last word', [{ is: 'during', lines: 4 }]],
  ];
  test.each(cases)('%s: everything is done once and told once', async (_, faults) => {
    node('a').faults.push(...faults);
    const outcome = await go([step('1@a'), step('2@a'), step('3@b', ['2@a'])]);
    expect([outcome.exit, ran]).toEqual([0, ['1@a', '2@a', '3@b']]);
    expect(storyOf(events.filter((event) => 'step' in event))).toBe(
      'began 1@a, done 1@a, began 2@a, done 2@a, began 3@b, done 3@b',
    );
    expect(storyOf(events)).toContain('node-lost a, node-reconnected a');
  });

  test('for good makes unknown what was sent, and keeps back what rests on it', async () => {
    node('a').faults.push({ is: 'during', lines: 3 });
    const plan = [step('1@a'), step('2@a'), step('3@a'), step('4@b', ['2@a']), step('5@b'), step('6@a', ['5@b'])];
    const outcome = await go(plan, { connect: () => Promise.resolve(failed()) });
    expect(how(outcome)).toEqual({
      '1@a': 'done',
      '2@a': 'unknown',
      '3@a': 'unknown',
      '4@b': 'not-reached',
      '5@b': 'done',
      '6@a': 'not-reached',
    });
    expect([outcome.exit, outcome.touched, codes(outcome)]).toEqual([4, true, ['step/unknown', 'step/unknown']]);
  });

  test('a node that comes back in time is found again', async () => {
    node('a').faults.push({ is: 'during', lines: 1 });
    let tries = 0;
    const outcome = await go([step('1@a')], {
      connect: (name) => (++tries < 4 ? Promise.resolve(failed()) : node(name).connect()),
    });
    expect([outcome.exit, tries, ran]).toEqual([0, 4, ['1@a']]);
  });

  test('a lock that could not be given back is named', async () => {
    node('a').behaviour.set('1@a', 'ok');
    node('a').faults.push({ is: 'during', lines: 1 });
    const outcome = await go([step('1@a')], {
      connect: () => {
        node('a').reachable = false;
        return Promise.resolve(failed());
      },
    });
    expect([outcome.exit, codes(outcome)]).toEqual([4, ['step/unknown', 'lock/kept']]);
  });
});

test('a batch that was killed is unknown; what rests on it is not reached, also on that node', async () => {
  node('a').faults.push({ is: 'killed', lines: 3 });
  const outcome = await go([step('1@a'), step('2@a'), step('3@a', ['2@a'])]);
  expect(how(outcome)).toEqual({ '1@a': 'done', '2@a': 'unknown', '3@a': 'unknown' });
  expect(outcome.exit).toBe(4);
});

describe('a busy node', () => {
  test('is asked again', async () => {
    node('a').faults.push({ is: 'busy' }, { is: 'busy' });
    expect((await go([step('1@a')])).exit).toBe(0);
    expect(storyOf(events)).toContain('node-busy a, node-busy a, began 1@a');
  });

  test('for longer than the patience refuses, and nothing was touched', async () => {
    node('a').faults.push(...Array.from({ length: 50 }, (): Fault => ({ is: 'busy' })));
    const outcome = await go([step('1@a')]);
    expect([outcome.exit, outcome.touched, how(outcome)]).toEqual([3, false, { '1@a': 'refused' }]);
  });
});

describe('the operator stops', () => {
  test('what runs ends, nothing else begins, and the report says where it stands', async () => {
    const interrupt = new AbortController();
    node('a').behaviour.set('1@a', 'hangs');
    const running = go([step('1@a'), step('2@a'), step('3@b', ['1@a'])], { signal: interrupt.signal });
    await until(() => node('a').asked.some((script) => script.do === 'batch'));
    interrupt.abort();
    const outcome = await running;
    expect([outcome.exit, codes(outcome), ran]).toEqual([130, ['apply/interrupted'], ['1@a']]);
    expect(how(outcome)).toEqual({ '1@a': 'done', '2@a': 'not-reached', '3@b': 'not-reached' });
    expect(outcome.diagnostics[0]?.detail).toBe('1 of 3 steps are done, 2 were not begun.');
    expect([node('a').lock, node('b').asked.some((script) => script.do === 'stop')]).toEqual([undefined, true]);
  });

  test('before anything began: nothing is touched', async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const outcome = await go([step('1@a')], { signal: interrupt.signal });
    expect([outcome.exit, outcome.touched, ran, node('a').asked]).toEqual([130, false, [], []]);
  });

  test('while a node is lost: it hears of it when it is found again', async () => {
    const interrupt = new AbortController();
    node('a').faults.push({ is: 'during', lines: 1 });
    const outcome = await go([step('1@a'), step('2@b', ['1@a'])], {
      signal: interrupt.signal,
      connect: (name) => {
        interrupt.abort();
        return node(name).connect();
      },
    });
    expect(node('a').asked.map((script) => script.do)).toEqual([
      'claim',
      'observe',
      'batch',
      'stop',
      'stop',
      'follow',
      'release',
    ]);
    expect([outcome.exit, how(outcome)]).toEqual([130, { '1@a': 'done', '2@b': 'not-reached' }]);
  });
});

test('a lock that is lost keeps back what rests on its node, and the report says so', async () => {
  node('b').behaviour.set('1@b', 'hangs');
  const running = go([step('1@b'), step('2@a'), step('3@a', ['1@b'])]);
  await until(() => ran.includes('2@a'));
  node('a').lock = 'somebody';
  await until(() => events.some(({ is }) => is === 'lock-lost'));
  node('b').asked.length = 0;
  const connection = await node('b').connect();
  if (connection.ok) await connection.value.run({ do: 'stop', operation: 'op1' }, { deadlineSeconds: 1 });
  const outcome = await running;
  expect(how(outcome)['3@a']).toBe('not-reached');
  expect([outcome.exit, ran.includes('3@a')]).toEqual([4, false]);
  expect(outcome.diagnostics.map(({ code, detail }) => `${code} ${detail}`)).toEqual([
    'lock/lost a: its lease ran out, it was unlocked, or the node was restarted. 2 of 3 steps are done, 1 were not begun because of it: what is on a, what rests on it, and what was to follow that on the same node.',
  ]);
});

test('a batch that runs on another node and holds what rests on a lost lock is stopped there (C7)', async () => {
  node('a').behaviour.set('2@a', 'hangs');
  const running = go([step('1@b'), step('2@a', ['1@b']), step('3@a', ['2@a'])]);
  await until(() => node('a').asked.some((script) => script.do === 'batch'));
  node('b').lock = 'somebody';
  const outcome = await running;
  expect(how(outcome)).toEqual({ '1@b': 'done', '2@a': 'done', '3@a': 'not-reached' });
  expect([outcome.exit, codes(outcome), ran]).toEqual([4, ['lock/lost'], ['1@b', '2@a']]);
});

test.each<[string, Partial<Step>, number]>([
  ['something was done', {}, 4],
  ['nothing was touched', { actions: [] }, 3],
])('a lock that is lost is said also when every step is done: %s (C7)', async (_, more, exit) => {
  nodes.set('a', new FakeNode('a', () => (node('a').lock = 'somebody')));
  const outcome = await go([step('1@a', [], more)]);
  expect([outcome.exit, codes(outcome), how(outcome)]).toEqual([exit, ['lock/lost'], { '1@a': 'done' }]);
  expect(storyOf(events)).toMatch(/done 1@a, lock-lost a$/);
  expect(node('a').lock).toBe('somebody');
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
