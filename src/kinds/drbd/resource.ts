/** A replicated volume as a DRBD resource: its numbers, and its file, the same bytes on every node (D9). */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { isManagedVolume } from '../cluster/members.ts';
import { timingOf } from '../cluster/timing.ts';
import type { Reading } from '../reading.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Replication } from '../site/storage.ts';
import type { Node, Volume } from '../site.ts';
import type { TemplateView, World } from '../world.ts';
import type { Place } from './allocation.ts';
import type { Dialect } from './dialect.ts';
import { fencingHandlers } from './handlers.ts';

export interface DrbdWant {
  readonly volume: Volume;
  readonly replication: Replication;
  /** Why there are no numbers, when there are none: then nothing can be planned. */
  readonly place: Reading<Place>;
  readonly dialect: Dialect | undefined;
  /** The file; undefined when the numbers or the dialect are not known, and for a volume that is to go. */
  readonly file: Content | undefined;
}

export function slicePath({ group, name }: Pick<Volume, 'group' | 'name'>): string {
  return `/dev/${group}/${name}`;
}

/** The path that a guest is given: the same on every node, because the minor is. */
export function devicePath(minor: number): string {
  return `/dev/drbd${minor}`;
}

export function renderResource(
  volume: Volume,
  replication: Replication,
  place: Place,
  dialect: Dialect,
  world: World,
): Content {
  const view = resourceView(volume, replication, place, world.site.nodes);
  const fencing = fencingView(isManagedVolume(world.site, volume.name) ? world.site.cluster : undefined, dialect);
  return world.render(`drbd/resource-${dialect}.res`, { ...view, ...fencing });
}

/** D7: only below a cluster; without one, nobody would answer and I/O would stand still for ever. */
function fencingView(cluster: Cluster | undefined, dialect: Dialect): TemplateView {
  if (cluster === undefined) return { fencing: 'dont-care', handlers: false };
  const [fence, unfence] = fencingHandlers[dialect];
  const { fenced, answered } = timingOf(cluster).handler;
  return {
    fencing: 'resource-and-stonith',
    handlers: true,
    fence: `${fence} --timeout=${fenced} --dc-timeout=${answered}`,
    unfence,
  };
}

/** All that a template may use. Every text in it was white-listed when the inventory was read. */
function resourceView(
  volume: Volume,
  { protocol, secret, maxRate }: Replication,
  { minor, port, nodeIds }: Place,
  nodes: Readonly<Record<NodeName, Node>>,
): TemplateView {
  return {
    name: volume.name,
    minor,
    protocol,
    disk: slicePath(volume),
    authenticated: secret !== undefined,
    secret: secret === undefined ? '' : { secret },
    // Rounded down: at most what was asked for. DRBD takes 1 KiB/s at least.
    maxRateKiB: Math.max(1, Math.floor(maxRate / 1024)),
    quorum: volume.replicas.length > 2,
    hosts: volume.replicas.map((name) => {
      const address = nodes[name]?.address ?? '';
      const six = address.includes(':');
      return {
        name,
        port,
        nodeId: nodeIds[name] ?? 0,
        family: six ? 'ipv6' : 'ipv4',
        address: six ? `[${address}]` : address,
      };
    }),
  };
}
