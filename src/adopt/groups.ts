/** The volume groups of what is imported, and those that bear our mark. Pure. */
import { tags } from '../kinds/volume/tags.ts';
import type { NodeName } from '../step.ts';
import type { Look } from './look.ts';
import { type DraftVolume, isEverywhere } from './shape.ts';

export interface DraftGroup {
  readonly name: string;
  readonly devices: Readonly<Record<NodeName, readonly string[]>>;
  /** Name -> bytes. */
  readonly thinPools: Readonly<Record<string, number>>;
}

export function groupsOf(looks: readonly Look[], volumes: readonly DraftVolume[]): readonly DraftGroup[] {
  const names = new Set(looks.flatMap(({ groups }) => groups.map(({ name }) => name)));
  return [...names].flatMap((name): readonly DraftGroup[] => {
    const wanted = looks.filter((look) => isWanted(name, look, volumes));
    if (wanted.length === 0) return [];
    return [{ name, devices: devicesIn(name, wanted), thinPools: poolsIn(name, wanted, looks) }];
  });
}

function isWanted(name: string, { node, groups }: Look, volumes: readonly DraftVolume[]): boolean {
  const ours = groups.some((group) => group.name === name && group.tags.includes(tags.ours));
  return ours || volumes.some(({ group, replicas }) => group === name && replicas.includes(node));
}

function devicesIn(name: string, looks: readonly Look[]): DraftGroup['devices'] {
  return Object.fromEntries(
    looks.map(({ node, pvs }) => [node, pvs.filter(({ group }) => group === name).map(({ path }) => path)]),
  );
}

/** One that is not on all nodes, or not of one size, is left undeclared; nothing in it is imported. */
function poolsIn(name: string, [first]: readonly Look[], looks: readonly Look[]): DraftGroup['thinPools'] {
  const pools = (first?.volumes ?? []).filter(
    (one) => one.group === name && !one.hidden && one.segmentTypes.includes('thin-pool'),
  );
  const everywhere = pools.filter((pool) => isEverywhere(name, pool.name, looks));
  return Object.fromEntries(everywhere.map((pool) => [pool.name, pool.bytes]));
}
