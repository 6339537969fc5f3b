import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { secretShapes } from '../../src/kinds/drbd/secret.ts';
import type { SecretSource } from '../../src/kinds/site/secrets.ts';
import type { Site } from '../../src/kinds/site.ts';
import { hidden } from '../../src/transport/redact.ts';
import { secretNames, secretsOf } from '../../src/transport/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function link(name: string, target: string): SecretSource {
  symlinkSync(target, join(folder, name));
  return { file: join(folder, name) };
}

function environment(name: string, value: string): SecretSource {
  vi.stubEnv(name, value);
  return { env: name };
}

describe('where a value comes from', () => {
  const sources: [string, () => SecretSource][] = [
    ['the environment', () => environment('CANARY', 'hunter2 $(x)')],
    ['a file, without its last newline', () => ({ file: file('good', 'hunter2 $(x)\n') })],
    ['the first line of a file', () => ({ file: file('notes', 'hunter2 $(x)\r\nuser: root\n') })],
    ['the first line that a program prints', () => ({ command: ['printf', '%s\n', 'hunter2 $(x)', 'user: root'] })],
    ['a program, without a shell', () => ({ command: ['printf', '%s\n', 'hunter2 $(x)'] })],
  ];
  test.each(sources)('%s', async (_name, source) => {
    const secrets = secretsOf({ one: source() });
    expect(secrets.value('one')).toBeUndefined();
    expect(await secrets.load(['one'])).toMatchObject({ ok: true });
    expect(secrets.value('one')).toBe('hunter2 $(x)');
    expect(secrets.redact('it is hunter2 $(x)!')).toBe(`it is ${hidden}!`);
  });

  test('a certificate is all of its file, and half of one is none', async () => {
    const whole = '-----BEGIN CERTIFICATE-----\nMIIB\nline\n-----END CERTIFICATE-----';
    const secrets = secretsOf({
      whole: { pem: file('whole.pem', `${whole}\n`) },
      half: { pem: file('half.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n') },
    });
    expect(await secrets.load(['whole'])).toMatchObject({ ok: true });
    expect(secrets.value('whole')).toBe(whole);
    expect(await secrets.load(['half'])).toMatchObject({ ok: false, diagnostics: [{ code: 'secret/unreadable' }] });
  });

  test('a program is asked once, however many need it at once', async () => {
    const path = join(folder, 'count');
    const secrets = secretsOf({ one: { command: ['sh', '-c', `echo asked >> ${path}; echo password`] } });
    await Promise.all([secrets.load(['one']), secrets.load(['one'])]);
    await secrets.load(['one']);
    expect(readFileSync(path, 'utf8')).toBe('asked\n');
  });
});

describe('what is not a secret is told and never guessed', () => {
  const bad: [string, () => SecretSource | undefined, RegExp][] = [
    ['no such name', () => undefined, /inventory does not say/],
    ['a variable that is not set', () => ({ env: 'SANCTL_NO_SUCH_VARIABLE' }), /SANCTL_NO_SUCH_VARIABLE is not set/],
    ['a file that is not there', () => ({ file: join(folder, 'absent') }), /ENOENT/],
    ['a file that the group reads', () => ({ file: file('group', 'password', 0o640) }), /others can read/],
    ['a file that all read', () => ({ file: file('all', 'password', 0o604) }), /others can read/],
    ['a link to such a file', () => link('link', file('target', 'password', 0o644)), /others can read/],
    ['a folder', () => ({ file: mkdtempSync(join(folder, 'dir')) }), /not a file/],
    ['an empty file', () => ({ file: file('empty', '\n') }), /fewer than 6/],
    ['a short one', () => ({ file: file('short', 'abc12') }), /fewer than 6/],
    ['a huge one', () => ({ file: file('huge', 'x'.repeat(70_000)) }), /larger than/],
    ['no text', () => ({ command: ['printf', 'abcdef\\377'] }), /not text/],
    ['a program that fails', () => ({ command: ['sh', '-c', 'echo leaked-half; exit 3'] }), /sh ended with 3/],
    ['a program that is not there', () => ({ command: ['sanctl-no-such-program'] }), /could not be started: .*ENOENT/],
  ];
  test.each(bad)('%s', async (_name, source, why) => {
    const made = source();
    const secrets = secretsOf(made === undefined ? {} : { one: made });
    const loaded = await secrets.load(['one']);
    expect(loaded).toMatchObject({ ok: false, diagnostics: [{ code: 'secret/unreadable', severity: 'error' }] });
    expect(loaded.diagnostics[0]?.detail).toMatch(why);
    expect(JSON.stringify(loaded)).not.toContain('leaked-half');
    expect(secrets.value('one')).toBeUndefined();
  });

  test('a variable that is not set is told with the way to set it', async () => {
    const { diagnostics } = await secretsOf({ a: { env: 'SANCTL_NOT_A' } }).load(['a']);
    expect(diagnostics[0]?.help).toContain('`export SANCTL_NOT_A=...`');
  });

  test('all that is wrong is told at once', async () => {
    const secrets = secretsOf({ a: { env: 'SANCTL_NOT_A' }, b: { env: 'SANCTL_NOT_B' } });
    expect((await secrets.load(['a', 'b', 'toString'])).diagnostics).toHaveLength(3);
  });
});

test('names are found wherever a script refers to them', () => {
  const script = {
    do: 'batch',
    steps: [{ actions: [{ content: ['x', { secret: 'a' }] }] }],
    secrets: [{ secret: 'b' }],
  };
  expect([...secretNames(script)]).toEqual(['a', 'b']);
  expect([...secretNames({ secret: 'c', more: 1 })]).toEqual([]);
});

describe('a secret that goes into the file of a resource', () => {
  const site = { volumes: { db: { replication: { secret: 'peers' } }, plain: {} } } as unknown as Site;
  const shapes = secretShapes(site);

  test.each(['abc"; allow-two-primaries yes; "', 'two\nlines', 'a'.repeat(64), 'semi;colon', 'bläh-bläh', 'short', ''])(
    'is refused when it is %j, and its value is not told',
    async (value) => {
      const loaded = await secretsOf({ peers: environment('PEERS', value) }, shapes).load(['peers']);
      expect(loaded.ok).toBe(false);
      expect(loaded.diagnostics[0]?.detail).toContain('6 to 63 letters');
      if (value !== '') expect(loaded.diagnostics[0]?.detail).not.toContain(value);
    },
  );

  test('is taken when every character of it is harmless; other secrets have no such shape', async () => {
    const sources = { peers: environment('PEERS', 'Aa0+/=_.-'), other: environment('OTHER', 'with "quotes" and ;') };
    expect((await secretsOf(sources, shapes).load(['peers', 'other'])).ok).toBe(true);
  });
});
