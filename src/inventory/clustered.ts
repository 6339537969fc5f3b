/** The cluster and its fencing, resolved. Pure and total. */
import type { Alert, Cluster, ClusterService } from '../kinds/site/cluster.ts';
import type { Heartbeat } from '../kinds/site/heartbeat.ts';
import type { Fence } from '../kinds/site/node.ts';
import { nameSecret, type Surroundings } from './resolving.ts';
import type { ClusterSpec, FenceSpec } from './schema/cluster.ts';
import type { InventorySpec } from './schema/index.ts';
import type { ServiceSpec } from './schema/service.ts';

/** Debian ships it as an example that runs as it is. */
const mailAlert = '/usr/share/pacemaker/alerts/alert_smtp.sh.sample';

export function resolveCluster({ cluster, vms, services }: InventorySpec, around: Surroundings): Cluster | undefined {
  if (cluster?.engine !== 'pacemaker') return undefined;
  return {
    nodes: cluster.nodes,
    vms: highlyAvailable(vms),
    services: Object.entries(services).map(([name, one]) => resolveService(name, one)),
    detectionSeconds: cluster.detection,
    shutdownSeconds: cluster.shutdown,
    stickiness: cluster.stickiness,
    secret: nameSecret(cluster.secret, 'cluster', around),
    alerts: cluster.alerts.map(resolveAlert),
  };
}

function resolveService(name: string, { home, volume, mount, address, units }: ServiceSpec): ClusterService {
  const [ip = '', prefix = ''] = address?.split('/') ?? [];
  return {
    name,
    home,
    volume,
    mount,
    units,
    ...(address !== undefined && { address: { ip, prefix: Number(prefix) } }),
  };
}

/** With more stickiness than its home weighs, a VM stays where it is. */
const homeScore = 100;

export function resolveHeartbeat({ cluster, vms }: InventorySpec, around: Surroundings): Heartbeat | undefined {
  if (cluster?.engine !== 'heartbeat') return undefined;
  return {
    nodes: cluster.nodes,
    vms: highlyAvailable(vms),
    interfaces: cluster.interfaces ?? [],
    detectionSeconds: cluster.detection,
    shutdownSeconds: cluster.shutdown,
    failback: cluster.stickiness < homeScore,
    secret: nameSecret(cluster.secret, 'cluster', around),
    mail: cluster.alerts.flatMap(({ mail }) => mail ?? []),
  };
}

function highlyAvailable(vms: InventorySpec['vms']): readonly string[] {
  return Object.entries(vms).flatMap(([name, vm]) => (vm.highlyAvailable ? [name] : []));
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
