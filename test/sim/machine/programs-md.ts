/** mdadm 4.2, with what it was seen to print (test/fixtures/mdadm-4.2). */
import { uuid } from '../random.ts';
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import type { Device, Superblock } from './content.ts';
import type { Machine } from './machine.ts';
import { bear, dataDisksOf, dataOffset, type Leg, MdArray, superblockOn } from './md-array.ts';
import { goingOf } from './nbd-device.ts';
import { openersOf } from './openers.ts';
import type { Program } from './program.ts';
import { deviceAt, kernelName } from './programs-devices.ts';
import { missing } from './programs-lvm.ts';

export const md: Readonly<Record<string, Program>> = {
  mdadm: (machine, argv) => (machine.packages.has('mdadm') ? mdadm(machine, argv) : missing(argv)),
  // Whatever it would wait for is there at once.
  udevadm: () => silent,
};

function mdadm(machine: Machine, argv: readonly string[]): Answer {
  const [, first = '', second = '', ...more] = argv;
  if (first === '--examine' && more.length === 0) return examine(machine, second);
  if (first === '--examine-bitmap' && more.length === 0) return examineBitmap(machine, second);
  if (first === '--create') return create(machine, argv);
  if (first === '--assemble') return assemble(machine, argv);
  if (first === '--stop' && more.length === 0) return stop(machine, second);
  if (first === '--readwrite' && more.length === 0) {
    const array = arrayAt(machine, second);
    if (array === undefined) return fail(1, `mdadm: error opening ${second}: No such file or directory`);
    array.state = 'clean';
    array.note({});
    return silent;
  }
  if (first === '--detail' && second === '--export') return detail(machine, more[0] ?? '');
  if (first.startsWith('/dev/') && more.length === 1) return manage(machine, first, second, more[0] ?? '');
  throw new UnknownCommand(argv.join(' '));
}

export function arrayAt(machine: Machine, path: string): MdArray | undefined {
  const device = deviceAt(machine, path);
  return device instanceof MdArray ? device : undefined;
}

function examine(machine: Machine, path: string): Answer {
  const device = deviceAt(machine, path);
  if (device === undefined) return fail(1, `mdadm: cannot open ${path}: No such file or directory`);
  // A device that is dead looks blank to it (tried).
  const found = goingOf(device) === 'goes' ? superblockOn(device) : undefined;
  if (found === undefined) return fail(1, `mdadm: No md superblock detected on ${path}.`);
  return say(
    `${path}:`,
    '          Magic : a92b4efc',
    '        Version : 1.2',
    `     Array UUID : ${found.uuid}`,
    `           Name : ${found.name}`,
    `     Raid Level : raid${found.level}`,
    `   Raid Devices : ${found.members}`,
    `          State : ${found.clean ? 'clean' : 'active'}`,
    `         Events : ${found.events}`,
    '',
    `   Device Role : Active device ${found.role}`,
    `   Array State : ${found.state} ('A' == active, '.' == missing, 'R' == replacing)`,
  );
}

function examineBitmap(machine: Machine, path: string): Answer {
  const device = deviceAt(machine, path);
  const found = device === undefined ? undefined : superblockOn(device);
  if (found?.bitmap !== true) return fail(1, 'mdadm: invalid bitmap magic 0x0, the bitmap file appears');
  const bits = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  const all = bits(found.arrayBytes / dataDisksOf(found.level, found.members));
  const dirty = bits(found.dirty.reduce((sum, [start, end]) => sum + end - start, 0));
  return say(
    `        Filename : ${path}`,
    `          Bitmap : ${all} bits (chunks), ${dirty} dirty (${((100 * dirty) / all).toFixed(1)}%)`,
  );
}

