/**
 * What is put into a thin pool, held against the pool (L5). A thin volume takes what is written, and a full sync writes all
 * of it, zeros too (K5): then the sizes must fit. What guests alone fill may be promised twice, but not in silence.
 */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { onNode } from '../on-node.ts';
import type { Volume } from '../site.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { sliceBytes } from '../volume/size.ts';
import { tags } from '../volume/tags.ts';
import type { World } from '../world.ts';
import type { PoolPlace } from './pool.ts';

export function overcommitment(place: PoolPlace, have: readonly LogicalVolume[], world: World): readonly Diagnostic[] {
  const { node, group, pool, bytes, extentBytes } = place;
  const inside = onNode(world.site, node).volumes.filter(
    (one) => one.group === group && one.thinPool === pool && one.state === 'present',
  );
  const total = (volumes: readonly Volume[]): number =>
    volumes.reduce((sum, volume) => sum + sliceBytes(volume, extentBytes), 0);
  const still = inside.filter((volume) => isFilled(volume, node, have, world));
  const filled = inside.filter((volume) => volume.replication?.firstSync === 'full' || still.includes(volume));
  if (still.length > 0 && total(filled) > bytes) return [overfull(place, filled, total(filled))];
  return total(inside) > bytes ? [overcommitted(place, total(inside))] : [];
}

/** By a sync that is still to come: the first one, or that of a new replica beside one with data (K4). */
function isFilled(
  { name, group, replicas, replication }: Volume,
  node: NodeName,
  have: readonly LogicalVolume[],
  world: World,
): boolean {
  const find = (list: readonly LogicalVolume[]) => list.find((one) => one.group === group && one.name === name);
  const slice = find(have);
  if (replication === undefined || (slice !== undefined && !slice.tags.includes(tags.unseeded))) return false;
  if (replication.firstSync === 'full') return true;
  return replicas.some((other) => {
    if (other === node) return false;
    const { volumes } = world.have('volume', other);
    return volumes.known && find(volumes.value)?.tags.includes(tags.seeded) === true;
  });
}

function overfull({ node, group, pool, bytes }: PoolPlace, filled: readonly Volume[], total: number): Diagnostic {
  const names = filled.map(({ name }) => name).join(', ');
  return error(
    'volumeGroup/pool-overfull',
    'A full sync would fill a thin pool',
    `${group}/${pool} on ${node} has ${formatSize(bytes)}; a full sync writes all ${formatSize(total)} of ${names}, and a full pool gives I/O errors to all that is in it.`,
    { help: `Make the pool larger, or take \`firstSync: skip\` for volumes that are new on every node.` },
  );
}

function overcommitted({ node, group, pool, bytes }: PoolPlace, total: number): Diagnostic {
  return warning(
    'volumeGroup/pool-overcommitted',
    'A thin pool is promised more than once',
    `${group}/${pool} on ${node} has ${formatSize(bytes)} for volumes of ${formatSize(total)}; when guests have written that much, all of them get I/O errors.`,
    { help: `Watch it (\`lvs -o+data_percent ${group}/${pool}\`), and make it larger in time.` },
  );
}
