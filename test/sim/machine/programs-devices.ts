/** util-linux and the shell scripts of the destroy gates: what lies on a device, and who has it. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import { type Device, difference, isZero, signatures } from './content.ts';
import { Disk } from './disk.ts';
import { Half } from './drbd.ts';
import { LogicalVolume } from './lvm.ts';
import { dmName, dmPath, isOpen } from './lvm-report.ts';
import type { Machine } from './machine.ts';
import { MdArray } from './md-array.ts';
import { goingOf, NbdDevice, nbdAt } from './nbd-device.ts';
import type { Program } from './program.ts';
import { LoopDevice } from './storage.ts';

export const devices: Readonly<Record<string, Program>> = {
  wipefs: (machine, argv) => wipefs(machine, argv),
  blkid: (machine, argv) => blkid(machine, argv),
  blockdev(machine, argv) {
    const [, option, path = ''] = argv;
    if (option !== '--getsize64' || argv.length !== 3) throw new UnknownCommand(argv.join(' '));
    const device = deviceAt(machine, path);
    return device === undefined
      ? fail(1, `blockdev: cannot open ${path}: No such file or directory`)
      : say(String(device.bytes));
  },
  lsblk: (machine, argv) => lsblk(machine, argv),
  blkdiscard: (machine, argv) => blkdiscard(machine, argv),
  // What was written of a device lies on it then; a file is there as soon as it is written.
  sync(machine, argv) {
    const all = [...machine.pageCaches];
    const paths = argv.slice(1).map((path) => deviceAt(machine, path) ?? machine.images.get(machine.files.real(path)));
    for (const [device, cache] of all) if (paths.length === 0 || paths.some((one) => one === device)) cache.flush();
    return silent;
  },
  realpath: (_machine, argv) => say(argv[1] ?? ''),
  cmp: (machine, argv, stdin) =>
    argv[1] === '--quiet' ? fail(Number(machine.files.get(argv[3] ?? '')?.content !== stdin)) : cmp(machine, argv),
  dd: (machine, argv) => dd(machine, argv),
  dmsetup: (machine, argv) => dmsetup(machine, argv),
};

/** device-mapper 1.02.185 over the names of LVM: those in use, and those that a dead disk left. */
function dmsetup(machine: Machine, argv: readonly string[]): Answer {
  const active = machine.lvm.groups.flatMap((group) => group.volumes).filter((one) => one.active);
  const open = (one: LogicalVolume): number => (isOpen(machine, one) ? 1 : 0);
  const asked = argv.slice(1).join(' ');
  if (asked === 'info -c -o name,open') {
    const rows = active.map((one) => `${dmName(one).padEnd(16)} ${open(one)}`.padEnd(21));
    return say('Name             Open', ...rows);
  }
  const all = [...active, ...machine.leftovers];
  const uuid = ({ group, uuid: own }: LogicalVolume): string =>
    `LVM-${group.uuid}${own}`.replaceAll('-', '').replace('LVM', 'LVM-');
  const terse = 'info -c --noheadings --separator / -o';
  if (asked === `${terse} name,uuid,open,vg_name,names_using_dev`)
    return all.length === 0
      ? say('No devices found', 'No devices found')
      : say(...all.map((one) => [dmName(one), uuid(one), open(one), one.group.name, ''].join('/')));
  const names = argv.slice(argv[1] === 'remove' ? 2 : -1);
  const found = names.map((name) => all.find((one) => dmName(one) === name));
  if (found.includes(undefined)) return fail(1, 'Device does not exist.', 'Command failed.');
  if (asked.startsWith(`${terse} uuid,open `))
    return say(...found.flatMap((one) => (one === undefined ? [] : [`${uuid(one)}/${open(one)}`])));
  if (argv[1] !== 'remove') throw new UnknownCommand(argv.join(' '));
  if (found.some((one) => one !== undefined && (active.includes(one) || open(one) > 0)))
    return fail(1, `device-mapper: remove ioctl on ${names[0]}  failed: Device or resource busy`, 'Command failed.');
  machine.leftovers = machine.leftovers.filter((one) => !found.includes(one));
  return silent;
}

/** What a path leads to: a disk, an active volume under any of its names, a DRBD device. */
export type Found = Disk | LogicalVolume | Half | NbdDevice | LoopDevice | MdArray;

