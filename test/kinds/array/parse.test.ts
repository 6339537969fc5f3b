/** What mdadm and the kernel answer about arrays, read from what they really said. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { array } from '../../../src/kinds/array/index.ts';
import { parseAssembled, unnamedScript } from '../../../src/kinds/array/parse.ts';
import type { ProbeOutput, ProbeOutputs } from '../../../src/shell/command.ts';
import { compactSite } from '../compact.ts';

const site = compactSite({
  volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
  volumes: { m1: { size: '128MiB' }, m2: { size: '128MiB' } },
  arrays: { one: { members: [{ volume: 'm1' }, { volume: 'm2' }] } },
});

function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/mdadm-4.2/${name}`, import.meta.url), 'utf8');
}

function leg(output: Partial<ProbeOutput>) {
  const outputs: ProbeOutputs = new Map([
    ['array.examine:/dev/vg0/m1', { code: 0, stdout: '', stderr: '', ...output }],
  ]);
  return array.parse(outputs, site, 'alpha').members['/dev/vg0/m1']?.leg;
}

test('a superblock', () => {
  expect(leg({ stdout: fixture('examine-raid1.txt') })).toEqual({
    known: true,
    value: { uuid: 'f9c58a3a6983f8f2f6a4425c16ab937e', name: 'sanctl:one', events: 18, role: 0, state: 'AA' },
  });
});

test('one that is to take the place of another is no member yet, and no spare any more', () => {
  expect(leg({ stdout: fixture('examine-replacing.txt') })).toEqual({
    known: true,
    value: { uuid: '9f5acbf4b370cb32ecf44f1664f959ca', name: 'sanctl:six', events: 23, replaces: 1, state: 'ARAA' },
  });
});

test.each([
  ['replacing', 4, 'recover', ['ubdb 1 in_sync,want_replacement', 'ubde 1 spare,replacement']],
  ['growing', 5, 'reshape', ['ubdb 4 in_sync', 'ubde 1 in_sync']],
] as const)('what the kernel says of members while it is %s', (name, disks, action, legs) => {
  const text = readFileSync(new URL(`../../fixtures/linux-6.1/md-${name}.txt`, import.meta.url), 'utf8');
  const [one] = parseAssembled(text) ?? [];
  expect(one).toMatchObject({ disks, action, degraded: 0 });
  const said = one?.legs.map(({ device, slot, states }) => `${device} ${slot} ${states.join(',')}`);
  expect(said).toEqual(expect.arrayContaining([...legs]));
});

test('a name with a line break of its own says nothing else (R3)', () => {
  const text = fixture('examine-newline-in-name.txt');
  expect(leg({ stdout: text })).toMatchObject({ value: { events: 17, name: 'sanctl:a' } });
  const lie = text.replace('\nb\n', '\n         Events : 99999\n   Array State : AA \n     Array UUID : 0\n');
  expect(leg({ stdout: lie })).toMatchObject({ value: { uuid: '64d60a7f4ef9109b0b85b948aea36674', events: 17 } });
});

test('none is what it says; anything else is unknown', () => {
  const none = 'mdadm: No md superblock detected on /dev/vg0/m1.\n';
  expect(leg({ code: 1, stderr: none })).toEqual({ known: true, value: 'none' });
  expect(leg({ code: 1, stderr: 'mdadm: something new\n' })).toMatchObject({ known: false });
  expect(leg({ stdout: 'half' })).toMatchObject({ known: false });
});

test('what no ARRAY line names, by the uuid that the kernel has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unnamed-'));
  for (const [name, uuid] of [
    ['md0', '94dff044-ebc5-144c-fed8-bef44459f735'],
    ['md1', '5c3d2a18-989f-3044-fd4d-9f23a9e3bfc4'],
    ['md2', ''],
  ] as const) {
    mkdirSync(join(folder, 'block', name, 'md'), { recursive: true });
    writeFileSync(join(folder, 'block', name, 'md/uuid'), `${uuid}\n`);
  }
  writeFileSync(join(folder, 'mdadm.conf'), 'ARRAY /dev/md0 metadata=1.2 UUID=94dff044:ebc5144c:fed8bef4:4459f735\n');
  const script = unnamedScript.replaceAll('/sys/block', join(folder, 'block')).replaceAll('/etc/mdadm', folder);
  expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe(
    'md1 5c3d2a18:989f3044:fd4d9f23:a9e3bfc4\nmd2 \n',
  );
});
