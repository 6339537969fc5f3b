/**
 * What of the inventory concerns a node. Found for all nodes at once and kept for as long as the site lives: asked for
 * each node anew, planning would grow with nodes times volumes.
 */
import type { NodeName } from '../step.ts';
import { importersOf, reachOf, standbysOf } from './reach.ts';
import type { RaidArray } from './site/array.ts';
import type { NbdExport } from './site/exports.ts';
import type { SnapshotPolicy } from './site/snapshots.ts';
import type { Image, VolumeGroup } from './site/storage.ts';
import type { Site, Vm, Volume } from './site.ts';

export interface OnNode {
  /** With a replica here, in the order of the inventory. */
  readonly volumes: readonly Volume[];
  /** Of those, the ones with a replica elsewhere as well. */
  readonly replicated: readonly Volume[];
  readonly groups: readonly VolumeGroup[];
  /** Virtual machines at home here, or with one of their disks within reach. */
  readonly vms: readonly Vm[];
  /** That may have a VM to snapshot here. */
  readonly policies: readonly SnapshotPolicy[];
  /** Of the replicated ones, those that nbd-server serves, here or on another node: served again after a boot. */
  readonly exported: readonly Volume[];
  /** Exports by nbd-server that it serves, and those that it imports. */
  readonly serves: readonly NbdExport[];
  readonly imports: readonly NbdExport[];
  /** That it may take over from their importer while a guest moves. */
  readonly standby: readonly NbdExport[];
  readonly images: readonly Image[];
  /** Of those, the ones that are used here through a loop device. */
  readonly loops: readonly Image[];
  /** That it assembles. */
  readonly arrays: readonly RaidArray[];
  /** Of which it can see a member: also as the exporter of one. */
  readonly membersOf: readonly RaidArray[];
}

type Growing = { readonly [K in keyof OnNode]: OnNode[K][number][] };

const sites = new WeakMap<Site, ReadonlyMap<NodeName, OnNode>>();
const nothing: OnNode = none();

export function onNode(site: Site, node: NodeName): OnNode {
  let nodes = sites.get(site);
  if (nodes === undefined) {
    nodes = index(site);
    sites.set(site, nodes);
  }
  return nodes.get(node) ?? nothing;
}

/** Whether it sees disks of others that are no slices of its own: imports, images as block devices, arrays without a file system (L1). */
export function seesForeignDisks(site: Site, node: NodeName): boolean {
  const { loops, arrays } = onNode(site, node);
  const luns = Object.values(site.exports).filter((one) => one.via === 'iscsi');
  return (
    mayImport(site, node).length > 0 ||
    loops.length > 0 ||
    arrays.some(({ filesystem }) => filesystem === undefined) ||
    luns.some((one) => importersOf(one, site).includes(node))
  );
}

/** Exports by nbd-server that it has the files for: it imports them, or may take them over. */
export function mayImport(site: Site, node: NodeName): readonly NbdExport[] {
  const { imports, standby } = onNode(site, node);
  return [...imports, ...standby];
}

/** Whether its home starts it when it boots. */
export function startsAlone({ autostart, state }: Vm): boolean {
  return autostart === 'home' && state === 'running';
}

/** Whether a node has anything to do by itself when it boots: VMs to start, mirrors of theirs or of exports to bring up. */
export function startsAtBoot(site: Site, node: NodeName): boolean {
  const { vms, exported } = onNode(site, node);
  return vms.some(startsAlone) || exported.length > 0;
}

function index(site: Site): ReadonlyMap<NodeName, OnNode> {
  const nodes = new Map<NodeName, Growing>();
  const at = (node: NodeName): Growing => {
    const there = nodes.get(node) ?? none();
    nodes.set(node, there);
    return there;
  };
  const served = new Set(
    Object.values(site.exports).flatMap(({ via, backing }) =>
      via !== 'iscsi' && 'volume' in backing ? [backing.volume] : [],
    ),
  );
  for (const volume of Object.values(site.volumes)) {
    for (const node of volume.replicas) {
      at(node).volumes.push(volume);
      if (volume.replicas.length > 1) at(node).replicated.push(volume);
      if (volume.replicas.length > 1 && served.has(volume.name)) at(node).exported.push(volume);
    }
  }
  for (const group of Object.values(site.volumeGroups)) {
    for (const node of Object.keys(group.devices)) at(node).groups.push(group);
  }
  for (const vm of Object.values(site.vms)) {
    for (const node of new Set([vm.home, ...vm.disks.flatMap((disk) => reachOf(disk, site))])) at(node).vms.push(vm);
  }
  for (const policy of Object.values(site.snapshots)) {
    const vms = policy.vms.flatMap((name) => site.vms[name] ?? []);
    const near = vms.flatMap(({ home, disks }) => [home, ...disks.flatMap((disk) => reachOf(disk, site))]);
    for (const node of new Set(near)) at(node).policies.push(policy);
  }
  for (const one of Object.values(site.exports)) {
    if (one.via === 'iscsi') continue;
    at(one.from).serves.push(one);
    for (const node of importersOf(one, site)) at(node).imports.push(one);
    for (const node of standbysOf(one, site)) at(node).standby.push(one);
  }
  for (const image of Object.values(site.images)) {
    at(image.node).images.push(image);
    if (isLooped(image, site)) at(image.node).loops.push(image);
  }
  for (const array of Object.values(site.arrays)) {
    at(array.node).arrays.push(array);
    for (const node of reachOf({ array: array.name }, site)) at(node).membersOf.push(array);
  }
  return nodes;
}

function none(): Growing {
  return {
    volumes: [],
    replicated: [],
    groups: [],
    vms: [],
    policies: [],
    exported: [],
    serves: [],
    imports: [],
    standby: [],
    images: [],
    loops: [],
    arrays: [],
    membersOf: [],
  };
}

/** NBD serves the file itself; a member of an array, and what LIO serves, are block devices. */
function isLooped({ name }: Image, site: Site): boolean {
  const members = Object.values(site.arrays).flatMap((array) => array.members);
  const exports = Object.values(site.exports).filter(({ via }) => via === 'iscsi');
  return [...members, ...exports.map(({ backing }) => backing)].some((on) => 'image' in on && on.image === name);
}
