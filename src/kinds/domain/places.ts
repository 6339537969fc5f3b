/** Where a domain may run, and on which devices: the same paths on each of those nodes (X6). */
import type { NodeName } from '../../step.ts';
import { placeOf } from '../drbd/things.ts';
import { known, type Reading } from '../reading.ts';
import type { Site, Vm, VmDisk, Volume } from '../site.ts';
import type { World } from '../world.ts';
import { type Disk, mirrorNames, sliceNames } from './devices.ts';

/** Nodes that hold a replica of every disk and have a hypervisor, the home first: the domain's file is on all of them. */
export function possibleNodes(site: Site, vm: Vm, world: World): readonly NodeName[] {
  return askedNodes(site, vm).filter(
    (node) => node === vm.home || (vm.disks.every((disk) => holds(site, disk, node)) && hasXen(node, world)),
  );
}

/** A node that only stores; what cannot be read of a node refuses elsewhere. */
export function hasXen(node: NodeName, world: World): boolean {
  const { xen } = world.have('host', node);
  return !xen.known || xen.value !== 'absent';
}

/** Nodes that must be asked before it is started: whoever could write to one of its disks (X1). */
export function askedNodes(site: Site, vm: Vm): readonly NodeName[] {
  const replicas = vm.disks.flatMap(({ volume }) => site.volumes[volume]?.replicas ?? []);
  return [...new Set([vm.home, ...replicas])].filter((node) => node in site.nodes);
}

/**
 * Nodes that are asked once more right before it starts. One without disks has its data on the network, within reach of
 * every hypervisor. With disks it is whoever holds them and no more: every other node was looked at again under the locks
 * (C4); what a person starts there after that is not on these disks, and no look keeps him from it a moment later. To lock
 * all nodes, and to wait for each of them, for every start would be dear and prove nothing more.
 */
export function lastAsked(site: Site, vm: Vm, world: World): readonly NodeName[] {
  if (vm.disks.length > 0) return askedNodes(site, vm);
  return Object.keys(site.nodes).filter((node) => node === vm.home || hasXen(node, world));
}

function holds(site: Site, { volume }: VmDisk, node: NodeName): boolean {
  return site.volumes[volume]?.replicas.includes(node) === true;
}

/** The devices of all disks, or why one cannot be named. */
export function disksOf(site: Site, vm: Vm, world: World): Reading<readonly Disk[]> {
  const disks: Disk[] = [];
  for (const { volume: name, as, readOnly } of vm.disks) {
    const volume = site.volumes[name];
    if (volume === undefined) throw new Error(`the inventory let ${vm.name} refer to ${name}, which is no volume`);
    const replicated = volume.replicas.length > 1;
    const names = namesOf(volume, replicated, site, world);
    if (!names.known) return names;
    const below = replicated ? sliceNames(volume) : [];
    disks.push({ volume: name, path: names.value[0], names: names.value, below, as, readOnly, replicated });
  }
  return known(disks);
}

function namesOf(
  volume: Volume,
  replicated: boolean,
  site: Site,
  world: World,
): Reading<readonly [string, ...string[]]> {
  if (!replicated) return known(sliceNames(volume));
  const place = placeOf(volume.name, site, world);
  return place.known ? known(mirrorNames(place.value.minor, volume)) : place;
}
