/** The scripts that run on a node take the secret out before it can travel (4.4); tried with a real shell and sed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { probes } from '../../../src/kinds/drbd/probes.ts';
import { adjust, previewAdjust, up, window } from '../../../src/kinds/drbd/scripts.ts';
import type { Command } from '../../../src/shell/command.ts';
import { recorded } from './recorded.ts';

const secret = 'C4nary+/=._-x';
const folder = mkdtempSync(join(tmpdir(), 'sanctl-hiding-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Runs it with a `drbdadm` and a `drbdsetup` that note when they bring something up or take it down, say this, and end
 * so. `there`: what the kernel has.
 */
function ask({ argv: [program, ...words] }: Command, said: string, code: number, there = recorded('empty.events2')) {
  const stream = code === 0 ? '' : ' >&2';
  const fake = `#!/bin/sh
case $1 in
  events2) exec cat ${folder}/there ;;
  down) echo down >>${folder}/called; exit ;;
  up) echo up >>${folder}/called ;;
esac
cat ${folder}/said${stream}
exit ${code}
`;
  for (const name of ['drbdadm', 'drbdsetup']) {
    writeFileSync(join(folder, name), fake);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'said'), said);
  writeFileSync(join(folder, 'called'), '');
  if (there === 'unknown') rmSync(join(folder, 'there'), { force: true });
  else writeFileSync(join(folder, 'there'), there);
  const env = { PATH: `${folder}:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8' });
  return { status, stdout, stderr, called: readFileSync(join(folder, 'called'), 'utf8').trim().split('\n').join() };
}

const timedOut = recorded('errors/connect-times-out').replace('(secret)', secret);

describe('changes', () => {
  test.each([
    ['up', up('web-root')],
    ['adjust', adjust('web-root')],
  ])('%s that fails keeps its status, and tells all but the secret', (_, action) => {
    const { status, stdout, stderr } = ask(action.command, timedOut, 20);
    expect(status).toBe(20);
    expect(stderr).toContain('did not terminate within 5 seconds');
    expect(stdout + stderr).not.toContain(secret);
  });

  test('an up that failed is taken down again; one that went well is not', () => {
    expect(ask(up('r').command, timedOut, 20).called).toBe('up,down');
    expect(ask(up('r').command, '', 0)).toMatchObject({ status: 0, called: 'up' });
  });

  test('what somebody brought up since the plan is left alone, and so is what the kernel does not tell (C4, C5)', () => {
    const there = recorded('half-up.events2');
    const left = ask(up('old').command, recorded('errors/up-again'), 1, there);
    expect(left).toMatchObject({ status: 1, called: '', stderr: 'old is up already, and is left as it is\n' });
    expect(ask(up('ol').command, '', 0, there)).toMatchObject({ status: 0, called: 'up' });
    expect(ask(up('old').command, '', 0, 'unknown')).toMatchObject({ status: 1, called: '' });
  });
});

describe('guards', () => {
  test('what adjust would do', () => {
    const line = `drbdsetup-84 connect r a b --shared-secret=${secret} --protocol=C`;
    expect(ask(previewAdjust('r'), line, 0)).toMatchObject({
      status: 0,
      stdout: `${line.replace(secret, '(secret)')}\n`,
      stderr: '',
    });
    expect(ask(previewAdjust('r'), line, 10)).toMatchObject({ status: 10, stdout: '' });
  });

  test('an open window, and nothing else of what show says', () => {
    const said = recorded('window.show').replace('(secret)', secret);
    expect(ask(window('r'), said, 0).stdout.trim()).toMatch(/^allow-two-primaries\s+yes;$/);
    expect(ask(window('r'), recorded('seeded.show').replace('(secret)', secret), 0)).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(ask(window('r'), said, 10).status).toBe(10);
  });
});

describe('probes', () => {
  const asked = probes([{ name: 'web-root', device: '/dev/vg0/web-root' }]);
  const show = asked.find(({ name }) => name === 'drbd.show')?.command.argv[2] ?? '';
  const filter = /\| (sed -E .*)/.exec(show)?.[1] ?? 'false';

  test.each([
    [`        shared-secret   \t"${secret}";`, '        shared-secret   \t"(secret)";'],
    [`shared-secret ${secret};`, 'shared-secret "(secret)";'],
    [`shared-secret "with \\" and ; ${secret}";`, 'shared-secret "(secret)";'],
    [`connect a b --shared-secret=${secret}`, 'connect a b --shared-secret=(secret)'],
    [`--shared-secret=with\\ blank\\ ${secret} --protocol=C`, '--shared-secret=(secret) --protocol=C'],
    ['cram-hmac-alg "sha256";', 'cram-hmac-alg "sha256";'],
  ])('%s', (said, shown) => {
    const { status, stdout } = spawnSync('sh', ['-c', filter], { input: `${said}\n`, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${shown}\n` });
  });

  test('every one that could print it hides it, and none loads the module by asking', () => {
    for (const { command } of asked) {
      const script = command.argv.join(' ');
      if (/drbdsetup show|drbdadm dump|drbdadm -d/.test(script)) expect(script).toContain('shared-secret');
      if (/drbdsetup|drbdadm (-d adjust|get-gi)/.test(script)) expect(script).toContain('/sys/module/drbd');
    }
  });
});
