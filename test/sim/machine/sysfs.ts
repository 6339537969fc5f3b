/** What the kernel shows of arrays below /sys/block, and who holds what. */
import type { Device } from './content.ts';
import type { Machine } from './machine.ts';
import { dashed, type MdArray } from './md-array.ts';
import { kernelName } from './programs-devices.ts';

/** By path: the text of each file. */
export function sysFiles(machine: Machine): ReadonlyMap<string, string> {
  return new Map(machine.arrays.flatMap((array) => filesOf(machine, array)));
}

function filesOf(machine: Machine, array: MdArray): readonly (readonly [string, string])[] {
  array.look();
  const block = `/sys/block/md${array.index}`;
  const { known } = array;
  const values: Readonly<Record<string, string | number>> = {
    uuid: dashed(known.uuid),
    level: `raid${known.level}`,
    raid_disks: known.members,
    chunk_size: known.chunkBytes,
    array_state: array.state,
    degraded: array.degraded,
    consistency_policy: known.level === 0 ? 'none' : known.bitmap ? 'bitmap' : 'resync',
    sync_action: array.action,
    sync_completed: 'none',
    sync_speed: 'none',
    sync_speed_max: array.speedMax === undefined ? '200000 (system)' : `${array.speedMax} (local)`,
    mismatch_cnt: 0,
  };
  const legs = array.legs.flatMap(({ device, role, state }) => {
    const path = `${block}/md/dev-${kernelName(machine, device)}`;
    return [
      [`${path}/slot`, state === 'in_sync' ? `${role}\n` : 'none\n'],
      [`${path}/state`, `${state}\n`],
    ] as const;
  });
  return [
    [`${block}/size`, `${array.bytes / 512}\n`],
    ...Object.entries(values).map(([name, value]) => [`${block}/md/${name}`, `${value}\n`] as const),
    ...legs,
  ];
}

/** `ls FOLDER`; undefined where there is none. */
export function listed(machine: Machine, folder: string): readonly string[] | undefined {
  const held = /^\/sys\/class\/block\/([^/]+)\/holders$/.exec(folder)?.[1];
  if (held !== undefined) return holdersOf(machine, held);
  const found = [...sysFiles(machine).keys(), ...machine.files.paths].filter((path) => path.startsWith(`${folder}/`));
  const names = found.map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
  return names.length === 0 ? undefined : [...new Set(names)].sort();
}

function holdersOf(machine: Machine, name: string): readonly string[] {
  const isIt = (device: Device): boolean => kernelName(machine, device) === name;
  return machine.arrays.filter(({ legs }) => legs.some(({ device }) => isIt(device))).map(({ index }) => `md${index}`);
}

/** What is written into one of them; undefined: it is none. */
export function writeSys(machine: Machine, path: string, text: string): true | undefined {
  const [, index, file] = /^\/sys\/block\/md(\d+)\/md\/(sync_speed_max|bitmap_set_bits)$/.exec(path) ?? [];
  const array = machine.arrays.find((one) => String(one.index) === index);
  if (array === undefined) return undefined;
  if (file === 'bitmap_set_bits') array.doubt();
  else array.speedMax = Number(text);
  return true;
}
