import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ok } from '../../src/diagnostic.ts';
import type { Node } from '../../src/kinds/site.ts';
import type { Script } from '../../src/shell/script.ts';
import type { Reply, Transport } from '../../src/transport/connection.ts';
import { recordingTransport, replayTransport } from '../../src/transport/record.ts';
import { redactor } from '../../src/transport/redact.ts';
import { connected } from './support/site.ts';

const node: Node = { name: 'alpha', address: '10.77.0.11', ssh: { host: 'alpha' } };
const listening = { deadlineSeconds: 1 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sanctl-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function observe(boundary: string): Script {
  return { do: 'observe', boundary, probes: [{ name: 'host.name', command: { argv: ['uname', '-n'] } }] };
}

/** Says its boundary, a secret, and how often it was asked. */
function node0(): Transport {
  let times = 0;
  const run = async (script: Script): Promise<Reply> => {
    times++;
    if (script.do === 'release') return { outcome: 'unknown', why: 'the connection was lost', stdout: '', stderr: '' };
    const boundary = script.do === 'observe' ? script.boundary : '-';
    return { outcome: 'exited', code: 0, stdout: `${boundary} ${times}\nhunter2-canary\n`, stderr: `${boundary}\n` };
  };
  return { connect: async ({ name }) => ok({ node: name, run, close: () => undefined }) };
}

async function record(): Promise<void> {
  const connection = await connected(recordingTransport(node0(), folder, redactor(['hunter2-canary'])), node);
  await connection.run(observe('first'), listening);
  await connection.run({ do: 'journal', limit: 3 }, listening);
  await connection.run(observe('second'), listening);
  await connection.run({ do: 'release', nonce: 'n1' }, listening);
}

test('what was recorded is played again, with the boundary of whoever asks', async () => {
  await record();
  const connection = await connected(replayTransport(folder), node);
  const lines: string[] = [];
  const first = await connection.run(observe('other'), {
    ...listening,
    onLine: (line) => {
      lines.push(line);
      return undefined;
    },
  });
  expect(first).toEqual({ outcome: 'exited', code: 0, stdout: 'other 1\n(hidden)\n', stderr: 'other\n' });
  expect(lines).toEqual(['other 1', '(hidden)']);
  expect(await connection.run(observe('x'), listening)).toMatchObject({ stdout: 'x 3\n(hidden)\n' });
  expect(await connection.run(observe('y'), listening)).toMatchObject({ stdout: 'y 3\n(hidden)\n' });
  expect(await connection.run({ do: 'release', nonce: 'n2' }, listening)).toMatchObject({
    why: 'the connection was lost',
  });
});

test('what was not recorded, or was answered already, is unknown', async () => {
  await record();
  const connection = await connected(replayTransport(folder), node);
  await connection.run({ do: 'journal', limit: 3 }, listening);
  for (const script of [
    { do: 'journal', limit: 3 },
    { do: 'stop', operation: 'o' },
  ] as const) {
    expect(await connection.run(script, listening)).toMatchObject({
      outcome: 'unknown',
      why: expect.stringMatching(/recorded/),
    });
  }
  const other = await replayTransport(folder).connect({ ...node, name: 'bravo' });
  expect(other).toMatchObject({ ok: false, diagnostics: [{ code: 'record/unreadable' }] });
});

test('a file for each conversation, without secrets, for its owner alone', async () => {
  await record();
  const names = readdirSync(join(folder, 'alpha'));
  expect(names).toEqual(['0001-observe.json', '0002-journal.json', '0003-observe.json', '0004-release.json']);
  for (const name of names) {
    const path = join(folder, 'alpha', name);
    expect(readFileSync(path, 'utf8')).not.toContain('canary');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 1, node: 'alpha' });
  }
});

test.each([
  ['no JSON', '{'],
  ['another version', '{"version":2}'],
  [
    'of another node',
    JSON.stringify({
      version: 1,
      node: 'bravo',
      script: observe('x'),
      reply: { outcome: 'exited', code: 0, stdout: '', stderr: '' },
    }),
  ],
  ['nothing', 'null'],
])('a damaged recording is refused: %s', async (_name, text) => {
  await record();
  writeFileSync(join(folder, 'alpha/0002-journal.json'), text);
  expect(await replayTransport(folder).connect(node)).toMatchObject({
    ok: false,
    diagnostics: [{ code: 'record/unreadable' }],
  });
});
