/** What one volume of the inventory needs on each node that holds a slice of it. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { slicesMayGrow } from '../drbd/growth.ts';
import { servers } from '../export/wire.ts';
import { proveGivenUp } from '../force.ts';
import type { Thing } from '../kind.ts';
import { type Reading, unreadable } from '../reading.ts';
import type { Volume } from '../site.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import { groupNamed, orNothing } from '../volume-group/want.ts';
import type { World } from '../world.ts';
import type { LogicalVolume } from './facts.ts';
import { healthy } from './growth.ts';
import { create, finish, growUnused } from './making.ts';
import * as refusals from './refusals.ts';
import { extentBytes, sliceBytes } from './size.ts';
import { isUnfilled, slicesOf } from './slices.ts';
import { activate, adopt, grow, remove } from './steps.ts';
import { tags } from './tags.ts';

export function plan({ nodes, want }: Thing<Volume>, world: World): Verdict {
  const verdicts = nodes.map((node) => planOn(node, want, world));
  return {
    steps: verdicts.flatMap((verdict) => verdict.steps),
    diagnostics: [...verdicts.flatMap((verdict) => verdict.diagnostics), ...lostSight(want, world)],
  };
}

function volumesOn(world: World, node: NodeName): Reading<readonly LogicalVolume[]> {
  return orNothing(world.have('volume', node).volumes, world, node);
}

function planOn(node: NodeName, volume: Volume, world: World): Verdict {
  const all = volumesOn(world, node);
  if (!all.known) return refuse(unreadable(`volume/${volume.name}`, node, all.why));
  const have = all.value.find((one) => one.group === volume.group && one.name === volume.name);
  if (volume.state === 'absent') return planAbsent(node, volume, have, all.value, world);
  if (have !== undefined) return planPresent(node, volume, have, all.value, world);
  const moved = all.value.find((one) => one.name === volume.name && one.tags.includes(tags.ours));
  return moved === undefined
    ? planCreate(node, volume, all.value, world)
    : refuse(refusals.inOtherGroup(volume, node, moved));
}

function extentOf(world: World, node: NodeName, group: string): number {
  return groupNamed(world.have('volumeGroup', node), group)?.extentBytes ?? extentBytes;
}

function planCreate(node: NodeName, volume: Volume, all: readonly LogicalVolume[], world: World): Verdict {
  const group = groupNamed(world.have('volumeGroup', node), volume.group);
  const pool = all.find((one) => one.group === volume.group && one.name === volume.thinPool);
  // A pool that does not exist yet is made by this plan, with zeroing on.
  const poolZeroes = pool === undefined || pool.zeroes;
  if (volume.replication?.firstSync === 'skip' && !poolZeroes) return refuse(refusals.poolNotZeroing(volume, node));
  const bytes = sliceBytes(volume, extentOf(world, node, volume.group));
  const unfilled = volume.image !== undefined && slicesOf(volume, world).every(isUnfilled);
  const { allowDestroy } = world;
  return steps(create({ volume, node, bytes, groupUuid: group?.uuid, poolZeroes, allowDestroy, unfilled }));
}

function planPresent(
  node: NodeName,
  volume: Volume,
  have: LogicalVolume,
  all: readonly LogicalVolume[],
  world: World,
): Verdict {
  const wanted = sliceBytes(volume, extentOf(world, node, volume.group));
  const problem = problemOf(node, volume, have, wanted, world);
  if (problem !== undefined) return refuse(problem);
  const snapshots = snapshotsOf(volume, all);
  // Of a thin one they are volumes of their own, and never stand in its way.
  if (have.bytes < wanted && volume.thinPool === undefined && snapshots.length > 0)
    return refuse(refusals.growsUnderSnapshots(volume, node, snapshots));
  const drafts: StepDraft[] = [];
  // First: what is on it can be asked only then.
  if (!have.active) drafts.push(activate(volume, node, have));
  if (!have.tags.includes(tags.ours)) drafts.push(adopt(volume, node, have));
  const growth = have.bytes < wanted ? slicesMayGrow(volume, world) : 'none';
  const given = proveGivenUp(volume.group, volume.name, world.allowDestroy) !== undefined;
  const remake = growth === 'free' && isErased(volume, have);
  if (have.tags.includes(tags.unfinished) && !remake) drafts.push(finish(volume, node, have, given));
  if (remake) drafts.push(growUnused(volume, node, have, wanted, given));
  else if (growth !== 'none' && growth !== 'later')
    drafts.push(grow(volume, node, have, wanted, growth === 'now' ? healthy(volume) : []));
  return steps(...drafts);
}

/** Its making erased old extents, and nobody has written on it since: what it grows by is to be erased as well. */
function isErased({ thinPool }: Volume, { tags: marks }: LogicalVolume): boolean {
  return thinPool === undefined && marks.includes(tags.unseeded) && !marks.includes(tags.seeded);
}

