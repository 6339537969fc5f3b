/**
 * The life of a resource, decided from the facts of all its replicas at once: which steps it still needs, wherever a run
 * before this one broke off (C12). Pure.
 *
 *   no metadata -> create-metadata -> up -> connected -> seeded once, from one side -> marked for ever
 *
 * A replica without data beside one that has data is a new one: it gets metadata and DRBD syncs it; nobody seeds (K4).
 */
import type { Diagnostic } from '../../diagnostic.ts';
import { proveAllZero, proveNeverSeeded } from '../force.ts';
import { refuse, type StepDraft, type Verdict } from '../verdict.ts';
import { tags } from '../volume/tags.ts';
import { growsLater, growthOf } from './growth.ts';
import { dangerousChange } from './probes.ts';
import { noGoodCopy, notConnected, refusedChange } from './refusals.ts';
import { degraded, givesTo, isConnected, syncing } from './remarks.ts';
import * as seeding from './seeding.ts';
import { isNew, isRunning, isSeeded, mayAttach, type Side } from './side.ts';
import * as step from './steps.ts';

type Known = step.Known;

/** `waitSync`: the plan ends only when every replica is up to date. */
export function planLife(want: Known, sides: readonly Side[], waitSync: boolean): Verdict {
  const refusals = refusalsOf(want, sides);
  if (refusals.length > 0) return refuse(...refusals);
  const growth = growthOf(want.volume, sides);
  const drafts = [
    ...raise(want, sides),
    ...seed(want, sides),
    ...sides.filter(isRunning).flatMap((side) => followFile(want, side)),
    ...(growth === 'now' ? grow(want, sides) : []),
  ];
  const waits = waitSync ? awaitSync(want, sides, drafts) : [];
  const later = growth === 'later' ? [growsLater(want.volume, sides)] : [];
  return { steps: [...drafts, ...waits], diagnostics: [...later, ...remarks(want, sides, drafts)] };
}

function refusalsOf(want: Known, sides: readonly Side[]): readonly Diagnostic[] {
  const running = sides.filter(isRunning);
  const grows = growthOf(want.volume, sides) === 'now';
  const cut = running.filter((side) => !isConnected(want.volume, side));
  const toSeed = sides.every(isNew) && sides.length === running.length;
  return [
    ...(sides.every(isNew) || sides.some(sides.some(isNew) ? mayGive : holdsGoodData) ? [] : [noGoodCopy(want, sides)]),
    ...(cut.length > 0 && toSeed ? [notConnected(want, cut)] : []),
    ...(grows && !sides.every((side) => isHealthy(want, side))
      ? [
          notConnected(
            want,
            sides.filter((side) => !isHealthy(want, side)),
          ),
        ]
      : []),
    ...sides
      .filter((side) => side.adjust.some((line) => new RegExp(dangerousChange).test(line)))
      .map((side) => refusedChange(want, side)),
  ];
}

/** D2. */
export function isHealthy(want: Known, side: Side): boolean {
  const { running } = side;
  const peers = running?.connections.flatMap(({ volumes }) => Object.values(volumes)) ?? [];
  const good = peers.every(
    (peer) => peer.disk === 'UpToDate' && peer.replication === 'Established' && peer.outOfSyncBytes === 0,
  );
  return isConnected(want.volume, side) && running?.volumes['0']?.disk === 'UpToDate' && good;
}

/** In the kernel's word where it runs, in its metadata's otherwise. */
function holdsGoodData(side: Side): boolean {
  const { running, generation, metadata } = side;
  if (metadata !== 'data') return false;
  const disk = running?.volumes['0']?.disk;
  return disk === undefined
    ? generation?.consistent === true && generation.upToDate
    : disk === 'UpToDate' || disk === 'Consistent' || disk === 'Outdated';
}

/**
 * A new replica is a copy of what it syncs from, and both are UpToDate afterwards: an outdated disk would pass for the
 * newest. Where nothing is new, DRBD waits by itself for the peer that has the newer data.
 */
function mayGive(side: Side): boolean {
  const disk = side.running?.volumes['0']?.disk;
  return holdsGoodData(side) && (disk === undefined || disk === 'UpToDate');
}

