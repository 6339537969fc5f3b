/** What playbooks may do with the snapshots of a VM: make a set, remove one, go back to one. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { Disk } from '../domain/devices.ts';
import { findEverywhere } from '../domain/find.ts';
import { unmanaged } from '../domain/managed.ts';
import { askedNodes, disksOf } from '../domain/places.ts';
import { openPlainDisks, servedDisks } from '../domain/plain.ts';
import { lookElsewhere } from '../domain/steps.ts';
import { everyNode, vmParameter } from '../domain/verbs.ts';
import { dialectOf } from '../drbd/dialect.ts';
import { promoteSteps } from '../drbd/promote.ts';
import { windowsOpen } from '../drbd/windows.ts';
import { volumesOf } from '../reach.ts';
import { unreadable } from '../reading.ts';
import type { Vm, Volume } from '../site.ts';
import type { Verb } from '../verb.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import { isUnfilled, slicesOf } from '../volume/slices.ts';
import type { World } from '../world.ts';
import { create } from './create.ts';
import * as no from './refusals.ts';
import { remove } from './remove.ts';
import { rollback } from './rollback.ts';
import { isOfSize, type Snapshot, setName, snapshotsIn } from './sets.ts';

const name = { type: 'text', means: 'what the set is called' } as const;
type OfSet = Verb<{ vm: typeof vmParameter; name: typeof name }>;

function verb(summary: string, plan: (vm: Vm, set: string, world: World) => Verdict): OfSet {
  return unmanaged({
    summary,
    takes: { vm: vmParameter, name },
    nodes: everyNode,
    plan: ({ vm, name: set }, world) => {
      const unfit = setName.test(set) ? unread(world) : [no.badName(set)];
      return new Map([[vm.name, unfit.length > 0 ? refuse(...unfit) : plan(vm, set, world)]]);
    },
  });
}

export const verbs = {
  create: verb('snapshot all disks of a VM at one moment; its guest stands still meanwhile', planCreate),
  remove: verb('remove a set of snapshots', planRemove),
  rollback: verb('put the disks of a stopped VM back to a set of snapshots', planRollback),
};

/** What is unread is not absent (C5). */
function unread({ site, have }: World): readonly Diagnostic[] {
  return Object.keys(site.nodes).flatMap((node) => {
    const { volumes } = have('volume', node);
    return volumes.known ? [] : [unreadable('snapshots', node, volumes.why)];
  });
}

/** Of this VM, wherever they are. */
function setsOf(vm: Vm, { site, have }: World): readonly Snapshot[] {
  const facts = new Map(Object.keys(site.nodes).map((node) => [node, { volume: have('volume', node) }]));
  const groups = new Map(volumesOf(vm).map((one) => [one, site.volumes[one]?.group]));
  return snapshotsIn(facts).filter(({ origin, group }) => groups.has(origin) && groups.get(origin) === group);
}

interface Place {
  readonly volume: Volume;
  readonly disk: Disk;
}

/** The volumes that are its disks; what else it has cannot be of the same moment. */
function placesOf(
  vm: Vm,
  world: World,
): { readonly places: readonly Place[]; readonly problems: readonly Diagnostic[] } {
  const disks = disksOf(world.site, vm, world);
  if (!disks.known) return { places: [], problems: [no.noDevice(vm, disks.why)] };
  const others = disks.value.filter(({ on }) => on !== 'volume');
  const places = disks.value.flatMap((disk) => {
    const volume = disk.on === 'volume' ? world.site.volumes[disk.volume] : undefined;
    return volume === undefined ? [] : [{ volume, disk }];
  });
  const windows = places.flatMap(({ volume, disk }) => (disk.replicated ? windowsOpen(volume, world) : []));
  const problems = [
    ...(others.length > 0 ? [no.otherDisks(vm, others)] : []),
    ...(places.length === 0 && others.length === 0 ? [no.noDisks(vm)] : []),
    ...windows,
  ];
  return { places, problems };
}

