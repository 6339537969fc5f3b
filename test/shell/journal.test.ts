import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../src/shell/command.ts';
import { parseJournal } from '../../src/shell/journal-answer.ts';
import { batchOf, claimOf, type TestNode, testNode } from './node.ts';

let node: TestNode;
beforeEach(() => {
  node = testNode();
});
afterEach(() => node.remove());

const journal = async (more = {}) => parseJournal((await node.run({ do: 'journal', limit: 10, ...more })).stdout);

test('a node that sanctl never touched has none, and gets none by being asked', async () => {
  expect(await journal()).toEqual({ operations: [], damaged: [] });
});

test('what ran is told newest first, with the lock, titles and outcomes', async () => {
  await node.run(claimOf());
  await node.run(
    batchOf([
      { title: "it's\n$(id)", actions: [run('true')] },
      { actions: [run('sh', '-c', 'echo why >&2; exit 2')] },
      {},
    ]),
  );
  await node.run(batchOf([{}], { batch: 2 }));
  await node.run({ do: 'release', nonce: 'n1' });
  await node.run(claimOf({ operation: 'op2', nonce: 'n2', title: 'second' }));
  const { lock, operations, damaged } = await journal();
  expect(damaged).toEqual([]);
  expect(lock).toMatchObject({ nonce: 'n2', operation: 'op2', running: false, leaseLeftSeconds: 60 });
  expect(operations.map(({ operation, title, batches }) => [operation, title, batches.length])).toEqual([
    ['op2', 'second', 0],
    ['op1', 'apply inventory.yaml', 2],
  ]);
  const [first, second] = operations[1]?.batches ?? [];
  expect(first?.steps[0]).toEqual({ id: 'volume/a@alpha#s1', title: "it's\n$(id)" });
  expect(first?.events).toEqual([
    { is: 'began', step: 1 },
    { is: 'done', step: 1 },
    { is: 'began', step: 2 },
    { is: 'failed', step: 2, action: 0, code: 2, output: 'why' },
    { is: 'ended' },
  ]);
  expect(second?.events).toEqual([{ is: 'began', step: 1 }, { is: 'done', step: 1 }, { is: 'ended' }]);
  expect((await journal({ operation: 'op1' })).operations.map(({ operation }) => operation)).toEqual(['op1']);
  expect((await journal({ limit: 1 })).operations.map(({ operation }) => operation)).toEqual(['op2']);
  expect((await journal({ operation: 'op9' })).operations).toEqual([]);
});

test('a batch that runs has no end yet; one that was killed is gone', async () => {
  await node.run(claimOf());
  const batch = node.start(
    batchOf([{ actions: [run('sh', '-c', `while [ ! -e ${node.path('go')} ]; do sleep 0.05; done; kill -9 $PPID`)] }]),
  );
  await batch.heard('began 1');
  const during = await journal();
  expect(during.lock?.running).toBe(true);
  expect(during.operations[0]?.batches[0]?.events).toEqual([{ is: 'began', step: 1 }]);
  writeFileSync(node.path('go'), '');
  await batch.ended;
  expect((await journal()).operations[0]?.batches[0]?.events).toEqual([{ is: 'began', step: 1 }, { is: 'gone' }]);
});

test('lines that are damaged are named, not guessed', () => {
  const lines = [
    'sanctl operation {"operation":1}',
    'sanctl batch 1 {}',
    'sanctl began 1',
    'sanctl lock x',
    'sanctl operation nonsense',
  ];
  expect(parseJournal(lines.join('\n'))).toEqual({ operations: [], damaged: lines });
});
