/** DRBD resources as volumes with replicas, where every node says the same of them. Pure. */
import { slicePath } from '../kinds/drbd/resource.ts';
import { drbdPath } from '../kinds/file/paths.ts';
import { roundUp } from '../quantity.ts';
import type { NodeName } from '../step.ts';
import type { LeftOut, Reason } from './findings.ts';
import type { Look } from './look.ts';
import { isResource } from './names.ts';
import type { FoundHost, FoundResource, Options } from './resource.ts';
import { type DraftMirror, type DraftVolume, extentOf, mirrorBytes, type Shape, shapeOf } from './shape.ts';

export interface Mirrors {
  readonly volumes: readonly DraftVolume[];
  readonly left: readonly LeftOut[];
}

/** One node, and what its files say of the resource. */
interface View {
  readonly look: Look;
  readonly resource: FoundResource;
}

export function mirrorsOf(looks: readonly Look[], addresses: ReadonlyMap<NodeName, string>): Mirrors {
  const names = [...new Set(looks.flatMap(({ resources }) => resources.map(({ name }) => name)))];
  const found = names.map((name) => {
    const all = looks.flatMap((look) =>
      look.resources.filter((one) => one.name === name).map((resource): View => ({ look, resource })),
    );
    // A node that is none of its hosts may have a copy of the file, which DRBD ignores there.
    const views = all.filter(({ look, resource }) => resource.hosts.some((host) => host.name === look.node));
    const first = views[0] ?? all[0];
    const verdict = first === undefined ? undefined : mirrorOf(first, views, looks, addresses);
    return { name, nodes: views.map(({ look }) => look.node), verdict };
  });
  const nowhere = looks.flatMap(({ node, running, resources }) =>
    Object.keys(running)
      .filter((name) => !resources.some((one) => one.name === name))
      .map((name) => ({ name, nodes: [node], ...withoutFile })),
  );
  return {
    volumes: found.flatMap(({ verdict }) => (verdict !== undefined && 'name' in verdict ? [verdict] : [])),
    left: [
      ...found.flatMap(({ name, nodes, verdict }) =>
        verdict !== undefined && 'why' in verdict ? [{ name, nodes, ...verdict }] : [],
      ),
      ...nowhere,
    ],
  };
}

const withoutFile: Reason = {
  why: 'it runs, and no file says so',
  way: 'Put its file back: `drbdsetup show` prints what the kernel knows of it.',
};

