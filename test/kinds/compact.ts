/** A whole Site from the few words that a case is about. Sizes as in the inventory; what is left out is as below. */

import type { RaidArray } from '../../src/kinds/site/array.ts';
import type { Cluster } from '../../src/kinds/site/cluster.ts';
import type { Export, IscsiExport, NbdExport } from '../../src/kinds/site/exports.ts';
import type { SnapshotPolicy } from '../../src/kinds/site/snapshots.ts';
import type { Image, Replication, VolumeGroup } from '../../src/kinds/site/storage.ts';
import type { Watch } from '../../src/kinds/site/watch.ts';
import type { Node, Site, Vm, Volume } from '../../src/kinds/site.ts';
import { parseSize } from '../../src/quantity.ts';

export interface CompactSite {
  /** `[alpha, bravo]` unless given. */
  readonly nodes?: readonly string[];
  /** Name -> its disks on every node (`[/dev/vdb]`), or disks by node; and thin pools by size. */
  readonly volumeGroups?: Readonly<Record<string, CompactGroup>>;
  readonly volumes?: Readonly<Record<string, CompactVolume>>;
  readonly images?: Readonly<Record<string, Partial<Image>>>;
  readonly exports?: Readonly<Record<string, Partial<NbdExport> | (Partial<IscsiExport> & { readonly via: 'iscsi' })>>;
  readonly arrays?: Readonly<Record<string, Partial<RaidArray>>>;
  readonly initiators?: Site['initiators'];
  readonly vms?: Readonly<Record<string, Partial<Vm>>>;
  readonly migration?: Partial<Site['migration']>;
  readonly boot?: Partial<Site['boot']>;
  /** Of all VMs, daily, seven of each, unless given. */
  readonly snapshots?: Readonly<Record<string, Partial<SnapshotPolicy>>>;
  /** Of all nodes, each with a fence device of its own and 8 GiB for guests; it runs all VMs unless it names some. */
  readonly cluster?: Partial<Cluster>;
  readonly watch?: Watch;
}

interface CompactGroup {
  readonly devices: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly thinPools?: Readonly<Record<string, string>>;
}

interface CompactVolume extends Partial<Omit<Volume, 'bytes' | 'replication'>> {
  readonly size: string;
  readonly replication?: Partial<Replication>;
}

export function compactSite(compact: CompactSite): Site {
  const nodes = compact.nodes ?? ['alpha', 'bravo'];
  return {
    version: 1,
    name: 'case',
    nodes: byName(nodes.map((name, at) => node(name, at, compact.cluster !== undefined))),
    volumeGroups: byName(Object.entries(compact.volumeGroups ?? {}).map(([name, one]) => group(name, one, nodes))),
    volumes: byName(Object.entries(compact.volumes ?? {}).map(([name, one]) => volume(name, one))),
    vms: byName(Object.entries(compact.vms ?? {}).map(([name, one]) => vm(name, one))),
    secrets: {},
    ...(compact.watch === undefined ? {} : { watch: compact.watch }),
    images: byName(Object.entries(compact.images ?? {}).map(([name, one]) => image(name, one))),
    exports: byName(Object.entries(compact.exports ?? {}).map(([name, one]) => exported(name, one))),
    arrays: byName(Object.entries(compact.arrays ?? {}).map(([name, one]) => array(name, one))),
    certificates: '/certificates',
    initiators: compact.initiators ?? {},
    migration: { trust: 'manual', ...compact.migration },
    boot: { waitSeconds: 600, ...compact.boot },
    snapshots: byName(
      Object.entries(compact.snapshots ?? {}).map(([name, one]) => ({
        vms: Object.keys(compact.vms ?? {}),
        schedule: 'daily',
        keep: 7,
        ...one,
        name,
      })),
    ),
    ...(compact.cluster !== undefined && { cluster: cluster(nodes, Object.keys(compact.vms ?? {}), compact.cluster) }),
  };
}

