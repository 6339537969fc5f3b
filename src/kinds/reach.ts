/** What a disk stands on, by the inventory alone: its name, who imports it, and every node that could write to it. Pure. */
import type { NodeName } from '../step.ts';
import type { Backing } from './site/backing.ts';
import type { Export } from './site/exports.ts';
import type { Site, Vm } from './site.ts';

/** As the inventory calls it; a volume and an export may have one name. */
export function nameOf(on: Backing): string {
  if ('volume' in on) return on.volume;
  if ('image' in on) return on.image;
  return 'export' in on ? on.export : on.array;
}

/** The volumes that are disks of a VM by themselves. */
export function volumesOf({ disks }: Pick<Vm, 'disks'>): readonly string[] {
  return disks.flatMap((disk) => ('volume' in disk ? [disk.volume] : []));
}

/** Who imports it now: all may that only read; of one that is written it is the home of its VM where several are named (N7). */
export function importersOf({ name, to, readOnly }: Export, site: Site): readonly NodeName[] {
  if (readOnly || to.length === 1) return to;
  const isIts = (on: Backing): boolean => 'export' in on && on.export === name;
  const users = [
    ...Object.values(site.vms).flatMap(({ home, disks }) => (disks.some(isIts) ? [home] : [])),
    ...Object.values(site.arrays).flatMap(({ node, members }) => (members.some(isIts) ? [node] : [])),
  ];
  return to.filter((node) => users.includes(node));
}

/**
 * Who may take it over from its importer while its guest moves (docs/decisions/0016): all is there, and the server lets them
 * in only then (N7). An array stays with its node (R5).
 */
export function standbysOf(exported: Export, site: Site): readonly NodeName[] {
  const { name, to, readOnly, via } = exported;
  const isDisk = Object.values(site.vms).some(({ disks }) => disks.some((on) => 'export' in on && on.export === name));
  if (readOnly || via === 'iscsi' || !isDisk) return [];
  const importers = importersOf(exported, site);
  return to.filter((node) => !importers.includes(node));
}

/** Nodes on which somebody could open it, by whatever way (X1): that have it, or what it stands on, or may import it. */
export function reachOf(on: Backing, site: Site): readonly NodeName[] {
  if ('volume' in on) return site.volumes[on.volume]?.replicas ?? [];
  if ('image' in on) return nodeOf(site.images[on.image]);
  if ('array' in on) {
    const members = site.arrays[on.array]?.members ?? [];
    return [...new Set([...nodeOf(site.arrays[on.array]), ...members.flatMap((member) => reachOf(member, site))])];
  }
  const exported = site.exports[on.export];
  return exported === undefined
    ? []
    : [...new Set([exported.from, ...exported.to, ...reachOf(exported.backing, site)])];
}

function nodeOf(one: { readonly node: NodeName } | undefined): readonly NodeName[] {
  return one === undefined ? [] : [one.node];
}

/** Nodes on which a VM could use it as it is: with a replica, as the importer, as the one that assembles it. */
export function usableOn(on: Backing, site: Site): readonly NodeName[] {
  if ('export' in on) {
    const exported = site.exports[on.export];
    return exported === undefined ? [] : importersOf(exported, site);
  }
  return 'array' in on ? nodeOf(site.arrays[on.array]) : reachOf(on, site);
}

/** Nodes that could have it under a VM: as it is, or by taking it over while the VM moves. */
export function attachableOn(on: Backing, site: Site): readonly NodeName[] {
  const exported = 'export' in on ? site.exports[on.export] : undefined;
  return exported === undefined ? usableOn(on, site) : [...usableOn(on, site), ...standbysOf(exported, site)];
}
