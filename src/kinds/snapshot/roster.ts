/** `sanctl snapshot list`: every set over the whole site. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { volumesOf } from '../reach.ts';
import { unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import { type Snapshot, snapshotsIn } from './sets.ts';

export interface SnapshotSet {
  /** VMs that have one of its volumes as a disk. */
  readonly vms: readonly string[];
  readonly name: string;
  readonly node: NodeName;
  readonly state: 'whole' | 'not whole';
  /** The policy of the inventory that made it; none: a person did. */
  readonly policy?: string;
  readonly snapshots: readonly { readonly volume: string; readonly group: string; readonly bytes: number }[];
}

export function rosterOf(site: Site, facts: ReadonlyMap<NodeName, NodeFacts>): readonly SnapshotSet[] {
  const sets = new Map<string, Snapshot[]>();
  for (const one of snapshotsIn(facts)) {
    const key = JSON.stringify([ownersOf(one, site), one.set, one.node]);
    sets.set(key, [...(sets.get(key) ?? []), one]);
  }
  return [...sets.values()].flatMap((list) => {
    const [first] = list;
    return first === undefined ? [] : [setOf(first, list, site)];
  });
}

/** A node whose volumes could not be read may have sets that nobody sees (C5). */
export function unreadSnapshots(facts: ReadonlyMap<NodeName, NodeFacts>): readonly Diagnostic[] {
  return [...facts].flatMap(([node, { volume }]) =>
    volume.volumes.known ? [] : [unreadable('snapshots', node, volume.volumes.why)],
  );
}

function setOf(first: Snapshot, all: readonly Snapshot[], site: Site): SnapshotSet {
  return {
    vms: ownersOf(first, site),
    name: first.set,
    node: first.node,
    state: all.every(({ whole }) => whole) ? 'whole' : 'not whole',
    ...(first.schedule !== undefined && { policy: first.schedule.policy }),
    snapshots: all.map(({ origin, group, slice }) => ({ volume: origin, group, bytes: slice.bytes })),
  };
}

function ownersOf({ origin, schedule }: Snapshot, { vms }: Site): readonly string[] {
  if (schedule !== undefined) return [schedule.vm];
  return Object.values(vms)
    .filter((vm) => volumesOf(vm).includes(origin))
    .map(({ name }) => name);
}
