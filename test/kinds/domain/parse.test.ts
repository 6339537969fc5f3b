/** From xl's two lists to domains: recorded answers, and lists that do not agree (X10). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLive } from '../../../src/kinds/domain/copies.ts';
import { parse } from '../../../src/kinds/domain/parse.ts';
import type { ProbeOutput } from '../../../src/shell/command.ts';

const folder = fileURLToPath(new URL('../../fixtures/xen-4.17/', import.meta.url));
const recorded = (name: string): string => readFileSync(`${folder}${name}.txt`, 'utf8');
const ok = (stdout: string): ProbeOutput => ({ code: 0, stdout, stderr: '' });

function domains(short: ProbeOutput, long: ProbeOutput) {
  return parse(new Map(Object.entries({ 'domain.list': short, 'domain.long': long }))).domains;
}

const running = { short: recorded('xl-list-v-running'), long: recorded('xl-list-l-running') };

test('a running domain', () => {
  expect(domains(ok(running.short), ok(running.long))).toEqual({
    known: true,
    value: [
      {
        name: 'web',
        id: 1,
        uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
        state: '------',
        memoryBytes: 128 * 2 ** 20,
        vcpus: 1,
        type: 'pv',
        kernel: '/boot/guest-vmlinuz',
        disks: [{ as: 'xvda', target: '/dev/drbd1', readOnly: false }],
        nics: [{ mac: '00:16:3e:00:00:50', bridge: 'xenbr0' }],
      },
    ],
  });
});

test.each([
  ['running', 'xl-list-v-running', 'web', true],
  ['paused', 'xl-list-v-paused', 'web', false],
  ['renamed on its way', 'xl-list-v-migratedaway', 'web--migratedaway', true],
  ['shutting down', 'xl-list-v-shutting-down', 'web', false],
])('%s', (_, file, name, live) => {
  const found = domains(ok(recorded(file)), ok(running.long));
  const [domain] = found.known ? found.value : [];
  expect(domain?.name).toBe(name);
  expect(domain === undefined ? undefined : isLive(domain)).toBe(live);
});

test.each([
  ['', true],
  ['"readwrite": 0,', true],
  ['"readwrite": 2,', false],
])('a disk with %j is read-only: %s', (written, readOnly) => {
  const found = domains(ok(running.short), ok(running.long.replace('"readwrite": 1,', written)));
  expect(found.known ? found.value[0]?.disks?.[0]?.readOnly : undefined).toBe(readOnly);
});

test('dom0 alone is no domain; no hypervisor has none', () => {
  expect(domains(ok(recorded('xl-list-v-empty')), ok(recorded('xl-list-l-empty')))).toEqual({ known: true, value: [] });
  expect(domains(ok('no hypervisor\n'), ok('no hypervisor\n'))).toEqual({ known: true, value: [] });
});

test('one that the long list hides: it is there, and what it holds is not known (X10)', () => {
  const found = domains(ok(recorded('xl-list-v-paused')), ok(recorded('xl-list-l-empty')));
  const [domain] = found.known ? found.value : [];
  expect(domain).toMatchObject({ name: 'web', id: 1, state: '--p---', disks: undefined });
});

describe('unknown, never empty (C5, X10)', () => {
  test.each<[string, ProbeOutput, ProbeOutput]>([
    ['the long list without dom0', ok(running.short), ok('[]')],
    ['in the long list only', ok(recorded('xl-list-v-empty')), ok(running.long)],
    ['another id in each', ok(running.short.replace(' 1   128', ' 7   128')), ok(running.long)],
    ['the short list lost', { code: undefined, stdout: '', stderr: '' }, ok(running.long)],
    ['the long list failed', ok(running.short), { code: 1, stdout: '', stderr: 'cannot init xl context' }],
    ['empty with exit 0', ok(''), ok('')],
    ['a line cut', ok(running.short.trimEnd().slice(0, -60)), ok(running.long)],
    ['JSON cut', ok(running.short), ok(running.long.slice(0, -3))],
    ['a shape that nobody knows', ok(running.short), ok('{"domains": []}')],
    ['other columns', ok(running.short.replace('UUID', 'Who')), ok(running.long)],
  ])('%s', (_, short, long) => expect(domains(short, long).known).toBe(false));

  test('a name with white space or a uuid in it is read from the end of its line', () => {
    const hostile = 'x 9 1 1 r----- 1.0 6f3c1a52-0000-4000-8000-0000000000bb';
    const found = domains(ok(running.short.replace(/^web {2}/m, `${hostile} `)), ok(running.long));
    expect(found.known && found.value[0]).toMatchObject({
      name: hostile,
      id: 1,
      uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
    });
  });

  test('nothing makes it throw', () => {
    fc.assert(fc.property(fc.string(), fc.json(), (short, long) => domains(ok(short), ok(long)).known || true));
  });
});
