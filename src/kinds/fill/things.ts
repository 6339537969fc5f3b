/** Volumes with an image, and what whoever uses a volume has to wait for. */
import type { NodeName } from '../../step.ts';
import { thingOf } from '../backing.ts';
import type { Thing } from '../kind.ts';
import type { Backing } from '../site/backing.ts';
import type { Site, Volume } from '../site.ts';
import { isUnfilled, slicesOf } from '../volume/slices.ts';
import type { World } from '../world.ts';
import { fillOf } from './address.ts';

export interface FillWant {
  readonly volume: Volume;
}

/** Also a volume whose filling broke off and whose image nobody names any more: it is half of something. */
export function expand(site: Site, world: World): readonly Thing<FillWant>[] {
  return Object.values(site.volumes)
    .filter((volume) => volume.state === 'present')
    .filter((volume) => volume.image !== undefined || slicesOf(volume, world).some(isUnfilled))
    .map((volume) => ({
      kind: 'fill',
      name: volume.name,
      nodes: volume.replicas,
      want: { volume },
      needs: [`${volume.replicas.length > 1 ? 'drbd' : 'volume'}/${volume.name}`],
    }));
}

/** The things that make the device on that node and what is on it, as addresses (`Thing.needs`). */
export function thingsBelow(on: Backing, node: NodeName, site: Site): readonly string[] {
  return [thingOf(on, node, site), ...('volume' in on ? fillOf(on.volume, site) : [])];
}

/** Its data come from the side that its first sync starts from. */
export function sourceOf({ replication, replicas }: Volume): NodeName {
  return replication?.source ?? replicas[0] ?? '';
}
