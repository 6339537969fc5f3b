/** LVM2 2.03.16 as sanctl calls it. */
import { lvmUuid } from '../random.ts';
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { type Arguments, bytesOf, readArguments } from './arguments.ts';
import { signatures } from './content.ts';
import {
  allocate,
  extentBytes,
  extentsOf,
  freeExtents,
  type Group,
  type Layout,
  LogicalVolume,
  type PhysicalVolume,
} from './lvm.ts';
import { isOpen, lvRow, pvRow, report, reportFlags, reportValues, unknownVolume, vgRow } from './lvm-report.ts';
import { type Machine, written } from './machine.ts';
import type { Program } from './program.ts';

const tagWords = ['--addtag', '--deltag'];
const quiet = ['--quiet', '-q', '--yes', '-y'];

export const lvm: Readonly<Record<string, Program>> = {
  pvs: installed((machine, argv) => {
    const given = readArguments(argv, reportFlags, reportValues);
    const labelled = machine.lvm.labelled;
    const all = given.has('-a') || given.has('--all');
    const rows = machine.disks
      .filter((disk) => disk.path !== '/dev/vda' || all)
      .map((disk) => ({ disk, pv: labelled.find((pv) => pv.disk === disk) }))
      .filter(
        ({ disk, pv }) => (all || pv !== undefined) && (given.rest.length === 0 || given.rest.includes(disk.path)),
      );
    const missing = given.rest.find((path) => !rows.some(({ disk }) => disk.path === path));
    if (missing !== undefined) return fail(5, `  Failed to find physical volume "${missing}".`);
    return report(
      'pv',
      rows.map(({ disk, pv }) => pvRow(disk, pv)),
      given,
      argv,
    );
  }),
  vgs: installed((machine, argv) => {
    const given = readArguments(argv, reportFlags, reportValues);
    const missing = given.rest.find((name) => visible(machine).every((group) => group.name !== name));
    if (missing !== undefined)
      return fail(5, `  Volume group "${missing}" not found`, `  Cannot process volume group ${missing}`);
    const chosen = visible(machine).filter((group) => given.rest.length === 0 || given.rest.includes(group.name));
    return report('vg', chosen.map(vgRow), given, argv);
  }),
  lvs: installed((machine, argv) => {
    const given = readArguments(argv, reportFlags, reportValues);
    const names = given.rest.map((name) => name.replace(/^\/dev\//, ''));
    const every = visible(machine).flatMap((group) => group.volumes);
    const all = given.has('-a') || given.has('--all');
    const matches = (volume: LogicalVolume): boolean =>
      names.length === 0 ||
      names.some((name) => name === volume.group.name || name === `${volume.group.name}/${volume.name}`);
    const chosen = every.filter((volume) => (all || !volume.hidden) && matches(volume));
    const missing = names.find(
      (name) => name.includes('/') && !every.some((one) => `${one.group.name}/${one.name}` === name),
    );
    if (missing !== undefined) return unknownVolume(missing);
    const strange = names.find((name) => !name.includes('/') && visible(machine).every((one) => one.name !== name));
    if (strange !== undefined)
      return fail(5, `  Volume group "${strange}" not found`, `  Cannot process volume group ${strange}`);
    return report(
      'lv',
      chosen.map((volume) => lvRow(machine, volume)),
      given,
      argv,
    );
  }),
  lvmconfig: installed((machine, argv) => lvmconfig(machine, argv)),
  pvcreate: installed((machine, argv) => {
    const { rest } = readArguments(argv, [...quiet, '--norestorefile'], []);
    return all(rest, (path) => pvcreate(machine, path));
  }),
  vgcreate: installed((machine, argv) => {
    const given = readArguments(argv, quiet, [...tagWords, '--physicalextentsize']);
    const [name = '', ...paths] = given.rest;
    if (machine.lvm.group(name) !== undefined) return fail(5, `  A volume group called ${name} already exists.`);
    if (machine.leftovers.some((one) => one.group.name === name))
      return fail(3, `  /dev/${name}: already exists in filesystem`, "  Run `vgcreate --help' for more information.");
    const pvs = takePvs(machine, paths);
    if (typeof pvs === 'string') return fail(5, pvs);
    const group: Group = {
      name,
      uuid: lvmUuid(machine.random),
      tags: new Set(given.all('--addtag')),
      pvs: [],
      volumes: [],
    };
    machine.lvm.groups.push(group);
    for (const pv of pvs) join(group, pv);
    return say(`  Volume group "${name}" successfully created`);
  }),
  vgextend: installed((machine, argv) => {
    const { rest } = readArguments(argv, quiet, []);
    const [name = '', ...paths] = rest;
    const group = machine.lvm.group(name);
    if (group === undefined) return fail(5, `  Volume group "${name}" not found`);
    const pvs = takePvs(machine, paths);
    if (typeof pvs === 'string') return fail(5, pvs);
    for (const pv of pvs) join(group, pv);
    return say(`  Volume group "${name}" successfully extended`);
  }),
  vgchange: installed((machine, argv) => {
    const given = readArguments(argv, [...quiet], [...tagWords]);
    const group = machine.lvm.group(given.rest[0] ?? '');
    if (group === undefined) return fail(5, `  Volume group "${given.rest[0]}" not found`);
    for (const tag of given.all('--addtag')) group.tags.add(tag);
    for (const tag of given.all('--deltag')) group.tags.delete(tag);
    return say(`  Volume group "${group.name}" successfully changed`);
  }),
  lvcreate: installed((machine, argv) => lvcreate(machine, argv)),
  lvextend: installed((machine, argv) => lvextend(machine, argv)),
  lvchange: installed((machine, argv) => lvchange(machine, argv)),
  lvremove: installed((machine, argv) => lvremove(machine, argv)),
};

/** Without the package the shell finds no such program. */
function installed(program: Program): Program {
  return (machine, argv, stdin) => (machine.packages.has('lvm2') ? program(machine, argv, stdin) : missing(argv));
}

export function missing(argv: readonly string[]): Answer {
  return fail(127, `timeout: failed to run command '${argv[0]}': No such file or directory`);
}

/** Groups whose labels are all on their disks. */
export function visible(machine: Machine): readonly Group[] {
  const labelled = machine.lvm.labelled;
  return machine.lvm.groups.filter((group) => group.pvs.every((pv) => labelled.includes(pv)));
}

function all(names: readonly string[], one: (name: string) => Answer): Answer {
  const answers = names.map(one);
  const bad = answers.find(({ code }) => code !== 0);
  return bad ?? { ...silent, stdout: answers.map(({ stdout }) => stdout).join('') };
}

/** With stdin closed a question about a signature is answered with no: exit 5, nothing written (C10). */
function pvcreate(machine: Machine, path: string): Answer {
  const disk = machine.disks.find((one) => one.path === path);
  if (disk === undefined) return fail(5, `  No device found for ${path}.`);
  const [found] = signatures(disk);
  const old = machine.lvm.labelled.find((pv) => pv.disk === disk);
  if (old?.group !== undefined)
    return fail(5, `  Can't initialize physical volume "${path}" of volume group "${old.group.name}" without -ff`);
  if (found !== undefined && old === undefined) {
    return fail(
      5,
      `  WARNING: ${found.type} signature detected on ${path} at offset ${found.offset}. Wipe it? [y/n]: [n]`,
      '  Aborted wiping.',
    );
  }
  const uuid = lvmUuid(machine.random);
  machine.lvm.pvs = [
    ...machine.lvm.pvs.filter((pv) => pv.disk !== disk),
    { uuid, disk, group: undefined, extents: extentsOf(disk) },
  ];
  disk.write(0, 4096, written('pvcreate', false, { type: 'LVM2_member', uuid, at: 0x218 }));
  return say(`  Physical volume "${path}" successfully created.`);
}

/** vgcreate(8) makes a physical volume of a plain device by itself; a device with a signature it refuses like pvcreate. */
function takePvs(machine: Machine, paths: readonly string[]): readonly PhysicalVolume[] | string {
  for (const path of paths) {
    const labelled = machine.lvm.labelled.find((pv) => pv.disk.path === path);
    if (labelled?.group !== undefined)
      return `  Physical volume '${path}' is already in volume group '${labelled.group.name}'`;
    if (labelled !== undefined) continue;
    const made = pvcreate(machine, path);
    if (made.code !== 0) return made.stderr.replace(/\n$/, '');
    machine.point('vgcreate: the label is written');
  }
  return machine.lvm.labelled.filter((pv) => paths.includes(pv.disk.path));
}

function join(group: Group, pv: PhysicalVolume): void {
  pv.group = group;
  group.pvs.push(pv);
}

function lvmconfig(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, ['--validate'], ['--typeconfig', '--config']);
  if (given.has('--validate')) return say('LVM configuration valid.');
  const local = machine.files.get('/etc/lvm/lvmlocal.conf')?.content ?? '';
  const setting = (name: string, otherwise: string): string =>
    new RegExp(`^\\s*${name}\\s*=\\s*(.*?)\\s*$`, 'm').exec(local)?.[1]?.replaceAll(/\s*([,[\]])\s*/g, '$1') ??
    otherwise;
  const values: Readonly<Record<string, string>> = {
    'devices/global_filter': setting('global_filter', '["a|.*|"]'),
    'devices/scan_lvs': setting('scan_lvs', '0'),
    'devices/allow_changes_with_duplicate_pvs': setting('allow_changes_with_duplicate_pvs', '0'),
    'devices/use_devicesfile': setting('use_devicesfile', '0'),
  };
  const lines = given.rest.map((name) => {
    const value = values[name];
    if (value === undefined) throw new UnknownCommand(argv.join(' '));
    return `${name.split('/')[1]}=${value}`;
  });
  return say(...lines);
}

function lvcreate(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(
    argv,
    [...quiet, '--thin', '-T', '--snapshot'],
    [
      '--wipesignatures',
      '-W',
      '--zero',
      '-Z',
      '--name',
      '-n',
      '--size',
      '-L',
      '--addtag',
      '--virtualsize',
      '-V',
      '--thinpool',
      '--type',
      '--stripes',
      '-i',
      '--activate',
      '--poolmetadatasize',
      '--stripesize',
      '--poolmetadataspare',
      '--chunksize',
      '--permission',
      '--extents',
      '--setactivationskip',
    ],
  );
  const group = machine.lvm.group((given.rest[0] ?? '').split('/')[0] ?? '');
  const name = given.one('--name') ?? given.one('-n') ?? '';
  if (group === undefined || !visible(machine).includes(group))
    return fail(5, `  Volume group "${given.rest[0]}" not found`, `  Cannot process volume group ${given.rest[0]}`);
  if (group.volumes.some((one) => one.name === name))
    return fail(5, `  Logical Volume "${name}" already exists in volume group "${group.name}"`);
  if (given.has('--snapshot')) return makeSnapshot(machine, group, name, given, argv);
  if (given.one('--type') === 'thin-pool') return makePool(machine, group, name, given, argv);
  if (given.one('--type') === 'thin' || given.has('--virtualsize') || given.has('-V'))
    return makeThin(machine, group, name, given, argv);
  return makePlain(machine, group, name, given, argv);
}

function sizeIn(given: Arguments, argv: readonly string[]): number {
  return Math.ceil(bytesOf(given.one('--size') ?? given.one('-L'), argv) / extentBytes);
}

function noRoom(group: Group, extents: number): Answer {
  return fail(
    5,
    `  Volume group "${group.name}" has insufficient free space (${freeExtents(group)} extents): ${extents} required.`,
  );
}

/** The new volume's extents bear what lay there before: `-Wy` asks about signatures, `-Zy` clears 4 KiB (L2). */
function makePlain(machine: Machine, group: Group, name: string, given: Arguments, argv: readonly string[]): Answer {
  const stripes = Number(given.one('--stripes') ?? given.one('-i') ?? 1);
  const extents = Math.ceil(sizeIn(given, argv) / stripes) * stripes;
  const segments = allocate(group, extents);
  if (segments === undefined) return noRoom(group, extents);
  const volume = add(machine, group, name, stripes > 1 ? 'striped' : 'linear', { stripes });
  volume.grow(segments, 0);
  for (const tag of given.all('--addtag')) volume.tags.add(tag);
  machine.point('lvcreate: the volume is in the metadata');
  const found = (given.one('--wipesignatures') ?? given.one('-W')) === 'y' ? signatures(volume) : [];
  if (found.length > 0 && !given.has('--yes') && !given.has('-y')) {
    group.volumes = group.volumes.filter((one) => one !== volume);
    const questions = found.map(
      (one) =>
        `  WARNING: ${one.type} signature detected on /dev/${group.name}/${name} at offset ${one.offset}. Wipe it? [y/n]: [n]`,
    );
    return fail(
      5,
      ...questions.slice(0, 1),
      '  Aborted wiping of signature.',
      '  1 existing signature left on the device.',
      '  Failed to wipe signatures on logical volume.',
      '  Aborting. Failed to wipe start of new LV.',
    );
  }
  for (const one of found) volume.write(one.offset, one.offset + 512, undefined);
  machine.point('lvcreate: the signatures are wiped');
  volume.write(0, 4096, undefined);
  return say(`  Logical volume "${name}" created.`);
}

function makePool(machine: Machine, group: Group, name: string, given: Arguments, argv: readonly string[]): Answer {
  const extents = sizeIn(given, argv);
  const data = allocate(group, extents);
  if (data === undefined || freeExtents(group) < extents + 2) return noRoom(group, extents + 2);
  const pool = add(machine, group, name, 'thin-pool', {});
  add(machine, group, `${name}_tdata`, 'pool-data', { pool }).grow(data, 0);
  add(machine, group, `${name}_tmeta`, 'pool-metadata', { pool }).grow(allocate(group, 1) ?? [], 0);
  if (!group.volumes.some((one) => one.layout === 'pool-spare'))
    add(machine, group, 'lvol0_pmspare', 'pool-spare', { pool }).grow(allocate(group, 1) ?? [], 0);
  for (const tag of given.all('--addtag')) pool.tags.add(tag);
  return say(
    '  Thin pool volume with chunk size 64.00 KiB can address at most 15.88 TiB of data.',
    `  Logical volume "${name}" created.`,
  );
}

function makeThin(machine: Machine, group: Group, name: string, given: Arguments, argv: readonly string[]): Answer {
  const wanted = given.one('--thinpool') ?? given.rest[0]?.split('/')[1] ?? '';
  const pool = group.volumes.find((one) => one.layout === 'thin-pool' && one.name === wanted.split('/').at(-1));
  if (pool === undefined) return fail(5, `  Failed to find logical volume "${group.name}/${wanted}"`);
  const bytes = Math.ceil(bytesOf(given.one('--virtualsize') ?? given.one('-V'), argv) / extentBytes) * extentBytes;
  const volume = add(machine, group, name, 'thin', { pool });
  volume.grow([], bytes);
  for (const tag of given.all('--addtag')) volume.tags.add(tag);
  return say(`  Logical volume "${name}" created.`);
}

/**
 * Read-only, and thick with room for all of its origin, as sanctl makes them. By the source of LVM (`_lv_create_an_lv`), a thick one is
 * an ordinary volume first, with all its tags, and is written over at its beginning; only then it is put under its origin.
 */
function makeSnapshot(machine: Machine, group: Group, name: string, given: Arguments, argv: readonly string[]): Answer {
  const origin = machine.lvm.volume(given.rest[0] ?? '');
  if (origin === undefined) return unknownVolume(given.rest[0] ?? '');
  const { pool } = origin;
  const known = pool === undefined ? given.one('--extents') === '100%ORIGIN' : given.one('--setactivationskip') === 'n';
  if (!known || given.one('--permission') !== 'r' || !origin.active) throw new UnknownCommand(argv.join(' '));
  const marks = given.all('--addtag');
  const uuid = lvmUuid(machine.random);
  const extents = pool === undefined ? copyExtents(origin.bytes) : 0;
  const segments = allocate(group, extents);
  if (segments === undefined) return noRoom(group, extents);
  if (pool === undefined) {
    const plain = add(machine, group, name, 'linear', { uuid });
    plain.grow(segments, 0);
    for (const tag of marks) plain.tags.add(tag);
    machine.point('lvcreate: the snapshot is an ordinary volume yet');
    group.volumes = group.volumes.filter((one) => one !== plain);
  }
  const snapshot = add(machine, group, name, pool === undefined ? 'snapshot' : 'thin', {
    uuid,
    origin,
    ...(pool === undefined ? {} : { pool }),
  });
  snapshot.grow(segments, 0);
  for (const tag of marks) snapshot.tags.add(tag);
  snapshot.taken = guestOn(machine, origin);
  machine.point('lvcreate: the snapshot is there');
  return say(`  Logical volume "${name}" created.`);
}

/** 16 bytes for each 4 KiB that may change, besides them. */
function copyExtents(bytes: number): number {
  return Math.ceil((bytes + bytes / 256 + 8192) / extentBytes);
}

/** How far the guest has come that writes on it, through a mirror or not. */
function guestOn(machine: Machine, origin: LogicalVolume): string {
  const found = machine.domains.find(({ disks }) =>
    disks.some(({ device }) => device === origin || ('lower' in device && device.lower === origin)),
  );
  return found === undefined ? 'nobody' : `${found.uuid} ${found.id} ${found.guest.records}`;
}

export function add(
  machine: Machine,
  group: Group,
  name: string,
  layout: Layout,
  more: { uuid?: string; stripes?: number; pool?: LogicalVolume; origin?: LogicalVolume },
): LogicalVolume {
  const volume = new LogicalVolume(
    { name, uuid: lvmUuid(machine.random), group, layout, ...more },
    machine.around.ledger,
  );
  volume.dm = Math.max(-1, ...machine.lvm.groups.flatMap((one) => one.volumes.map(({ dm }) => dm))) + 1;
  group.volumes.push(volume);
  return volume;
}

function lvextend(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, quiet, ['--size', '-L']);
  const name = given.rest[0] ?? '';
  const volume = machine.lvm.volume(name);
  if (volume === undefined) return unknownVolume(name);
  // lvm2 2.03.16, lib/metadata/lv_manip.c.
  if (volume.active && volume.group.volumes.some((one) => one.layout === 'snapshot' && one.origin === volume))
    return fail(5, '  Snapshot origin volumes can be resized only while inactive.');
  const [want, have] = [sizeIn(given, argv), volume.bytes / extentBytes];
  if (want === have) return fail(5, `  New size (${want} extents) matches existing size (${have} extents).`);
  if (want < have) return fail(3, `  New size given (${want} extents) not larger than existing size (${have} extents)`);
  if (volume.layout === 'thin') volume.grow([], want * extentBytes);
  else {
    const segments = allocate(volume.group, want - have);
    if (segments === undefined)
      return fail(
        5,
        `  Insufficient free space: ${want - have} extents needed, but only ${freeExtents(volume.group)} available`,
      );
    volume.grow(segments, 0);
  }
  const size = (extents: number): string => `${(extents * 4).toFixed(2)} MiB (${extents} extents)`;
  return say(
    `  Size of logical volume ${name} changed from ${size(have)} to ${size(want)}.`,
    `  Logical volume ${name} successfully resized.`,
  );
}

