/** Which load goes to which node, within what is free there: first fit decreasing. Pure. */
import type { NodeName } from '../../../step.ts';

export interface Load {
  readonly bytes: number;
  /** Where it may go. */
  readonly targets: readonly NodeName[];
  /** Where it goes if it may and fits. */
  readonly home: NodeName;
}

export interface Placed<L> {
  readonly load: L;
  readonly to: NodeName;
  /** Free there once it has come, and all before it. */
  readonly leftBytes: number;
}

export interface Placing<L> {
  /** The largest first. */
  readonly placed: readonly Placed<L>[];
  /** For which there is no room. */
  readonly unplaced: readonly L[];
  /** Free on each node once all have come. */
  readonly left: ReadonlyMap<NodeName, number>;
}

/** Home, or where most is left. */
export function place<L extends Load>(loads: readonly L[], free: ReadonlyMap<NodeName, number>): Placing<L> {
  const left = new Map(free);
  const placed: Placed<L>[] = [];
  const unplaced: L[] = [];
  for (const load of loads.toSorted((a, b) => b.bytes - a.bytes)) {
    const leftOn = (node: NodeName): number => left.get(node) ?? 0;
    const roomiest = load.targets.toSorted((a, b) => leftOn(b) - leftOn(a));
    const order = [...roomiest.filter((node) => node === load.home), ...roomiest];
    const to = order.find((node) => leftOn(node) >= load.bytes);
    if (to === undefined) {
      unplaced.push(load);
      continue;
    }
    const leftBytes = leftOn(to) - load.bytes;
    left.set(to, leftBytes);
    placed.push({ load, to, leftBytes });
  }
  return { placed, unplaced, left };
}