function problemOf(
  node: NodeName,
  volume: Volume,
  have: LogicalVolume,
  wanted: number,
  world: World,
): Diagnostic | undefined {
  const ours = have.tags.includes(tags.ours) || world.adopt.has(`volume/${volume.name}`);
  if (have.hidden || !ours) return refusals.foreign(volume, node, have);
  if (!hasShape(volume, have)) return refusals.otherShape(volume, node, have, shape(volume));
  if (have.health !== '') return refusals.unhealthy(volume, node, have);
  if (isLeftReplica(volume, have)) return refusals.wasReplica(volume, node, have);
  if (have.open && have.tags.includes(tags.unfinished)) return refusals.usedUnfinished(volume, node, have);
  return have.bytes > wanted ? refusals.smaller(volume, node, have, wanted) : undefined;
}

/**
 * The inventory took the other replicas away: DRBD may still run on this slice and the data be newer elsewhere, but
 * nobody would ask about either any more, and a domain would write behind DRBD's back.
 */
function isLeftReplica({ replicas }: Volume, have: LogicalVolume): boolean {
  return replicas.length < 2 && (have.tags.includes(tags.seeded) || have.tags.includes(tags.unseeded));
}

function shape({ thinPool, stripes }: Volume): string {
  if (thinPool !== undefined) return `thin in ${thinPool}`;
  return stripes > 1 ? `${stripes} stripes` : 'linear';
}

function hasShape({ thinPool, stripes }: Volume, have: LogicalVolume): boolean {
  const wanted = thinPool !== undefined ? 'thin' : stripes > 1 ? 'striped' : 'linear';
  if (!have.segmentTypes.every((type) => type === wanted)) return false;
  return thinPool !== undefined ? have.pool === thinPool : have.stripes === stripes;
}

function planAbsent(
  node: NodeName,
  volume: Volume,
  have: LogicalVolume | undefined,
  all: readonly LogicalVolume[],
  world: World,
): Verdict {
  if (have === undefined) return asWished;
  if (have.hidden || !have.tags.includes(tags.ours)) return refuse(refusals.foreign(volume, node, have));
  if (isLeftReplica(volume, have)) return refuse(refusals.wasReplica(volume, node, have));
  // An importer that waits for it has nothing open here.
  const [server] = servers(have.tags, world.site, false);
  if (server !== undefined) return refuse(refusals.served(volume, node, server));
  const given = proveGivenUp(volume.group, volume.name, world.allowDestroy);
  if (given === undefined) return refuse(refusals.notAllowed(volume, node, have));
  const snapshots = snapshotsOf(volume, all);
  return snapshots.length > 0
    ? refuse(refusals.hasSnapshots(volume, node, snapshots))
    : steps(remove(volume, node, have, given));
}

function snapshotsOf({ group, name }: Volume, all: readonly LogicalVolume[]): readonly string[] {
  return all.filter((one) => one.group === group && one.origin === name).map((one) => one.name);
}

/**
 * T3: a volume whose nodes were all replaced in the inventory, and perhaps its group too, would come back empty. So would
 * one that is on a node which cannot be read.
 */
function lostSight(volume: Volume, world: World): readonly Diagnostic[] {
  const { name, replicas, state } = volume;
  const { owners, unread } = ownersIn(world);
  const found = owners.get(name) ?? [];
  if (state === 'absent' || found.some(({ node }) => replicas.includes(node))) return [];
  if (found.length > 0) return [refusals.elsewhere(volume, found)];
  // Its own nodes say so themselves.
  const others = unread.filter(({ node }) => !replicas.includes(node));
  return others.map(({ node, why }) => unreadable(`volume/${name}`, node, why));
}

/** Which nodes have a volume of sanctl's, by its name. */
interface Owners {
  readonly owners: ReadonlyMap<string, readonly refusals.Owner[]>;
  readonly unread: readonly { readonly node: NodeName; readonly why: string }[];
}

const ownersByWorld = new WeakMap<World, Owners>();

/** Looked up once for a whole plan. */
function ownersIn(world: World): Owners {
  let found = ownersByWorld.get(world);
  if (found === undefined) {
    found = gatherOwners(world);
    ownersByWorld.set(world, found);
  }
  return found;
}

function gatherOwners(world: World): Owners {
  const owners = new Map<string, refusals.Owner[]>();
  const unread: Owners['unread'][number][] = [];
  for (const node of Object.keys(world.site.nodes)) {
    const volumes = volumesOn(world, node);
    if (!volumes.known) unread.push({ node, why: volumes.why });
    for (const { name, group, tags: marks } of volumes.known ? volumes.value : []) {
      if (!marks.includes(tags.ours)) continue;
      const list = owners.get(name) ?? [];
      list.push({ node, group });
      owners.set(name, list);
    }
  }
  return { owners, unread };
}
