/** The slices of a volume that are there, on all its nodes. */
import type { NodeName } from '../../step.ts';
import type { Volume } from '../site.ts';
import type { World } from '../world.ts';
import type { LogicalVolume } from './facts.ts';
import { tags } from './tags.ts';

export interface Slice extends LogicalVolume {
  readonly node: NodeName;
}

/** Of those nodes that could be read; the volume itself is refused for the others. */
export function slicesOf({ name, group, replicas }: Volume, world: World): readonly Slice[] {
  return replicas.flatMap((node) => {
    const { volumes } = world.have('volume', node);
    const all = volumes.known ? volumes.value : [];
    return all.filter((one) => one.group === group && one.name === name).map((one) => ({ ...one, node }));
  });
}

/** Only what was made to be filled, by a plan, is ever filled (C1, C5). */
export function isUnfilled({ tags: marks }: LogicalVolume): boolean {
  return marks.includes(tags.ours) && marks.includes(tags.unfilled) && !marks.includes(tags.filled);
}
