import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  fingerprint,
  judge,
  keyType,
  knownHostLine,
  knownName,
  linesFor,
  parseKnownHosts,
} from '../../src/transport/known-hosts.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-known-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A real key of each type that a host may have. */
const keys = [['ed25519'], ['ed25519'], ['ecdsa', '-b', '256'], ['ecdsa', '-b', '521'], ['rsa', '-b', '2048']].map(
  ([type = '', ...more], index) => {
    const path = join(folder, `key${index}`);
    execFileSync('ssh-keygen', ['-q', '-t', type, ...more, '-N', '', '-f', path]);
    const text = execFileSync('ssh-keygen', ['-y', '-f', path], { encoding: 'utf8' }).trim();
    const [, blob = ''] = text.split(' ');
    return { path, text: text.split(' ').slice(0, 2).join(' '), blob: Buffer.from(blob, 'base64') };
  },
);
function key(index: number): (typeof keys)[number] {
  const found = keys[index];
  if (found === undefined) throw new Error(`no key ${index}`);
  return found;
}

/** What OpenSSH finds: the numbers of the lines, with their marks. */
function oracle(name: string, text: string): { line: number; mark: string }[] {
  const file = join(folder, 'oracle');
  writeFileSync(file, text);
  const said = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' }).stdout;
  return [...said.matchAll(/^# Host .* found: line (\d+) ?(\w*)/gm)].map(([, line, mark]) => ({
    line: Number(line),
    mark: mark === 'REVOKED' ? 'revoked' : mark === 'CA' ? 'certificate authority' : 'plain',
  }));
}

function ours(name: string, text: string): { line: number; mark: string }[] {
  return linesFor(parseKnownHosts(text).hosts, name).map(({ line, mark }) => ({ line, mark }));
}

const label = fc.constantFrom('a', 'b', 'ab', 'node1', 'alpha', 'x-y');
const host = fc.oneof(
  label,
  fc.tuple(label, label).map((parts) => parts.join('.')),
  fc.constantFrom('10.0.0.1', '::1'),
);
const name = fc.oneof(
  host,
  fc.tuple(host, fc.constantFrom(2201, 2222)).map(([one, port]) => `[${one}]:${port}`),
);
const pattern = fc.oneof(
  name,
  fc.constantFrom('*', '?', 'a*', '*b', '*.b', 'a?', '*a*', '[*]:2201', '10.0.0.*', 'A*', 'ALPHA', '**', 'node?', ''),
);
const patterns = fc
  .array(
    fc.tuple(fc.constantFrom('', '', '!'), pattern).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) => list.join(','))
  .filter((field) => field !== '' && !field.startsWith('@') && !field.startsWith('#'));
const hashedName = fc
  .tuple(name, fc.uint8Array({ minLength: 20, maxLength: 20 }))
  .map(([one, salt]) => knownHostLine(one, key(0).blob, Buffer.from(salt)).split(' ')[0] ?? '');
const line = fc
  .tuple(
    fc.constantFrom('', '', '', '@revoked ', '@cert-authority '),
    fc.oneof(patterns, hashedName),
    fc.constantFrom(' ', '\t', '  '),
    fc.nat({ max: keys.length - 1 }),
    fc.constantFrom('', ' comment', ' a comment # here'),
  )
  .map(([mark, field, gap, index, comment]) => `${mark}${field}${gap}${key(index).text}${comment}`);
const file = fc
  .array(fc.oneof({ weight: 6, arbitrary: line }, fc.constantFrom('', '# comment', '   ', '  # x')), { maxLength: 8 })
  .map((lines) => `${lines.join('\n')}\n`);

