import { describe, expect, test } from 'vitest';
import { guestOf } from '../../src/adopt/guest.ts';
import { recorded } from './recorded.ts';

type Json = Record<string, unknown>;

function set<T extends object>(target: T, more: Partial<T>): void {
  Object.assign(target, more);
}

/** The configuration of the guest that ran when it was recorded; `change` edits it. */
function config(
  change: (one: { c_info: Json; b_info: Json; disks: Json[]; nics: Json[] } & Json) => void = () => undefined,
) {
  const list = JSON.parse(recorded('xen-4.17/xl-list-l-running')) as { config: Parameters<typeof change>[0] }[];
  const one = list[1]?.config;
  if (one === undefined) throw new Error('no guest');
  change(one);
  return guestOf(one);
}

test('a guest as xl lists it; what libxl fills in by itself is not worth a word', () => {
  expect(config()).toEqual({
    name: 'web',
    uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
    type: 'pv',
    memoryBytes: 128 * 2 ** 20,
    vcpus: 1,
    boot: {
      kernel: '/boot/guest-vmlinuz',
      ramdisk: '/boot/guest-initrd.img',
      cmdline: 'console=hvc0 ledger.ip=10.77.0.50/24',
    },
    disks: [{ as: 'xvda', target: '/dev/drbd1', readOnly: false }],
    nics: [{ mac: '00:16:3e:00:00:50', bridge: 'xenbr0' }],
    unsaid: [],
  });
});

describe('what an inventory has no words for is named, without its value', () => {
  test.each<[string, Parameters<typeof config>[0], readonly string[]]>([
    ['a device of the host', (one) => set(one, { pcidevs: [{ dev: 1 }] }), ['pcidevs']],
    ['a password', (one) => set(one.b_info, { 'type.pv': { vnc: { passwd: 'canary' } } }), ['vnc']],
    ['room to balloon into', (one) => set(one.b_info, { max_memkb: 262144 }), ['max_memkb']],
    ['processors that it begins without', (one) => set(one.b_info, { max_vcpus: 4 }), ['avail_vcpus']],
    ['another end of a reboot', (one) => set(one, { on_reboot: 'destroy' }), ['on_reboot']],
    ['an own end of a crash', (one) => set(one, { on_crash: 'preserve' }), ['on_crash']],
    ['a disk with a limit', (one) => set(one.disks[0] ?? {}, { discard_enable: 'True' }), ['discard_enable of xvda']],
    [
      'a card with its own script',
      (one) => void Object.assign(one.nics[0] ?? {}, { script: 'vif-route' }),
      ['script of the card 00:16:3e:00:00:50'],
    ],
    ['an empty list', (one) => set(one, { vfbs: [] }), []],
  ])('%s', (_name, change, keys) => {
    expect(config(change)?.unsaid).toEqual(keys);
    expect(JSON.stringify(config(change))).not.toContain('canary');
  });
});

describe('disks that an inventory cannot have', () => {
  test.each<[string, Json, string | undefined]>([
    ['a CD', { is_cdrom: 1 }, 'it is a CD'],
    ['an image', { format: 'qcow2' }, 'it has the format qcow2'],
    ['a disk of a device model', { backend: 'qdisk' }, 'its backend is qdisk'],
    ['a disk that a script of DRBD promotes (D15)', { script: 'block-drbd' }, 'the script `block-drbd` attaches it'],
    ['one that moved here once', { script: 'block-sanctl' }, undefined],
  ])('%s', (_name, more, why) => {
    expect(config((one) => void Object.assign(one.disks[0] ?? {}, more))?.disks[0]?.why).toBe(why);
  });
});

describe('how it starts (hvm and pygrub: by the interface of libxl, never recorded)', () => {
  test.each<[string, Json, unknown]>([
    ['pygrub', { kernel: '', bootloader: '/usr/lib/xen-4.17/bin/pygrub' }, { bootloader: 'pygrub' }],
    ['another bootloader', { bootloader: '/usr/local/bin/other' }, undefined],
    ['nothing at all', { kernel: '' }, undefined],
  ])('%s', (_name, more, boot) => {
    expect(config((one) => void Object.assign(one.b_info, more))?.boot).toEqual(boot);
  });

  test('firmware', () => {
    const hvm = config((one) => {
      one.c_info['type'] = 'hvm';
      Object.assign(one.b_info, { kernel: '', ramdisk: '', cmdline: '', 'type.hvm': { bios: 'ovmf', boot: 'dc' } });
    });
    expect([hvm?.boot, hvm?.unsaid]).toEqual([{ firmware: 'uefi', order: 'dc' }, []]);
  });
});

test.each([
  undefined,
  null,
  [],
  'x',
  {},
  { c_info: {}, b_info: {} },
  { c_info: { name: 'x' }, b_info: { max_memkb: 1 }, disks: [1] },
])('what is no configuration is none: %j', (value) => {
  expect(guestOf(value)).toBeUndefined();
});
