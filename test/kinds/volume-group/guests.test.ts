/** Whether a guest has a disk that is to be written, asked right before: as JavaScript and as grep(1) read it (C2). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { NewDisk } from '../../../src/kinds/volume-group/disk.ts';
import { noGuestHas } from '../../../src/kinds/volume-group/guests.ts';
import { holds } from '../../../src/shell/expect.ts';

const running = readFileSync(new URL('../../fixtures/xen-4.17/xl-list-l-running.txt', import.meta.url), 'utf8');
const blank = (path: string, kernelName: string): NewDisk => ({
  is: 'blank',
  path,
  device: {
    kernelName,
    bytes: 2 ** 31,
    type: 'disk',
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

function passes(stdout: string, code = 0): readonly [boolean, boolean] {
  const pattern = 'lacks' in guard.expect ? guard.expect.lacks : '';
  const grep = spawnSync('grep', ['-aEq', '-e', pattern], { input: stdout });
  return [holds(guard.expect, { code, stdout }), code === 0 && grep.status === 1];
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

test('a node without a hypervisor has no guests; one whose xl does not answer may have any', () => {
  expect(passes('no hypervisor\n')).toEqual([true, true]);
  expect(passes('', 1)).toEqual([false, false]);
});
