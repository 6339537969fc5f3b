/** The question about apt's lists, asked by a real shell; dpkg-query and apt-cache are played. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { candidatesScript } from '../../../src/kinds/package/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-candidates-'));
afterAll(() => rmSync(folder, { recursive: true }));
play('apt-cache', 'echo "$*"');

function play(program: string, script: string): void {
  writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, program), 0o755);
}

function ask(states: readonly string[]) {
  play('dpkg-query', `printf '%s\\n' ${states.join(' ')}; exit 1`);
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
  const { status, stdout } = spawnSync('sh', ['-c', candidatesScript, 'sh', 'lvm2', 'drbd-utils'], {
    env,
    encoding: 'utf8',
  });
  return [status, stdout];
}

test('all installed: apt is not asked', () => expect(ask(['installed', 'installed'])).toEqual([0, '']));
test.each([[['installed']], [['installed', 'config-files']], [['installed', 'half-installed']], [[]]])(
  'one that is not: asked for all, %j',
  (states) => expect(ask(states)).toEqual([0, 'policy -- lvm2 drbd-utils\n']),
);