export function deviceAt(machine: Machine, name: string): Found | undefined {
  const path = machine.files.real(name);
  const other = nbdAt(machine, path) ?? [...machine.loops, ...machine.arrays].find((one) => path === pathOf(one));
  if (other !== undefined) return other;
  const drbd = /^\/dev\/drbd(\d+)$/.exec(path)?.[1];
  if (drbd !== undefined) return [...machine.halves.values()].find((half) => half.minor === Number(drbd));
  const resource = /^\/dev\/drbd\/by-res\/([^/]+)\/0$/.exec(path)?.[1];
  if (resource !== undefined) return machine.halves.get(resource);
  const disk = machine.disks.find((one) => one.path === path);
  if (disk !== undefined) return disk;
  const volumes = machine.lvm.groups.flatMap((group) => group.volumes).filter((one) => one.active);
  const byId = (one: LogicalVolume): string =>
    `/dev/disk/by-id/dm-uuid-LVM-${(one.group.uuid + one.uuid).replaceAll('-', '')}`;
  return volumes.find((one) =>
    [`/dev/${one.group.name}/${one.name}`, dmPath(one), byId(one), `/dev/dm-${one.dm}`].includes(path),
  );
}

function pathOf(device: LoopDevice | MdArray): string {
  return device instanceof MdArray ? device.path : `/dev/loop${device.index}`;
}

/** As the kernel calls it: `dm-2`, `nbd0`, `loop1`, `md127`. */
export function kernelName(machine: Machine, device: Device): string {
  return tree(machine, device as Found).kname;
}

function wipefs(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(
    argv,
    ['-n', '--no-act', '-J', '--json', '-a', '--all', '--noheadings', '-i'],
    ['--output', '-O', '-o', '--offset', '-t', '--types'],
  );
  const [path = '', ...more] = given.rest;
  if (more.length > 0) throw new UnknownCommand(argv.join(' '));
  const device = deviceAt(machine, path);
  if (device === undefined)
    return fail(1, `wipefs: error: ${path}: probing initialization failed: No such file or directory`);
  const going = goingOf(device);
  if (going === 'waits') return fail(124);
  if (going === 'fails') return fail(1, `wipefs: error: ${path}: probing initialization failed: Input/output error`);
  const found = signatures(device);
  if (given.has('-J') || given.has('--json')) return { ...silent, stdout: signaturesJson(nameOf(path), found) };
  const act = !given.has('-n') && !given.has('--no-act');
  if (!act) return plainSignatures(path, found, given.one('--output') ?? given.one('-O'), argv);
  const chosen =
    given.has('-a') || given.has('--all')
      ? found
      : found.filter((one) => Number(given.one('--offset') ?? given.one('-o')) === one.offset);
  for (const one of chosen) {
    device.write(one.offset, one.offset + 512, undefined);
    machine.point('wipefs: one signature is gone');
  }
  return say(
    ...chosen.map(
      (one) => `${path}: 8 bytes were erased at offset 0x${one.offset.toString(16).padStart(8, '0')} (${one.type})`,
    ),
  );
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function signaturesJson(name: string, found: ReturnType<typeof signatures>): string {
  if (found.length === 0) return '{\n   "signatures": [\n\n   ]\n}\n';
  const entries = found.map(
    (one) => `{
         "device": "${name}",
         "offset": "0x${one.offset.toString(16)}",
         "type": "${one.type}",
         "uuid": ${one.uuid === '' ? 'null' : `"${one.uuid}"`},
         "label": null
      }`,
  );
  return `{\n   "signatures": [\n      ${entries.join(',')}\n   ]\n}\n`;
}

function plainSignatures(
  path: string,
  found: ReturnType<typeof signatures>,
  output: string | undefined,
  argv: readonly string[],
): Answer {
  if (output === undefined)
    return say(...found.map((one) => `${nameOf(path)} 0x${one.offset.toString(16)} ${one.type} ${one.uuid}`));
  const column = (name: string) => (one: (typeof found)[number]) => {
    if (name === 'TYPE') return one.type;
    if (name === 'UUID') return one.uuid;
    if (name === 'OFFSET') return `0x${one.offset.toString(16)}`;
    throw new UnknownCommand(argv.join(' '));
  };
  return say(
    ...found.map((one) =>
      output
        .split(',')
        .map((name) => column(name)(one))
        .join(' '),
    ),
  );
}

/** `-s PTTYPE -o value` is asked for; a partition table is a signature of type `dos` or `gpt`. */
function blkid(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, ['-p'], ['-s', '-o']);
  const device = deviceAt(machine, given.rest[0] ?? '');
  if (!given.has('-p') || given.one('-s') !== 'PTTYPE' || given.one('-o') !== 'value')
    throw new UnknownCommand(argv.join(' '));
  const found = device === undefined ? [] : signatures(device);
  if (found.length === 0) return fail(2);
  const table = found.find((one) => one.type === 'dos' || one.type === 'gpt');
  return table === undefined ? silent : say(table.type);
}

