/** md arrays: made over blank members only, assembled by their unit alone, from a complete list that was compared before. */
import type { Kind, Undeclared } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { known } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import type { ArrayFacts, Member } from './facts.ts';
import { health } from './health.ts';
import { parse, probes } from './parse.ts';
import { arrayUnit } from './paths.ts';
import { plan } from './plan.ts';
import { expand, memberPaths } from './things.ts';
import { checks, verbs } from './verbs.ts';

export const array: Kind<RaidArray, ArrayFacts> = {
  name: 'array',
  summary: 'md RAID over exports, volumes and images, assembled by nobody else',
  expand,
  probes: (site, node) =>
    probes(namesOn(site, node), pathsOn(site, node), namesOn(site, node).map(arrayUnit), sees(site, node)),
  parse: (outputs, site, node) => parse(outputs, namesOn(site, node), pathsOn(site, node), sees(site, node)),
  blank,
  stable,
  plan,
  undeclared,
  health,
  verbs,
  checks,
};

function namesOn(site: Site, node: string): readonly string[] {
  return onNode(site, node).arrays.map(({ name }) => name);
}

/** Where our configuration of mdadm goes. */
function sees(site: Site, node: string): boolean {
  return onNode(site, node).membersOf.length > 0;
}

function pathsOn(site: Site, node: string): readonly string[] {
  return onNode(site, node).arrays.flatMap((one) => memberPaths(one, site));
}

function blank(site: Site, node: string): ArrayFacts {
  const names = namesOn(site, node);
  const member: Member = { device: known('absent'), leg: known('none') };
  return {
    assembled: known([]),
    unnamed: known([]),
    members: Object.fromEntries(pathsOn(site, node).map((path) => [path, member])),
    records: Object.fromEntries(names.map((name) => [name, known('absent')])),
    units: Object.fromEntries(names.map((name) => [name, known({ enabled: false, active: false, outdated: false })])),
  };
}

/** Neither progress nor events, which move while anybody writes; nor what the kernel calls `clean` at one moment and `active` at another. */
function stable({ assembled, unnamed, members, records, units }: ArrayFacts): unknown {
  return {
    unnamed,
    records,
    units,
    assembled: assembled.known
      ? assembled.value.map(({ device, uuid, level, disks, degraded, legs }) => [
          device,
          uuid,
          level,
          disks,
          degraded,
          legs,
        ])
      : assembled,
    members: Object.entries(members).map(([path, { device, leg }]) => {
      const seen = device.known && device.value !== 'absent' ? [device.value.bytes, device.value.signatures] : device;
      return [path, seen, leg.known && leg.value !== 'none' ? [leg.value.uuid, leg.value.role, leg.value.state] : leg];
    }),
  };
}

/** On nodes that have arrays of the inventory at all; what is not its own is only named. */
function undeclared(site: Site, node: string, { assembled, records }: ArrayFacts): readonly Undeclared[] {
  const ours = new Set(Object.values(records).flatMap((one) => (one.known ? [one.value] : [])));
  return (assembled.known ? assembled.value : [])
    .filter(({ uuid, names }) => !ours.has(uuid) && !names.some((name) => site.arrays[name]?.node === node))
    .map(({ device, level, uuid }) => ({
      kind: 'array',
      name: device,
      node,
      detail: `${level || 'inactive'} ${uuid}`,
    }));
}
