/** The cluster and its fencing, resolved. Pure and total. */
import type { Alert, Cluster, Fence } from '../kinds/site.ts';
import { nameSecret, type Surroundings } from './resolving.ts';
import type { ClusterSpec, FenceSpec } from './schema/cluster.ts';
import type { InventorySpec } from './schema/index.ts';

/** Debian ships it as an example that runs as it is. */
const mailAlert = '/usr/share/pacemaker/alerts/alert_smtp.sh.sample';

export function resolveCluster({ cluster, vms }: InventorySpec, around: Surroundings): Cluster | undefined {
  if (cluster === undefined) return undefined;
  return {
    nodes: cluster.nodes,
    vms: Object.entries(vms).flatMap(([name, { highlyAvailable }]) => (highlyAvailable ? [name] : [])),
    detectionSeconds: cluster.detection,
    shutdownSeconds: cluster.shutdown,
    stickiness: cluster.stickiness,
    secret: nameSecret(cluster.secret, 'cluster', around),
    alerts: cluster.alerts.map(resolveAlert),
  };
}

function resolveAlert({ command, mail, recipient }: ClusterSpec['alerts'][number]): Alert {
  if (mail !== undefined) return { path: mailAlert, recipient: mail };
  return { path: command ?? '', ...(recipient !== undefined && { recipient }) };
}

export function resolveFence(node: string, { agent, options, plug, password }: FenceSpec, around: Surroundings): Fence {
  return {
    agent,
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)])),
    ...(plug !== undefined && { plug }),
    ...(password !== undefined && { password: nameSecret(password, `fence.${node}`, around) }),
  };
}
