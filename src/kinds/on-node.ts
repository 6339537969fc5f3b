/**
 * What of the inventory concerns a node. Found for all nodes at once and kept for as long as the site lives: asked for
 * each node anew, planning would grow with nodes times volumes.
 */
import type { NodeName } from '../step.ts';
import { importersOf, reachOf } from './reach.ts';
import type { NbdExport, Site, Vm, Volume, VolumeGroup } from './site.ts';

export interface OnNode {
  /** With a replica here, in the order of the inventory. */
  readonly volumes: readonly Volume[];
  /** Of those, the ones with a replica elsewhere as well. */
  readonly replicated: readonly Volume[];
  readonly groups: readonly VolumeGroup[];
  /** Virtual machines at home here, or with one of their disks within reach. */
  readonly vms: readonly Vm[];
  /** Exports by nbd-server that it serves, and those that it imports. */
  readonly serves: readonly NbdExport[];
  readonly imports: readonly NbdExport[];
}

type Growing = { readonly [K in keyof OnNode]: OnNode[K][number][] };

const sites = new WeakMap<Site, ReadonlyMap<NodeName, OnNode>>();
const nothing: OnNode = { volumes: [], replicated: [], groups: [], vms: [], serves: [], imports: [] };

export function onNode(site: Site, node: NodeName): OnNode {
  let nodes = sites.get(site);
  if (nodes === undefined) {
    nodes = index(site);
    sites.set(site, nodes);
  }
  return nodes.get(node) ?? nothing;
}

/** Whether its home starts it when it boots. */
export function startsAlone({ autostart, state }: Vm): boolean {
  return autostart === 'home' && state === 'running';
}

/** Whether a node has anything to do by itself when it boots: VMs to start, or mirrors of theirs to bring up. */
export function startsAtBoot(site: Site, node: NodeName): boolean {
  return onNode(site, node).vms.some(startsAlone);
}

function index(site: Site): ReadonlyMap<NodeName, OnNode> {
  const nodes = new Map<NodeName, Growing>();
  const at = (node: NodeName): Growing => {
    const there = nodes.get(node) ?? { volumes: [], replicated: [], groups: [], vms: [], serves: [], imports: [] };
    nodes.set(node, there);
    return there;
  };
  for (const volume of Object.values(site.volumes)) {
    for (const node of volume.replicas) {
      at(node).volumes.push(volume);
      if (volume.replicas.length > 1) at(node).replicated.push(volume);
    }
  }
  for (const group of Object.values(site.volumeGroups)) {
    for (const node of Object.keys(group.devices)) at(node).groups.push(group);
  }
  for (const vm of Object.values(site.vms)) {
    for (const node of new Set([vm.home, ...vm.disks.flatMap((disk) => reachOf(disk, site))])) at(node).vms.push(vm);
  }
  for (const one of Object.values(site.exports)) {
    if (one.via === 'iscsi') continue;
    at(one.from).serves.push(one);
    for (const node of importersOf(one, site)) at(node).imports.push(one);
  }
  return nodes;
}
