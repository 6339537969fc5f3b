/** Minors, ports and node ids (D10): kept, pinned, or the lowest that is free everywhere. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate } from '../../../src/kinds/drbd/allocation.ts';
import type { ConfiguredHost, DrbdFacts } from '../../../src/kinds/drbd/facts.ts';
import { known, unknown } from '../../../src/kinds/reading.ts';
import type { Replication } from '../../../src/kinds/site/storage.ts';
import { compactSite } from '../compact.ts';

const none: DrbdFacts = {
  kernel: known({ loaded: true, version: '8.4.11' }),
  utils: known('9.22.0'),
  running: known({}),
  configured: known({}),
  ports: known([22]),
  halves: {},
};

type Hosts = Readonly<Record<string, Partial<ConfiguredHost>>>;

function configured(resources: Readonly<Record<string, Hosts>>): DrbdFacts {
  const full = { minor: undefined, port: undefined, nodeId: undefined, disk: undefined };
  const hosts = (some: Hosts) =>
    Object.fromEntries(Object.entries(some).map(([node, host]) => [node, { ...full, ...host }]));
  return {
    ...none,
    configured: known(
      Object.fromEntries(Object.entries(resources).map(([name, some]) => [name, { hosts: hosts(some) }])),
    ),
  };
}

function places(
  volumes: Readonly<Record<string, Partial<Replication>>>,
  facts: Readonly<Record<string, DrbdFacts>> = {},
  replicas: readonly string[] = ['alpha', 'bravo'],
) {
  const site = compactSite({
    nodes: replicas,
    volumes: Object.fromEntries(
      Object.entries(volumes).map(([name, replication]) => [name, { size: '1GiB', replicas, replication }]),
    ),
  });
  const found = allocate(site, (node) => facts[node] ?? none);
  return Object.fromEntries([...found].map(([name, place]) => [name, place.known ? place.value : place.why]));
}

const ids = { alpha: 0, bravo: 1 };

describe('numbers', () => {
  test('the lowest, in the order of the inventory', () => {
    expect(places({ a: {}, b: {} })).toEqual({
      a: { minor: 0, port: 7789, nodeIds: ids },
      b: { minor: 1, port: 7790, nodeIds: ids },
    });
  });

  test('none that any node uses: files, kernel, listeners of others', () => {
    const running = { role: 'Primary', suspended: 'no', connections: [], port: 7790, twoPrimaries: false };
    const volumes = { 0: { minor: 1, disk: 'UpToDate', bytes: 1, open: undefined, backing: undefined } };
    const bravo = { ...none, ports: known([7789]), running: known({ foreign: { ...running, volumes } }) };
    const alpha = configured({ other: { alpha: { minor: 0, port: 7791 } } });
    expect(places({ a: {} }, { alpha, bravo })).toEqual({ a: { minor: 2, port: 7792, nodeIds: ids } });
  });

  test('kept when a node has them, whatever is free now', () => {
    const bravo = configured({
      a: { alpha: { minor: 9, port: 7900, nodeId: 5 }, bravo: { minor: 9, port: 7900, nodeId: 3 } },
    });
    expect(places({ b: {}, a: {} }, { bravo })['a']).toEqual({ minor: 9, port: 7900, nodeIds: { alpha: 5, bravo: 3 } });
  });

  test('its own listening port does not stand in the way', () => {
    const own = {
      ...configured({ a: { alpha: { minor: 0, port: 7789 }, bravo: { minor: 0, port: 7789 } } }),
      ports: known([7789]),
    };
    expect(places({ a: {} }, { alpha: own, bravo: own })['a']).toMatchObject({ port: 7789 });
  });

  test('kept from the kernel when the file was lost', () => {
    const volumes = { 0: { minor: 4, disk: 'UpToDate', bytes: 1, open: undefined, backing: undefined } };
    const one = { role: 'Secondary', suspended: 'no', connections: [], volumes, port: 7800, twoPrimaries: false };
    expect(places({ a: {} }, { alpha: { ...none, running: known({ a: one }) } })['a']).toMatchObject({
      minor: 4,
      port: 7800,
    });
  });

  test('a new replica gets a node id that no other has', () => {
    const alpha = configured({ a: { alpha: { nodeId: 1 }, bravo: { nodeId: 0 } } });
    expect(places({ a: {} }, { alpha }, ['charlie', 'alpha', 'bravo'])['a']).toMatchObject({
      nodeIds: { alpha: 1, bravo: 0, charlie: 2 },
    });
  });

  test('pins are taken for all before anybody chooses', () => {
    expect(places({ a: {}, b: { minor: 0, port: 7789 } })).toMatchObject({
      a: { minor: 1, port: 7790 },
      b: { minor: 0, port: 7789 },
    });
  });
});

describe('refused', () => {
  const here = configured({ a: { alpha: { minor: 1, port: 7789 } } });
  test.each<[string, Parameters<typeof places>[1], Partial<Replication>, string]>([
    [
      'nodes disagree',
      { alpha: here, bravo: configured({ a: { alpha: { minor: 2, port: 7789 } } }) },
      {},
      'disagree on its minor',
    ],
    ['the inventory changes a number in use', { alpha: here }, { minor: 5 }, 'never changes'],
    [
      'the inventory pins what another has',
      { alpha: configured({ x: { alpha: { minor: 3 } } }) },
      { minor: 3 },
      'something else',
    ],
    ['a node cannot be asked', { bravo: { ...none, ports: unknown('ss broke') } }, {}, 'on bravo, ss broke'],
  ])('%s', (_, facts, replication, why) => {
    expect(places({ a: replication }, facts)['a']).toContain(why);
  });
});

test('never twice on a node, and the same when asked again with what was chosen', () => {
  const number = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined });
  const wishes = fc
    .array(number, { minLength: 1, maxLength: 8 })
    .map((minors) =>
      Object.fromEntries(
        [...minors.entries()].map(([at, minor]) => [
          `v${at}`,
          minor === undefined || minors.indexOf(minor) !== at ? {} : { minor },
        ]),
      ),
    );
  fc.assert(
    fc.property(wishes, fc.uniqueArray(fc.integer({ min: 0, max: 6 })), (volumes, foreign) => {
      const alpha = configured(
        Object.fromEntries(foreign.map((minor) => [`x${minor}`, { alpha: { minor, port: 7789 + minor } }])),
      );
      const first = places(volumes, { alpha });
      const given = Object.entries(first).flatMap(([name, place]) =>
        typeof place === 'string' ? [] : [[name, place] as const],
      );
      const minors = [...foreign, ...given.map(([, place]) => place.minor)];
      expect(new Set(minors).size).toBe(minors.length);
      const now = configured(
        Object.fromEntries(
          given.map(([name, { minor, port }]) => [name, { alpha: { minor, port }, bravo: { minor, port } }]),
        ),
      );
      const again = places(volumes, { alpha: now, bravo: now });
      for (const [name, place] of given) expect(again[name]).toEqual(place);
    }),
  );
});
