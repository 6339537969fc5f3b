/** A playbook asks for the facts of the kinds that its verbs read; what was not asked for, nobody may read. */
import { describe, expect, test } from 'vitest';
import { kinds, kindsNamed } from '../../src/kinds/registry.ts';
import type { Check } from '../../src/kinds/verb.ts';
import type { NodeFacts } from '../../src/kinds/world.ts';
import { blankFacts } from '../../src/observe/facts.ts';
import { type PlanInput, worldOf } from '../../src/plan/make.ts';
import { type Bound, bind } from '../../src/playbook/bind.ts';
import { readAsNamed } from '../../src/stages/stage.ts';
import { compactSite } from '../kinds/compact.ts';

const site = compactSite({ vms: { web: {} } });
const ofMoves = ['host', 'file', 'volume', 'drbd', 'domain', 'cluster'];

async function bound(name: string, ...told: readonly string[]): Promise<Bound> {
  const read = await readAsNamed(name);
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  const result = bind(read.value, told, site);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

describe('what is asked', () => {
  test('of a move, and of its cleanup, is what a move rests on', async () => {
    expect((await bound('migrate', 'vm=web', 'to=bravo')).reads).toEqual(ofMoves);
    expect((await bound('migrate-cleanup', 'vm=web')).reads).toEqual(ofMoves);
  });

  test('is everything as soon as one verb or check does not say what it reads', async () => {
    expect((await bound('vm-start', 'vm=web')).reads).toBeUndefined();
    const check: Check = { summary: 'looks at anything', takes: {}, nodes: () => ['alpha'], check: () => [] };
    const read = await readAsNamed('migrate');
    if (!read.ok) throw new Error('migrate cannot be read');
    const more = {
      ...read.value,
      verify: [...read.value.verify, { name: 'x.y', kind: 'host', verb: check, given: {} }],
    };
    const result = bind(more, ['vm=web', 'to=bravo'], site);
    expect(result.ok && result.value.reads).toBeUndefined();
  });
});

test('kinds by name come in their own order, and are all where none are named', () => {
  expect(kindsNamed(['domain', 'host']).map(({ name }) => name)).toEqual(['host', 'domain']);
  expect(kindsNamed([])).toEqual([]);
  expect(kindsNamed(undefined)).toBe(kinds);
});

test('facts that nobody asked for are not empty ones: to read them is a mistake of ours, said at once (C5)', () => {
  const facts = new Map<string, NodeFacts>([['alpha', blankFacts(kindsNamed(['host']), site, 'alpha')]]);
  const input: PlanInput = {
    kinds: kindsNamed(['host']),
    site,
    facts,
    options: { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false },
    offline: false,
    render: () => [],
    digest: () => undefined,
  };
  const world = worldOf(input, site);
  expect(world.have('host', 'alpha')).toBeDefined();
  expect(() => world.have('package', 'alpha')).toThrow('nobody asked alpha for the facts of package');
});
