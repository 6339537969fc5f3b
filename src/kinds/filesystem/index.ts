/** File systems over arrays: made once, where there is none, and mounted behind their array at every boot. */
import { error } from '../../diagnostic.ts';
import { command, type Probe, run } from '../../shell/command.ts';
import { arrayScriptPath, filesystemUnit, unitPath } from '../array/paths.ts';
import { arrayPath } from '../backing.ts';
import { fileAddress, fileThing } from '../file/thing.ts';
import { hostAddress } from '../host/index.ts';
import type { Kind, Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { known, type Reading, unknown, unreadable } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import { parseUnit, type Unit, unitProbe, unitSteps } from '../unit.ts';
import { refuse, type StepDraft, type Verdict } from '../verdict.ts';
import { parseDevice } from '../volume-group/device.ts';
import type { Device } from '../volume-group/facts.ts';
import { gate, gateOfNew } from '../volume-group/gate.ts';
import { deviceProbes } from '../volume-group/probes.ts';
import type { World } from '../world.ts';
import type { FilesystemFacts } from './facts.ts';

export interface FilesystemWant {
  readonly array: RaidArray;
  readonly type: 'ext4';
  readonly mount: string;
}

export const filesystem: Kind<FilesystemWant, FilesystemFacts> = {
  name: 'filesystem',
  summary: 'File systems over arrays, mounted at boot once their array is there',
  expand: (site, world) => wanted(site).flatMap((want) => things(want, world)),
  probes: (site, node) => on(site, node).flatMap(probes),
  parse: (outputs, site, node) => ({
    devices: each(site, node, (name) => parseDevice(outputs, arrayPath(name), 'filesystem')),
    units: each(site, node, (name) => parseUnit(outputs, 'filesystem', filesystemUnit(name))),
  }),
  blank: (site, node) => ({
    devices: each(site, node, () => known('absent')),
    units: each(site, node, () => known({ enabled: false, active: false, outdated: false })),
  }),
  stable: ({ devices, units }) => [
    units,
    Object.entries(devices).map(([name, device]) => [name, signaturesOf(device), mountsOf(device)]),
  ],
  plan,
};

function wanted(site: Site): readonly FilesystemWant[] {
  return Object.values(site.arrays).flatMap((array) =>
    array.filesystem === undefined ? [] : [{ array, ...array.filesystem }],
  );
}

function on(site: Site, node: string): readonly string[] {
  return onNode(site, node).arrays.flatMap(({ name, filesystem: one }) => (one === undefined ? [] : [name]));
}

function each<T>(site: Site, node: string, one: (name: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(on(site, node).map((name) => [name, one(name)]));
}

function probes(name: string): readonly Probe[] {
  return [...deviceProbes(arrayPath(name), 'filesystem'), unitProbe('filesystem', filesystemUnit(name))];
}

function signaturesOf(device: Reading<Device | 'absent'>): unknown {
  return device.known && device.value !== 'absent' ? device.value.signatures : device;
}

function mountsOf(device: Reading<Device | 'absent'>): unknown {
  return device.known && device.value !== 'absent' ? device.value.mountpoints : [];
}

function things({ array, type, mount }: FilesystemWant, world: World): readonly Thing[] {
  const { name, node } = array;
  const path = unitPath(filesystemUnit(name));
  const view = { name, mount, device: arrayPath(name), script: arrayScriptPath };
  const content = world.render('filesystem/sanctl-filesystem.service', view);
  const want: FilesystemWant = { array, type, mount };
  const needs = [fileAddress(path, node), `array/${name}@${node}`];
  return [
    fileThing(node, { path, content, mode: '0644' }, [hostAddress(node)]),
    { kind: 'filesystem', name, nodes: [node], want, needs },
  ];
}

function plan({ want, nodes: [node], name }: Thing<FilesystemWant>, world: World): Verdict {
  if (node === undefined) return { steps: [], diagnostics: [] };
  const facts = world.have('filesystem', node);
  const device = facts.devices[name] ?? unknown('it was not asked for');
  const unit: Reading<Unit> = facts.units[name] ?? unknown('it was not asked for');
  if (!device.known) return refuse(unreadable(`filesystem/${name}`, node, device.why));
  if (!unit.known) return refuse(unreadable(`filesystem/${name}`, node, unit.why));
  const made = device.value !== 'absent' && isMade(device.value, want);
  const problem = made || device.value === 'absent' ? undefined : whyNot(device.value);
  if (problem !== undefined) return refuse(occupied(want, problem));
  const mounts = unitSteps(node, filesystemUnit(name), unit.value, `the file system of ${name}`);
  // An array that was made before and is not assembled now has its file system: its signature is what the unit mounts by.
  const make = made || wasMade(want, world) ? [] : [mkfs(want, device.value === 'absent' ? undefined : device.value)];
  return { steps: [...make, ...mounts], diagnostics: [] };
}

function wasMade({ array: { name, node } }: FilesystemWant, world: World): boolean {
  const { records, assembled } = world.have('array', node);
  const record = records[name];
  const isThere = assembled.known && assembled.value.some(({ names }) => names.includes(name));
  return record?.known === true && record.value !== 'absent' && !isThere;
}

function isMade({ signatures }: Device, { type }: FilesystemWant): boolean {
  return signatures.length === 1 && signatures[0]?.type === type;
}

function whyNot({ signatures, children, content, mountpoints }: Device): string | undefined {
  if (signatures.length > 0) return signatures.map(({ type, offset }) => `${type} at ${offset}`).join(', ');
  if (children.length > 0) return `${children.join(', ')} built on it`;
  if (mountpoints.length > 0) return `mounted on ${mountpoints.join(', ')}`;
  return content.is === 'zero' ? undefined : 'bytes that are not zero';
}

/** mke2fs takes stride and stripe width from what md tells the block layer (tried, e2fsprogs 1.47.0). It asks before it overwrites. */
function mkfs({ array: { name, node, level }, mount, type }: FilesystemWant, device: Device | undefined): StepDraft {
  const path = arrayPath(name);
  const emptyScript = '[ ! -e "$1" ] || find "$1" -mindepth 1 -maxdepth 1';
  return {
    verb: 'make',
    node,
    title: `make a file system (${type}) on ${path}`,
    danger: 'none',
    guards: [
      ...(device === undefined ? gateOfNew(path, `raid${level}`) : gate(path, device)),
      {
        ask: command('sh', '-c', emptyScript, 'sh', mount),
        expect: { stdout: '' },
        proves: `${mount} is empty or not there: nothing is hidden below it`,
      },
    ],
    actions: [run(`mkfs.${type}`, '-q', path)],
    reason: 'the inventory asks for a file system, and the array is blank',
  };
}

function occupied({ array: { name, node }, type }: FilesystemWant, found: string) {
  const detail = `${arrayPath(name)} on ${node} is neither blank nor ${type}: ${found} (C1).`;
  return error('filesystem/not-blank', 'An array holds something else', detail, {
    help: `Look at it (\`wipefs --no-act\`, \`blkid -p\`). If it is worthless: \`wipefs --all\`, then \`blkdiscard --zeroout\` of it, and plan again.`,
  });
}
