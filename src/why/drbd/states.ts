/** What is wrong with a mirror, by the facts alone. Pure. */
import { censusIn, copiesOf } from '../../kinds/domain/census.ts';
import { isLive } from '../../kinds/domain/copies.ts';
import { unknown } from '../../kinds/reading.ts';
import { type State, state } from '../cause.ts';
import type { Subject } from '../subject.ts';
import type { View } from '../view.ts';
import type { StateCode } from '../words.ts';
import {
  connectionsOf,
  isPrimary,
  isPrimaryTwice,
  type Mirror,
  mirrorOf,
  outOfSyncBytes,
  peersOf,
  type Replica,
  stateLine,
} from './resource.ts';

export function mirrorStates(subject: Subject, view: View): readonly State[] {
  const mirror = mirrorOf(subject.name, view);
  if (mirror === undefined) return [];
  const seen = (code: StateCode, is: (replica: Replica) => boolean): readonly State[] => {
    const found = mirror.replicas.filter(is);
    const nodes = found.map(({ node }) => node);
    return found.length === 0 ? [] : [state(code, subject, nodes, found.map(stateLine))];
  };
  const both = isPrimaryTwice(mirror);
  return [
    ...(both ? seen('two-primaries', isPrimary) : []),
    ...seen('stand-alone', (one) => isAlone(one, mirror)),
    ...seen(
      'diskless',
      ({ running, device }) => running !== undefined && disklessWords.has(device?.disk ?? 'Diskless'),
    ),
    ...seen('suspended', ({ running }) => running !== undefined && running.suspended !== 'no'),
    ...seen('inconsistent', (one) => one.device?.disk === 'Inconsistent' && !isPaused(one)),
    ...seen('outdated', ({ device }) => device?.disk === 'Outdated' || device?.disk === 'Consistent'),
    ...seen('paused', isPaused),
    ...seen('waiting', (one) => connectionsOf(one).some(({ state }) => waitingWords.has(state))),
    ...seen('down', ({ running }) => running === undefined),
    ...seen('window-open', ({ running }) => running?.twoPrimaries === true),
    ...seen('held-open', (one) => !both && isPrimary(one) && !isUsed(mirror, one, view)),
    ...seen('differs', hasDifferences),
  ];
}

/** 9 lists no connection that was dropped, or never made. */
function isAlone(replica: Replica, { volume }: Mirror): boolean {
  const connections = connectionsOf(replica);
  const missing = replica.running !== undefined && connections.length < volume.replicas.length - 1;
  return missing || connections.some(({ state }) => state === 'StandAlone');
}

const disklessWords = new Set(['Diskless', 'Failed', 'Detaching', 'Attaching', 'Negotiating']);
/** `Connecting` is what `events2` calls WFConnection. */
const waitingWords = new Set([
  'Connecting',
  'Unconnected',
  'Timeout',
  'BrokenPipe',
  'NetworkFailure',
  'ProtocolError',
  'TearDown',
]);

function isPaused(replica: Replica): boolean {
  return peersOf(replica).some(
    ({ replication, resyncSuspended }) => replication.startsWith('PausedSync') || resyncSuspended !== 'no',
  );
}

function hasDifferences(replica: Replica): boolean {
  const settled = peersOf(replica).some(({ replication }) => replication === 'Established');
  return settled && replica.device?.disk === 'UpToDate' && outOfSyncBytes(replica) > 0;
}

/** By a live domain of the inventory there, or as what is exported from there. */
function isUsed({ volume }: Mirror, { node }: Replica, { site, facts }: View): boolean {
  const vms = Object.values(site.vms).filter(({ disks }) =>
    disks.some((disk) => 'volume' in disk && disk.volume === volume.name),
  );
  const census = censusIn([node], (one) => facts.get(one)?.domain.domains ?? unknown('it did not answer'));
  if (census.unread.length > 0) return true;
  const runs = vms.some((vm) => copiesOf(vm, census).some(({ domain }) => isLive(domain)));
  const serves = Object.values(site.exports).some(
    ({ backing, from }) => from === node && 'volume' in backing && backing.volume === volume.name,
  );
  return runs || serves;
}
