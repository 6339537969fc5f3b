/** What a replicated volume asks for: its resource, its file on every node, and DRBD's common file. */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { isManagedVolume } from '../cluster/members.ts';
import { afterMembership } from '../cluster/things.ts';
import { drbdCommonPath, drbdPath } from '../file/paths.ts';
import { fileAddress, fileThing } from '../file/thing.ts';
import { hostAddress } from '../host/index.ts';
import type { Thing } from '../kind.ts';
import { moduleAddress } from '../module/index.ts';
import { onNode } from '../on-node.ts';
import { packageAddress } from '../package/index.ts';
import { type Reading, unknown } from '../reading.ts';
import type { Site, Volume } from '../site.ts';
import type { World } from '../world.ts';
import { allocate, type Place } from './allocation.ts';
import { dialectOf } from './dialect.ts';
import { type DrbdWant, renderResource } from './resource.ts';

/** Chosen once for a whole plan. */
const placesByWorld = new WeakMap<World, ReadonlyMap<string, Reading<Place>>>();

/** The numbers of a replicated volume: the path of its device follows from them. */
export function placeOf(volume: string, site: Site, world: World): Reading<Place> {
  let places = placesByWorld.get(world);
  if (places === undefined) {
    places = allocate(site, (node) => world.have('drbd', node));
    placesByWorld.set(world, places);
  }
  return places.get(volume) ?? unknown(`${volume} is not a replicated volume`);
}

/** The replicated volumes of a node. */
export function replicatedOn(site: Site, node: NodeName): readonly Volume[] {
  return onNode(site, node).replicated;
}

export function expand(site: Site, world: World): readonly Thing[] {
  const common = Object.keys(site.nodes).filter((node) => replicatedOn(site, node).length > 0);
  const content = common.length === 0 ? [] : world.render('drbd/global_common.conf', {});
  const volumes = Object.values(site.volumes).filter(({ replicas }) => replicas.length > 1);
  return [
    ...common.map((node) => commonFile(node, content)),
    ...volumes.flatMap((volume) => things(volume, site, world)),
  ];
}

/** What stood in `common` would change every resource behind the back of its own file (D1, D9). */
function commonFile(node: NodeName, content: Content): Thing {
  const want = { path: drbdCommonPath, content, mode: '0644', check: syntaxCheck, shippedBy: 'drbd-utils' };
  return fileThing(node, want, [packageAddress(node)]);
}

/** Parses the whole file and does nothing; unlike `dump` it prints no secret. */
const syntaxCheck = ['drbdadm', '-c', '{}', 'sh-nop'] as const;

function things(volume: Volume, site: Site, world: World): readonly Thing[] {
  const { replication, replicas, name } = volume;
  if (replication === undefined) return [];
  const place = placeOf(name, site, world);
  const [first = ''] = replicas;
  const dialect = dialectOf(world.have('drbd', first));
  const wanted = volume.state === 'present' && place.known && dialect !== undefined;
  const file = wanted ? renderResource(volume, replication, place.value, dialect, world) : undefined;
  const files = file === undefined ? [] : replicas.map((node) => resourceFile(volume, node, file));
  const want: DrbdWant = { volume, replication, place, dialect, file };
  if (volume.state === 'absent') {
    // The machines must be the ones that are meant (T4), also with `--only`; and DRBD lets go of slices that go.
    const needs = replicas.map((node) => hostAddress(node));
    return [{ kind: 'drbd', name, nodes: replicas, want, needs, with: [`volume/${name}`] }];
  }
  return [...files, { kind: 'drbd', name, nodes: replicas, want, needs: needsOf(volume, file !== undefined, world) }];
}

function resourceFile({ name }: Volume, node: NodeName, content: Content): Thing {
  const want = { path: drbdPath(name), content, mode: '0600', check: syntaxCheck };
  return fileThing(node, want, [packageAddress(node), fileAddress(drbdCommonPath, node)]);
}

/** Once its file says that a lost peer is to be fenced, somebody must be there who does. */
function needsOf({ name, replicas }: Volume, withFile: boolean, world: World): readonly string[] {
  const cluster = isManagedVolume(world.site, name) ? afterMembership(world) : [];
  const files = withFile ? replicas.map((node) => fileAddress(drbdPath(name), node)) : [];
  return [...cluster, `volume/${name}`, ...replicas.map((node) => moduleAddress('drbd', node)), ...files];
}
