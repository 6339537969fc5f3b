/** Every path that sanctl may write on a node, so that all of them can be asked about in one round trip. */
import type { NodeName } from '../../step.ts';
import * as md from '../array/paths.ts';
import { importsOn, targetsOn } from '../iscsi.ts';
import { mayImport, onNode, seesForeignDisks, startsAtBoot } from '../on-node.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import { watchPaths } from '../watch/paths.ts';

export const lvmPath = '/etc/lvm/lvmlocal.conf';
export const modulesPath = '/etc/modules-load.d/sanctl.conf';
export const moduleOptionsPath = '/etc/modprobe.d/sanctl.conf';
export const drbdCommonPath = '/etc/drbd.d/global_common.conf';

export function drbdPath(volume: string): string {
  return `/etc/drbd.d/${volume}.res`;
}

/** The host keys of the other nodes, and what those may do here: only with `trust: managed` (docs/trust.md). */
export const knownHostsPath = '/etc/sanctl/known_hosts';
export const authorizedKeysPath = '/root/.ssh/authorized_keys2';

/** What a node does by itself when it boots (docs/boot.md). */
export const bootScriptPath = '/etc/sanctl/boot';
export const bootListPath = '/etc/sanctl/boot.list';
export const bootUnit = 'sanctl-boot.service';
export const bootUnitPath = `/etc/systemd/system/${bootUnit}`;

/** Snapshots by schedule (docs/snapshots.md): a script, the list of each policy, and its units. */
export const snapshotScriptPath = '/etc/sanctl/snapshot';
/** What became of the last time that each was due, by policy and VM. */
export const snapshotRecords = '/var/lib/sanctl/snapshot';

export function snapshotUnits(policy: string) {
  return { timer: `sanctl-snapshot-${policy}.timer`, service: `sanctl-snapshot-${policy}.service` } as const;
}

export function snapshotPaths(policy: string) {
  const { timer, service } = snapshotUnits(policy);
  return {
    list: `${snapshotScriptPath}-${policy}.list`,
    service: `/etc/systemd/system/${service}`,
    timer: `/etc/systemd/system/${timer}`,
  } as const;
}

/** The cluster (docs/cluster.md). A fencing password is printed by a script, so that it never stands in the cluster's configuration. */
export const corosyncPath = '/etc/corosync/corosync.conf';
export const authkeyPath = '/etc/corosync/authkey';

/** The classic heartbeat (docs/heartbeat.md). */
export const heartbeatPaths = {
  config: '/etc/ha.d/ha.cf',
  resources: '/etc/ha.d/haresources',
  keys: '/etc/ha.d/authkeys',
} as const;

/** What its wrapper of OCF agents reads. */
export function heartbeatVmPath(vm: string): string {
  return `/etc/ha.d/conf/OCF/Xen/${vm}`;
}

export function fencePasswordPath(node: NodeName): string {
  return `/etc/sanctl/fence-${node}`;
}

/** iSCSI, on the side that serves and on the side that imports: a script, the settings of each, and a unit. */
export const targetScriptPath = '/etc/sanctl/target';
export const targetUnitPath = '/etc/systemd/system/sanctl-target@.service';
export const initiatorScriptPath = '/etc/sanctl/initiator';
export const initiatorUnitPath = '/etc/systemd/system/sanctl-initiator@.service';
export const multipathPath = '/etc/multipath.conf';

export function targetPath(name: string): string {
  return `${targetScriptPath}.${name}`;
}

export function initiatorPath(name: string): string {
  return `${initiatorScriptPath}.${name}`;
}

export const xenFolder = '/etc/xen';
export const xenScripts = `${xenFolder}/scripts`;
export const blockScriptPath = `${xenScripts}/block-sanctl`;

export function domainPath(vm: string): string {
  return `${xenFolder}/${vm}.cfg`;
}

/** What serves an export, and what holds an import (docs/exports.md). */
export const exportCheckPath = '/etc/sanctl/export';
/** What each export served last. */
export const exportRecords = '/var/lib/sanctl/export';
export const importHolderPath = '/etc/sanctl/import';
/** What each import was connected to last, and of which one the server forgot something (templates/import/import.hbs). */
export const importRecords = '/var/lib/sanctl/import';
type Side = 'export' | 'import';

