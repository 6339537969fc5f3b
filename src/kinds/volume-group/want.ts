/** What the inventory asks of one volume group on one node, and what a node tells about its groups. */

import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { arrayPath } from '../backing.ts';
import { lvmPath } from '../file/paths.ts';
import { fileThing } from '../file/thing.ts';
import { hostAddress } from '../host/index.ts';
import { importsOn } from '../iscsi.ts';
import type { Thing } from '../kind.ts';
import { onNode, seesForeignDisks } from '../on-node.ts';
import { isMissing, packageAddress } from '../package/index.ts';
import { known, type Reading } from '../reading.ts';
import type { VolumeGroup } from '../site/storage.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import type { GroupState, VolumeGroupFacts } from './facts.ts';
import { arrayPattern, importedByIscsi, isDefault, loopDevices, rejected } from './filter.ts';

export interface VolumeGroupWant {
  readonly devices: readonly string[];
  /** Name -> bytes. */
  readonly thinPools: Readonly<Record<string, number>>;
}

export function groupAddress(group: string, node: NodeName): string {
  return `volumeGroup/${group}@${node}`;
}

/** All disks of a node that belong to volume groups of the inventory. */
export function devicesOf(site: Site, node: NodeName): readonly string[] {
  return onNode(site, node).groups.flatMap((group) => group.devices[node] ?? []);
}

/** Of a node with a group of the inventory, or with disks that belong to others. */
export function keepsLvmAway(site: Site, node: NodeName): boolean {
  return devicesOf(site, node).length > 0 || seesForeignDisks(site, node);
}

export function expand(site: Site, world: World): readonly Thing[] {
  const others = Object.keys(site.nodes).filter((node) => devicesOf(site, node).length === 0);
  return [...groups(site, world), ...others.flatMap((node) => filterAlone(node, site, world))];
}

/** Where no group brings LVM along, what is there already is kept away, and nothing is installed. */
function filterAlone(node: NodeName, site: Site, world: World): readonly Thing[] {
  if (!seesForeignDisks(site, node)) return [];
  const { lvm, settings } = world.have('volumeGroup', node);
  return lvm === 'present' && settings.known && writesFilter(world, node) ? [filterFile(node, world)] : [];
}

function groups(site: Site, world: World): readonly Thing[] {
  return Object.values(site.volumeGroups).flatMap((group) =>
    Object.entries(group.devices).flatMap(([node, devices]) => {
      const filter = writesFilter(world, node) ? [filterFile(node, world)] : [];
      const needs = [packageAddress(node), ...filter.map((file) => `file/${file.name}@${node}`)];
      return [...filter, { ...groupThing(group, node, devices), needs }];
    }),
  );
}

/** The groups of a node, and nothing that they need. */
export function groupsOf(node: NodeName, site: Site): readonly Thing<VolumeGroupWant>[] {
  return onNode(site, node).groups.map((group) => groupThing(group, node, group.devices[node] ?? []));
}

function groupThing(group: VolumeGroup, node: NodeName, devices: readonly string[]): Thing<VolumeGroupWant> {
  const thinPools = Object.fromEntries(Object.entries(group.thinPools).map(([name, { bytes }]) => [name, bytes]));
  return { kind: 'volumeGroup', name: group.name, nodes: [node], want: { devices, thinPools }, needs: [] };
}

/** A filter that somebody else set stays his: it is only checked, and lvmlocal.conf, which would override it, not written. */
export function writesFilter(world: World, node: NodeName): boolean {
  const { settings, lvm } = world.have('volumeGroup', node);
  if (lvm !== 'present' || !settings.known || isDefault(settings.value) || world.adopt.has(lvmPath)) return true;
  const { written } = world.have('file', node);
  return !written.known || written.value[lvmPath] !== undefined;
}

function filterFile(node: NodeName, world: World): Thing {
  const content = filterContent(node, world);
  const check = ['sh', '-c', 'lvmconfig --validate --config "$(cat "$1")"', 'sh', '{}'] as const;
  const want = { path: lvmPath, content, mode: '0644', check, shippedBy: 'lvm2' };
  return fileThing(node, want, [hostAddress(node), packageAddress(node)]);
}

export function filterContent(node: NodeName, world: World): Content {
  const imported = importsOn(world.site, node).length > 0 ? [importedByIscsi] : [];
  const arrays = bareArrays(world.site, node).map(arrayPattern);
  const patterns = [...rejected, ...imported, ...loopsOf(node, world), ...arrays];
  return world.render('volume-group/lvmlocal.conf', { rejected: patterns });
}

/** Of images; a host that has groups on loop devices of its own would lose them. */
function loopsOf(node: NodeName, { site, have }: World): readonly string[] {
  if (onNode(site, node).loops.length === 0) return [];
  const { physicalVolumes } = have('volumeGroup', node);
  const own = physicalVolumes.known ? physicalVolumes.value.map(({ path }) => path) : [];
  return [...own, ...devicesOf(site, node)].some((path) => path.startsWith('/dev/loop')) ? [] : [loopDevices];
}

/** What is on them is a guest's, unless a group of the node is made of one. */
function bareArrays(site: Site, node: NodeName): readonly string[] {
  const devices = devicesOf(site, node);
  return Object.values(site.arrays)
    .filter(
      (array) => array.node === node && array.filesystem === undefined && !devices.includes(arrayPath(array.name)),
    )
    .map(({ name }) => name);
}

/**
 * What a program of LVM did not tell because it is not there is empty, if dpkg too says that lvm2 is not installed:
 * a disk can then still bear a group of that time, but its signature is seen without LVM and refuses the disk, and
 * each step asks LVM again, once it is there, before it makes anything.
 */
export function orNothing<T>(reading: Reading<readonly T[]>, world: World, node: NodeName): Reading<readonly T[]> {
  return lacksLvm(world, node) ? known([]) : reading;
}

export function lacksLvm(world: World, node: NodeName): boolean {
  return world.have('volumeGroup', node).lvm === 'absent' && isMissing(world, node, 'lvm2');
}

/** The group of that name, if there is exactly one. */
export function groupNamed(facts: Pick<VolumeGroupFacts, 'groups'>, name: string): GroupState | undefined {
  const groups = facts.groups.known ? facts.groups.value.filter((group) => group.name === name) : [];
  return groups.length === 1 ? groups[0] : undefined;
}
