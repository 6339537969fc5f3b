/** `sanctl failover` over simulated nodes: never two running domains, never a start on stale data; each checker has its mutant (C13). */
import { describe, expect, test } from 'vitest';
import { lostProbe } from '../../src/kinds/drbd/lost.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Check, Verb } from '../../src/kinds/verb.ts';
import type { World } from '../../src/kinds/world.ts';
import { playFailover } from './failovers.ts';
import { seedsOf, describe as told } from './seeds.ts';

test('under every seed of failovers nothing breaks', { timeout: 900_000 }, async () => {
  const broken: string[] = [];
  for (const seed of seedsOf(0, 1, 60)) {
    const report = await playFailover(seed, kinds);
    if (report.violations.length > 0) broken.push(told(report, 'failovers'));
  }
  expect(broken.slice(0, 5), `${broken.length} seeds`).toEqual([]);
});

test('the seeds tell of starts and of refusals, each for its reason', { timeout: 300_000 }, async () => {
  const ends = new Set<string>();
  for (let seed = 1; seed <= 30; seed++) ends.add((await playFailover(seed, kinds, 0)).end);
  const all = [...ends].join(' ');
  for (const end of ['failover/nothing', 'failover/too-old', 'failover/not-whole']) expect(all).toContain(end);
});

/** The kinds, one verb of them changed. */
function withVerb(kind: string, name: string, change: (verb: Verb) => Partial<Verb>): readonly Kind[] {
  return kinds.map((one) => {
    const verb = one.verbs?.[name];
    if (one.name !== kind || verb === undefined) return one;
    return { ...one, verbs: { ...one.verbs, [name]: { ...verb, ...change(verb) } } };
  });
}

function withCheck(careless: readonly Kind[], kind: string, name: string, check: Check['check']): readonly Kind[] {
  return careless.map((one) => {
    const old = one.checks?.[name];
    if (one.name !== kind || old === undefined) return one;
    return { ...one, checks: { ...one.checks, [name]: { ...old, check } } };
  });
}

async function finds(careless: readonly Kind[], rule: string, seeds: number): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await playFailover(seed, careless, 0);
    if (violations.some((one) => one.rule === rule)) return true;
  }
  return false;
}

describe('careless failovers are found by the seeds', () => {
  test('silence is taken for death: no power is taken', async () => {
    const careless = withVerb('host', 'fence', ({ plan }) => ({
      plan: (given, world) =>
        new Map([...plan(given, world)].map(([name, verdict]) => [name, { ...verdict, steps: [] }])),
    }));
    expect(await finds(careless, 'never two live domains', 30)).toBe(true);
  });

  test('the device is told, and not asked whether the power is gone', async () => {
    const careless = withVerb('host', 'fence', ({ plan }) => ({
      plan: (given, world) =>
        new Map(
          [...plan(given, world)].map(([name, verdict]) => [
            name,
            { ...verdict, steps: verdict.steps.map((step) => ({ ...step, actions: [] })) },
          ]),
        ),
    }));
    expect(await finds(careless, 'never two live domains', 30)).toBe(true);
  });

  test('up to date is taken for whole: the log of the kernel is not read', async () => {
    const careless = withVerb('domain', 'takeOver', ({ plan }) => ({
      plan: (given, world) => plan(given, believing(world)),
    }));
    expect(await finds(careless, 'a guest never starts on stale data', 40)).toBe(true);
  });

  test('nothing is ever old', async () => {
    const careless = withVerb('domain', 'takeOver', ({ plan }) => ({
      plan: (given, world) => plan({ ...given, age: 86_400 }, world),
    }));
    expect(await finds(careless, 'a guest never starts on stale data', 40)).toBe(true);
  });

  test('it starts nothing, and says that all is well', async () => {
    const idle = withVerb('domain', 'takeOver', () => ({ plan: () => new Map() }));
    const careless = withCheck(idle, 'domain', 'tookOver', () => []);
    expect(await finds(careless, 'a failover starts what it can', 10)).toBe(true);
  });
});

/** Every mirror lost its peer a moment ago, whole. */
function believing(world: World): World {
  return {
    ...world,
    answers: (node) => {
      const lines = Object.keys(world.site.volumes).map(
        (name) => `[   99.000000] drbd ${name}: peer( Primary -> Unknown ) conn( Connected -> NetworkFailure ) `,
      );
      const said = { code: 0, stderr: '', stdout: ['100.00 0.00', ...lines, ''].join('\n') };
      return new Map([...world.answers(node), [lostProbe.name, said]]);
    },
  };
}
