import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { command, run } from '../../src/shell/command.ts';
import { nodeLayout } from '../../src/shell/layout.ts';
import { render } from '../../src/shell/render.ts';
import type { Script } from '../../src/shell/script.ts';
import { batchText } from '../../src/shell/steps.ts';
import { batchOf, claimOf } from './node.ts';

const batch = batchOf(
  [
    {
      guards: [{ ask: command('lvs'), expect: { lacks: 'x' }, proves: 'p' }],
      actions: [
        { ...run('true'), accept: [0, 1] },
        { do: 'run', command: { argv: ['cat'], stdin: 'text' } },
        {
          do: 'write',
          path: '/etc/x',
          content: ['a', { secret: 's' }],
          mode: '0600',
          before: null,
          check: ['cat', '{}'],
        },
        { do: 'remove', path: '/etc/y', before: 'h' },
        {
          do: 'wait',
          what: 'w',
          command: command('true'),
          until: { matches: 'a' },
          timeoutSeconds: 5,
          everySeconds: 1,
        },
      ],
    },
    {},
  ],
  { secrets: [{ secret: 's' }] },
);
const scripts: Script[] = [
  claimOf(),
  { do: 'observe', boundary: 'b', probes: [{ name: 'p', command: { argv: ['cat'], stdin: 'x' } }] },
  batch,
  { do: 'follow', operation: 'op', batch: 1 },
  { do: 'read', disks: [{ device: '/dev/vg0/a', uuid: 'u', select: 'lv_uuid=u', bytes: 4096, from: 0 }] },
  {
    do: 'keep',
    folder: '/srv/it is',
    name: 'web.at.monday',
    begun: '{}',
    disks: [
      { volume: 'web-root', bytes: 8192 },
      { volume: 'data', bytes: 4096 },
    ],
  },
  { do: 'sums', path: '/srv/it is', disks: [{ volume: 'web-root', bytes: 8192 }] },
  { do: 'renew', nonce: 'n', leaseSeconds: 60 },
  { do: 'release', nonce: 'n' },
  { do: 'stop', operation: 'op' },
  { do: 'journal', limit: 3 },
  { do: 'journal', operation: 'op', limit: 3 },
];

/** The text between the quotes of `/bin/sh -c '…'`. */
function inner(script: Script): string {
  const { command: line } = render(script, () => 'v', nodeLayout);
  return execFileSync('/bin/sh', ['-c', line.replace(/^\/bin\/sh -c /, 'printf %s ')], { encoding: 'utf8' });
}
const texts = [
  ...scripts.map((script) => [script.do, inner(script)] as const),
  ['job', batchText(batch, nodeLayout)] as const,
];

test.each(texts)('dash reads the %s script', (_, text) => {
  expect(spawnSync('dash', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
// Not our case: functions called by name (2317), variables for functions of another script (2034), `A && B || C` where
// C is meant for both (2015), words that stay one (2086 is left on), a positional set by splitting (2086 named below).
const left = ['SC2317', 'SC2034', 'SC2015'];
test.skipIf(!shellcheck).each(texts)('shellcheck finds nothing in the %s script', (_, text) => {
  const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-e', left.join(','), '-f', 'gcc', '-'], {
    input: text,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});
