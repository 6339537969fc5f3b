/** Whether a guest has a disk that is to be written, asked right before: as JavaScript and as grep(1) read it (C2). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { NewDisk } from '../../../src/kinds/volume-group/disk.ts';
import { noGuestHas } from '../../../src/kinds/volume-group/guests.ts';
import { holds } from '../../../src/shell/expect.ts';

const running = readFileSync(new URL('../../fixtures/xen-4.17/xl-list-l-running.txt', import.meta.url), 'utf8');
const blank = (path: string, kernelName: string, type = 'disk'): NewDisk => ({
  is: 'blank',
  path,
  device: {
    kernelName,
    bytes: 2 ** 31,
    type,
    readOnly: false,
    serial: '',
    wwn: '',
    signatures: [],
    children: [],
    mountpoints: [],
    content: { is: 'zero' },
  },
});
const guard = noGuestHas([blank('/dev/disk/by-id/virtio-1.0', 'vdb'), blank('/dev/vdc', 'vdc')]);

function passes(stdout: string, code = 0, { expect: wanted } = guard): readonly [boolean, boolean] {
  const pattern = 'lacks' in wanted ? wanted.lacks : '';
  const grep = spawnSync('grep', ['-aEq', '-e', pattern], { input: stdout });
  return [holds(wanted, { code, stdout }), code === 0 && grep.status === 1];
}

test.each([
  '/dev/vdb',
  '/dev/vdc',
  '/dev/disk/by-id/virtio-1.0',
  '/dev/disk/by-id/dos-1',
  '/dev/disk/by-path/pci-0000:00:04.0',
  '/dev/disk/by-diskseq/2',
  '/dev/block/254:16',
])('%s is or may be one of them', (target) => {
  expect(passes(running.replace('/dev/drbd1', target))).toEqual([false, false]);
});

test.each(['/dev/drbd1', '/dev/vdb1', '/dev/vdd', '/dev/vg0/vdb', '/dev/disk/by-id/dm-name-vg1-web', '/srv/dev/vdb'])(
  '%s is none of them',
  (target) => expect(passes(running.replace('/dev/drbd1', target))).toEqual([true, true]),
);

test.each<[string, string, boolean]>([
  ['vdb3', '/dev/vdb', false],
  ['nvme0n1p12', '/dev/nvme0n1', false],
  ['mmcblk0p1', '/dev/mmcblk0', false],
  ['vdb3', '/dev/vd', true],
  ['vdb3', '/dev/vdb1', true],
  ['nvme0n1p1', '/dev/nvme0n', true],
])('who has the whole disk has the partition %s: %s', (partition, target, free) => {
  const own = noGuestHas([blank(`/dev/${partition}`, partition, 'part')]);
  expect(passes(running.replace('/dev/drbd1', target), 0, own)).toEqual([free, free]);
});

test('a node without a hypervisor has no guests; one whose xl does not answer may have any', () => {
  expect(passes('no hypervisor\n')).toEqual([true, true]);
  expect(passes('', 1)).toEqual([false, false]);
});
