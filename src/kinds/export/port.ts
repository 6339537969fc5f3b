/** The TCP port of an export: what its node has, else the inventory's word, else the lowest that is free there. Pure. */
import type { NodeName } from '../../step.ts';
import { servedPaths } from '../file/paths.ts';
import { onNode } from '../on-node.ts';
import { known, type Reading, unknown, whole } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';

/** IANA's port of NBD; below those that the kernel gives to outgoing connections. */
const ports = { first: 10809, last: 32767 };

const chosen = new WeakMap<World, Map<NodeName, ReadonlyMap<string, Reading<number>>>>();

export function portOf({ name, from }: NbdExport, site: Site, world: World): Reading<number> {
  const nodes = chosen.get(world) ?? new Map<NodeName, ReadonlyMap<string, Reading<number>>>();
  chosen.set(world, nodes);
  const all = nodes.get(from) ?? allocate(onNode(site, from).serves, from, world);
  nodes.set(from, all);
  return all.get(name) ?? unknown(`${from} does not serve ${name}`);
}

function allocate(serves: readonly NbdExport[], node: NodeName, world: World): ReadonlyMap<string, Reading<number>> {
  const listening = world.have('export', node).ports;
  const kept = new Map(serves.map((one) => [one.name, keptBy(one, node, world)]));
  const unread = [...kept.values(), listening].find((one) => !one.known);
  if (unread !== undefined && !unread.known) return new Map(serves.map(({ name }) => [name, unread]));
  const keep = [...kept.values()].map((one) => (one.known ? one.value : undefined));
  const taken = new Set([...(listening.known ? listening.value : []), ...keep, ...serves.map(({ port }) => port)]);
  return new Map(serves.map((one) => [one.name, choose(one, kept.get(one.name), taken)]));
}

/** In its configuration, which is the only memory of it. */
function keptBy({ name }: NbdExport, node: NodeName, world: World): Reading<number | undefined> {
  const state = world.have('file', node).files[servedPaths('export', name).config];
  if (state === undefined) return known(undefined);
  if (!state.known) return state;
  if (state.value === 'absent') return known(undefined);
  return known(whole(/^port = (\d+)$/m.exec(state.value.text ?? '')?.[1]));
}

function choose(
  { port: pinned }: NbdExport,
  kept: Reading<number | undefined> | undefined,
  taken: Set<number | undefined>,
): Reading<number> {
  const have = pinned ?? (kept?.known ? kept.value : undefined);
  if (have !== undefined) return known(have);
  for (let port = ports.first; port <= ports.last; port++) {
    if (taken.has(port)) continue;
    taken.add(port);
    return known(port);
  }
  return unknown('no port is free');
}
