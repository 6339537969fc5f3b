/**
 * States of a resource in which sanctl keeps its hands off (D1, D2, D4, D5, D13, W6): what is wrong, and the commands
 * for a person to choose from. It never picks the victim of a split brain, never resumes, never invalidates (K6).
 */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { Running } from './facts.ts';
import { otherDevice } from './refusals.ts';
import { type DrbdWant, slicePath } from './resource.ts';
import { isNew, isRunning, isSeeded, isUnseeded, mayAttach, type Side } from './side.ts';

/** Everything that speaks against touching this resource; empty: go on. */
export function problemsOf(want: DrbdWant, sides: readonly Side[]): readonly Diagnostic[] {
  const { name } = want.volume;
  const primaries = sides.filter(({ running }) => running?.role === 'Primary');
  return [
    ...(primaries.length > 1 ? [twoPrimaries(name, primaries)] : []),
    ...sides.flatMap((side) => {
      const other = otherDevice(want.volume, side);
      return other.length > 0 ? other : [...runningProblems(want, side), ...sliceProblems(want, side)];
    }),
    ...removedReplicas(want, sides),
    ...seededButNew(name, sides),
  ];
}

function runningProblems(want: DrbdWant, side: Side): readonly Diagnostic[] {
  const { name } = want.volume;
  const { running } = side;
  if (running === undefined) return [];
  const where = `drbd/${name} on ${side.node}`;
  const volume = running.volumes['0'];
  if (isNew(side) && volume !== undefined && !emptyStates.has(volume.disk)) return [holdsNothing(where, volume.disk)];
  if (mayAttach(side)) return inTheWay(name, side.node, running);
  return isRunning(side) ? statesOf(name, side.node, running) : [];
}

/** Whatever its disk is. */
function inTheWay(name: string, node: NodeName, { twoPrimaries, suspended: reasons }: Running): readonly Diagnostic[] {
  const where = `drbd/${name} on ${node}`;
  if (twoPrimaries === true) return [windowOpen(where, name)];
  if (twoPrimaries === undefined) return [strange(where, 'its options could not be read')];
  return reasons === 'no' ? [] : [suspended(where, name, reasons)];
}

/** Of a resource that runs, with data. */
export function statesOf(name: string, node: NodeName, running: Running): readonly Diagnostic[] {
  const where = `drbd/${name} on ${node}`;
  const volume = running.volumes['0'];
  const first = inTheWay(name, node, running);
  if (first.length > 0) return first;
  if (running.connections.some(({ state }) => state === 'StandAlone')) return [standAlone(where, name)];
  const unknownStates = running.connections.map(({ state }) => state).filter((state) => !connectionStates.has(state));
  if (unknownStates.length > 0) return [strange(where, `its connection is ${unknownStates.join(', ')}`)];
  if (volume === undefined || Object.keys(running.volumes).length > 1)
    return [strange(where, 'it does not have one volume, number 0')];
  if (volume.disk === 'Diskless' || volume.disk === 'Failed') return [diskless(where, name, volume.disk)];
  if (volume.backing === 'none') return [strange(where, 'the kernel names no device below it')];
  if (!diskStates.has(volume.disk)) return [strange(where, `its disk is ${volume.disk}`)];
  return [];
}

/** What passes by itself, and what is good. */
const connectionStates = new Set([
  'Connected',
  'Connecting',
  'Unconnected',
  'Timeout',
  'BrokenPipe',
  'NetworkFailure',
  'TearDown',
]);
/** `Outdated` and `Consistent`: it waits for a peer that has newer data, or that knows that it has none. */
const diskStates = new Set(['UpToDate', 'Inconsistent', 'Outdated', 'Consistent']);

/** Of a replica without data: what holds any is another resource, or metadata that were read wrongly (D3). */
export const emptyStates: ReadonlySet<string> = new Set(['Diskless', 'Inconsistent']);

/**
 * A slice without metadata takes it only when sanctl made it for that; whatever else it holds stays untouched (D3). Nor are
 * metadata believed that no tag vouches for: the slice may have been a plain volume since, and DRBD would call old data
 * good, or new ones equal (D3, K4). Where it runs, DRBD itself has kept the account.
 */