export function servedUnit(side: Side, name: string): string {
  return `sanctl-${side}-${name}.service`;
}

export function servedPaths(side: Side, name: string) {
  const own = `/etc/sanctl/${side}-${name}`;
  return {
    config: side === 'export' ? `${own}.conf` : `${own}.json`,
    allow: `${own}.allow`,
    unit: `/etc/systemd/system/${servedUnit(side, name)}`,
    authority: `${own}.authority`,
    certificate: `${own}.certificate`,
    key: `${own}.key`,
  } as const;
}

function pathsOf(side: Side, { name, tls }: NbdExport): readonly string[] {
  const { config, allow, unit, authority, certificate, key } = servedPaths(side, name);
  return [
    config,
    unit,
    ...(side === 'export' ? [allow] : []),
    ...(tls === 'none' ? [] : [authority, certificate, key]),
  ];
}

function clusterPaths({ cluster, heartbeat, nodes }: Site, node: NodeName): readonly string[] {
  if (heartbeat?.nodes.includes(node) === true)
    return [...Object.values(heartbeatPaths), ...heartbeat.vms.map(heartbeatVmPath)];
  if (cluster?.nodes.includes(node) !== true) return [];
  const withPassword = cluster.nodes.filter((victim) => nodes[victim]?.fence?.password !== undefined);
  return [corosyncPath, authkeyPath, ...withPassword.map(fencePasswordPath)];
}

/** Whether or not the inventory asks for them now: a file may also be there from before. In a fixed order. */
export function managedPaths(site: Site, node: NodeName): readonly string[] {
  const { groups, replicated, vms, policies, serves, loops, arrays, membersOf } = onNode(site, node);
  const [served, imported] = [targetsOn(site, node), importsOn(site, node)];
  const imports = mayImport(site, node);
  return [
    ...(site.migration.trust === 'managed' ? [knownHostsPath, authorizedKeysPath] : []),
    ...(startsAtBoot(site, node) ? [bootScriptPath, bootListPath, bootUnitPath] : []),
    ...(groups.length > 0 || seesForeignDisks(site, node) ? [lvmPath] : []),
    ...(replicated.length > 0 || imports.length > 0 ? [modulesPath, moduleOptionsPath] : []),
    ...(replicated.length > 0 ? [drbdCommonPath] : []),
    ...replicated.map(({ name }) => drbdPath(name)),
    ...vms.map(({ name }) => domainPath(name)),
    ...(policies.length > 0 ? [snapshotScriptPath] : []),
    ...policies.flatMap(({ name }) => Object.values(snapshotPaths(name))),
    ...(serves.length > 0 ? [exportCheckPath] : []),
    ...serves.flatMap((one) => pathsOf('export', one)),
    ...(imports.length > 0 ? [importHolderPath] : []),
    ...imports.flatMap((one) => pathsOf('import', one)),
    ...((replicated.length > 0 || imports.length > 0) && vms.length > 0 ? [blockScriptPath] : []),
    ...(served.length > 0 ? [targetScriptPath, targetUnitPath] : []),
    ...served.map(({ name }) => targetPath(name)),
    ...(imported.length > 0 ? [initiatorScriptPath, initiatorUnitPath, multipathPath] : []),
    ...imported.map(({ name }) => initiatorPath(name)),
    ...(membersOf.length > 0 ? [md.mdadmPath, md.mdRulesPath] : []),
    ...clusterPaths(site, node),
    ...watchPaths(site),
    ...(loops.length > 0 ? [md.imageScriptPath] : []),
    ...loops.map(({ name }) => md.unitPath(md.imageUnit(name))),
    ...(arrays.length > 0 ? [md.arrayScriptPath] : []),
    ...arrays.flatMap((array) => [
      md.arrayConfigPath(array.name),
      md.unitPath(md.arrayUnit(array.name)),
      ...(array.filesystem === undefined ? [] : [md.unitPath(md.filesystemUnit(array.name))]),
    ]),
  ].sort();
}

/** Besides those, what an earlier wish may have left behind, and what must not go unseen. */
export function watchedPaths(site: Site, node: NodeName): readonly string[] {
  return [...new Set([...managedPaths(site, node), knownHostsPath, bootListPath])].sort();
}
