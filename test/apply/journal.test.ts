import { expect, test } from 'vitest';
import { operationsOf, readJournal } from '../../src/apply/journal.ts';
import { lockOf, unlock } from '../../src/apply/unlock.ts';
import type { BatchEvent } from '../../src/shell/events.ts';
import type { JournalOperation, NodeJournal } from '../../src/shell/journal-answer.ts';
import type { Script } from '../../src/shell/script.ts';
import type { Connection, Reply } from '../../src/transport/connection.ts';

const header = { owner: 'ann', host: 'desk', pid: 7, title: 'apply', began: '2026-01-01T00:00:00Z' };
const steps = ['1', '2', '3'].map((id) => ({ id, title: `t${id}` }));

function journal(...operations: [string, BatchEvent[]][]): NodeJournal {
  const found = operations.map(
    ([operation, events]): JournalOperation => ({ ...header, operation, batches: [{ batch: 1, steps, events }] }),
  );
  return { operations: found, damaged: [] };
}

test('an operation is one record over its nodes, newest first', () => {
  const records = operationsOf(
    new Map([
      ['b', journal(['2026-b', [{ is: 'began', step: 1 }]], ['2026-a', []])],
      ['a', journal(['2026-b', [{ is: 'began', step: 1 }, { is: 'done', step: 1 }, { is: 'ended' }]])],
    ]),
  );
  expect(records.map(({ operation, nodes, steps: all }) => [operation, nodes, all.length])).toEqual([
    ['2026-b', ['a', 'b'], 6],
    ['2026-a', ['b'], 3],
  ]);
});

test.each<[string, BatchEvent[], string[]]>([
  ['nothing', [], ['not-begun', 'not-begun', 'not-begun']],
  ['began', [{ is: 'began', step: 1 }], ['runs', 'not-begun', 'not-begun']],
  [
    'gone',
    [{ is: 'began', step: 1 }, { is: 'done', step: 1 }, { is: 'began', step: 2 }, { is: 'gone' }],
    ['done', 'unknown', 'not-begun'],
  ],
  [
    'failed',
    [{ is: 'began', step: 1 }, { is: 'failed', step: 1, action: 0, code: 1, output: 'x' }, { is: 'ended' }],
    ['failed', 'not-begun', 'not-begun'],
  ],
  [
    'refused',
    [{ is: 'began', step: 1 }, { is: 'refused', step: 1, guard: 0, answer: 'x' }, { is: 'ended' }],
    ['refused', 'not-begun', 'not-begun'],
  ],
  ['halted', [{ is: 'halted', step: 1, why: 'stop' }, { is: 'ended' }], ['not-begun', 'not-begun', 'not-begun']],
  [
    'halted in a wait',
    [{ is: 'began', step: 1 }, { is: 'halted', step: 1, why: 'stop' }, { is: 'ended' }],
    ['failed', 'not-begun', 'not-begun'],
  ],
])('how steps stand after %s', (_, events, standings) => {
  const [record] = operationsOf(new Map([['a', journal(['op', events])]]));
  expect(record?.steps.map(({ standing }) => standing)).toEqual(standings);
});

function connection(reply: Partial<Reply>): Connection & { asked: Script[] } {
  const asked: Script[] = [];
  const whole = { outcome: 'exited', code: 0, stdout: '', stderr: '', ...reply } as Reply;
  const run = (script: Script): Promise<Reply> => {
    asked.push(script);
    return Promise.resolve(whole);
  };
  return { node: 'a', asked, close: () => {}, run };
}

test('a journal that could not be read is a problem, not an empty one', async () => {
  expect(await readJournal(connection({ outcome: 'unknown', why: 'cut' } as Reply), { limit: 1 })).toMatchObject({
    ok: false,
  });
  expect(await readJournal(connection({ code: 2 } as Reply), { limit: 1 })).toMatchObject({ ok: false });
  expect(await readJournal(connection({}), { limit: 1 })).toEqual({
    ok: true,
    value: { operations: [], damaged: [] },
    diagnostics: [],
  });
});

test('who holds a node', async () => {
  const held = connection({ stdout: 'sanctl lock -5 70 yes n1 op1 YW5u ZGVzaw== 7 eA==\n' } as Reply);
  expect(await lockOf(held)).toMatchObject({
    ok: true,
    value: { nonce: 'n1', running: true, leaseLeftSeconds: -5, owner: 'ann' },
  });
  expect(await lockOf(connection({}))).toMatchObject({ ok: true, value: undefined });
});

test.each([
  ['released', 'sanctl released\n', true, ''],
  ['running', 'sanctl running\n', false, 'still runs'],
  ['other', 'sanctl other\n', false, 'no longer the one'],
  ['nothing', '', false, 'exit status 0'],
])('unlock answers %s', async (_, stdout, good, detail) => {
  const line = connection({ stdout } as Reply);
  const result = await unlock(line, 'n1');
  expect(line.asked).toEqual([{ do: 'release', nonce: 'n1' }]);
  expect(result.ok).toBe(good);
  expect(result.diagnostics[0]?.detail ?? '').toContain(detail);
});

test('unlock of a node that does not answer proves nothing', async () => {
  expect(await unlock(connection({ outcome: 'unknown', why: 'cut' } as Reply), 'n1')).toMatchObject({ ok: false });
});
