/** Sets of snapshots: one for each disk of a VM, all of one moment, known by their tags and their origins. Pure. */
import type { NodeName } from '../../step.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { tags } from '../volume/tags.ts';
import type { NodeFacts } from '../world.ts';

/** One that sanctl made. */
export interface Snapshot {
  /** The set that it belongs to. */
  readonly set: string;
  readonly node: NodeName;
  readonly origin: string;
  readonly group: string;
  readonly slice: LogicalVolume;
  /** The policy that made it, and for which VM; undefined: a person did. */
  readonly schedule: Schedule | undefined;
  /** The set was made whole: it is of one moment. */
  readonly whole: boolean;
}

/**
 * In the words of lvmreport(7). LVM knows of a thick snapshot whether it overflowed; where it cannot tell, it has -1, which is not
 * 0 (C5). A thin one has its health.
 */
export function isValid({ pool }: Pick<LogicalVolume, 'pool'>): string {
  return pool === '' ? 'lv_snapshot_invalid=0' : 'lv_health_status=""';
}

type Sized = Pick<LogicalVolume, 'bytes' | 'pool'>;

/**
 * Whether an origin may be as large as it was. A thick snapshot has LVM's own table besides room for its whole origin (L5), so that its
 * size says less.
 */
export function isOfSize({ bytes }: Sized, snapshot: Sized): boolean {
  return snapshot.pool === '' ? snapshot.bytes >= bytes : snapshot.bytes === bytes;
}

export interface Schedule {
  readonly policy: string;
  readonly vm: string;
}

/** As a set may be called: it stands in names of volumes and in tags. */
export const setName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

export function nameIn(volume: string, set: string): string {
  return `${volume}.at.${set}`;
}

/** Those on the nodes that were read. */
export function snapshotsIn(facts: ReadonlyMap<NodeName, Pick<NodeFacts, 'volume'>>): readonly Snapshot[] {
  return [...facts].flatMap(
    ([
      node,
      {
        volume: { volumes },
      },
    ]) =>
      (volumes.known ? volumes.value : []).flatMap((slice) => {
        const set = setOf(slice);
        if (set === undefined) return [];
        const { origin, group } = slice;
        const whole = !slice.tags.includes(tags.snapshotUnfinished);
        return [{ set, node, origin, group, slice, schedule: scheduleOf(slice), whole }];
      }),
  );
}

/** Undefined: it is no snapshot, or none of sanctl's. */
export function setOf({ tags: marks, origin }: LogicalVolume): string | undefined {
  if (origin === '' || !marks.includes(tags.snapshot)) return undefined;
  return marks.find((tag) => tag.startsWith(tags.set))?.slice(tags.set.length);
}

/** The name of a policy has no dot. */
export function scheduleOf({ tags: marks }: LogicalVolume): Schedule | undefined {
  const word = marks.find((tag) => tag.startsWith(tags.schedule))?.slice(tags.schedule.length) ?? '';
  const at = word.indexOf('.');
  return at < 1 ? undefined : { policy: word.slice(0, at), vm: word.slice(at + 1) };
}

/** Seconds since 1970, of a set that a policy made: its name ends with the time, in UTC. */
export function madeAt(set: string): number | undefined {
  const [, ...parts] = /-(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})$/.exec(set) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  if (year === undefined || month === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