function mirrorOf(
  first: View,
  views: readonly View[],
  looks: readonly Look[],
  addresses: ReadonlyMap<NodeName, string>,
): DraftVolume | Reason {
  const { resource } = first;
  const replicas = resource.hosts.map(({ name }) => name);
  const reason =
    unnamed(resource) ??
    incomplete(resource, views, looks) ??
    differing(views) ??
    misplaced(views) ??
    unlike(resource) ??
    guarded(resource.options) ??
    elsewhere(resource, addresses);
  if (reason !== undefined) return reason;
  const group = groupIn(resource.hosts, resource.name);
  if (group === undefined) return otherDisk(resource);
  const slices = sliceShapes(resource.name, group, views, looks);
  if ('why' in slices) return slices;
  const mirror = mirrorIn(resource);
  if ('why' in mirror) return mirror;
  const bytes = bytesIn(slices, group, views, replicas.length - 1);
  return 'why' in bytes ? bytes : { name: resource.name, group, replicas, ...slices.shape, ...bytes, mirror };
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

function groupIn(hosts: readonly FoundHost[], name: string): string | undefined {
  const groups = hosts.map(({ volumes: [volume] }) => {
    const [, group = '', slice] = /^\/dev\/([^/]+)\/([^/]+)$/.exec(volume?.disk ?? '') ?? [];
    return slice === name ? group : '';
  });
  const [group = '', ...more] = new Set(groups);
  return more.length === 0 && group !== '' ? group : undefined;
}

function otherDisk({ name, hosts }: FoundResource): Reason {
  const disks = hosts.map(({ name: host, volumes: [volume] }) => `${volume?.disk} on ${host}`);
  return {
    why: `it stands on ${disks.join(' and ')}`,
    way: `sanctl knows a mirror by one name: the slice of ${name} is ${slicePath({ group: 'GROUP', name })}, in a group of one name on all nodes. Neither can be renamed while DRBD uses it (D9).`,
  };
}

interface Slices {
  readonly shape: Shape;
  /** By node. */
  readonly bytes: ReadonlyMap<NodeName, number>;
}

function sliceShapes(name: string, group: string, views: readonly View[], looks: readonly Look[]): Slices | Reason {
  const shapes: Shape[] = [];
  const bytes = new Map<NodeName, number>();
  for (const { look } of views) {
    const slice = look.volumes.find((one) => one.group === group && one.name === name && !one.hidden);
    if (slice === undefined)
      return {
        why: `LVM on ${look.node} knows no ${group}/${name}`,
        way: `\`lvs ${group}\` there tells what it knows.`,
      };
    const shape = shapeOf(slice, looks);
    if ('why' in shape) return { ...shape, why: `on ${look.node}, ${shape.why}` };
    shapes.push(shape);
    bytes.set(look.node, slice.bytes);
  }
  const [shape] = shapes;
  const same = new Set(shapes.map((one) => JSON.stringify(one))).size === 1;
  if (shape === undefined || !same)
    return { why: 'its slices are of different shapes', way: 'An inventory has one for all nodes.' };
  return { shape, bytes };
}

const goodDisk = 'UpToDate';

/** What no side calls up to date has no data that an inventory could promise; sanctl would want to fill it (K1). */
function bytesIn(
  { shape, bytes }: Slices,
  group: string,
  views: readonly View[],
  peers: number,
): { bytes: number } | Reason {
  const running = views.map(({ look, resource }) => look.running[resource.name]?.volumes['0']);
  const up = running.filter((one) => one !== undefined);
  if (up.length > 0 && !up.some(({ disk }) => disk === goodDisk))
    return { why: 'none of its disks is up to date', way: 'Look at `drbdadm status`; import again when one is.' };
  const sizes = views.map(({ look }, at) => {
    const slice = bytes.get(look.node) ?? 0;
    return mirrorBytes({ ...shape, slice, usable: running[at]?.bytes, extent: extentOf(look, group), peers });
  });
  const [size, ...more] = new Set(sizes);
  if (size !== undefined && more.length === 0) return { bytes: size };
  return {
    why: 'the sizes of its slices and of the resource do not fit each other',
    way: 'When the slices have grown, `drbdadm resize` on one node takes what they have gained; a slice must not be larger on one node.',
  };
}

function mirrorIn({ hosts, options }: FoundResource): DraftMirror | Reason {
  const protocol = options.get('net protocol') ?? 'C';
  const minor = hosts[0]?.volumes[0]?.minor;
  const maxRate = rateOf(options.get('disk c-max-rate') ?? '100M');
  if (protocol !== 'A' && protocol !== 'B' && protocol !== 'C')
    return { why: `its protocol is ${protocol}`, way: 'Those of an inventory are A, B and C.' };
  if (minor === undefined) return { why: 'its file names no minor', way: 'Name one: `device minor 0`.' };
  if (maxRate === undefined)
    return { why: `its c-max-rate is ${options.get('disk c-max-rate')}`, way: 'From 1 KiB to 4 GiB can be said.' };
  return { protocol, maxRate, minor, secret: options.has('net shared-secret') };
}

/** drbd.conf(5): KiB unless it says otherwise. */
function rateOf(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kKmMgG]?)$/.exec(text) ?? [];
  const bytes = Number(digits) * ({ m: 2 ** 20, g: 2 ** 30 }[unit.toLowerCase()] ?? 1024);
  return bytes >= 1024 && bytes <= 2 ** 32 && roundUp(bytes, 1024) === bytes ? bytes : undefined;
}
