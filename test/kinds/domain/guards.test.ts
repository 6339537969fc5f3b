/** The last look before a start, by a real shell over what xl printed: its own domain, and others with its disks (X1). */
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Disk } from '../../../src/kinds/domain/devices.ts';
import { openersOfMirror, runsNowhereHere } from '../../../src/kinds/domain/guards.ts';
import { underXen } from '../../../src/kinds/domain/parse.ts';
import { holds } from '../../../src/shell/expect.ts';
import { compactSite } from '../compact.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-looks-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const [name, text] of [
  ['xl', `exec cat "${folder}/$*"`],
  ['sleep', ':'],
] as const) {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/xen-4.17/${name}`, import.meta.url), 'utf8');
const short = fixture('xl-list-v-running.txt');
/** Domain `web` has /dev/drbd1. */
const writes = fixture('xl-list-l-running.txt');
const reads = writes.replace(/ *"readwrite": 1,\n/, '');

function passes(vm: string, readOnly: boolean, long: string, path = '/dev/drbd1'): boolean {
  writeFileSync(join(folder, 'list -v'), short);
  writeFileSync(join(folder, 'list -l'), long);
  const disk: Disk = {
    on: 'volume',
    volume: 'v',
    path,
    names: [path],
    below: [],
    as: 'xvda',
    readOnly,
    replicated: true,
  };
  const found = compactSite({ vms: { [vm]: {} } }).vms[vm];
  if (found === undefined) throw new Error('no VM');
  const { ask, expect: wanted } = runsNowhereHere(found, [disk]);
  const [program, ...words] = ask.argv;
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
  const script = words.map((word) => word.replace(underXen, ''));
  const { status, stdout } = spawnSync(program, script, { env, encoding: 'utf8' });
  return holds(wanted, { code: status ?? 1, stdout });
}

test('a writer wants nobody beside it, a reader no writer', () => {
  expect(reads).not.toBe(writes);
  const found = [writes, reads].map((long) => [passes('mail', false, long), passes('mail', true, long)]);
  expect(found).toEqual([
    [false, false],
    [false, true],
  ]);
});

test('the disks of others say nothing; its own name does', () => {
  const two = writes.replace('"nics"', '"more": [ { "pdev_path": "/dev/drbd2", "vdev": "xvdb" } ], "nics"');
  expect([passes('mail', true, two, '/dev/drbd2'), passes('mail', false, two, '/dev/drbd2')]).toEqual([true, false]);
  expect([passes('mail', false, writes, '/dev/drbd10'), passes('web', true, reads, '/dev/drbd9')]).toEqual([
    true,
    false,
  ]);
});

test('a list that cannot be read proves nothing', () => {
  expect(passes('mail', false, reads, '/dev/drbd9')).toBe(true);
  chmodSync(join(folder, 'xl'), 0o644);
  expect(passes('mail', false, reads, '/dev/drbd9')).toBe(false);
});

test('who has a device open is told: programs, mounts, loop devices, and what is built on it (C2)', () => {
  const device = join(folder, 'drbd0');
  writeFileSync(device, '');
  const mounts = join(folder, 'mounts');
  writeFileSync(mounts, `${device}1 /other ext4 rw 0 0\n`);
  const openers = (): string => {
    const script = openersOfMirror
      .replace(' 2 3 4 5 6 7 8 9 10', '')
      .replace('/proc/mounts', mounts)
      .replace('/sys/class/block/', `${folder}/block/`)
      .replace('/sys/block/', `${folder}/`);
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    const { status, stdout } = spawnSync('sh', ['-c', script, 'sh', device], { env, encoding: 'utf8' });
    return status === 0 ? stdout : `exit ${status}`;
  };
  expect(openers()).toBe('');
  const open = openSync(device, 'r');
  expect(openers()).toBe(`/proc/${process.pid}/fd/${open}\n`);
  closeSync(open);
  writeFileSync(mounts, `${device} /mnt ext4 rw 0 0\n`);
  expect(openers()).toBe('it is mounted on /mnt\n');
  rmSync(mounts);
  expect(openers()).not.toBe('');
  writeFileSync(mounts, '');
  mkdirSync(join(folder, 'block/drbd0/holders/dm-7'), { recursive: true });
  expect(openers()).toBe('dm-7 is built on it\n');
  rmSync(join(folder, 'block'), { recursive: true });
  const loop = join(folder, 'loop3/loop');
  mkdirSync(loop, { recursive: true });
  writeFileSync(join(loop, 'backing_file'), `${device}\n`);
  expect(openers()).toBe(`${loop}/backing_file\n`);
});
