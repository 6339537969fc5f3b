/** What a node answers about its arrays: sysfs of the kernel, and `mdadm --examine` of each member. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { orAbsent } from '../image/facts.ts';
import { answer, every, failure, known, type Reading, read, success, unknown, whole } from '../reading.ts';
import { parseUnit, unitProbe } from '../unit.ts';
import { parseDevice } from '../volume-group/device.ts';
import { deviceProbes } from '../volume-group/probes.ts';
import type { ArrayFacts, Assembled, KernelLeg, Unnamed } from './facts.ts';
import type { Leg } from './legs.ts';
import { arrayRecords, arrayUnit } from './paths.ts';

/** No program of md is asked, which would open every disk. */
export const sysfsScript = `for block in /sys/block/md*; do
  [ -d "$block/md" ] || continue
  echo "device \${block##*/}" && echo "sectors $(cat "$block/size")"
  for link in /dev/md/*; do
    [ "$(readlink -f "$link")" = "/dev/\${block##*/}" ] && echo "link \${link#/dev/md/}"
  done
  for one in uuid level raid_disks chunk_size array_state degraded consistency_policy sync_action sync_completed sync_speed sync_speed_max mismatch_cnt; do
    value=$(cat "$block/md/$one" 2>/dev/null) && echo "$one $value"
  done
  for leg in "$block"/md/dev-*; do
    [ -d "$leg" ] && echo "leg \${leg##*/dev-} $(cat "$leg/slot") $(cat "$leg/state")"
  done
done
true`;

/** What `AUTO -all` of ours would leave down at the next boot: nothing but an ARRAY line brings it up. */
export const unnamedScript = `for md in /sys/block/md*/md; do
  [ -d "$md" ] || continue
  uuid=$(tr -d :- <"$md/uuid" | sed 's/......../&:/g; s/:$//')
  [ -n "$uuid" ] && grep -rhiqs "UUID=$uuid" /etc/mdadm/mdadm.conf /etc/mdadm/mdadm.conf.d && continue
  block=\${md%/md} && echo "\${block##*/} $uuid"
done
true`;

const unnamedProbe: Probe = { name: 'array.unnamed', command: command('sh', '-c', unnamedScript) };

/** A node that only exports a member is asked what would not come up there any more. */
export function probes(
  names: readonly string[],
  paths: readonly string[],
  units: readonly string[],
  sees: boolean,
): readonly Probe[] {
  if (!sees) return [];
  if (names.length === 0) return [unnamedProbe];
  return [
    unnamedProbe,
    { name: 'array.assembled', command: command('sh', '-c', sysfsScript) },
    ...paths.flatMap((path) => [
      ...deviceProbes(path, 'array'),
      { name: `array.examine:${path}`, command: command('mdadm', '--examine', path) },
    ]),
    ...names.map((name) => ({
      name: `array.record:${name}`,
      command: command('cat', '--', `${arrayRecords}/${name}`),
    })),
    ...units.map((unit) => unitProbe('array', unit)),
  ];
}

export function parse(
  outputs: ProbeOutputs,
  names: readonly string[],
  paths: readonly string[],
  sees: boolean,
): ArrayFacts {
  const unnamed = sees ? read(success(outputs, 'array.unnamed'), 'array.unnamed', parseUnnamed) : known([]);
  if (names.length === 0) {
    return { assembled: unknown('it was not asked for'), unnamed, members: {}, records: {}, units: {} };
  }
  return {
    unnamed,
    assembled: read(success(outputs, 'array.assembled'), 'array.assembled', parseAssembled),
    members: Object.fromEntries(
      paths.map((path) => [path, { device: parseDevice(outputs, path, 'array'), leg: parseExamine(outputs, path) }]),
    ),
    records: Object.fromEntries(
      names.map((name) => [name, orAbsent(outputs, `array.record:${name}`, (text) => digits(text.trimEnd()))]),
    ),
    units: Object.fromEntries(names.map((name) => [name, parseUnit(outputs, 'array', arrayUnit(name))])),
  };
}

/** mdadm writes `f9c58a3a:6983f8f2:…`, the kernel and wipefs `f9c58a3a-6983-f8f2-…`. */
export function digits(uuid: string | undefined): string | undefined {
  const all = uuid?.replace(/[:-]/g, '') ?? '';
  return /^[0-9a-f]{32}$/.test(all) ? all : undefined;
}

