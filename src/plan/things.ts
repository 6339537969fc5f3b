/** What the inventory asks for, as things, each once. */
import type { Kind, Thing } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import type { World } from '../kinds/world.ts';
import { canonical } from './digest.ts';
import { address } from './graph.ts';

/** Throws when two kinds ask for the same thing in two ways, or when something needs a thing that nobody asks for. */
export function things(kinds: readonly Kind[], site: Site, world: World): readonly Thing[] {
  const all = new Map<string, Thing>();
  for (const kind of kinds) {
    for (const thing of kind.expand(site, world)) add(all, thing);
  }
  const list = [...all.values()];
  checkNeeds(list);
  return list;
}

function add(all: Map<string, Thing>, thing: Thing): void {
  const key = `${address(thing)}@${thing.nodes.join(',')}`;
  const same = all.get(key);
  if (same === undefined) {
    all.set(key, thing);
    return;
  }
  if (canonical(same.want) !== canonical(thing.want)) throw new Error(`${key} is asked for in two ways`);
  all.set(key, { ...same, needs: [...new Set([...same.needs, ...thing.needs])] });
}

/** A need that falls away because it was misspelt would be an order that is not kept. */
function checkNeeds(list: readonly Thing[]): void {
  const known = new Set(list.flatMap((thing) => [address(thing), ...thing.nodes.map((node) => address(thing, node))]));
  for (const thing of list) {
    for (const need of thing.needs) {
      if (!known.has(need)) throw new Error(`${address(thing)} needs ${need}, which nobody asks for`);
    }
  }
}