function planCreate(vm: Vm, set: string, world: World): Verdict {
  const { places, problems } = placesOf(vm, world);
  const found = findEverywhere(vm, world);
  if (found.is === 'refused') return refuse(...found.problems, ...problems);
  const there = setsOf(vm, world).filter((one) => one.set === set);
  const node = found.is === 'running' ? found.copy.node : vm.home;
  const slices = places.flatMap(({ volume, disk }) =>
    slicesOf(volume, world)
      .filter((slice) => slice.node === node)
      .map((slice) => ({ ...slice, replicated: disk.replicated })),
  );
  const unfit = slices.filter((slice) => isUnfilled(slice) || !slice.active || slice.health !== '');
  const wrong = [
    ...problems,
    ...(there.length > 0 ? [no.isThere(vm, set, there)] : []),
    ...(slices.length < places.length ? [no.noSlice(vm, node)] : []),
    ...unfit.map((slice) => no.unfit(vm, slice)),
    ...tooFull(vm, node, slices, world),
  ];
  if (wrong.length > 0) return refuse(...wrong);
  return steps(create({ vm, set, node, slices, domain: found.is === 'running' ? found.copy.domain : undefined }));
}

/** A thick snapshot has room for its whole origin, so that it can never be overfull and take its origin with it (L5). */
function tooFull(
  vm: Vm,
  node: NodeName,
  slices: readonly { readonly group: string; readonly pool: string; readonly bytes: number }[],
  world: World,
): readonly Diagnostic[] {
  const { groups } = world.have('volumeGroup', node);
  if (!groups.known) return [unreadable('snapshots', node, groups.why)];
  return groups.value.flatMap(({ name: group, freeExtents, extentBytes }) => {
    const thick = slices.filter((slice) => slice.group === group && slice.pool === '');
    // LVM's own table of what was copied takes less than a hundredth, and whole extents of its own.
    const needed = thick.reduce(
      (sum, { bytes }) => sum + bytes + Math.ceil(bytes / 100 / extentBytes) * extentBytes,
      0,
    );
    const free = freeExtents * extentBytes;
    return needed > free ? [no.noRoom(vm, node, group, needed, free)] : [];
  });
}

function planRemove(vm: Vm, set: string, world: World): Verdict {
  const found = setsOf(vm, world).filter((one) => one.set === set);
  if (found.length === 0) return refuse(no.noSet(vm, set, setsOf(vm, world)));
  return steps(...found.flatMap(remove));
}

/** Looked for on every node that could run it, right before; then each disk. */
function planRollback(vm: Vm, set: string, world: World): Verdict {
  const { places, problems } = placesOf(vm, world);
  const found = findEverywhere(vm, world);
  if (found.is === 'refused') return refuse(...found.problems, ...problems);
  if (found.is === 'running') return refuse(no.runs(vm, found.copy));
  const all = setsOf(vm, world).filter((one) => one.set === set);
  if (all.length === 0) return refuse(no.noSet(vm, set, setsOf(vm, world)));
  const disks = places.map(({ disk }) => disk);
  const looks = askedNodes(world.site, vm).map((node) => lookElsewhere(vm, disks, node));
  const looked = looks.map(({ node, verb: look }) => `${node}#${look}`);
  const back = places.map((place) => rollbackOf(vm, place, all, looked, world));
  const wrong = [
    ...problems,
    ...openPlainDisks(vm, disks, world),
    ...servedDisks(vm, disks, world),
    ...back.flatMap((one) => ('problems' in one ? one.problems : [])),
  ];
  if (wrong.length > 0) return refuse(...wrong);
  return steps(...looks, ...back.flatMap((one) => ('step' in one ? [one.step] : [])));
}

type Back = { readonly step: StepDraft } | { readonly problems: readonly Diagnostic[] };

function rollbackOf(
  vm: Vm,
  { volume, disk }: Place,
  all: readonly Snapshot[],
  looked: readonly string[],
  world: World,
): Back {
  const [snapshot, ...more] = all.filter(({ origin }) => origin === volume.name);
  if (snapshot === undefined) return { problems: [no.notInSet(vm, volume)] };
  if (more.length > 0 || !snapshot.whole) return { problems: [no.notWhole(vm, snapshot)] };
  const slice = slicesOf(volume, world).find(({ node }) => node === snapshot.node);
  if (slice === undefined || !isOfSize(slice, snapshot.slice)) return { problems: [no.grown(vm, volume)] };
  if (!disk.replicated) return { step: rollback({ volume, snapshot, slice, looked, mirror: undefined }) };
  const dialect = dialectOf(world.have('drbd', snapshot.node));
  const { problems } = promoteSteps(volume, snapshot.node, world, 'demoted before');
  if (dialect === undefined || problems.length > 0)
    return {
      problems: problems.length > 0 ? problems : [no.noDevice(vm, `the DRBD of ${snapshot.node} is not known`)],
    };
  return { step: rollback({ volume, snapshot, slice, looked, mirror: { device: disk.path, dialect } }) };
}
