/** DRBD resources as volumes with replicas, where every node says the same of them. Pure. */
import { slicePath } from '../kinds/drbd/resource.ts';
import { roundUp } from '../quantity.ts';
import type { NodeName } from '../step.ts';
import type { LeftOut, Reason } from './findings.ts';
import type { Look } from './look.ts';
import { reasonAgainst, type View } from './reasons.ts';
import type { FoundHost, FoundResource } from './resource.ts';
import { type DraftMirror, type DraftVolume, extentOf, mirrorBytes, type Shape, shapeOf } from './shape.ts';

export interface Mirrors {
  readonly volumes: readonly DraftVolume[];
  readonly left: readonly LeftOut[];
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
  const reason = reasonAgainst(first, views, looks, addresses);
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
