import { describe, expect, it } from 'vitest';
import { error } from '../../src/diagnostic.ts';
import type { Kind, Thing } from '../../src/kinds/kind.ts';
import type { Site } from '../../src/kinds/site.ts';
import { asWished, steps as drafts, refuse } from '../../src/kinds/verdict.ts';
import type { NodeFacts, World } from '../../src/kinds/world.ts';
import { fingerprint, makePlan } from '../../src/plan/make.ts';
import type { PlanOptions } from '../../src/plan/plan.ts';
import { run } from '../../src/shell/command.ts';
import { blankSite } from '../blank-site.ts';

const options: PlanOptions = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };

function node(name: string) {
  return { name, address: '10.0.0.1', ssh: { host: name } };
}

const site: Site = {
  ...blankSite,
  nodes: { alpha: node('alpha'), bravo: node('bravo') },
  volumeGroups: { vg0: { name: 'vg0', devices: { alpha: ['/dev/vdb'], bravo: ['/dev/vdb'] }, thinPools: {} } },
  volumes: {
    shared: { name: 'shared', bytes: 1, group: 'vg0', replicas: ['alpha', 'bravo'], stripes: 1, state: 'present' },
    local: { name: 'local', bytes: 1, group: 'vg0', replicas: ['alpha'], stripes: 1, state: 'present' },
  },
};

/** A kind that has one thing for each volume and node, and wants a step for each which the node does not have. */
function slices(name: string, needs: (volume: string, at: string) => readonly string[] = () => []): Kind {
  return {
    name,
    summary: '',
    expand: (wanted: Site): readonly Thing[] =>
      Object.values(wanted.volumes).flatMap((volume) =>
        volume.replicas.map((at) => ({
          kind: name,
          name: volume.name,
          nodes: [at],
          want: volume.bytes,
          needs: needs(volume.name, at),
        })),
      ),
    probes: () => [],
    parse: () => [],
    blank: () => [],
    stable: (have: unknown) => have,
    plan(thing: Thing, world: World) {
      const [at = ''] = thing.nodes;
      const have = world.have(name as 'volume', at) as unknown as readonly string[];
      if (have.includes('unreadable')) return refuse(error('volume/unreadable', 'Cannot tell', at));
      if (have.includes(thing.name)) return asWished;
      return drafts({ verb: 'create', node: at, title: 'create', danger: 'none', guards: [], actions: [run('true')] });
    },
    undeclared: (wanted: Site, at: string, have: unknown) =>
      (have as readonly string[])
        .filter((one) => !(one in wanted.volumes))
        .map((one) => ({ kind: name, name: one, node: at, detail: '' })),
  };
}

function plan(kinds: readonly Kind[], have: Record<string, readonly string[]>, more: Partial<PlanOptions> = {}) {
  const facts = Object.entries(have).map(
    ([at, list]) => [at, Object.fromEntries(kinds.map((kind) => [kind.name, list])) as unknown as NodeFacts] as const,
  );
  return makePlan({
    kinds,
    site,
    facts: new Map(facts),
    options: { ...options, ...more },
    offline: false,
    render: () => [],
    digest: () => undefined,
  });
}

function ids(result: ReturnType<typeof plan>) {
  return result.ok ? result.value.steps.map((step) => step.id) : result.diagnostics.map((one) => one.code);
}

