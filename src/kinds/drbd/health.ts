/** How every mirror is, seen from all of its nodes that answered. What nobody could read is unknown, never well (C5). Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { type Figure, figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import { volumesOf } from '../reach.ts';
import { type Reading, unknown, unreadable } from '../reading.ts';
import type { Volume } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import { justCreated, type PeerVolume, type Running } from './facts.ts';
import { blocksDiffer, noData, noGoodCopy, notRunning, notUpToDate, peerStale } from './findings.ts';
import { emptyStates, holdsNothing, statesOf, twoPrimaries } from './problems.ts';
import { degraded, givesTo, isConnected, syncing } from './remarks.ts';

export function health({ site, facts, held }: Looked): Health {
  const mirrors = Object.values(site.volumes).filter(
    ({ replicas, state }) => replicas.length > 1 && state === 'present',
  );
  // Of a window below a VM, its domain says how it is closed.
  const disks = new Set(Object.values(site.vms).flatMap(volumesOf));
  const judged = mirrors.map((volume) => judge(volume, facts, held));
  const findings = judged.flatMap(({ row, findings: own }) =>
    own.filter(({ code }) => code !== 'drbd/window-open' || !disks.has(row.name)),
  );
  return { rows: judged.map(({ row }) => row), findings: [...unread(facts), ...findings] };
}

function unread(facts: Looked['facts']): readonly Diagnostic[] {
  return [...facts].flatMap(
    ([
      node,
      {
        drbd: { running },
      },
    ]) => (running.known ? [] : [unreadable('drbd', node, running.why)]),
  );
}

/** A replica: not seen, down (`running` undefined), without data yet, or up. What is in use, or called good, is not new, whatever its slice says. */
interface Side {
  readonly node: NodeName;
  readonly seen: boolean;
  readonly fresh: boolean;
  /** Its slice has no data. */
  readonly isNew: boolean;
  readonly running: Running | undefined;
}

interface Up extends Side {
  readonly running: Running;
}

function sideOf({ name }: Volume, node: NodeName, facts: NodeFacts | undefined): Side {
  const running: Reading<Readonly<Record<string, Running>>> = facts?.drbd.running ?? unknown('it did not answer');
  const generation = facts?.drbd.halves[name]?.generation;
  const isNew = generation?.known === true && (generation.value?.current ?? justCreated) === justCreated;
  const one = running.known ? running.value[name] : undefined;
  const used = one !== undefined && (one.role === 'Primary' || !emptyStates.has(diskOf(one)));
  return { node, seen: running.known, fresh: isNew && !used, isNew, running: one };
}

function diskOf({ volumes }: Running): string {
  return volumes['0']?.disk ?? 'Diskless';
}

function isUp(side: Side): side is Up {
  return side.running !== undefined && !side.fresh;
}

function judge(volume: Volume, facts: Looked['facts'], held: Looked['held']) {
  const { name, replicas } = volume;
  const sides = replicas.map((node) => sideOf(volume, node, facts.get(node)));
  const up = sides.filter(isUp);
  const busy = replicas.some((node) => held.has(node));
  const { level, state, findings } = standingOf(volume, sides, busy);
  const row: Row = {
    section: 'mirror',
    name,
    nodes: replicas,
    level,
    state,
    detail: [sides.map(sideText).join(', '), ...left(up), formatSize(volume.bytes)],
    figures: sides.flatMap((side) => figuresOf(volume, side)),
  };
  return { row, findings };
}

/** Under a sanctl that is at work, a window and its second Primary are a migration (D1), and what is half done goes on. */
function standingOf(volume: Volume, sides: readonly Side[], busy: boolean): Judged {
  const up = sides.filter(isUp);
  const primaries = primariesOf(sides);
  const moves = busy && up.some(({ running }) => running.twoPrimaries === true);
  const problems = [
    ...(primaries.length > 1 ? [twoPrimaries(volume.name, primaries)] : []),
    ...up.flatMap((side) => stateOf(volume.name, side)),
  ].filter(({ code }) => !moves || (code !== 'drbd/window-open' && code !== 'drbd/two-primaries'));
  const [worst] = problems;
  if (worst !== undefined) return standing('broken', words.get(worst.code) ?? 'in trouble', ...problems);
  if (moves) return standing('busy', 'moving');
  const judged = passing(volume, sides);
  const goesOn = busy && (judged.level === 'weak' || judged.level === 'broken');
  return { ...judged, level: goesOn ? 'busy' : judged.level, findings: busy ? [] : judged.findings };
}

