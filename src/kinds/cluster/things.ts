/** What a cluster asks for: packages that do not start by themselves, its files on each member, its members, its configuration. */
import { authkeyPath, corosyncPath, fencePasswordPath } from '../file/paths.ts';
import { type FileWant, fileAddress, fileThing } from '../file/thing.ts';
import { fillOf } from '../fill/address.ts';
import { hostAddress } from '../host/index.ts';
import type { Thing } from '../kind.ts';
import { packageAddress, packageThing } from '../package/index.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Fence } from '../site/node.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import { renderCorosync } from './corosync.ts';
import { managedVms, managedVolumes } from './members.ts';

/** Every member is there, and each knows it. */
export const membershipAddress = 'cluster/membership';

/** The parts of the cluster, as things: `quiet` for each node, `membership` and `configuration` for all. */
export function expand(site: Site, world: World): readonly Thing[] {
  const { cluster } = site;
  // It speaks of all its members: with one left out of a run, it stays as it is.
  if (cluster === undefined || world.leftOut.length > 0) return [];
  const { nodes } = cluster;
  const files = nodes.flatMap((node) => filesOn(node, site, cluster, world));
  const passwords = nodes.flatMap((node) => passwordsOn(node, site, cluster, world));
  const addresses = (list: readonly Thing[]): readonly string[] =>
    list.map(({ name, nodes: [at] }) => `file/${name}@${at}`);
  return [
    ...nodes.flatMap((node) => [
      { kind: 'cluster', name: 'quiet', nodes: [node], want: cluster, needs: [hostAddress(node)] },
      packageThing(site, node, [`cluster/quiet@${node}`]),
    ]),
    ...files,
    ...passwords,
    {
      kind: 'cluster',
      name: 'membership',
      nodes,
      want: cluster,
      needs: [...nodes.map(packageAddress), ...addresses(files)],
    },
    {
      kind: 'cluster',
      name: 'configuration',
      nodes,
      want: cluster,
      needs: [
        membershipAddress,
        ...addresses(passwords),
        ...managedVolumes(site).flatMap(({ name }) => [`drbd/${name}`, ...fillOf(name, site)]),
        ...managedVms(site).map(({ name }) => `domain/${name}`),
      ],
    },
  ];
}

/** A thing of another kind waits for the members, as long as all of them are looked at. */
export function afterMembership(world: World): readonly string[] {
  return world.site.cluster === undefined || world.leftOut.length > 0 ? [] : [membershipAddress];
}

/** The same bytes on every member (P9). `corosync -t` is a weak check, and the real one. */
export function membershipFiles(site: Site, cluster: Cluster, world: World): readonly FileWant[] {
  return [
    {
      path: corosyncPath,
      content: renderCorosync(site, cluster, world.render),
      mode: '0644',
      folder: '0755',
      check: ['corosync', '-t', '-c', '{}'],
      shippedBy: 'corosync',
    },
    { path: authkeyPath, content: [{ secret: cluster.secret }], mode: '0400', folder: '0755' },
  ];
}

/** `corosync -t` wants to find the key. */
function filesOn(node: string, site: Site, cluster: Cluster, world: World): readonly Thing[] {
  return membershipFiles(site, cluster, world).map((want) => {
    const key = want.path === authkeyPath ? [] : [fileAddress(authkeyPath, node)];
    return fileThing(node, want, [packageAddress(node), ...key]);
  });
}

/** Any member may have to shoot any other one. */
function passwordsOn(node: string, site: Site, { nodes }: Cluster, world: World): readonly Thing[] {
  return nodes.flatMap((victim) => {
    const fence: Fence | undefined = site.nodes[victim]?.fence;
    if (fence?.password === undefined) return [];
    const content = world.render('cluster/fence-password', { password: { secret: fence.password } });
    const want = { path: fencePasswordPath(victim), content, mode: '0700', folder: '0755' };
    return [fileThing(node, want, [hostAddress(node)])];
  });
}
