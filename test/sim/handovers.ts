/** Moves of guests whose disks a third node serves: the same stories, over exports that are handed over (docs/decisions/0016). */
import { readInventory } from '../../src/inventory/index.ts';
import { servedPaths } from '../../src/kinds/file/paths.ts';
import type { Site, Vm } from '../../src/kinds/site.ts';
import { addresses, nodeNames } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import type { Random } from './random.ts';
import type { Room } from './room.ts';

export const server = 'charlie';

/** One or two guests, each with one or two imports, and perhaps a mirror besides. */
export function importedSite(chance: Random): Site {
  const exports: string[] = [];
  const mirrors: string[] = [];
  const vms = Array.from({ length: chance.whole(1, 2) }, (_, at) => {
    const home = chance.pick(nodeNames);
    const disks = Array.from({ length: chance.pick([1, 1, 2]) }, () => {
      const name = `slice-${exports.length + 1}`;
      const timeout = chance.pick(['none', 'none', '60s']);
      exports.push(exportText(name, timeout));
      return `export: ${name}`;
    });
    if (chance.chance(0.3)) {
      const name = `mirror-${mirrors.length + 1}`;
      mirrors.push(`  ${name}: { size: 64MiB, replicas: [${home}, ${nodeNames.find((one) => one !== home)}] }`);
      disks.push(`volume: ${name}`);
    }
    return vmText(at, home, disks);
  });
  return siteOf(exports, mirrors, vms);
}

/** One guest on alpha, with one import. */
export function plainSite(): Site {
  return siteOf([exportText('slice-1', 'none')], [], [vmText(0, 'alpha', ['export: slice-1'])]);
}

function exportText(name: string, timeout: string): string {
  return `  ${name}: { volume: ${name}, from: ${server}, via: nbd, to: [alpha, bravo], timeout: ${timeout}, tls: none }`;
}

function vmText(at: number, home: string, disks: readonly string[]): string {
  const all = disks.map((disk, place) => `{ ${disk}, as: xvd${'abc'[place]} }`);
  return `  vm-${at + 1}:
    home: ${home}
    uuid: 4dfb1b3c-1b5c-4d6e-9d0f-0e2f9a0c1d0${at}
    type: pv
    memory: { size: 128MiB }
    vcpus: 1
    boot: { kernel: /boot/guest-vmlinuz, ramdisk: /boot/guest-initrd.img, cmdline: console=hvc0 }
    disks: [${all.join(', ')}]
    nics: [{ bridge: xenbr0, mac: "00:16:3e:00:00:5${at}" }]`;
}

function siteOf(exports: readonly string[], mirrors: readonly string[], vms: readonly string[]): Site {
  const all = [...nodeNames, server];
  const text = [
    'version: 1\nsite: simulated\ndefaults: { volume: { group: vg0 } }\nnodes:',
    ...all.map((name) => `  ${name}: { address: ${addresses[name]} }`),
    `volumeGroups:\n  vg0: { nodes: [${all.join(', ')}], devices: [/dev/vdb] }`,
    'volumes:',
    ...exports.map((_, at) => `  slice-${at + 1}: { size: 64MiB, replicas: [${server}] }`),
    ...mirrors,
    'exports:',
    ...exports,
    'vms:',
    ...vms,
  ].join('\n');
  const inventory = readInventory(`${text}\n`, 'inventory.yaml', '.');
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.diagnostics));
  return inventory.value.site;
}

export function exportsOf({ disks }: Vm): readonly string[] {
  return disks.flatMap((disk) => ('export' in disk ? [disk.export] : []));
}

/** Whom the server lets in, by name of the node, and the note of a handover. */
export function listOn(room: Room, name: string): { readonly nodes: readonly string[]; readonly note: string } {
  const lines = room.machines.get(server)?.files.get(servedPaths('export', name).allow)?.content.split('\n') ?? [];
  const nodes = Object.entries(addresses).flatMap(([node, address]) => (lines.includes(address) ? [node] : []));
  return { nodes, note: lines.find((line) => line.startsWith('# move ')) ?? '' };
}

/** Whether it is being handed over, and has come or not. */
export function handing(room: Room, name: string): 'open' | 'come' | 'no' {
  const [state] = / (open|come)$/.exec(listOn(room, name).note)?.slice(1) ?? [];
  return state === 'open' || state === 'come' ? state : 'no';
}

/** What is not as it must be once all is closed: the guest's node imports it, and the other one has let go. */
export function notClosed(room: Room, name: string, at: string | undefined): readonly string[] {
  const { nodes, note } = listOn(room, name);
  const [keeper = ''] = nodes;
  const others = nodeNames.filter((node) => node !== keeper);
  const holds = (machine: Machine | undefined): boolean =>
    machine?.nbd.some((one) => !one.gone && one.backend.startsWith(`${name}-`)) === true;
  return [
    ...(note === '' ? [] : [`${name} is being handed over: ${note}`]),
    ...(nodes.length === 1 ? [] : [`${name} lets in ${nodes.join() || 'nobody'}`]),
    ...(at === undefined || at === keeper ? [] : [`${name} lets in ${keeper}, and its guest is on ${at}`]),
    ...others.filter((node) => holds(room.machines.get(node))).map((node) => `${name} is connected on ${node} as well`),
  ];
}
