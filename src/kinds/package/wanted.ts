/** Which Debian packages a node needs for what the inventory asks of it. */

import type { NodeName } from '../../step.ts';
import { importsOn } from '../iscsi.ts';
import { mayImport, onNode } from '../on-node.ts';
import type { Site } from '../site.ts';

/**
 * Xen itself is not among them: a node must boot into it, so the host kind demands that it runs already, and a
 * hypervisor that somebody built is not to be replaced by Debian's.
 */
export function wantedPackages(site: Site, node: NodeName): readonly string[] {
  const { groups, replicated, serves, arrays } = onNode(site, node);
  const thin = groups.some((group) => Object.keys(group.thinPools).length > 0);
  return [
    ...(groups.length > 0 ? ['lvm2'] : []),
    ...(thin ? ['thin-provisioning-tools'] : []),
    ...(replicated.length > 0 ? ['drbd-utils'] : []),
    // Its script asks ss(8) who is connected.
    ...(serves.length > 0 ? ['nbd-server', 'iproute2'] : []),
    ...(mayImport(site, node).length > 0 ? ['python3'] : []),
    ...(importsOn(site, node).length > 0 ? ['open-iscsi', 'multipath-tools'] : []),
    ...(arrays.length > 0 ? ['mdadm'] : []),
    ...(site.cluster?.nodes.includes(node) === true ? clusterPackages : []),
    ...(site.heartbeat?.nodes.includes(node) === true ? heartbeatPackages : []),
    ...(arrays.some(({ filesystem }) => filesystem !== undefined) ? ['e2fsprogs'] : []),
  ];
}

/** The agents of mirrors come with drbd-utils. */
const heartbeatPackages = ['heartbeat', 'cluster-glue', 'resource-agents', 'ipmitool'];
const clusterPackages = ['corosync', 'pacemaker', 'pacemaker-cli-utils', 'resource-agents', 'fence-agents', 'ipmitool'];
