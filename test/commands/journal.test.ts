/** `journal` and `unlock` over nodes that answer in the protocol of src/shell, and remember what they were told. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ok } from '../../src/diagnostic.ts';
import { formatEvent } from '../../src/shell/events.ts';
import { holderWords } from '../../src/shell/lock.ts';
import type { Script } from '../../src/shell/script.ts';
import type { Reply, Transport } from '../../src/transport/connection.ts';
import { expectGolden } from '../golden.ts';
import { sanctl } from './run.ts';
import { inventory } from './setting.ts';

const path = join(mkdtempSync(join(tmpdir(), 'sanctl-journal-')), 'inventory.yaml');
writeFileSync(path, inventory);

const holder = {
  operation: '20261121T010203Z-aabbcc',
  nonce: 'cafe01',
  owner: 'ann',
  host: 'desk',
  pid: 42,
  leaseSeconds: 60,
  title: 'apply inventory.yaml',
};

function lockLine(leaseLeft: number, running: 'yes' | 'no'): string {
  return `sanctl lock ${leaseLeft} 95 ${running} ${holder.nonce} ${holderWords(holder)}\n`;
}

function operation(
  name: string,
  steps: readonly string[],
  events: readonly Parameters<typeof formatEvent>[0][],
): string {
  const header = {
    began: '2026-11-21T01:02:03Z',
    operation: name,
    owner: 'ann',
    host: 'desk',
    pid: 42,
    title: 'apply inventory.yaml',
  };
  const batch = { steps: steps.map((id) => ({ id, title: `the title of ${id}` })) };
  return [
    `sanctl operation ${JSON.stringify(header)}`,
    `sanctl batch 1 ${JSON.stringify(batch)}`,
    ...events.map(formatEvent),
    '',
  ].join('\n');
}

/** What each node answers to the journal, and to a release. */
function nodes(journal: Readonly<Record<string, string | undefined>>, released = 'sanctl released') {
  const told: Script[] = [];
  const transport: Transport = {
    connect: async ({ name }) =>
      ok({
        node: name,
        close: () => undefined,
        async run(script): Promise<Reply> {
          told.push(script);
          const answer = script.do === 'release' ? released : journal[name];
          if (answer === undefined) return { outcome: 'unknown', why: 'the line was lost', stdout: '', stderr: '' };
          return { outcome: 'exited', code: 0, stdout: answer, stderr: '' };
        },
      }),
  };
  return { transport, releases: () => told.filter((script) => script.do === 'release') };
}

const alpha = `${lockLine(20, 'yes')}${operation(
  '20261121T010203Z-aabbcc',
  ['a/x@alpha#one', 'a/x@alpha#two', 'a/x@alpha#three'],
  [
    { is: 'began', step: 1 },
    { is: 'done', step: 1 },
    { is: 'began', step: 2 },
    { is: 'failed', step: 2, action: 0, code: 5, output: 'first line\n\u001b[2Jsecond line\n' },
    { is: 'ended' },
  ],
)}${operation('20261120T010203Z-000000', ['a/x@alpha#zero'], [{ is: 'began', step: 1 }, { is: 'done', step: 1 }, { is: 'ended' }])}`;
const bravo = operation('20261121T010203Z-aabbcc', ['a/x@bravo#one'], [{ is: 'began', step: 1 }, { is: 'gone' }]);

test('operations over all nodes, newest first, and who holds what', async () => {
  const { transport } = nodes({ alpha, bravo });
  const short = await sanctl(['-i', path, 'journal'], { transport });
  const whole = await sanctl(['-i', path, 'journal', '--operation', holder.operation], { transport });
  expect([short.code, short.stderr, whole.code]).toEqual([0, '', 0]);
  expectGolden('journal.txt', `${short.stdout}\n--- one operation\n${whole.stdout}`);
});

test.each(['x', '0', '-1', '1.5'])('--limit %s is a usage error', async (limit) => {
  const { transport } = nodes({ alpha, bravo });
  const { code, stderr } = await sanctl(['-i', path, 'journal', `--limit=${limit}`], { transport });
  expect([code, stderr]).toEqual([1, expect.stringContaining('[usage/bad-option]')]);
});

test('as lines of JSON', async () => {
  const { transport } = nodes({ alpha, bravo: '' });
  const { stdout } = await sanctl(['-i', path, 'journal', '--json'], { transport });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ version, type }) => [version, type])).toEqual([
    [1, 'lock'],
    [1, 'lock'],
    [1, 'operation'],
    [1, 'operation'],
  ]);
});

test('a node that does not answer is told, and what is damaged too', async () => {
  const { transport } = nodes({ alpha: 'sanctl operation {\n', bravo: undefined });
  const { code, stderr } = await sanctl(['-i', path, 'journal'], { transport });
  expect(code).toBe(3);
  expect(stderr).toContain('[journal/damaged]');
  expect(stderr).toContain('[journal/unread]');
});

test('unlock: free already', async () => {
  const { transport, releases } = nodes({ alpha: '' });
  expect(await sanctl(['-i', path, 'unlock', 'alpha'], { transport })).toMatchObject({
    code: 0,
    stdout: 'alpha is free already.\n',
  });
  expect(releases()).toEqual([]);
});

test('unlock: never while a step runs, whatever is given', async () => {
  const { transport, releases } = nodes({ alpha: lockLine(-5, 'yes') });
  const { code, stderr } = await sanctl(['-i', path, 'unlock', 'alpha', '--nonce', holder.nonce], { transport });
  expect(code).toBe(3);
  expect(stderr).toContain('[unlock/running]');
  expect(releases()).toEqual([]);
});

test('unlock: only by the nonce that was shown, or by a person who says yes', async () => {
  const { transport, releases } = nodes({ alpha: lockLine(-5, 'no') });
  const unlock = ['-i', path, 'unlock', 'alpha'];
  const nobody = await sanctl(unlock, { transport });
  expect([nobody.code, nobody.stderr.includes(`--nonce ${holder.nonce}`)]).toEqual([1, true]);
  expect((await sanctl([...unlock, '--nonce', 'other'], { transport })).code).toBe(3);
  expect((await sanctl(unlock, { transport, typed: 'no\n' })).code).toBe(3);
  expect(releases()).toEqual([]);
  const yes = await sanctl(unlock, { transport, typed: 'yes\n' });
  expect([yes.code, yes.stdout.endsWith('alpha is free.\n')]).toEqual([0, true]);
  expect((await sanctl([...unlock, '--nonce', holder.nonce], { transport })).code).toBe(0);
  expect(releases()).toEqual([
    { do: 'release', nonce: holder.nonce },
    { do: 'release', nonce: holder.nonce },
  ]);
});

test('unlock: what the node does not confirm is not learned', async () => {
  const { transport } = nodes({ alpha: lockLine(-5, 'no') }, 'sanctl running');
  const { code, stderr } = await sanctl(['-i', path, 'unlock', 'alpha', '--nonce', holder.nonce], { transport });
  expect(code).toBe(4);
  expect(stderr).toContain('[lock/not-released]');
});