/** Whether a device can be read; or one part of it onto another one, by direct I/O: cut off within it, some of it is there. */
function dd(machine: Machine, argv: readonly string[]): Answer {
  const word = (name: string): string => argv.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const [source, target] = [deviceAt(machine, word('if')), deviceAt(machine, word('of'))];
  if (['', '/dev/null'].includes(word('of'))) {
    const reads = source !== undefined && goingOf(source) === 'goes';
    return reads ? silent : fail(1, 'dd: error reading: Input/output error');
  }
  const [part, at] = [Number(word('bs')), Number(word('seek'))];
  if (word('skip') !== word('seek') || word('count') !== '1') throw new UnknownCommand(argv.join(' '));
  if (source === undefined || target === undefined || !writes(target))
    return fail(1, `dd: failed to open '${word('of')}'`);
  const [start, end] = [at * part, Math.min((at + 1) * part, target.bytes)];
  const middle = start + Math.floor((end - start) / 2);
  overwrite(source, target, start, middle);
  machine.point('dd: half of the part is there');
  if (!writes(target)) return fail(1, `dd: error writing '${word('of')}': Input/output error`);
  overwrite(source, target, middle, end);
  return silent;
}

/** What is the same on both is there all the while. */
function overwrite(source: Device, target: Device, start: number, end: number): void {
  let at = start;
  for (const one of source.read(start, end)) {
    target.write(at, one.start, undefined);
    target.write(one.start, one.end, one.written, one.from);
    at = one.end;
  }
  target.write(at, end, undefined);
}

function writes(device: Found): boolean {
  return !(device instanceof Half) || (device.role === 'Primary' && device.hasData);
}

/** `cmp -s -n BYTES -i OFFSET:0 DEVICE /dev/zero`, and `cmp -n BYTES DEVICE DEVICE`. */
function cmp(machine: Machine, argv: readonly string[]): Answer {
  if (argv[1] === '-n') {
    const [left, right] = [deviceAt(machine, argv[3] ?? ''), deviceAt(machine, argv[4] ?? '')];
    if (left === undefined || right === undefined) return fail(2, `cmp: ${argv[4]}: No such file or directory`);
    const at = difference(left, right, 0, Number(argv[2]));
    return at === undefined ? silent : { ...fail(1), stdout: `${argv[3]} ${argv[4]} differ: byte ${at + 1}, line 1\n` };
  }
  const given = readArguments(argv, ['-s'], ['-n', '-i']);
  const [path = '', other] = given.rest;
  const device = deviceAt(machine, path);
  if (other !== '/dev/zero') throw new UnknownCommand(argv.join(' '));
  if (device === undefined) return fail(2);
  const start = Number((given.one('-i') ?? '0:0').split(':')[0]);
  return isZero(device, start, start + Number(given.one('-n'))) ? silent : fail(1);
}

/** blkdiscard(8) `--zeroout`, of a part or of all; on trouble half of it may be zero. */
function blkdiscard(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, ['--zeroout'], ['--offset', '--length']);
  const path = given.rest[0] ?? '';
  const device = deviceAt(machine, path);
  if (!given.has('--zeroout')) throw new UnknownCommand(argv.join(' '));
  if (device === undefined) return fail(1, `blkdiscard: cannot open ${path}: No such file or directory`);
  const start = Number(given.one('--offset') ?? 0);
  const end = given.has('--length') ? start + Number(given.one('--length')) : device.bytes;
  if (end > device.bytes) return fail(1, `blkdiscard: ${path}: offset is greater than device size`);
  const middle = start + Math.floor((end - start) / 2);
  device.write(start, middle, undefined);
  machine.point('blkdiscard: half of it is zero');
  device.write(middle, end, undefined);
  return silent;
}

interface Node {
  readonly device: Device;
  readonly kname: string;
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly children: readonly Node[];
  readonly mountedOn: readonly (string | null)[];
}