function create(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(
    argv,
    ['--create', '--write-mostly'],
    ['--level', '--raid-devices', '--metadata', '--chunk', '--bitmap', '--homehost', '--name'],
  );
  const [link = '', ...paths] = given.rest;
  const devices = paths.map((path) => deviceAt(machine, path));
  if (arrayAt(machine, link) !== undefined) return fail(1, `mdadm: ${link} is already in use.`);
  const bad = devices.findIndex((one) => one === undefined || isHeld(machine, one));
  if (bad >= 0) return fail(1, `mdadm: cannot open ${paths[bad]}: Device or resource busy`);
  // Over what it knows it asks, and nobody answers (tried).
  if (devices.some((one) => one !== undefined && superblockOn(one) !== undefined))
    return fail(1, 'mdadm: create aborted.');
  const legs = devices.flatMap((device, role): Leg[] =>
    device === undefined ? [] : [{ device, role, state: 'in_sync', missing: [] }],
  );
  const level = Number(given.one('--level'));
  const least = Math.min(...legs.map(({ device }) => device.bytes)) - dataOffset;
  const chunkBytes = level === 1 ? 0 : Number(given.one('--chunk')?.replace('K', '') ?? 512) * 1024;
  const known: Superblock = {
    uuid: (uuid(machine.random).replaceAll('-', '').match(/.{8}/g) ?? []).join(':'),
    name: `${given.one('--homehost')}:${given.one('--name')}`,
    level,
    chunkBytes,
    bitmap: given.one('--bitmap') === 'internal',
    members: legs.length,
    arrayBytes: Math.floor(least / 2 ** 20) * 2 ** 20 * dataDisksOf(level, legs.length),
    events: 0,
    role: 0,
    state: 'A'.repeat(legs.length),
    clean: true,
    dirty: [],
    missing: [],
  };
  for (const { device, role } of legs) {
    bear(device, { ...known, role });
    machine.point('mdadm: one more member bears the array');
  }
  const array = appear(machine, link, known, legs);
  array.state = 'clean';
  array.note({});
  return fail(0, `mdadm: array ${link} started.`);
}

function appear(machine: Machine, link: string, known: Superblock, legs: Leg[]): MdArray {
  const taken = machine.arrays.map(({ index }) => index);
  const index = [127, 126, 125, 124, 123].find((one) => !taken.includes(one)) ?? 122;
  const array = new MdArray(machine, index, link.replace('/dev/md/', ''), known, legs);
  machine.arrays = [...machine.arrays, array];
  machine.files.link(link, `../md${index}`);
  return array;
}

export function isHeld(machine: Machine, device: Device): boolean {
  return openersOf(machine, device).length > 0;
}

/**
 * An explicit list: members that are a little behind are used, stale ones left out, and it starts degraded with exit 0; one that
 * nobody calls missing and is not in the list keeps it from starting without `--run` (tried, docs/decisions/0012).
 */
function assemble(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, ['--assemble', '--readonly', '--run'], ['--uuid']);
  const [link = '', ...paths] = given.rest;
  const found = paths.flatMap((path) => {
    const device = deviceAt(machine, path);
    const superblock = device === undefined || goingOf(device) !== 'goes' ? undefined : superblockOn(device);
    return device === undefined ||
      superblock === undefined ||
      superblock.uuid !== given.one('--uuid') ||
      isHeld(machine, device)
      ? []
      : [{ device, superblock }];
  });
  const [first] = [...found].sort((one, other) => other.superblock.events - one.superblock.events);
  if (first === undefined) return fail(1, `mdadm: no devices found for ${link}`);
  const { superblock: newest } = first;
  const fresh = found.filter(
    ({ superblock }) => superblock.events + 1 >= newest.events && newest.state[superblock.role] === 'A',
  );
  const expected = [...newest.state].filter((one) => one === 'A').length;
  if (
    fresh.filter(({ superblock }) => superblock.missing.length === 0).length < dataDisksOf(newest.level, newest.members)
  )
    return fail(1, `mdadm: ${link} assembled from ${fresh.length} drives - not enough to start the array.`);
  if (found.length < expected && !given.has('--run'))
    return fail(
      1,
      `mdadm: ${link} assembled from ${fresh.length} drives - need ${expected} to start (use --run to insist).`,
    );
  // The kernel goes by the bitmap of the first of the newest (mdadm 4.2, Assemble.c; source).
  const inPlace = [...fresh].sort((one, other) => one.superblock.role - other.superblock.role);
  const chosen = inPlace.find(({ superblock }) => superblock.events === newest.events) ?? first;
  const legs = inPlace.map(
    ({ device, superblock: { role, missing } }): Leg => ({
      device,
      role,
      state: missing.length === 0 ? 'in_sync' : 'spare',
      missing,
    }),
  );
  appear(machine, link, newest, legs).assembled(chosen.superblock);
  machine.point('mdadm: it is assembled, and read-only');
  return fail(0, `mdadm: ${link} has been started with ${legs.length} drives (out of ${newest.members}).`);
}

