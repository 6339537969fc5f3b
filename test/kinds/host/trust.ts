/** Two nodes that trust each other by the keys that a test gives them. */
import { trustFiles } from '../../../src/kinds/host/trust.ts';
import { known } from '../../../src/kinds/reading.ts';
import type { FactsByKind, KindName, World } from '../../../src/kinds/world.ts';
import { worldWith } from '../domain/world.ts';

export type Keys = Readonly<Record<string, string>>;

/** By node: base64. */
export function trusting(keys: Keys, leftOut: readonly string[] = []): World {
  const world = worldWith({}, { site: { migration: { trust: 'managed' } }, leftOut });
  return {
    ...world,
    have<K extends KindName>(kind: K, node: string): FactsByKind[K] {
      const have = world.have(kind, node);
      return kind === 'host' ? { ...have, key: known(keys[node] ?? '') } : have;
    },
  };
}

/** The files of a node, by path. */
export function texts(world: World, node: string): Readonly<Record<string, string>> {
  const files = trustFiles(world.site, node, world) ?? [];
  return Object.fromEntries(files.map(({ path, content }) => [path, content.join('')]));
}