/** By what each says of itself, and of a peer that nobody else could ask. */
function primariesOf(sides: readonly Side[]): readonly Side[] {
  const own = sides.filter(({ running }) => running?.role === 'Primary');
  const heard = own.some(({ running }) => running?.connections.some(({ role }) => role === 'Primary') === true);
  return heard ? [...own, ...sides.filter(({ seen }) => !seen)] : own;
}

function stateOf(name: string, { node, running, isNew }: Up): readonly Diagnostic[] {
  const disk = diskOf(running);
  return isNew && !emptyStates.has(disk)
    ? [holdsNothing(`drbd/${name} on ${node}`, disk)]
    : statesOf(name, node, running);
}

/** Of a state in which sanctl keeps its hands off, for a narrow column. */
const words: ReadonlyMap<string, string> = new Map([
  ['drbd/two-primaries', 'TWO PRIMARIES'],
  ['drbd/window-open', 'window open'],
  ['drbd/stand-alone', 'StandAlone'],
  ['drbd/suspended', 'suspended'],
  ['drbd/diskless', 'no disk'],
  ['drbd/state-unknown', 'strange'],
]);

interface Judged {
  readonly level: Level;
  readonly state: string;
  readonly findings: readonly Diagnostic[];
}

function standing(level: Level, state: string, ...findings: readonly Diagnostic[]): Judged {
  return { level, state, findings };
}

/** Of a resource in no state that keeps hands off; from the worst. */
function passing(volume: Volume, sides: readonly Side[]): Judged {
  const name = `drbd/${volume.name}`;
  const on = (list: readonly Side[]): string => list.map(({ node }) => node).join(' and ');
  const seen = sides.filter((one) => one.seen);
  if (seen.length === 0) return standing('unknown', 'unknown');
  const up = seen.filter(isUp);
  const isGood = up.some(({ running }) => diskOf(running) === 'UpToDate');
  const down = seen.filter(({ running }) => running === undefined);
  if (down.length > 0)
    return standing(
      isGood ? 'weak' : 'broken',
      down.length === sides.length ? 'down' : `down on ${on(down)}`,
      notRunning(name, on(down)),
    );
  if (up.length > 0 && !isGood && !up.some(hearsGood)) return noGood(volume, sides, up);
  const fresh = seen.filter((one) => one.fresh);
  if (fresh.length > 0) return standing('weak', `no data on ${on(fresh)}`, noData(name, on(fresh)));
  const lonely = up.filter((side) => !isConnected(volume, side));
  if (lonely.length > 0) return standing('weak', 'not connected', degraded(name, lonely));
  const gives = up.flatMap((side) => givesTo(side));
  return gives.length > 0 ? syncingAt(volume, gives, up) : whole(volume, sides, up);
}

/** A peer that it is connected to has good data. */
function hearsGood({ running }: Up): boolean {
  return running.connections.some(({ state, volumes }) => state === 'Connected' && volumes['0']?.disk === 'UpToDate');
}

/** Nobody could use it now, and what is there must not be promoted by force. */
function noGood({ name }: Volume, sides: readonly Side[], up: readonly Up[]): Judged {
  const states = up.map(({ node, running }) => `${diskOf(running)} on ${node}`);
  const unseen = sides.filter(({ seen }) => !seen).map(({ node }) => node);
  return standing('broken', 'no good copy', noGoodCopy(`drbd/${name}`, states, unseen));
}