function sliceProblems(want: DrbdWant, side: Side): readonly Diagnostic[] {
  const where = `drbd/${want.volume.name} on ${side.node}`;
  const path = slicePath(want.volume);
  if (side.running === undefined && side.slice?.open === true) return [opened(where, path)];
  if (side.slice === undefined) return [];
  if (side.metadata === 'data')
    return side.running !== undefined || isSeeded(side) || isUnseeded(side)
      ? []
      : [unvouched(where, path, want.volume.name)];
  if (side.metadata === 'just created') return isUnseeded(side) || isSeeded(side) ? [] : [notOurs(where, path)];
  if (isSeeded(side)) return [metadataLost(where, path, want.volume.name)];
  if (!isUnseeded(side)) return [notOurs(where, path)];
  return side.signatures.length > 0 ? [signatures(where, path, side.signatures)] : [];
}

function removedReplicas({ volume }: DrbdWant, sides: readonly Side[]): readonly Diagnostic[] {
  const hosts = new Set(sides.flatMap(({ configured }) => Object.keys(configured?.hosts ?? {})));
  const gone = [...hosts].filter((host) => !volume.replicas.includes(host));
  if (gone.length === 0) return [];
  const detail = `drbd/${volume.name} has a replica on ${gone.join(', ')}, which the inventory no longer names.`;
  return [
    error('drbd/replica-removed', 'A replica of a volume is no longer in the inventory', detail, {
      help: 'Dropping or moving a replica is never implied. Name it again. docs/replicas.md has the ways to do it by hand, and how many copies there are meanwhile.',
    }),
  ];
}

/** K3: a volume that was seeded once must not be seeded again, and there is no other way to make it usable. */
function seededButNew(name: string, sides: readonly Side[]): readonly Diagnostic[] {
  if (sides.some(({ metadata }) => metadata === 'data')) return [];
  const latched = sides.filter(isSeeded).map(({ node }) => node);
  if (latched.length === 0) return [];
  const detail = `drbd/${name} was seeded once (the slice on ${latched.join(', ')} is marked), but no replica has metadata of data.`;
  return [
    error('drbd/seeded-but-new', 'A volume that held data looks new', detail, {
      help: `Do not start it. ${grownHelp(name)} Otherwise look at what the slices hold (\`drbdadm dump-md ${name}\`, \`wipefs -n\`) before you restore from a backup.`,
    }),
  ];
}

export function twoPrimaries(name: string, primaries: readonly Pick<Side, 'node'>[]): Diagnostic {
  const where = primaries.map(({ node }) => node).join(' and ');
  return error(
    'drbd/two-primaries',
    'TWO NODES ARE PRIMARY: two writers may be destroying data',
    `drbd/${name} is Primary on ${where}.`,
    {
      help: `Stop the writer on all nodes but one, then there \`drbdadm secondary ${name}\`. sanctl changes nothing here.`,
    },
  );
}

export function windowOpen(where: string, name: string): Diagnostic {
  const detail = `${where} allows two primaries at this moment: a migration is under way, or one was interrupted.`;
  return error('drbd/window-open', 'A resource allows two primaries', detail, {
    help: `When no migration runs, \`sanctl migrate VM --cleanup\` of the VM whose disk it is closes it. By hand, when one node is Secondary: \`drbdadm net-options --allow-two-primaries=no ${name}\`. sanctl keeps its hands off until then (D1, W6).`,
  });
}

function suspended(where: string, name: string, reasons: string): Diagnostic {
  return error('drbd/suspended', 'A resource is suspended', `${where} holds back all writes (${reasons}).`, {
    help: `Once you know that the peer is not writing: \`drbdadm resume-io ${name}\`.`,
  });
}

