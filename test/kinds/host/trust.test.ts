/** What nodes are told of each other, and that the key of another node opens nothing but what `xl migrate` and a look need (X3). */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { host } from '../../../src/kinds/host/index.ts';
import { parse } from '../../../src/kinds/host/parse.ts';
import { gate, sshCommand } from '../../../src/kinds/host/trust.ts';
import { texts, trusting } from './trust.ts';

const fixture = (node: string): string =>
  readFileSync(new URL(`../../fixtures/openssh-9.2/host-key-${node}.pub`, import.meta.url), 'utf8');
const keyOf = (node: string): string => fixture(node).split(' ')[1] ?? '';
const keys = { alpha: keyOf('alpha'), bravo: keyOf('bravo') };

test('each node is told the others, not itself', () => {
  const files = texts(trusting(keys), 'alpha');
  expect(files['/etc/sanctl/known_hosts']?.split('\n').slice(1)).toEqual([`10.77.0.12 ssh-ed25519 ${keys.bravo}`, '']);
  expect(files['/root/.ssh/authorized_keys2']?.split('\n').slice(1)).toEqual([
    `restrict,from="10.77.0.12",command="${gate}" ssh-ed25519 ${keys.bravo} bravo`,
    '',
  ]);
});

test('with a node left out of the run, nobody loses it from his files', () => {
  const asked = (leftOut: readonly string[]) => {
    const world = trusting(keys, leftOut);
    return host.expand(world.site, world).filter(({ kind }) => kind === 'file');
  };
  expect(asked([])).toHaveLength(4);
  expect(asked(['charlie'])).toEqual([]);
});

test('the command by which a node is reached', () => {
  const sure =
    '-o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3';
  expect(sshCommand({ migration: { trust: 'manual' } })).toBe(`ssh ${sure}`);
  expect(sshCommand({ migration: { trust: 'managed' } })).toBe(
    `ssh -i /etc/ssh/ssh_host_ed25519_key ${sure} -o IdentitiesOnly=yes ` +
      '-o UserKnownHostsFile=/etc/sanctl/known_hosts -o GlobalKnownHostsFile=/dev/null',
  );
});

describe('a host key', () => {
  const read = (stdout: string) => parse(new Map([['host.key', { code: 0, stdout, stderr: '' }]])).key;

  test('is read from what ssh-keygen wrote, whatever the comment says', () => {
    for (const comment of ['root@alpha', '', ' command="reboot" ssh-rsa AAAA', '$(reboot)"'])
      expect(read(`ssh-ed25519 ${keys.alpha} ${comment}\n`)).toEqual({ known: true, value: keys.alpha });
    expect(read(`ssh-ed25519 ${keys.alpha}\n`)).toEqual({ known: true, value: keys.alpha });
  });

  test.each([
    ['nothing', ''],
    ['another type', fixture('alpha').replace('ssh-ed25519', 'ssh-rsa')],
    ['another type inside', `ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAABgQC${'A'.repeat(33)}\n`],
    ['cut short', `ssh-ed25519 ${keys.alpha.slice(0, -1)}\n`],
    ['too long', `ssh-ed25519 ${keys.alpha}AAAA\n`],
    ['two keys', fixture('alpha') + fixture('bravo')],
    ['options before it', `command="reboot" ${fixture('alpha')}`],
    ['a quote in it', `ssh-ed25519 ${keys.alpha.slice(0, -1)}"\n`],
  ])('is unknown when it is %s', (_, text) => {
    expect(read(text).known).toBe(false);
  });
});

describe('what the key of another node may have run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-trust-'));
  const ran = join(folder, 'ran');
  for (const name of ['xl', 'migrate-receive', 'reboot']) {
    writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$0" "$@" >${ran}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  /** As sshd hands it to the shell: the words of the program that ran, or undefined. */
  function through(
    command: string | undefined,
    [shell = '', ...words]: readonly string[] = ['/bin/sh'],
  ): readonly string[] | undefined {
    writeFileSync(ran, '');
    const env = {
      PATH: `${folder}:/usr/bin:/bin`,
      ...(command === undefined ? {} : { SSH_ORIGINAL_COMMAND: command }),
    };
    const { status } = spawnSync(shell, [...words, '-c', gate], { env, input: '' });
    const [program, ...given] = readFileSync(ran, 'utf8').split('\n').slice(0, -1);
    expect(status === 0, `${command}: exit ${status}`).toBe(program !== undefined);
    return program === undefined ? undefined : [program.replace(`${folder}/`, ''), ...given];
  }

  const passing = [
    'xl info',
    'xl list -v',
    'xl list -l',
    'xl migrate-receive',
    'xl migrate-receive -e',
    'xl migrate-receive -e -d -p',
    'xl migrate-receive -d -p',
    'xl -t migrate-receive',
    'xl -t -T -vvvv migrate-receive -p',
    'xl -v migrate-receive',
  ];

  test.each(passing)('%s', (command) => {
    expect(through(command)).toEqual(command.split(' '));
  });

  test.each([
    undefined,
    '',
    'xl',
    'reboot',
    'xl list',
    'xl list -v web',
    'xl list -v -p',
    'xl info -p',
    'xl list -v; reboot',
    'xl list -v\nreboot',
    'xl list -v\n',
    'xl list -v & reboot',
    '\nxl list -v',
    'xl  list -v',
    'xl list -v ',
    ' migrate-receive',
    ' -v migrate-receive',
    'migrate-receive',
    'xlmigrate-receive',
    'xl migrate-receive -p -e',
    'xl migrate-receive -p -p',
    'xl migrate-receive -r',
    'xl migrate-receive --colo',
    'xl migrate-receive -e; reboot',
    'xl migrate-receive $(reboot)',
    'xl migrate-receive `reboot`',
    'xl migrate-receive\nreboot -p',
    'xl -t -t migrate-receive',
    'xl -f migrate-receive',
    'xl -vvvvv migrate-receive',
    'xl -N migrate-receive',
    'xl destroy web',
    'xl create /etc/xen/web.cfg',
    "xl info'",
    'xl list *',
    '*',
    'xl migrate-receiv?',
    'XL info',
    '/usr/sbin/xl info',
    'env xl info',
    'internal-sftp',
    'scp -t /root/.ssh',
    `xl migrate-receive${' -e'.repeat(1000)}`,
  ])('not %j', (command) => {
    expect(through(command)).toBeUndefined();
  });

  test.each([[['/bin/dash']], [['/bin/bash']], [['/bin/busybox', 'sh']]])('through %j as well', (shell) => {
    expect(through('xl -t migrate-receive -p', shell)).toEqual(['xl', '-t', 'migrate-receive', '-p']);
    expect(through('xl migrate-receive; reboot', shell)).toBeUndefined();
  });

  test('stands between double quotes in a file of sshd, which knows one escape: a backslash before a double quote', () => {
    expect(gate).not.toMatch(/["\\\n]/);
  });
});
