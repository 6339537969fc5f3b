/** Where a domain may run, and on which devices: the same paths on each of those nodes (X6). */
import type { NodeName } from '../../step.ts';
import { deviceOf } from '../backing.ts';
import { attachableOn, nameOf, reachOf } from '../reach.ts';
import { known, type Reading } from '../reading.ts';
import type { Backing } from '../site/backing.ts';
import type { Site, Vm, Volume } from '../site.ts';
import type { World } from '../world.ts';
import { type Disk, mirrorNames, sliceNames } from './devices.ts';

/** Nodes that could have every disk and have a hypervisor, the home first: the domain's file is on all of them. */
export function possibleNodes(site: Site, vm: Vm, world: World): readonly NodeName[] {
  return askedNodes(site, vm).filter(
    (node) =>
      node === vm.home || (vm.disks.every((disk) => attachableOn(disk, site).includes(node)) && hasXen(node, world)),
  );
}

/** A node that only stores; what cannot be read of a node refuses elsewhere. */
export function hasXen(node: NodeName, world: World): boolean {
  const { xen } = world.have('host', node);
  return !xen.known || xen.value !== 'absent';
}

/** Nodes that must be asked before it is started: whoever could write to one of its disks (X1). */
export function askedNodes(site: Site, vm: Vm): readonly NodeName[] {
  const reach = vm.disks.flatMap((disk) => reachOf(disk, site));
  return [...new Set([vm.home, ...reach])].filter((node) => node in site.nodes);
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

/** The devices of all disks, or why one cannot be named. */
export function disksOf(site: Site, vm: Pick<Vm, 'disks'>, world: World): Reading<readonly Disk[]> {
  const disks: Disk[] = [];
  for (const disk of vm.disks) {
    const names = namesOf(disk, site, world);
    if (!names.known) return names;
    const [path] = names.value;
    const { as, readOnly } = disk;
    const on = 'volume' in disk ? 'volume' : 'export' in disk ? 'export' : 'array';
    const replicated = on === 'volume' && isMirror(site.volumes[nameOf(disk)]);
    disks.push({
      on,
      volume: nameOf(disk),
      path,
      names: names.value,
      below: belowOf(disk, site),
      as,
      readOnly,
      replicated,
    });
  }
  return known(disks);
}

function isMirror(volume: Volume | undefined): boolean {
  return (volume?.replicas.length ?? 1) > 1;
}

function namesOf(on: Backing, site: Site, world: World): Reading<readonly [string, ...string[]]> {
  const path = deviceOf(on, site, world);
  if (!path.known) return path;
  const volume = 'volume' in on ? site.volumes[on.volume] : undefined;
  if (volume === undefined) return known([path.value]);
  return known(isMirror(volume) ? [path.value, ...mirrorNames(volume)] : sliceNames(volume));
}

/** Of the slice below: of a mirror, and of an export on the node that serves it, where somebody may open it as well (X1). */
function belowOf(on: Backing, site: Site): readonly string[] {
  const backing = 'export' in on ? site.exports[on.export]?.backing : on;
  const volume = backing !== undefined && 'volume' in backing ? site.volumes[backing.volume] : undefined;
  if (volume === undefined || (backing === on && !isMirror(volume))) return [];
  return backing === on || !isMirror(volume) ? sliceNames(volume) : [...mirrorNames(volume), ...sliceNames(volume)];
}
