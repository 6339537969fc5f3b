/** Why a DRBD resource cannot be said as a volume with replicas, by its files alone. Pure. */
import { drbdPath } from '../kinds/file/paths.ts';
import type { NodeName } from '../step.ts';
import type { Reason } from './findings.ts';
import type { Look } from './look.ts';
import { isResource } from './names.ts';
import type { FoundResource, Options } from './resource.ts';

/** One node, and what its files say of the resource. */
export interface View {
  readonly look: Look;
  readonly resource: FoundResource;
}

export function reasonAgainst(
  { resource }: View,
  views: readonly View[],
  looks: readonly Look[],
  addresses: ReadonlyMap<NodeName, string>,
): Reason | undefined {
  return (
    unnamed(resource) ??
    incomplete(resource, views, looks) ??
    differing(views) ??
    misplaced(views) ??
    unlike(resource) ??
    guarded(resource.options) ??
    elsewhere(resource, addresses)
  );
}

function unnamed({ name }: FoundResource): Reason | undefined {
  if (isResource(name)) return undefined;
  return { why: 'its name is none that a volume may have', way: 'Give the resource another name, by hand.' };
}

/** D9: a side that nobody looked at may say anything. */
function incomplete(
  { name, hosts }: FoundResource,
  views: readonly View[],
  looks: readonly Look[],
): Reason | undefined {
  const strangers = hosts.filter((host) => !looks.some(({ node }) => node === host.name));
  if (hosts.length < 2) return { why: 'it has no second host', way: 'A mirror has two or more replicas.' };
  if (strangers.length > 0) {
    const others = strangers.map((host) => host.name).join(' ');
    return { why: `it has a replica on ${others}, which was not asked`, way: `Import ${others} as well.` };
  }
  const without = hosts.filter((host) => !views.some(({ look }) => look.node === host.name));
  if (without.length === 0) return undefined;
  const why = `${without.map((host) => host.name).join(' and ')} has no file of it`;
  return { why, way: `Copy the file that has it to every host of it, and look at \`drbdadm dump ${name}\` there.` };
}

function differing(views: readonly View[]): Reason | undefined {
  const texts = views.map(({ resource: { hosts, options, strange } }) =>
    JSON.stringify([hosts, [...options], strange]),
  );
  if (new Set(texts).size < 2) return undefined;
  return {
    why: 'the files of its nodes differ, those of `common` included (D9)',
    way: 'Make `drbdadm dump` the same on each of them.',
  };
}

/** A second file that defines it would be a mistake to drbdadm, and then no resource at all could be worked with. */
function misplaced(views: readonly View[]): Reason | undefined {
  for (const { look, resource } of views) {
    const path = drbdPath(resource.name);
    const beside = look.resources.filter((one) => one !== resource && one.file === resource.file);
    if (resource.file === path && beside.length === 0) continue;
    const with_ = beside.length === 0 ? '' : `, together with ${beside.map(({ name }) => name).join(', ')}`;
    return {
      why: `${look.node} has it in ${resource.file ?? 'a file that drbdadm does not name'}${with_}`,
      way: `sanctl keeps each resource in a file of its own: move the section into ${path} on all of its nodes. DRBD goes on; \`drbdadm dump\` must say the same before and after.`,
    };
  }
  return undefined;
}

function unlike({ hosts, strange, name }: FoundResource): Reason | undefined {
  const way = 'An inventory has no words for it.';
  if (strange.length > 0) return { why: `its file has ${strange.map((one) => `\`${one}\``).join(', ')}`, way };
  for (const { volumes, name: host } of hosts) {
    const [volume, ...more] = volumes;
    if (volume === undefined || more.length > 0 || volume.number !== '0')
      return { why: `on ${host} it does not have one volume, number 0`, way };
    if (volume.metaDisk !== 'internal')
      return {
        why: `on ${host} its metadata are on ${volume.metaDisk}`,
        way: `sanctl keeps the metadata of ${name} on its slice (D3).`,
      };
  }
  return undefined;
}

/** D7: whoever set that up relies on it, and the file of sanctl has none. */
function guarded(options: Options): Reason | undefined {
  const fencing = [options.get('disk fencing'), options.get('net fencing')].find((one) => one !== undefined);
  const fences = [...options.keys()].filter((key) => /^handlers (fence-peer|outdate-peer)$/.test(key));
  if (fences.length === 0 && (fencing === undefined || fencing === 'dont-care')) return undefined;
  const what = [
    ...fences.map((key) => key.replace(' ', ' { ')),
    ...(fencing === undefined ? [] : [`fencing ${fencing}`]),
  ];
  return {
    why: `it is fenced (\`${what.join('`, `')}\`), and sanctl would take that away (D7)`,
    way: 'Leave it to whoever fences it, a cluster manager for example.',
  };
}

function elsewhere({ hosts }: FoundResource, addresses: ReadonlyMap<NodeName, string>): Reason | undefined {
  const other = hosts.find(({ name, address }) => addresses.get(name) !== address);
  const ports = new Set(hosts.map(({ port }) => port));
  if (other !== undefined)
    return {
      why: `on ${other.name} it has the address ${other.address}, most others have ${addresses.get(other.name)}`,
      way: 'A node of an inventory has one address for replication.',
    };
  return ports.size === 1 ? undefined : { why: 'its hosts have different ports', way: 'In an inventory it has one.' };
}
