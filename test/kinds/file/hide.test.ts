/** Secrets are hidden on the node, by the real sed, before a line of a file travels (Q13). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { probes } from '../../../src/kinds/file/probes.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-hide-'));
afterAll(() => rmSync(folder, { recursive: true }));

function textOf(content: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const probe = probes([path]).find(({ name }) => name === 'file.text');
  if (probe === undefined) throw new Error('there is no such probe');
  const [program, ...words] = probe.command.argv;
  return spawnSync(program, words, { encoding: 'utf8' }).stdout.replace(`${path}\n`, '');
}

test.each([
  ['net { shared-secret "CANARY"; }', '|net { shared-secret "(secret)"; }'],
  ['  shared-secret CANARY;', '|  shared-secret (secret);'],
  ['shared-secret "two CANARY words"', '|shared-secret "(secret)"'],
  ['shared-secret "CANARY', '|shared-secret "(secret)"'],
  ['vncpasswd = "CANARY"', '|vncpasswd = "(secret)"'],
  ["vncpasswd='CANARY'", "|vncpasswd='(secret)'"],
  ["vfb = [ 'vnc=1,vncpasswd=CANARY,vnclisten=0' ]", "|vfb = [ 'vnc=1,vncpasswd=(secret),vnclisten=0' ]"],
  ['"password": "CANARY"', '|"password": "(secret)"'],
  ['mutual-password CANARY+/=_.-', '|mutual-password (secret)'],
  ['password ==CANARY', '|password =(secret)'],
  ['password: =:CANARY', '|password: (secret)'],
  ['PASSWORD:CANARY', '|PASSWORD:(secret)'],
  ['cram-hmac-alg sha256; shared-secret', '|cram-hmac-alg sha256; shared-secret'],
  ['minor 0;', '|minor 0;'],
])('%s', (line, shown) => {
  expect(textOf(`${line}\n`)).toBe(`${shown}\n`);
});

test('no line of a file can pass for the name of one', () => {
  expect(textOf('/etc/drbd.d/other.res\nx\n')).toBe('|/etc/drbd.d/other.res\n|x\n');
});
