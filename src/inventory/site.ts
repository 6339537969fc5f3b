/** From a valid inventory to the resolved one: every default filled in, sizes in bytes, secrets by name. Pure and total. */

import type { SshTarget } from '../kinds/site/node.ts';
import type { SecretSource } from '../kinds/site/secrets.ts';
import type { Replication, VolumeGroup } from '../kinds/site/storage.ts';
import type { Boot } from '../kinds/site/vm.ts';
import type { Node, Site, Vm, Volume } from '../kinds/site.ts';
import type { ImageFile } from '../shell/command.ts';
import { isList } from './checks/subject.ts';
import { resolveCluster, resolveFence, resolveHeartbeat } from './clustered.ts';
import { macOf, uuidOf } from './identity.ts';
import { bytesOf, localPath, nameSecret, type Surroundings, secretSource } from './resolving.ts';
import type { InventorySpec } from './schema/index.ts';
import type { NodeSpec } from './schema/node.ts';
import type { BootSpec, VmSpec } from './schema/vm.ts';
import type { VolumeSpec } from './schema/volume.ts';
import type { VolumeGroupSpec } from './schema/volume-group.ts';
import { diskOn, initiatorsOf, resolveArray, resolveExport } from './served.ts';
import { resolveWatch } from './watched.ts';

/** `folder`: what relative paths of this machine count from. */
export function resolve(spec: InventorySpec, folder: string): Site {
  const secrets: Record<string, SecretSource> = mapValues(spec.secrets, (source) => secretSource(source, folder));
  const certificates = localPath(spec.defaults.export.certificates, folder);
  const around = { folder, secrets, certificates };
  const nodes = mapValues(spec.nodes, (node, name) => resolveNode(name, node, spec, around));
  const secret = spec.defaults.replication.secret;
  const replicationSecret = secret === undefined ? undefined : nameSecret(secret, 'replication', around);
  const homes = homesOf(spec);
  const cluster = resolveCluster(spec, around);
  const heartbeat = resolveHeartbeat(spec, around);
  return {
    version: 1,
    name: spec.site,
    nodes,
    volumeGroups: mapValues(spec.volumeGroups, (group, name) => resolveGroup(name, group)),
    volumes: mapValues(spec.volumes, (volume, name) =>
      resolveVolume(name, volume, spec, replicationSecret, homes.get(name), folder),
    ),
    images: mapValues(spec.images, ({ node, path, size }, name) => ({ name, node, path, bytes: bytesOf(size) })),
    exports: mapValues(spec.exports, (exported, name) => resolveExport(name, exported, spec, around)),
    arrays: mapValues(spec.arrays, (array, name) => resolveArray(name, array)),
    vms: mapValues(spec.vms, (vm, name) => resolveVm(name, vm, spec.site)),
    snapshots: mapValues(spec.snapshots, (policy, name) => ({ name, ...policy })),
    secrets,
    ...(cluster !== undefined && { cluster }),
    ...(heartbeat !== undefined && { heartbeat }),
    ...(spec.watch !== undefined && { watch: resolveWatch(spec.watch) }),
    migration: { trust: spec.defaults.migration.trust },
    boot: { waitSeconds: spec.defaults.boot.wait },
    certificates,
    initiators: initiatorsOf(spec),
  };
}

/** The side that runs the VM or serves the volume holds its data. */
function homesOf({ vms, exports }: InventorySpec): ReadonlyMap<string | undefined, string> {
  const served = Object.values(exports).map(({ volume, from }) => [volume, from] as const);
  const used = Object.values(vms).flatMap(({ home, disks }) => disks.map(({ volume }) => [volume, home] as const));
  return new Map([...served, ...used]);
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}