describe('a plan', () => {
  it('has a step for what is absent and none for what is there', () => {
    expect(ids(plan([slices('volume')], { alpha: ['local'], bravo: [] }))).toEqual([
      'volume/shared@alpha#create',
      'volume/shared@bravo#create',
    ]);
    expect(ids(plan([slices('volume')], { alpha: ['local', 'shared'], bravo: ['shared'] }))).toEqual([]);
  });

  it('does not exist when one thing is refused, and says so once', () => {
    expect(ids(plan([slices('volume')], { alpha: ['unreadable'], bravo: [] }))).toEqual(['volume/unreadable']);
  });

  it('reports what is there and undeclared, also with --without', () => {
    const made = plan([slices('volume')], { alpha: ['local', 'shared', 'stray'] }, { without: ['bravo'] });
    expect(made.ok && made.value.undeclared.map((one) => one.name)).toEqual(['stray']);
  });

  it('leaves out a node with all that lives on it', () => {
    expect(ids(plan([slices('volume')], { alpha: [] }, { without: ['bravo'] }))).toEqual(['volume/local@alpha#create']);
  });

  it('tells the kinds which nodes were left out', () => {
    const kind: Kind = {
      ...slices('volume'),
      plan: (_, { leftOut }) => refuse(error('volume/gone', '', leftOut.join())),
    };
    const made = plan([kind], { alpha: [] }, { without: ['bravo'] });
    expect(made.diagnostics.map(({ detail }) => detail)).toEqual(['bravo']);
  });

  it('throws when a need is misspelt, instead of dropping an order', () => {
    const wrong = slices('volume', () => ['volume/nobody']);
    expect(() => plan([wrong], { alpha: [], bravo: [] })).toThrow(/needs volume\/nobody, which nobody asks for/);
  });
});

describe('--only', () => {
  const kinds = [slices('volume'), slices('drbd', (volume, at) => [`volume/${volume}@${at}`])];
  const blank = { alpha: [], bravo: [] };

  it.each([
    ['drbd/local', ['volume/local@alpha#create', 'drbd/local@alpha#create']],
    ['volume/shared@bravo', ['volume/shared@bravo#create']],
    ['@bravo', ['volume/shared@bravo#create', 'drbd/shared@bravo#create']],
    ['drbd', 4 + 2],
  ])('%s means it and what it needs', (selector, wanted) => {
    const made = ids(plan(kinds, blank, { only: [selector] }));
    if (typeof wanted === 'number') expect(made).toHaveLength(wanted);
    else expect(made).toEqual(wanted);
  });

  it('takes along what a change would be half without', () => {
    const [volume, drbd] = kinds as [Kind, Kind];
    const expand: Kind['expand'] = (wanted, world) =>
      volume.expand(wanted, world).map((thing) => ({ ...thing, with: [`drbd/${thing.name}`] }));
    const made = ids(plan([{ ...volume, expand }, drbd], blank, { only: ['volume/local'] }));
    expect(made).toEqual(['volume/local@alpha#create', 'drbd/local@alpha#create']);
  });

  it.each([
    ['volume/shraed', 'volume/shared'],
    ['vlume', 'volume'],
    ['drbd/shared@brvo', 'drbd/shared@bravo'],
    ['@brvo', '@bravo'],
  ])('refuses %j and says what is near', (selector, near) => {
    const [one] = plan(kinds, blank, { only: [selector] }).diagnostics;
    expect(one?.help).toBe(`Did you mean \`${near}\`?`);
  });

  it.each(['volume/shraed', 'vlume', '@charlie', ''])('refuses %j, which means nothing', (selector) => {
    expect(ids(plan(kinds, blank, { only: [selector] }))).toEqual(['plan/nothing-selected']);
  });
});

it('a selector of what was left out is told as such', () => {
  const made = plan([slices('volume')], { bravo: [] }, { only: ['@alpha'], without: ['alpha'] });
  expect(made.diagnostics.map(({ detail }) => detail)).toEqual([
    'Nothing that is left without alpha is called `@alpha`.',
  ]);
});

describe('fingerprints', () => {
  it('differ by kind when its stable facts differ', () => {
    const kinds = [slices('volume'), slices('drbd')];
    const one = fingerprint(kinds, { volume: ['a'], drbd: [] } as unknown as NodeFacts);
    const two = fingerprint(kinds, { volume: ['b'], drbd: [] } as unknown as NodeFacts);
    expect(one['volume']).not.toBe(two['volume']);
    expect(one['drbd']).toBe(two['drbd']);
  });
});