function raise(want: Known, sides: readonly Side[]): readonly StepDraft[] {
  const sleeping = sides.filter((side) => !isRunning(side));
  const drafts = sleeping.flatMap((side) => [
    ...(side.running === undefined || mayAttach(side) ? [] : [step.takeDown(want, side)]),
    ...(side.metadata === 'none' ? [step.createMetadata(want, side)] : []),
    mayAttach(side) ? step.attach(want, side) : step.up(want, side, isNew(side) && !sides.every(isNew)),
  ]);
  return sleeping.length === 0 ? [] : [...drafts, ...sides.map((side) => step.awaitPeers(want, side))];
}

/** All new: seeded from one side, once. New beside data: DRBD syncs it. Then the latch, wherever it is missing. */
function seed(want: Known, sides: readonly Side[]): readonly StepDraft[] {
  const { volume, replication } = want;
  const unseeded = sides.every(isNew);
  const unmarked = sides.filter((side) => !isSeeded(side) || side.slice?.tags.includes(tags.unseeded));
  const marks = unmarked.map((side) => seeding.mark(want, side, unseeded));
  const source = sides.find(({ node }) => node === replication.source);
  const never = unseeded ? proveNeverSeeded(volume.name, sides) : undefined;
  if (never === undefined || source === undefined) return marks;
  const zero =
    replication.firstSync === 'full' ? undefined : proveAllZero(never, sides, (side) => willBeZero(want, side));
  const confirmed = sides
    .filter((side) => side !== source)
    .map((side) => seeding.confirmNew(want, side, zero !== undefined));
  const draft =
    zero === undefined
      ? seeding.seedFull(want, source, never, whyFull(want))
      : seeding.seedWithoutSync(want, source, zero);
  return [...confirmed, draft, ...marks];
}

/**
 * The volume kind makes it so in this very plan, also a slice that it makes larger, or did before and said so by a tag; the
 * guards ask for the tag.
 */
function willBeZero({ volume, replication }: Known, { slice }: Side): boolean {
  const madeZero = volume.thinPool !== undefined || replication.firstSync === 'zero';
  if (slice === undefined) return madeZero;
  return slice.tags.includes(tags.zero) || (slice.tags.includes(tags.unfinished) && replication.firstSync === 'zero');
}

function whyFull({ replication }: Known): string {
  if (replication.firstSync === 'full') return 'the halves differ in what their extents held before';
  return 'that all halves are zero, with metadata of this very plan, cannot be proven (K2)';
}

/** A file that changes is followed once it is written; a change that the kernel has not followed yet, too (D9). */
function followFile(want: Known, side: Side): readonly StepDraft[] {
  return side.fileChanges || side.adjust.length > 0 ? [step.adjust(want, side)] : [];
}

/** On the Primary if there is one; DRBD resizes nothing while there is none, so one of equals is made so for that time. */
function grow(want: Known, sides: readonly Side[]): readonly StepDraft[] {
  const primary = sides.find(({ running }) => running?.role === 'Primary');
  const at = primary ?? sides.find(({ node }) => node === want.replication.source);
  return at !== undefined ? [step.resize(want, at, primary !== undefined)] : [];
}

/** On the side that gives: of the first sync, of that to a new replica, or of one that runs already. */
function awaitSync(want: Known, sides: readonly Side[], drafts: readonly StepDraft[]): readonly StepDraft[] {
  const comes = drafts.some(({ verb }) => verb === 'connected' || verb === 'seed');
  const gives =
    sides.find((side) => givesTo(side).length > 0) ?? (comes ? sides.find((side) => !isNew(side)) : undefined);
  const seeds = drafts.find(({ verb }) => verb === 'seed');
  const at = gives ?? sides.find(({ node }) => node === seeds?.node);
  return at === undefined ? [] : [step.awaitSynced(want, at, drafts)];
}

/** What is in order, but not as it should stay. */
function remarks(want: Known, sides: readonly Side[], drafts: readonly StepDraft[]): readonly Diagnostic[] {
  const name = `drbd/${want.volume.name}`;
  const lonely = sides.filter((side) => isRunning(side) && !isConnected(want.volume, side));
  const raised = drafts.some(({ verb }) => verb === 'up' || verb === 'attach');
  return [
    ...(raised || lonely.length === 0 ? [] : [degraded(name, lonely)]),
    ...sides.filter(isRunning).flatMap((side) => syncing(name, side)),
  ];
}