function lvchange(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, quiet, [...tagWords, '--activate', '-a']);
  return all(given.rest, (name) => changeOne(machine, name, given));
}

function changeOne(machine: Machine, name: string, given: Arguments): Answer {
  const volume = machine.lvm.volume(name);
  if (volume === undefined) return unknownVolume(name);
  for (const tag of given.all('--addtag')) volume.tags.add(tag);
  for (const tag of given.all('--deltag')) volume.tags.delete(tag);
  machine.point('lvchange: one volume is changed');
  const active = given.one('--activate') ?? given.one('-a');
  if (active !== undefined && !active.endsWith('y') && isOpen(machine, volume)) {
    return fail(5, `  Logical volume ${volume.group.name}/${volume.name} in use.`);
  }
  if (active !== undefined) volume.active = active.endsWith('y');
  return say(`  Logical volume ${volume.group.name}/${volume.name} changed.`);
}

function lvremove(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, [...quiet, '--force', '-f'], ['--select', '-S']);
  const names = given.rest;
  return all(names, (name) => {
    const volume = machine.lvm.volume(name);
    if (volume === undefined) return unknownVolume(name);
    if (isOpen(machine, volume)) return fail(5, `  Logical volume ${volume.group.name}/${volume.name} in use.`);
    if (!given.has('--yes') && !given.has('-y') && volume.active) {
      return fail(
        5,
        `Do you really want to remove active logical volume ${volume.group.name}/${volume.name}? [y/n]: [n]`,
        `  Logical volume ${volume.group.name}/${volume.name} not removed.`,
      );
    }
    volume.drop(machine.around.ledger);
    // lvremove(8): the thick snapshots of what goes go with it.
    volume.group.volumes = volume.group.volumes.filter(
      (one) => one !== volume && !(one.layout === 'snapshot' && one.origin === volume),
    );
    machine.point('lvremove: it is gone');
    return say(`  Logical volume "${volume.name}" successfully removed`);
  });
}
