/** Logical volumes: a plain slice, or one for each replica of a DRBD resource. Made, grown; removed only by name. */
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site, Volume } from '../site.ts';
import { scheduleOf } from '../snapshot/sets.ts';
import { groupAddress } from '../volume-group/want.ts';
import type { LogicalVolume, VolumeFacts } from './facts.ts';
import { health } from './health.ts';
import { parse, probe } from './parse.ts';
import { plan } from './plan.ts';
import { remake } from './remake.ts';
import { tags } from './tags.ts';

export const volume: Kind<Volume, VolumeFacts> = {
  name: 'volume',
  summary: 'LVM logical volumes, one slice on each node that holds a replica',
  expand: (site) =>
    Object.values(site.volumes).map((want) => ({
      kind: 'volume',
      name: want.name,
      nodes: want.replicas,
      want,
      needs: want.replicas.map((node) => groupAddress(want.group, node)),
      // Under DRBD a slice neither grows nor goes alone (3.4).
      ...(want.replicas.length > 1 ? { with: [`drbd/${want.name}`] } : {}),
    })),
  // Of every node: one that has no group in the inventory may still have the volume that another is to make (T3).
  probes: () => [probe],
  parse,
  blank: () => ({ volumes: known([]) }),
  // What a schedule makes and removes by itself moves under nobody: a step that it would matter to asks for snapshots itself.
  stable: ({ volumes }) => (volumes.known ? volumes.value.filter((one) => !isScheduled(one)).map(identity) : volumes),
  plan,
  undeclared,
  health,
  verbs: { remake },
};

function isScheduled(one: LogicalVolume): boolean {
  return one.origin !== '' && one.tags.includes(tags.snapshot) && scheduleOf(one) !== undefined;
}

function identity(one: LogicalVolume): unknown {
  const { name, uuid, group, bytes, tags: marks, segmentTypes, stripes, pool, origin, active, health } = one;
  return [name, uuid, group, bytes, marks, segmentTypes, stripes, pool, origin, active, health];
}

/** In groups of the inventory, and wherever sanctl made them. */
function undeclared(site: Site, node: NodeName, { volumes }: VolumeFacts): readonly Undeclared[] {
  if (!volumes.known) return [];
  const grouped = (one: LogicalVolume): boolean => site.volumeGroups[one.group]?.devices[node] !== undefined;
  return volumes.value
    .filter((one) => !one.hidden && (grouped(one) || one.tags.includes(tags.ours)))
    .filter((one) => !isNamed(site, node, one) && !isSnapshot(one, site))
    .map((one) => ({ kind: 'volume', name: `${one.group}/${one.name}`, node, detail: describe(one) }));
}

/**
 * A whole set is listed by `sanctl snapshot list`; what is left of one that broke off is found here, and what a policy made that the
 * inventory has no more: nobody takes that away but a person.
 */
function isSnapshot(one: LogicalVolume, { snapshots }: Site): boolean {
  const { tags: marks, origin } = one;
  const schedule = scheduleOf(one);
  const left = schedule !== undefined && snapshots[schedule.policy]?.vms.includes(schedule.vm) !== true;
  return origin !== '' && marks.includes(tags.snapshot) && !marks.includes(tags.snapshotUnfinished) && !left;
}

function isNamed(site: Site, node: NodeName, { name, group }: LogicalVolume): boolean {
  const declared = site.volumes[name];
  if (declared?.group === group && declared.replicas.includes(node)) return true;
  return site.volumeGroups[group]?.thinPools[name] !== undefined;
}

/** DRBD takes a snapshot before a resync; one that is left over fills up and fails together with its origin (L5). */
function describe(one: LogicalVolume): string {
  const { name, bytes, uuid, origin } = one;
  const schedule = scheduleOf(one);
  if (name.endsWith('-before-resync'))
    return `left over from before a resync of ${origin}: it fills up and then fails (L5)`;
  if (schedule !== undefined) return `${formatSize(bytes)}, snapshot of ${origin} by the policy ${schedule.policy}`;
  return `${formatSize(bytes)}, ${uuid}${origin === '' ? '' : `, snapshot of ${origin}`}`;
}
