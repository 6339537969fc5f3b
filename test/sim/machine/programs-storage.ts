/** Image files, loop devices, file systems and mounts: util-linux 2.38.1, coreutils 9.1, e2fsprogs 1.47.0. */
import { uuid } from '../random.ts';
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { signatures } from './content.ts';
import type { Machine } from './machine.ts';
import { goingOf } from './nbd-device.ts';
import type { Program } from './program.ts';
import { deviceAt } from './programs-devices.ts';
import { isHeld } from './programs-md.ts';
import { ImageFile, LoopDevice } from './storage.ts';

export const storage: Readonly<Record<string, Program>> = {
  fallocate(machine, argv) {
    const path = argv.at(-1) ?? '';
    if (argv[1] !== '--length' || argv[3] !== '--') throw new UnknownCommand(argv.join(' '));
    if (machine.full) return fail(1, `fallocate: fallocate failed: No space left on device`);
    machine.files.put(path, '', '600');
    machine.images.set(path, new ImageFile(Number(argv[2]), 20000 + machine.nextPid++, machine.around.ledger));
    machine.point(`${path} is allocated`);
    return silent;
  },
  stat: (machine, argv) => stat(machine, argv),
  losetup: (machine, argv) => losetup(machine, argv),
  df: () => say('       Avail', String(2 ** 33)),
  tail: (machine, argv, stdin) => tail(machine, argv, stdin),
  // As on the nodes of the lab, whose fstab has the root alone.
  findmnt(_machine, argv) {
    if (argv.slice(1).join(' ') !== '--fstab --raw --noheadings --output TARGET')
      throw new UnknownCommand(argv.join(' '));
    return say('/');
  },
  mountpoint(machine, argv) {
    const path = argv.at(-1) ?? '';
    return path === '/' || machine.mounts.has(path) ? silent : fail(32);
  },
  chattr: () => silent,
  'mkfs.ext4'(machine, argv) {
    const device = deviceAt(machine, argv.at(-1) ?? '');
    if (argv[1] !== '-q' || argv.length !== 3) throw new UnknownCommand(argv.join(' '));
    if (device === undefined) return fail(1, `The file ${argv.at(-1)} does not exist and no size was specified.`);
    // Over what it knows it asks, and nobody answers.
    if (signatures(device).length > 0) return fail(1, `${argv.at(-1)} contains a file system`);
    if (goingOf(device) !== 'goes') return fail(1, 'mkfs.ext4: Input/output error');
    device.write(0, 65536, {
      by: 'mkfs',
      precious: false,
      signature: { type: 'ext4', uuid: uuid(machine.random), at: 0x438 },
    });
    return silent;
  },
  mount(machine, argv) {
    const [, option, type, path = '', where = ''] = argv;
    if (option !== '-t' || type !== 'ext4' || argv.length !== 5) throw new UnknownCommand(argv.join(' '));
    const device = deviceAt(machine, path);
    if (device === undefined) return fail(32, `mount: ${where}: special device ${path} does not exist.`);
    if (machine.mounts.has(where)) return fail(32, `mount: ${where}: ${path} already mounted on ${where}.`);
    if (!signatures(device).some((one) => one.type === 'ext4') || isHeld(machine, device))
      return fail(32, `mount: ${where}: wrong fs type, bad option, bad superblock on ${path}.`);
    machine.mounts.set(where, device);
    return silent;
  },
  umount(machine, argv) {
    const where = argv[1] ?? '';
    const device = machine.mounts.get(where);
    if (device === undefined) return fail(32, `umount: ${where}: not mounted.`);
    if (machine.writers.some((one) => one.device === device)) return fail(32, `umount: ${where}: target is busy.`);
    machine.mounts.delete(where);
    return silent;
  },
};

/** The formats that are asked for: `%s %b %B %i %F`, `%F %s`, `%F`, `%i`, `%s`, and the numbers of a device. */
function stat(machine: Machine, argv: readonly string[]): Answer {
  const words = argv.slice(1).filter((word) => word !== '--' && word !== '-L');
  const given = words[0]?.startsWith('--format=') ? words[0].slice('--format='.length) : words[1];
  const path = words.at(-1) ?? '';
  if (argv[1] === '-L') return say('fe:0');
  const image = machine.images.get(path);
  const file = machine.files.get(path);
  if (file === undefined || given === undefined)
    return fail(1, `stat: cannot statx '${path}': No such file or directory`);
  const bytes = image?.bytes ?? Buffer.byteLength(file.content);
  const all: Readonly<Record<string, string>> = {
    '%s': String(bytes),
    '%b': String(Math.ceil(bytes / 512)),
    '%B': '512',
    '%i': String(image?.inode ?? 1),
    '%F': file.type,
  };
  return say(given.replace(/%[a-zA-Z]/g, (field) => all[field] ?? field));
}

function losetup(machine: Machine, argv: readonly string[]): Answer {
  const path = argv.at(-1) ?? '';
  if (argv[1] === '-j') {
    const found = machine.loops.filter((one) => one.path === path);
    return say(...found.map(({ index }) => `/dev/loop${index}: []: (${path})`));
  }
  if (argv[1] === '--detach') {
    machine.loops = machine.loops.filter(({ index }) => path !== `/dev/loop${index}`);
    return silent;
  }
  if (!argv.slice(1, 4).join(' ').startsWith('--nooverlap --find --show')) throw new UnknownCommand(argv.join(' '));
  const known = machine.loops.find((one) => one.path === path);
  if (known !== undefined) return say(`/dev/loop${known.index}`);
  const file = machine.images.get(path);
  if (file === undefined) return fail(1, `losetup: ${path}: failed to set up loop device: No such file or directory`);
  const index =
    Array.from({ length: 64 }, (_, at) => at).find((at) => !machine.loops.some((one) => one.index === at)) ?? 64;
  machine.loops = [...machine.loops, new LoopDevice(index, path, file)];
  return say(`/dev/loop${index}`);
}

/** The last lines of a file, or of what comes in. */
function tail(machine: Machine, argv: readonly string[], stdin: string): Answer {
  if (argv[1] !== '-n' || argv.length > 4) throw new UnknownCommand(argv.join(' '));
  const text = argv.length === 3 ? stdin : machine.files.get(argv[3] ?? '')?.content;
  if (text === undefined) return fail(1, `tail: cannot open '${argv[3]}' for reading: No such file or directory`);
  return say(...text.replace(/\n$/, '').split('\n').slice(-Number(argv[2])));
}