function syncingAt(volume: Volume, gives: readonly PeerVolume[], up: readonly Up[]): Judged {
  const bytes = up[0]?.running.volumes['0']?.bytes ?? volume.bytes;
  const left = Math.max(...gives.map(({ outOfSyncBytes }) => outOfSyncBytes));
  const far = `${Math.max(0, Math.floor(100 * (1 - left / bytes)))} %`;
  const paused = gives.some(({ resyncSuspended }) => resyncSuspended !== 'no');
  const said = up.flatMap((side) => syncing(`drbd/${volume.name}`, side));
  return paused ? standing('weak', `resync paused, ${far}`, ...said) : standing('busy', `resync ${far}`, ...said);
}

function whole({ name }: Volume, sides: readonly Side[], up: readonly Up[]): Judged {
  const bad = up.filter(({ running }) => running.volumes['0']?.disk !== 'UpToDate');
  if (bad.length > 0) {
    const states = bad.map(({ node, running }) => `${running.volumes['0']?.disk ?? 'without a disk'} on ${node}`);
    return standing('weak', states[0] ?? '', notUpToDate(`drbd/${name}`, states));
  }
  const heard = up.flatMap((side) => staleTo(side));
  if (heard.length > 0) return standing('weak', 'peer not up to date', peerStale(`drbd/${name}`, heard));
  const differs = Math.max(0, ...up.flatMap(({ running }) => outOfSync(running)));
  if (up.some(isCompared)) return standing('busy', 'online verify');
  if (differs > 0) return standing('weak', 'out of sync', blocksDiffer(`drbd/${name}`, name, differs));
  const unseen = sides.filter(({ seen }) => !seen);
  if (unseen.length > 0) return standing('unknown', `not seen on ${unseen.map(({ node }) => node).join(' and ')}`);
  return standing('fine', 'UpToDate');
}

/** D14: what differs is counted all the while, and told at the end. */
function isCompared({ running }: Up): boolean {
  const peers = running.connections.flatMap(({ volumes }) => Object.values(volumes));
  return peers.some(({ replication }) => replication.startsWith('Verify'));
}

/** What a side that calls itself good says otherwise of a peer: that one did not answer, or the two contradict each other. */
function staleTo({ node, running }: Up): readonly string[] {
  const peers = running.connections.flatMap(({ volumes }) => Object.values(volumes));
  return peers.filter(({ disk }) => disk !== 'UpToDate').map(({ disk }) => `${disk} by the word of ${node}`);
}

function outOfSync({ connections }: Running): readonly number[] {
  return connections.flatMap(({ volumes }) => Object.values(volumes).map(({ outOfSyncBytes }) => outOfSyncBytes));
}

function left(up: readonly Up[]): readonly string[] {
  const most = Math.max(0, ...up.flatMap(({ running }) => outOfSync(running)));
  return most === 0 ? [] : [`${formatSize(most)} out of sync`];
}

/** `alpha Primary`, `bravo Secondary Inconsistent`. */
function sideText({ node, seen, running }: Side): string {
  if (running === undefined) return `${node} ${seen ? 'down' : 'not seen'}`;
  const disk = running.volumes['0']?.disk ?? 'Diskless';
  return [node, running.role, ...(disk === 'UpToDate' ? [] : [disk])].join(' ');
}

function figuresOf(volume: Volume, side: Side): readonly Figure[] {
  const { node, seen, running } = side;
  if (!seen) return [];
  return [
    figure('mirror_primary', running?.role === 'Primary', node),
    figure('mirror_connected', isConnected(volume, side), node),
    figure('mirror_up_to_date', running?.volumes['0']?.disk === 'UpToDate', node),
    // Of a peer that it does not see it counts nothing.
    ...(running === undefined || outOfSync(running).length === 0
      ? []
      : [figure('mirror_out_of_sync_bytes', Math.max(...outOfSync(running)), node)]),
    ...(running !== undefined && running.twoPrimaries === undefined
      ? []
      : [figure('mirror_window_open', running?.twoPrimaries === true, node)]),
  ];
}