function resolveNode(
  name: string,
  { address, ssh = {}, ring1, guestMemory, fence }: NodeSpec,
  { defaults }: InventorySpec,
  around: Surroundings,
): Node {
  const given = { ...defaults.ssh, ...ssh };
  const target: { -readonly [Key in keyof SshTarget]: SshTarget[Key] } = { host: ssh.host ?? name };
  if (given.port !== undefined) target.port = given.port;
  for (const key of ['user', 'proxyJump'] as const) if (given[key] !== undefined) target[key] = given[key];
  if (ssh.hostKeyAlias !== undefined) target.hostKeyAlias = ssh.hostKeyAlias;
  for (const key of ['identityFile', 'knownHostsFile', 'configFile'] as const) {
    const path = given[key];
    if (path !== undefined) target[key] = localPath(path, around.folder);
  }
  const place = ssh.sudoPassword === undefined ? 'sudo' : `sudo.${name}`;
  if (given.sudoPassword !== undefined) target.sudoPassword = nameSecret(given.sudoPassword, place, around);
  return {
    name,
    address,
    ssh: target,
    ...(ring1 !== undefined && { ring1 }),
    ...(guestMemory !== undefined && { guestMemoryBytes: bytesOf(guestMemory) }),
    ...(fence !== undefined && { fence: resolveFence(name, fence, around) }),
  };
}

function resolveGroup(name: string, { nodes = [], devices, thinPools = {} }: VolumeGroupSpec): VolumeGroup {
  return {
    name,
    devices: isList(devices) ? Object.fromEntries(nodes.map((node) => [node, devices])) : { ...devices },
    thinPools: mapValues(thinPools, (pool) => ({ bytes: bytesOf(pool.size) })),
  };
}

function resolveVolume(
  name: string,
  spec: VolumeSpec,
  { defaults }: InventorySpec,
  secret: string | undefined,
  home: string | undefined,
  folder: string,
): Volume {
  const { thinPool, replicas } = spec;
  const [first = ''] = replicas;
  const replication: Replication = {
    protocol: spec.protocol ?? defaults.replication.protocol,
    firstSync: spec.firstSync ?? defaults.volume.firstSync ?? (thinPool === undefined ? 'full' : 'skip'),
    source: home ?? first,
    ...(spec.minor !== undefined && { minor: spec.minor }),
    ...(spec.port !== undefined && { port: spec.port }),
    ...(secret !== undefined && { secret }),
    maxRate: bytesOf(spec.maxRate ?? defaults.replication.maxRate),
  };
  return {
    name,
    bytes: bytesOf(spec.size),
    group: spec.group ?? defaults.volume.group ?? '',
    replicas,
    ...(thinPool !== undefined && { thinPool }),
    stripes: thinPool === undefined ? (spec.stripes ?? defaults.volume.stripes) : 1,
    state: spec.state,
    ...(spec.image !== undefined && { image: resolveImage(spec.image, folder) }),
    ...(replicas.length > 1 && { replication }),
  };
}

function resolveImage({ from, format, sha256 }: NonNullable<VolumeSpec['image']>, folder: string): ImageFile {
  return { path: localPath(from, folder), format, sha256 };
}

function resolveVm(name: string, spec: VmSpec, site: string): Vm {
  const bytes = bytesOf(spec.memory.size);
  return {
    name,
    uuid: spec.uuid?.toLowerCase() ?? uuidOf(site, name),
    home: spec.home,
    type: spec.type,
    memory: { bytes, minimumBytes: spec.memory.minimum === undefined ? bytes : bytesOf(spec.memory.minimum) },
    vcpus: spec.vcpus,
    boot: resolveBoot(spec.boot),
    disks: spec.disks.map(({ as, readOnly, ...on }) => ({ ...diskOn(on), as, readOnly })),
    nics: spec.nics.map(({ bridge, mac }, at) => ({ bridge, mac: mac?.toLowerCase() ?? macOf(site, name, at) })),
    state: spec.state,
    autostart: spec.autostart,
  };
}

function resolveBoot({ kernel, ramdisk, cmdline, bootloader, firmware, order }: BootSpec): Boot {
  if (bootloader !== undefined) return { bootloader };
  if (firmware !== undefined) return { firmware, order: order ?? 'c' };
  return { kernel: kernel ?? '', ...(ramdisk !== undefined && { ramdisk }), ...(cmdline !== undefined && { cmdline }) };
}