describe('against ssh-keygen -F', () => {
  test('finds the same lines with the same marks in any file', () => {
    fc.assert(
      fc.property(file, name, (text, asked) => {
        expect(parseKnownHosts(text).damaged).toEqual([]);
        expect(ours(asked, text)).toEqual(oracle(asked, text));
      }),
      { numRuns: 300 },
    );
  });

  test('finds what it hashed itself, and so does OpenSSH', () => {
    fc.assert(
      fc.property(name, fc.uint8Array({ minLength: 20, maxLength: 20 }), (asked, salt) => {
        const text = knownHostLine(asked, key(2).blob, Buffer.from(salt));
        expect(oracle(asked, text)).toEqual([{ line: 1, mark: 'plain' }]);
        expect(ours(asked, text)).toEqual([{ line: 1, mark: 'plain' }]);
      }),
      { numRuns: 30 },
    );
  });

  test('prints the same fingerprints', () => {
    for (const { path, blob } of keys) {
      expect(execFileSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' })).toContain(` ${fingerprint(blob)} `);
    }
  });
});

describe('what cannot be read is told, by line', () => {
  const good = key(0).text;
  const damaged: [string, string][] = [
    ['one word', 'alpha'],
    ['no key', 'alpha ssh-ed25519'],
    ['a key that is no base64', 'alpha ssh-ed25519 ****'],
    ['a key cut short in the middle of base64', `alpha ${good.slice(0, -3)}`],
    ['a key of another type than it says', `alpha ssh-rsa ${good.split(' ')[1]}`],
    ['an unknown mark', `@revokd alpha ${good}`],
    ['two marks', `@revoked @cert-authority alpha ${good}`],
    ['a mark alone', '@revoked'],
    ['a hash of another kind', `|2|AAAA|BBBB ${good}`],
    ['half a hash', `|1|AAAA ${good}`],
    ['binary', '\u0000\u0001\u0002 \uFFFD'],
  ];
  test.each(damaged)('%s', (_what, text) => {
    expect(parseKnownHosts(`# first\n${text}\nalpha ${good}\n`).damaged).toEqual([2]);
  });

  test('a key of protocol 1 is neither damage nor a host', () => {
    expect(parseKnownHosts('alpha 1024 35 1234567 old@host\n')).toEqual({ hosts: [], damaged: [] });
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name, (text, asked) => {
        expect(ours(asked, text).length).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });

  test('a pattern of many stars takes no time', () => {
    const text = `${'*a'.repeat(500)}b ${good}\n`;
    expect(ours('a'.repeat(2000), text)).toEqual([]);
  });
});

describe('the verdict', () => {
  const [plain, other, ecdsa] = [key(0), key(1), key(2)];
  const cases: [string, string, Buffer, string][] = [
    ['nothing about it', `beta ${plain.text}`, plain.blob, 'unknown'],
    ['the key', `alpha ${plain.text}`, plain.blob, 'known'],
    ['another key of the type', `alpha ${plain.text}`, other.blob, 'changed'],
    ['a key of another type', `alpha ${plain.text}`, ecdsa.blob, 'changed'],
    ['one of two', `alpha ${plain.text}\nalpha ${other.text}`, other.blob, 'known'],
    ['revoked', `@revoked alpha ${plain.text}`, plain.blob, 'revoked'],
    ['revoked for all, though known', `alpha ${plain.text}\n@revoked * ${plain.text}`, plain.blob, 'revoked'],
    ['another one is revoked', `@revoked * ${other.text}`, plain.blob, 'unknown'],
    ['an authority alone', `@cert-authority * ${other.text}`, plain.blob, 'certificate authority'],
    ["the authority's own key is no host key", `@cert-authority * ${plain.text}`, plain.blob, 'certificate authority'],
    ['an authority and the key', `@cert-authority * ${other.text}\nalpha ${plain.text}`, plain.blob, 'known'],
    ['excluded by negation', `*,!alpha ${plain.text}`, plain.blob, 'unknown'],
  ];
  test.each(cases)('%s', (_what, text, offered, verdict) => {
    expect(judge(linesFor(parseKnownHosts(text).hosts, 'alpha'), offered)).toBe(verdict);
  });

  test('a host is known by its name, its port, or its alias alone', () => {
    expect(knownName('Alpha', 22, undefined)).toBe('alpha');
    expect(knownName('alpha', 2201, undefined)).toBe('[alpha]:2201');
    expect(knownName('127.0.0.1', 2201, 'lab-Alpha')).toBe('lab-alpha');
  });

  test('a blob that is no key has no type', () => {
    expect([Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(40, 0xff)].map(keyType)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(keyType(plain.blob)).toBe('ssh-ed25519');
  });
});
