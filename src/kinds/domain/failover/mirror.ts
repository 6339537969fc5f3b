/** Whether a mirror may be used without its other side, which is dead (D2, D12): from its state, and from how it lost it. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { dialectOf } from '../../drbd/dialect.ts';
import type { Running } from '../../drbd/facts.ts';
import { type Loss, lossOn } from '../../drbd/lost.ts';
import { statesOf } from '../../drbd/problems.ts';
import { unreadable } from '../../reading.ts';
import type { World } from '../../world.ts';
import * as refusals from './refusals.ts';

/** Of mirrors with the dead node: how long ago the last of all sides lost it. */
export interface End {
  readonly ageSeconds: number;
  /** `drbd/web-root on bravo`. */
  readonly by: string;
}

/** Two mirrors notice the death of one node so much apart (`ping-int` and `timeout` of drbd.conf(5): 10 s and 6 s). */
const apartSeconds = 60;

/** The last sign of life. Undefined: no mirror tells. */
export function endOf(dead: NodeName, world: World): End | undefined {
  const ends = Object.values(world.site.volumes).flatMap(({ name, replicas }) =>
    replicas.includes(dead)
      ? replicas.flatMap((node): readonly End[] => {
          const loss = node === dead ? undefined : lossOf(name, node, world);
          return loss?.is === 'whole' ? [{ ageSeconds: loss.ageSeconds, by: `drbd/${name} on ${node}` }] : [];
        })
      : [],
  );
  return ends.toSorted((one, other) => one.ageSeconds - other.ageSeconds)[0];
}

function lossOf(volume: string, node: NodeName, world: World): Loss | undefined {
  const { running } = world.have('drbd', node);
  const minor = running.known ? running.value[volume]?.volumes['0']?.minor : undefined;
  const loss = minor === undefined ? undefined : lossOn(node, volume, minor, world);
  return loss?.known === true ? loss.value : undefined;
}

export interface Judged {
  readonly problems: readonly Diagnostic[];
  /** How long it has been alone. */
  readonly ageSeconds?: number;
}

export function judge(where: refusals.Where, end: End | undefined, limitSeconds: number, world: World): Judged {
  const { volume, to } = where;
  const { running, kernel } = world.have('drbd', to);
  if (!running.known) return { problems: [unreadable(`drbd/${volume}`, to, running.why)] };
  if (dialectOf({ kernel }) !== '8.4')
    return { problems: [refusals.mirrorNotReady(where, 'only the words of DRBD 8.4 are known for this')] };
  const now = running.value[volume];
  if (now === undefined) return { problems: [refusals.mirrorNotReady(where, 'it does not run there')] };
  const states = statesOf(volume, to, now);
  if (states.length > 0) return { problems: states };
  const not = whyNot(now);
  if (not.length > 0) return { problems: not.map((why) => refusals.mirrorNotReady(where, why)) };
  const loss = lossOn(to, volume, now.volumes['0']?.minor ?? -1, world);
  if (!loss.known) return { problems: [unreadable(`drbd/${volume}`, to, loss.why)] };
  if (loss.value.is === 'partial') return { problems: [refusals.notWhole(where, loss.value.why)] };
  const { ageSeconds } = loss.value;
  const before = end === undefined ? 0 : ageSeconds - end.ageSeconds;
  if (end !== undefined && before > apartSeconds)
    return { problems: [refusals.lostBefore(where, ageSeconds, before, end.by)] };
  return { problems: ageSeconds > limitSeconds ? [refusals.tooOld(where, ageSeconds, limitSeconds)] : [], ageSeconds };
}

function whyNot({ volumes, connections }: Running): readonly string[] {
  const disk = volumes['0']?.disk;
  const [connection] = connections;
  return [
    ...(disk === 'UpToDate' ? [] : [`its disk there is ${disk ?? 'not there'}, and no other side is left`]),
    ...(connection?.state === 'Connecting'
      ? []
      : [`its connection is ${connection?.state ?? 'not there'}: the other side may be alive`]),
  ];
}
