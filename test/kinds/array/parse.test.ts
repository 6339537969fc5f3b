/** What mdadm and the kernel answer about arrays, read from what they really said. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { array } from '../../../src/kinds/array/index.ts';
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
