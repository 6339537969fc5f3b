/** What a machine may look like before sanctl comes: from blank to what must never be overwritten (Q6). */
import type { Site } from '../../src/kinds/site.ts';
import type { Device } from './machine/content.ts';
import type { LogicalVolume } from './machine/lvm.ts';
import { type Machine, written } from './machine/machine.ts';
import { uuid } from './random.ts';
import type { Setting } from './setting.ts';

const mebibyte = 2 ** 20;

/** Where no plan may go through, by the codes of the refusals that say so. */
export interface Animal {
  readonly name: string;
  /** Sets it up on that machine; the site is what the inventory will ask for. */
  readonly put: (setting: Setting, machine: Machine, site: Site) => void;
  /** What sanctl may refuse for ever; empty: it must converge. */
  readonly mayRefuse: readonly string[];
}

function precious(
  setting: Setting,
  device: Device,
  start: number,
  end: number,
  by: string,
  type?: string,
  at = 0,
): void {
  const data = written(by, true, type === undefined ? undefined : { type, uuid: uuid(setting.random), at });
  device.write(start, end, data);
  setting.room.ledger.promise(data, end - start);
}

function disk(machine: Machine): Device {
  const found = machine.disks.find(({ path }) => path === '/dev/vdb');
  if (found === undefined) throw new Error('no /dev/vdb');
  return found;
}

/** A volume group that somebody made, with one volume in it that holds data. */
export function foreignGroup(
  setting: Setting,
  machine: Machine,
  name: string,
  volume: string,
  tags: readonly string[] = [],
): LogicalVolume {
  machine.exec(['pvcreate', '/dev/vdb']);
  machine.exec(['vgcreate', 'vg0', '/dev/vdb']);
  const group = machine.lvm.group(name);
  if (group === undefined) throw new Error(`no ${name}`);
  const made = machine.exec([
    'lvcreate',
    '--wipesignatures',
    'y',
    '--zero',
    'y',
    '--name',
    volume,
    '--size',
    `${64 * mebibyte}b`,
    ...tags.flatMap((tag) => ['--addtag', tag]),
    name,
  ]);
  const slice = machine.lvm.volume(`${name}/${volume}`);
  if (slice === undefined) throw new Error(made.stderr);
  precious(setting, slice, 0, 32 * mebibyte, `data on ${volume}`, 'ext4', 0x438);
  return slice;
}

const diskInUse = ['volumeGroup/not-blank'];

export const zoo: readonly [Animal, ...Animal[]] = [
  { name: 'blank disks', put: () => undefined, mayRefuse: [] },
  {
    name: 'a labelled disk in no group',
    put: (_setting, machine) => void (machine.packages.has('lvm2') && machine.exec(['pvcreate', '/dev/vdb'])),
    mayRefuse: [],
  },
  {
    name: 'a filesystem on the disk',
    put: (setting, machine) => precious(setting, disk(machine), 0, 512 * mebibyte, 'a filesystem', 'ext4', 0x438),
    mayRefuse: diskInUse,
  },
  {
    name: 'a partition table on the disk',
    put: (setting, machine) => precious(setting, disk(machine), 0, 512 * mebibyte, 'partitions', 'dos', 0x1fe),
    mayRefuse: diskInUse,
  },
  {
    name: 'data without any signature at the beginning of the disk',
    put: (setting, machine) => precious(setting, disk(machine), 2 * mebibyte, 600 * mebibyte, 'bare data'),
    mayRefuse: diskInUse,
  },
  {
    name: 'data without any signature at the end of the disk',
    put: (setting, machine) => precious(setting, disk(machine), 2047 * mebibyte, 2048 * mebibyte, 'bare data'),
    mayRefuse: diskInUse,
  },
  {
    name: 'somebody else’s volume in the group',
    put: (setting, machine) =>
      void (machine.packages.has('lvm2') && foreignGroup(setting, machine, 'vg0', 'elsewhere')),
    mayRefuse: [],
  },
  {
    name: 'somebody else’s volume of the same name',
    put: (setting, machine) => void (machine.packages.has('lvm2') && foreignGroup(setting, machine, 'vg0', 'vol-1')),
    mayRefuse: ['volume/foreign', 'drbd/slice-not-ours'],
  },
  {
    name: 'free extents that hold an old filesystem and old DRBD metadata',
    put: (_setting, machine) => {
      if (!machine.packages.has('lvm2')) return;
      machine.exec(['pvcreate', '/dev/vdb']);
      machine.exec(['vgcreate', 'vg0', '/dev/vdb']);
      const group = machine.lvm.group('vg0');
      if (group === undefined) return;
      machine.exec([
        'lvcreate',
        '--wipesignatures',
        'y',
        '--zero',
        'y',
        '--name',
        'gone',
        '--size',
        `${512 * mebibyte}b`,
        'vg0',
      ]);
      const slice = machine.lvm.volume('vg0/gone');
      slice?.write(mebibyte, 400 * mebibyte, written('what was there before', false));
      machine.exec(['lvremove', '--yes', 'vg0/gone']);
    },
    mayRefuse: [],
  },
  {
    name: 'a group with the same name of another disk',
    put: (_setting, machine) => {
      if (!machine.packages.has('lvm2')) return;
      machine.exec(['pvcreate', '/dev/vdc']);
      machine.exec(['vgcreate', 'vg0', '/dev/vdc']);
    },
    mayRefuse: ['volumeGroup/name-taken'],
  },
];
