import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SshTarget } from '../../src/kinds/site/node.ts';
import { askSsh } from '../../src/transport/ask-ssh.ts';
import { resolveHop } from '../../src/transport/hop.ts';
import { includes, isSpecial, parseSettings } from '../../src/transport/ssh-config.ts';
import { value } from './support/site.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-config-'));
const count = join(folder, 'count');

/** An `ssh` in front of the real one that counts how often it is asked. */
beforeAll(() => {
  mkdirSync(join(folder, 'bin'));
  const real = process.env['PATH']?.split(':').map((one) => join(one, 'ssh'));
  const script = `#!/bin/sh\necho "$*" >>${count}\nfor one in ${real?.join(' ')}; do [ -x "$one" ] && exec "$one" "$@"; done\n`;
  writeFileSync(join(folder, 'bin/ssh'), script);
  chmodSync(join(folder, 'bin/ssh'), 0o755);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

function config(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function asked(): number {
  return readFileSync(count, 'utf8').split('\n').length - 1;
}

async function hop(target: Partial<SshTarget> & { configFile: string }) {
  return resolveHop({ host: 'alpha', ...target }, askSsh());
}

describe('how often OpenSSH is asked', () => {
  const hosts = Array.from({ length: 20 }, (_, index) => `node${index}`);
  const cases: [string, string, number][] = [
    ['nothing in it', '', 1],
    ['only what holds for all', 'Host *\n  User admin\n', 1],
    ['a block of another host', 'Host gate*\n  Port 2222\n', 1],
    ['a block of one of them', 'Host node7\n  Port 2222\n', 2],
    ['a pattern of two of them', 'Host node1 node2\n  Port 2222\n', 3],
    ['a negation of one', 'Host * !node3\n  User admin\n', 2],
    ['a match block', 'Match user root\n  Port 2222\n', 20],
    ['a name that depends on the host', 'HostName %h.example.org\n', 20],
    ['a file that depends on the host', 'UserKnownHostsFile ~/.ssh/known_%h\n', 20],
    ['an included block', `Include ${folder}/included-*\n`, 2],
    ['an include that cannot be followed', `Include ${folder}/[x]*\n`, 20],
  ];
  test.each(cases)('%s: %#', async (name, text, times) => {
    config('included-one', 'Host node5\n  Port 5\n');
    vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
    const configFile = config('counted', text);
    rmSync(count, { force: true });
    const ask = askSsh();
    const answers = await Promise.all(hosts.map((host) => ask({ host, configFile })));
    expect([name, asked()]).toEqual([name, times]);
    // And every answer is the one that OpenSSH gives when it is asked for that host alone.
    const alone = await askSsh()({ host: 'node7', configFile });
    expect(answers[7]).toEqual(alone);
    expect(answers.map((answer) => value(answer).hostName.split('.')[0])).toEqual(hosts);
  });
});

describe('the hop', () => {
  test('the inventory wins, the configuration fills in', async () => {
    const configFile = config(
      'full',
      'Host alpha\n HostName 10.0.0.9\n Port 2201\n User admin\n IdentityFile ~/.ssh/%h-%r\n IdentitiesOnly yes\n HostKeyAlias lab-alpha\n',
    );
    expect(value(await hop({ configFile }))).toMatchObject({
      host: '10.0.0.9',
      port: 2201,
      user: 'admin',
      knownAs: 'lab-alpha',
      identityFiles: [join(homedir(), '.ssh/10.0.0.9-admin')],
      identitiesOnly: true,
    });
    const named = { port: 22, user: 'root', identityFile: '~/key', hostKeyAlias: 'other', knownHostsFile: '/pins' };
    const won = value(await hop({ configFile, ...named }));
    expect(won).toMatchObject({
      host: '10.0.0.9',
      port: 22,
      user: 'root',
      knownAs: 'other',
      userKnownHostsFiles: ['/pins'],
    });
    expect(won.identityFiles).toEqual([join(homedir(), 'key'), join(homedir(), '.ssh/10.0.0.9-root')]);
  });

  test('as patient as ConnectTimeout says', async () => {
    const seconds = async (text: string) => value(await hop({ configFile: config('patience', text) })).patienceSeconds;
    expect([await seconds(''), await seconds('ConnectTimeout 90'), await seconds('ConnectTimeout none')]).toEqual([
      20, 90, 20,
    ]);
  });

  const jumps: [string, Partial<SshTarget>][] = [
    ['gate', { host: 'gate' }],
    ['admin@gate:2222', { host: 'gate', port: 2222, user: 'admin' }],
    ['ssh://admin@gate:2222', { host: 'gate', port: 2222, user: 'admin' }],
    ['[fd00::1]:2222', { host: 'fd00::1', port: 2222 }],
    ['a,b:3,c', { host: 'c', proxyJump: 'a,b:3' }],
  ];
  test.each(jumps)('through %s', async (proxyJump, through) => {
    const configFile = config('plain', '');
    expect(value(await hop({ configFile, proxyJump })).through).toEqual({ configFile, ...through });
    const fromConfig = config('jump', `ProxyJump ${proxyJump}\n`);
    expect(value(await hop({ configFile: fromConfig })).through).toMatchObject(through);
    expect(value(await hop({ configFile: fromConfig, proxyJump: 'none' })).through).toBeUndefined();
  });

  test('the agent', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', '/from/environment');
    vi.stubEnv('OTHER_SOCK', '/from/other');
    const agent = async (text: string) => value(await hop({ configFile: config('agent', text) })).agent;
    expect(await agent('')).toBe('/from/environment');
    expect(await agent('IdentityAgent none')).toBeUndefined();
    expect(await agent('IdentityAgent SSH_AUTH_SOCK')).toBe('/from/environment');
    expect(await agent('IdentityAgent $OTHER_SOCK')).toBe('/from/other');
    expect(await agent('IdentityAgent ~/agent')).toBe(join(homedir(), 'agent'));
  });

  const refused: [string, string, RegExp][] = [
    ['a proxy command leads elsewhere', 'ProxyCommand nc %h %p', /ProxyCommand/],
    ['revoked keys in a form that is not read', 'RevokedHostKeys /etc/ssh/revoked', /RevokedHostKeys/],
    ['keys from a program', 'KnownHostsCommand /bin/keys', /KnownHostsCommand/],
    ['a known_hosts path with a blank in it', 'UserKnownHostsFile "/srv/with blank"', /path cannot be understood/],
  ];
  test.each(refused)('refused: %s', async (_name, text, why) => {
    const result = await hop({ configFile: config('refused', `${text}\n`) });
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/unsupported-config' }] });
    expect(result.diagnostics[0]?.detail).toMatch(why);
  });

  test('a proxy command does not matter when the inventory names a jump host', async () => {
    expect(await hop({ configFile: config('detour', 'ProxyCommand nc %h %p\n'), proxyJump: 'gate' })).toMatchObject({
      ok: true,
    });
  });

  test('a configuration that OpenSSH refuses, or that is not there, is told in its words', async () => {
    const bad = await hop({ configFile: config('bad', 'NoSuchKeyword yes\n') });
    expect(bad).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/config' }] });
    expect(bad.diagnostics[0]?.detail).toMatch(/Bad configuration option/i);
    expect(bad.diagnostics[0]?.help).toContain(`\`ssh -G -F ${join(folder, 'bad')} `);
    expect(await hop({ configFile: join(folder, 'absent') })).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'ssh/config' }],
    });
  });
});

test('a machine without ssh and without configuration has the defaults; with configuration it is refused', async () => {
  vi.stubEnv('PATH', join(folder, 'nothing'));
  const answer = await askSsh()({ host: 'Alpha', configFile: config('needs-ssh', 'User admin\n') });
  expect(answer).toMatchObject({ ok: false, diagnostics: [{ code: 'ssh/config' }] });
});

test('output that is no answer is none', () => {
  expect(['', 'hostname a\n', 'hostname a\nport x\nuser y\n'].map(parseSettings)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(includes('Include a "b"\n include=c\nHost Include\n')).toEqual(['a', 'b', 'c']);
  expect(isSpecial('host=alpha\nport 3', 'ALPHA')).toBe(true);
});