function node(name: string, at: number, fenced: boolean): Node {
  const plain = { name, address: `10.77.0.${11 + at}`, ssh: { host: '127.0.0.1', port: 2201 + at } };
  const options = { ip: `192.0.2.${11 + at}`, username: 'fencing', lanplus: '1' };
  const fence = { agent: 'fence_ipmilan', options, password: 'ipmi' };
  return fenced ? { ...plain, guestMemoryBytes: 8 * 2 ** 30, fence } : plain;
}

function cluster(nodes: readonly string[], vms: readonly string[], given: Partial<Cluster>): Cluster {
  const usual = {
    services: [],
    detectionSeconds: 4,
    shutdownSeconds: 120,
    stickiness: 1000,
    secret: 'corosync',
    alerts: [],
  };
  return { nodes, vms, ...usual, ...given };
}

function byName<T extends { readonly name: string }>(list: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(list.map((one) => [one.name, one]));
}

function group(name: string, { devices, thinPools = {} }: CompactGroup, nodes: readonly string[]): VolumeGroup {
  const everywhere = (list: readonly string[]) => Object.fromEntries(nodes.map((node) => [node, list]));
  return {
    name,
    devices: isList(devices) ? everywhere(devices) : devices,
    thinPools: Object.fromEntries(Object.entries(thinPools).map(([pool, size]) => [pool, { bytes: bytesOf(size) }])),
  };
}

function isList(devices: CompactGroup['devices']): devices is readonly string[] {
  return Array.isArray(devices);
}

function volume(name: string, { size, replication, ...given }: CompactVolume): Volume {
  const replicas = given.replicas ?? ['alpha'];
  const mirrored: Replication = {
    protocol: 'C',
    firstSync: given.thinPool === undefined ? 'full' : 'skip',
    source: replicas[0] ?? 'alpha',
    maxRate: 100 * 2 ** 20,
    ...replication,
  };
  return {
    group: 'vg0',
    stripes: 1,
    state: 'present',
    ...given,
    name,
    bytes: bytesOf(size),
    replicas,
    ...(replicas.length > 1 ? { replication: mirrored } : {}),
  };
}

function image(name: string, given: Partial<Image>): Image {
  return { node: 'alpha', path: `/srv/${name}.img`, bytes: 2 ** 30, ...given, name };
}

/** From alpha to bravo, of the volume of the same name. */
function exported(name: string, given: Partial<NbdExport> | (Partial<IscsiExport> & { via: 'iscsi' })): Export {
  const shared = { backing: { volume: name }, from: 'alpha', to: ['bravo'], readOnly: false };
  if (given.via !== 'iscsi')
    return { ...shared, via: 'nbd', wireName: `${name}-a1b2c3d4`, connections: 4, tls: 'none', ...given, name };
  const serial = '6f0c3a5e-0000-4000-8000-000000000001';
  const iqn = `iqn.2026-01.internal.sanctl:case:${name}`;
  return { ...shared, portals: ['10.77.0.11'], timeoutSeconds: 120, iqn, serial, ...given, name };
}

function array(name: string, given: Partial<RaidArray>): RaidArray {
  const shared = { node: 'alpha', level: 1, bitmap: 'internal', rebuildRate: 100 * 2 ** 20, members: [] } as const;
  return { ...shared, ...given, name };
}

function vm(name: string, given: Partial<Vm>): Vm {
  return {
    uuid: 'a9f3c1de-0000-4000-8000-000000000001',
    home: 'alpha',
    type: 'pv',
    memory: { bytes: 128 * 2 ** 20, minimumBytes: 128 * 2 ** 20 },
    vcpus: 1,
    boot: { kernel: '/boot/guest-vmlinuz', ramdisk: '/boot/guest-initrd.img' },
    disks: [],
    nics: [],
    state: 'running',
    autostart: 'never',
    ...given,
    name,
  };
}

function bytesOf(size: string): number {
  const bytes = parseSize(size);
  if (bytes === undefined) throw new Error(`${size} is no size`);
  return bytes;
}
