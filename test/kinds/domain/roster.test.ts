/** What `vm list` says aloud beside its table (D1). */
import { expect, test } from 'vitest';
import { roster } from '../../../src/kinds/domain/roster.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import type { NodeFacts } from '../../../src/kinds/world.ts';
import { good, type Where, web, worldWith } from './world.ts';

function problems(where: Where, open: readonly string[]): readonly string[] {
  const half = (node: 'alpha' | 'bravo') => ({ ...good[node], twoPrimaries: open.includes(node) });
  const world = worldWith(where, { drbd: { alpha: half('alpha'), bravo: half('bravo') } });
  const facts = new Map(
    Object.keys(world.site.nodes).map((node) => {
      const all = kinds.map(({ name }) => [name, world.have(name as keyof NodeFacts, node)]);
      return [node, Object.fromEntries(all) as NodeFacts] as const;
    }),
  );
  return roster(world.site, facts).problems.map(({ code, detail, help }) => `${code}: ${detail} ${help}`);
}

test('a window that is open is told for each end, with the way out, wherever the VM is', () => {
  for (const where of [{ alpha: [web] }, {}]) {
    expect(problems(where, [])).toEqual([]);
    expect(problems(where, ['bravo'])).toEqual([
      expect.stringMatching(
        /^move\/window-open: drbd\/web-root, a disk of domain\/web, .* on bravo.* `sanctl migrate web --cleanup`/,
      ),
    ]);
    expect(problems(where, ['alpha', 'bravo'])).toHaveLength(2);
  }
});
