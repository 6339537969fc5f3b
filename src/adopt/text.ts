/** A draft as the text of an inventory: only what differs from the defaults, and a head that says what it is. Pure. */
import { type Comment, yamlText } from '../inventory/yaml.ts';
import type { SshTarget } from '../kinds/site/node.ts';
import { sizeText } from '../quantity.ts';
import type { Draft } from './draft.ts';
import type { DraftGroup } from './groups.ts';
import type { DraftVm } from './guests.ts';
import type { DraftNode } from './nodes.ts';
import type { DraftVolume } from './shape.ts';

/** Where the inventory expects the shared secret of its mirrors. */
export const secretVariable = 'SANCTL_DRBD_SECRET';
/** Identities would follow from it where none are given; an import gives all. */
const siteName = 'imported';
const usualWait = 600;
const usualRate = 100 * 2 ** 20;

export function draftText(draft: Draft, head: string): string {
  const { nodes, groups, volumes, vms } = draft;
  const secret = hasSecret(draft);
  const defaults = defaultsOf(draft);
  return yamlText(
    {
      version: 1,
      site: siteName,
      ...section('defaults', defaults),
      nodes: byName(nodes, nodeEntry),
      ...section('volumeGroups', byName(groups, groupEntry)),
      ...section('volumes', byName(volumes, volumeEntry)),
      ...section('vms', byName(vms, vmEntry)),
      ...(secret ? { secrets: { drbd: { env: secretVariable } } } : {}),
    },
    head,
    commentsOf(draft),
  );
}

export function hasSecret({ volumes }: Draft): boolean {
  return volumes.some(({ mirror }) => mirror?.secret === true);
}

function section(name: string, entries: object): object {
  return Object.keys(entries).length === 0 ? {} : { [name]: entries };
}

function byName<T extends { readonly name: string }>(list: readonly T[], entry: (one: T) => object): object {
  return Object.fromEntries(list.map((one) => [one.name, entry(one)]));
}

function defaultsOf(draft: Draft): object {
  const { trust, waitSeconds, nodes } = draft;
  const [configFile] = nodes.flatMap(({ ssh }) => ssh.configFile ?? []);
  return {
    ...(configFile === undefined ? {} : { ssh: { configFile } }),
    ...(hasSecret(draft) ? { replication: { secret: 'drbd' } } : {}),
    ...(trust === 'manual' ? {} : { migration: { trust } }),
    ...(waitSeconds === undefined || waitSeconds === usualWait ? {} : { boot: { wait: waitSeconds } }),
  };
}

function nodeEntry({ name, address, ssh }: DraftNode): object {
  const { host, port, user }: SshTarget = ssh;
  return {
    address,
    ...section('ssh', {
      ...(host === name ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { user }),
    }),
  };
}

function groupEntry({ devices, thinPools }: DraftGroup): object {
  const lists = Object.values(devices);
  const one = new Set(lists.map((list) => JSON.stringify(list))).size === 1;
  const pools = Object.entries(thinPools).map(([name, bytes]) => [name, { size: sizeText(bytes) }]);
  return {
    ...(one ? { nodes: Object.keys(devices), devices: lists[0] } : { devices }),
    ...section('thinPools', Object.fromEntries(pools)),
  };
}

function volumeEntry({ bytes, group, replicas, stripes, thinPool, mirror }: DraftVolume): object {
  return {
    size: sizeText(bytes),
    group,
    replicas,
    ...(thinPool === undefined ? {} : { thinPool }),
    ...(stripes === 1 ? {} : { stripes }),
    ...(mirror === undefined || mirror.protocol === 'C' ? {} : { protocol: mirror.protocol }),
    ...(mirror === undefined || mirror.maxRate === usualRate ? {} : { maxRate: sizeText(mirror.maxRate) }),
  };
}

function vmEntry({ home, type, memoryBytes, vcpus, boot, disks, nics, uuid, state, autostart }: DraftVm): object {
  return {
    home,
    ...(type === 'pv' ? {} : { type }),
    memory: { size: sizeText(memoryBytes) },
    vcpus,
    boot,
    ...(disks.length === 0
      ? {}
      : { disks: disks.map(({ volume, as, readOnly }) => ({ volume, as, ...(readOnly ? { readOnly } : {}) })) }),
    ...(nics.length === 0 ? {} : { nics: nics.map(({ bridge, mac }) => ({ bridge, mac })) }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(state === 'running' ? {} : { state }),
    ...(autostart === 'never' ? {} : { autostart }),
  };
}

/** What a reader would otherwise wonder about. */
function commentsOf({ volumes, vms }: Draft): readonly Comment[] {
  return [
    { path: ['site'], text: 'Names the whole; the virtual machines have uuids of their own below.' },
    ...volumes
      .filter(({ mirror }) => mirror !== undefined)
      .slice(0, 1)
      .map(({ name }) => ({ path: ['volumes', name, 'size'], text: 'usable; the slices also hold DRBD’s metadata' })),
    ...vms
      .filter(({ uuid }) => uuid === undefined)
      .map(({ name }) => ({ path: ['vms', name, 'home'], text: 'its file names no uuid: it gets one of sanctl’s' })),
  ];
}
