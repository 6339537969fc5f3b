/**
 * Every domain of every node, found once for a whole plan: asked for each virtual machine anew, planning would grow with
 * nodes times machines. On all nodes, because one that no longer has anything of a VM in the inventory may still run it (X1).
 */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { strangeness } from '../host/problems.ts';
import type { Vm } from '../site.ts';
import type { World } from '../world.ts';
import { type Copy, isLive, namesOf } from './copies.ts';
import type { DomainFacts } from './facts.ts';

export interface Census {
  readonly byName: ReadonlyMap<string, readonly Copy[]>;
  readonly byUuid: ReadonlyMap<string, readonly Copy[]>;
  /** Nodes whose domains are not known. */
  readonly unread: readonly Unread[];
}

export interface Unread {
  readonly node: NodeName;
  readonly why: string;
}

/** Of a site, whose machines are known. */
export interface SiteCensus extends Census {
  /** Nodes that may be other machines than the inventory means: what is absent there says nothing (T4). */
  readonly strangers: readonly Diagnostic[];
}

const censusByWorld = new WeakMap<World, SiteCensus>();

export function censusOf(world: World): SiteCensus {
  let census = censusByWorld.get(world);
  if (census === undefined) {
    const nodes = Object.keys(world.site.nodes);
    const strangers = nodes.flatMap((node) => strangeness(node, world));
    census = { ...censusIn(nodes, (node) => world.have('domain', node).domains), strangers };
    censusByWorld.set(world, census);
  }
  return census;
}

export function censusIn(nodes: readonly NodeName[], domainsOn: (node: NodeName) => DomainFacts['domains']): Census {
  const byName = new Map<string, Copy[]>();
  const byUuid = new Map<string, Copy[]>();
  const unread: Unread[] = [];
  for (const node of nodes) {
    const domains = domainsOn(node);
    if (!domains.known) {
      unread.push({ node, why: domains.why });
      continue;
    }
    for (const domain of domains.value) {
      const copy = { node, domain, live: isLive(domain) };
      put(byName, domain.name, copy);
      put(byUuid, domain.uuid, copy);
    }
  }
  return { byName, byUuid, unread };
}

function put(map: Map<string, Copy[]>, key: string, copy: Copy): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [copy]);
  else list.push(copy);
}

/** Whatever bears its uuid or one of its names, anywhere. */
export function copiesOf({ name, uuid }: Vm, { byName, byUuid }: Census): readonly Copy[] {
  const named = namesOf(name).flatMap((one) => byName.get(one) ?? []);
  return [...new Set([...(byUuid.get(uuid) ?? []), ...named])];
}