function stop(machine: Machine, path: string): Answer {
  const array = arrayAt(machine, path);
  if (array === undefined) return fail(1, `mdadm: error opening ${path}: No such file or directory`);
  if (isHeld(machine, array))
    return fail(
      1,
      `mdadm: Cannot get exclusive access to ${path}:Perhaps a running process, mounted filesystem or active volume group?`,
    );
  array.stop();
  machine.arrays = machine.arrays.filter((one) => one !== array);
  machine.files.remove(`/dev/md/${array.name}`);
  return fail(0, `mdadm: stopped ${path}`);
}

function detail(machine: Machine, path: string): Answer {
  const array = arrayAt(machine, path);
  if (array === undefined) return fail(1, `mdadm: cannot open ${path}: No such file or directory`);
  const { level, members, uuid: id, name } = array.known;
  return say(`MD_LEVEL=raid${level}`, `MD_DEVICES=${members}`, 'MD_METADATA=1.2', `MD_UUID=${id}`, `MD_NAME=${name}`);
}

/** `--re-add`: the bitmap says what to copy, whatever that member did meanwhile. `--add-spare`: it is copied whole (tried). */
function manage(machine: Machine, path: string, how: string, member: string): Answer {
  const array = arrayAt(machine, path);
  const device = deviceAt(machine, member);
  if (array === undefined) return fail(1, `mdadm: error opening ${path}: No such file or directory`);
  if (how === '--remove') {
    const before = array.legs.length;
    array.legs = array.legs.filter(
      (leg) => !(leg.state === 'faulty' && kernelName(machine, leg.device) === member.replace('/dev/', '')),
    );
    return array.legs.length < before
      ? silent
      : fail(1, `mdadm: hot remove failed for ${member}: Device or resource busy`);
  }
  if (how !== '--re-add' && how !== '--add-spare') throw new UnknownCommand(`mdadm ${path} ${how}`);
  if (device === undefined || isHeld(machine, device))
    return fail(1, `mdadm: Cannot open ${member}: Device or resource busy`);
  const known = superblockOn(device);
  if (how === '--re-add' && known?.uuid !== array.known.uuid)
    return fail(1, `mdadm: --re-add for ${member} to ${path} is not possible`);
  const free = Array.from({ length: array.known.members }, (_, role) => role).filter(
    (role) => !array.legs.some((leg) => leg.role === role && leg.state !== 'faulty'),
  );
  const role = known !== undefined && free.includes(known.role) ? known.role : free[0];
  if (role === undefined) return fail(1, `mdadm: add new device failed for ${member}`);
  const whole: Leg['missing'] = [[dataOffset, dataOffset + array.bytes / array.dataDisks]];
  array.legs = [
    ...array.legs,
    { device, role, state: 'spare', missing: how === '--re-add' ? array.known.dirty : whole },
  ];
  array.note({});
  return fail(0, `mdadm: ${how === '--re-add' ? 're-added' : 'added'} ${member}`);
}