function standAlone(where: string, name: string): Diagnostic {
  const detail = `${where} is StandAlone: it was disconnected, or both sides changed apart from each other (split brain). Nobody but you can know whose data counts.`;
  return error('drbd/stand-alone', 'A resource stands alone', detail, {
    help: `\`sanctl why volume/${name}\` compares both histories, and names each way out; it begins with a copy of what would be given up. By hand: compare \`drbdadm show-gi ${name}\` of both. Without a split brain: \`drbdadm connect ${name}\`. With one, save what is on the side that is to lose before any \`drbdadm connect --discard-my-data\` there.`,
  });
}

function diskless(where: string, name: string, state: string): Diagnostic {
  return error('drbd/diskless', 'A replica has lost its disk', `${where} is ${state}.`, {
    help: `Do not disconnect it. Look for disk errors (\`dmesg\`); if the disk is good, \`drbdadm attach ${name}\`. With a new disk in its place: \`sanctl replace-disk\` of this node.`,
  });
}

/**
 * drbdadm(8): the backing device was resized while DRBD was not running. By its source it looks where the end was when
 * it last noted that under `/var/lib/drbd`, and a cut while it moves the metadata loses them: so it is for people, with
 * both sides to compare. Not tried.
 */
function grownHelp(name: string): string {
  return `If its slices had grown when DRBD went down, before the resource did, \`drbdadm check-resize ${name}\` on one node after the other should find the metadata where they stood and move them to the new end (unproven: so its manual says; do not interrupt it); check with \`drbdadm get-gi ${name}\`, then plan again.`;
}

function metadataLost(where: string, path: string, name: string): Diagnostic {
  return error(
    'drbd/metadata-lost',
    'The metadata of a seeded replica is gone',
    `${where}: ${path} held data once, but has no DRBD metadata at its end.`,
    {
      help: `${grownHelp(name)} If they were overwritten and the other replica is good, remove this slice by hand and plan again: a new one is made and synced.`,
    },
  );
}

function notOurs(where: string, path: string): Diagnostic {
  return error(
    'drbd/slice-not-ours',
    'A slice was not made for this replica',
    `${where}: ${path} exists, but sanctl did not make it for a replica, so it may hold data.`,
    {
      help: 'sanctl never writes DRBD metadata over what it did not make itself. Rename the volume in the inventory, or convert the slice by hand.',
    },
  );
}

function unvouched(where: string, path: string, name: string): Diagnostic {
  return error(
    'drbd/slice-not-ours',
    'A slice was not made for this replica',
    `${where}: ${path} bears metadata of DRBD, but no mark of sanctl's, and does not run: nobody knows what was written on it since.`,
    {
      help: `If it is a replica whose metadata are right, bring the resource up by hand (\`drbdadm up ${name}\`), look at it, and plan again. If it was used without DRBD, its peers hold old data: keep this one as a plain volume, or save its data, \`drbdadm wipe-md ${name}\`, and remove it by hand.`,
    },
  );
}

/** C2, X1. */
function opened(where: string, path: string): Diagnostic {
  return error(
    'drbd/slice-open',
    'Somebody has a slice open past DRBD',
    `${where} does not run, and somebody has ${path} open: what is written there, DRBD neither sees nor copies.`,
    {
      help: `Find out who it is (\`xl list -l\`, \`lsblk ${path}\`, \`fuser -v ${path}\`) and stop it. If it wrote data that count, do not bring the resource up: its peer would not get them, and may overwrite them.`,
    },
  );
}

function signatures(where: string, path: string, found: readonly string[]): Diagnostic {
  return error(
    'drbd/slice-in-use',
    'A slice that should be empty holds something',
    `${where}: ${path} bears ${found.join(', ')}.`,
    {
      help: `Look at it with \`wipefs -n ${path}\`. If it is worthless, remove the slice by hand and plan again.`,
    },
  );
}

/** The kernel and the slice contradict each other (C5). */
export function holdsNothing(where: string, disk: string): Diagnostic {
  return strange(where, `its disk is ${disk}, but its slice has no data`);
}

function strange(where: string, what: string): Diagnostic {
  return error('drbd/state-unknown', 'A resource is in a state that sanctl does not know', `${where}: ${what}.`, {
    help: 'Look at it with `drbdadm status` and `drbdsetup show`; plan again when it is in order.',
  });
}
