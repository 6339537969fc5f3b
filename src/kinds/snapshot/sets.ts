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
  /** The set was made whole: it is of one moment. */
  readonly whole: boolean;
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
        return [{ set, node, origin, group, slice, whole: !slice.tags.includes(tags.snapshotUnfinished) }];
      }),
  );
}

/** Undefined: it is no snapshot, or none of sanctl's. */
export function setOf({ tags: marks, origin }: LogicalVolume): string | undefined {
  if (origin === '' || !marks.includes(tags.snapshot)) return undefined;
  return marks.find((tag) => tag.startsWith(tags.set))?.slice(tags.set.length);
}