/** What the kernel has built on a device. */
function tree(machine: Machine, device: Found): Node {
  const arrays = machine.arrays.filter(({ legs }) =>
    legs.some((leg) => leg.device === device && leg.state !== 'faulty'),
  );
  const above = [...below(machine, device), ...arrays];
  const mounts = [...machine.mounts].filter(([, one]) => one === device).map(([where]) => where);
  const mountedOn = mounts.length === 0 ? [null] : mounts;
  return { device, ...called(device), children: above.map((one) => tree(machine, one)), mountedOn };
}

/** What the kernel has built on a device: what stands in its `holders`. */
export function holdersOf(machine: Machine, device: Found): readonly string[] {
  return tree(machine, device).children.map(({ kname }) => kname);
}

function below(machine: Machine, device: Found): readonly Found[] {
  if (device instanceof LogicalVolume) return [...machine.halves.values()].filter((one) => one.lower === device);
  if (!(device instanceof Disk)) return [];
  const volumes = machine.lvm.groups.flatMap((group) => group.volumes);
  return volumes.filter((one) => one.active && one.segments.some(({ pv }) => pv.disk === device));
}

function called(device: Found): Pick<Node, 'kname' | 'name' | 'path' | 'type'> {
  if (device instanceof Disk) return { kname: device.name, name: device.name, path: device.path, type: 'disk' };
  if (device instanceof LogicalVolume)
    return { kname: `dm-${device.dm}`, name: dmName(device), path: dmPath(device), type: 'lvm' };
  const same = (name: string, type: string) => ({ kname: name, name, path: `/dev/${name}`, type });
  if (device instanceof NbdDevice) return same(`nbd${device.index}`, 'disk');
  if (device instanceof LoopDevice) return same(`loop${device.index}`, 'loop');
  if (device instanceof MdArray) return same(`md${device.index}`, `raid${device.known.level}`);
  return same(`drbd${device.minor}`, 'disk');
}

function lsblk(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(
    argv,
    ['-J', '-b', '-n', '-r', '-d', '-p', '--json', '--bytes', '--noheadings', '--raw', '--nodeps'],
    ['-o', '--output'],
  );
  const columns = (given.one('-o') ?? given.one('--output') ?? '').split(',');
  const [path = '', ...more] = given.rest;
  if (more.length > 0 || path === '') throw new UnknownCommand(argv.join(' '));
  const device = deviceAt(machine, path);
  if (device === undefined) return fail(32, `lsblk: ${path}: not a block device`);
  const root = tree(machine, device);
  if (given.has('-J'))
    return { ...silent, stdout: `{\n   "blockdevices": [\n      ${json(root, columns, argv)}\n   ]\n}\n` };
  if (!given.has('-r') || !given.has('-n')) throw new UnknownCommand(argv.join(' '));
  const lines = (given.has('-d') ? [root] : flat(root)).map((one) =>
    columns.map((name) => raw(cell(one, name, argv))).join(' '),
  );
  return say(...lines.map((line) => line.replace(/ +$/, '')));
}

function flat(node: Node): readonly Node[] {
  return [node, ...node.children.flatMap(flat)];
}

type Cell = string | number | boolean | null | readonly (string | null)[];

function cell({ mountedOn, ...node }: Node, column: string, argv: readonly string[]): Cell {
  switch (column) {
    case 'NAME':
      return node.name;
    case 'KNAME':
      return node.kname;
    case 'PATH':
      return node.path;
    case 'TYPE':
      return node.type;
    case 'SIZE':
      return node.device.bytes;
    case 'RO':
      return false;
    case 'SERIAL':
    case 'WWN':
    case 'PKNAME':
      return null;
    case 'MOUNTPOINTS':
      return mountedOn;
    case 'FSTYPE':
      return signatures(node.device)[0]?.type ?? null;
    default:
      throw new UnknownCommand(argv.join(' '));
  }
}

function raw(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'object') return value.map((one) => one ?? '').join('\\x0a');
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

function json(node: Node, columns: readonly string[], argv: readonly string[]): string {
  const fields = columns.map((name) => `"${name.toLowerCase()}": ${JSON.stringify(cell(node, name, argv))}`);
  const below = node.children.map((child) => json(child, columns, argv)).join(',');
  return `{${[...fields, ...(below === '' ? [] : [`"children": [${below}]`])].join(', ')}}`;
}