function parseUnnamed(text: string): readonly Unnamed[] | undefined {
  return every(
    text.split('\n').filter((line) => line !== ''),
    (line) => {
      const [, device, uuid] = /^(md\S+) ([0-9a-f:]*)$/.exec(line) ?? [];
      return device === undefined ? undefined : { device, uuid: digits(uuid) ?? '' };
    },
  );
}

export function parseAssembled(text: string): readonly Assembled[] | undefined {
  const blocks = text.split(/^device /m);
  if (blocks.shift() !== '') return undefined;
  const all = blocks.map(parseOne);
  return all.includes(undefined) ? undefined : all.filter((one) => one !== undefined);
}

function parseOne(block: string): Assembled | undefined {
  const [device = '', ...lines] = block.split('\n').filter((line) => line !== '');
  const words = lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
  const all = (key: string): readonly string[] => words.flatMap(([word, value]) => (word === key ? [value] : []));
  const one = (key: string): string => all(key)[0] ?? '';
  const sectors = whole(one('sectors'));
  const legs = all('leg').map(parseLeg);
  const disks = whole(one('raid_disks').split(' ')[0]);
  if (!/^md[0-9A-Za-z_-]+$/.test(device) || sectors === undefined || disks === undefined) return undefined;
  if (one('array_state') === '' || legs.includes(undefined)) return undefined;
  const [, done, of] = /^(\d+) \/ (\d+)$/.exec(one('sync_completed')) ?? [];
  const [speed, speedMax] = [whole(one('sync_speed')), whole(one('sync_speed_max').split(' ')[0])];
  return {
    device,
    names: all('link'),
    uuid: digits(one('uuid')) ?? '',
    level: one('level'),
    disks,
    bytes: sectors * 512,
    chunkBytes: whole(one('chunk_size')) ?? 0,
    state: one('array_state'),
    degraded: whole(one('degraded')) ?? 0,
    bitmap: one('consistency_policy') === 'bitmap',
    action: one('sync_action') || 'none',
    ...(of !== undefined && { progress: { done: Number(done), of: Number(of) } }),
    ...(speed !== undefined && { speed }),
    ...(speedMax !== undefined && { speedMax }),
    mismatches: whole(one('mismatch_cnt')) ?? 0,
    legs: legs.filter((leg) => leg !== undefined),
  };
}

function parseLeg(line: string): KernelLeg | undefined {
  const match = /^(\S+) (none|\d+) (\S+)$/.exec(line);
  if (match === null) return undefined;
  const [, device = '', slot, states = ''] = match;
  return { device, states: states.split(','), ...(slot !== 'none' && { slot: Number(slot) }) };
}

/** Exit 1 with these words also stands for a device that cannot be read: only the bytes tell (C1). */
function parseExamine(outputs: ProbeOutputs, path: string): Reading<Leg | 'none'> {
  const probe = `array.examine:${path}`;
  const said = answer(outputs, probe);
  if (!said.known) return said;
  const { code, stdout, stderr } = said.value;
  if (code === 0) return read(known(stdout), probe, parseSuperblock);
  if (code === 127) return known('none');
  const none = /^mdadm: (No md superblock detected on|cannot open) /.test(stderr);
  return code === 1 && none ? known('none') : unknown(failure(probe, said.value));
}

/** The name may hold lines of its own (R3): what stands before it is the first of its sort, what stands behind, the last. */
function parseSuperblock(text: string): Leg | undefined {
  const lines = text.split('\n');
  const all = (key: string): readonly string[] =>
    lines.flatMap((line) => {
      const at = line.indexOf(' : ');
      return at >= 0 && line.slice(0, at).trim() === key ? [line.slice(at + 3)] : [];
    });
  const uuid = digits(all('Array UUID')[0]);
  const events = whole(all('Events').at(-1));
  const role = /^(?:Active device (\d+)|Replacement device (\d+)|spare)$/.exec(all('Device Role').at(-1) ?? '');
  const state = /^([A.R]+) /.exec(all('Array State').at(-1) ?? '')?.[1];
  if (uuid === undefined || events === undefined || role === null || state === undefined) return undefined;
  const name = all('Name')[0] ?? '';
  const [, place, replaced] = role;
  return {
    uuid,
    name,
    events,
    state,
    ...(place !== undefined && { role: Number(place) }),
    ...(replaced !== undefined && { replaces: Number(replaced) }),
  };
}
