/** Who leaves a node, and where to: within the memory that is free, or the reasons, all at once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evacuationAsks } from '../../../../src/kinds/domain/move/evacuable.ts';
import { evacuation, standings } from '../../../../src/kinds/domain/move/evacuate.ts';
import type { Vm } from '../../../../src/kinds/site.ts';
import type { World } from '../../../../src/kinds/world.ts';
import { type Around, web, worldWith } from '../world.ts';

const mib = 2 ** 20;
const nodes = ['alpha', 'bravo', 'charlie'];

interface Guest {
  readonly on?: string;
  readonly mib?: number;
  readonly least?: number;
  readonly home?: string;
  /** Of its disk; none: it has no disk. */
  readonly replicas?: readonly string[];
  readonly state?: string;
  readonly type?: Vm['type'];
}

/** Guests by name, MiB free by node. */
function worldOf(
  guests: Readonly<Record<string, Guest>>,
  free: Readonly<Record<string, number | undefined>>,
  around: Around & { readonly strangers?: readonly string[] } = {},
): World {
  const all = Object.entries(guests).map(([name, guest], at) => {
    const { on = 'alpha', mib: size = 128, least = size, home = 'alpha', replicas = nodes } = guest;
    const uuid = `a9f3c1de-0000-4000-8000-${String(at).padStart(12, '0')}`;
    const disks = replicas.length === 0 ? [] : [{ volume: `${name}-root`, as: 'xvda', readOnly: false }];
    const memory = { bytes: size * mib, minimumBytes: least * mib };
    const domain = {
      ...web,
      name,
      id: at + 1,
      uuid,
      memoryBytes: size * mib,
      disks: [],
      state: guest.state ?? web.state,
    };
    return { name, on, replicas, domain, vm: { uuid, home, memory, disks, type: guest.type ?? 'pv' } as const };
  });
  const strangers = (around.strangers ?? []).map((name, at) => ({
    ...web,
    name,
    id: 90 + at,
    uuid: `a9f3c1de-0000-4000-8000-99999999999${at}`,
  }));
  const on = (node: string) => all.filter((one) => one.on === node).map(({ domain }) => domain);
  return worldWith(
    { alpha: [...on('alpha'), ...strangers], bravo: on('bravo'), charlie: on('charlie') },
    {
      site: {
        nodes,
        volumes: Object.fromEntries(
          all.flatMap(({ name, replicas }) =>
            replicas.length === 0 ? [] : [[`${name}-root`, { size: '64MiB', replicas }]],
          ),
        ),
        vms: Object.fromEntries(all.map(({ name, vm }) => [name, vm])),
      },
      freeBytes: Object.fromEntries(nodes.map((node) => [node, bytes(free[node])])),
      ...around,
    },
  );
}

function bytes(size: number | undefined): number | undefined {
  return size === undefined ? undefined : size * mib;
}

/** `web bravo 128 then 72`, and the codes of what keeps the others. */
function planned(world: World) {
  const { moves, stuck, stays, unseen } = evacuation('alpha', world);
  const code = ({ code }: { readonly code: string }): string => code;
  return {
    moves: moves.map(({ load, to, leftBytes }) => `${load.vm.name} ${to} ${load.bytes / mib} then ${leftBytes / mib}`),
    stuck: stuck.map(({ vm, problems }) => `${vm.name}: ${problems.map(code).join()}`),
    stays: stays.map(({ name }) => name),
    unseen: unseen.map(code),
  };
}

const nothing = { moves: [], stuck: [], stays: [], unseen: [] };

describe('where each goes', () => {
  test('the largest first, where most is left then', () => {
    const guests = { web: { mib: 100 }, db: { mib: 400 }, mail: { mib: 200 }, there: { on: 'bravo' } };
    expect(planned(worldOf(guests, { bravo: 500, charlie: 450 }))).toEqual({
      ...nothing,
      moves: ['db bravo 400 then 100', 'mail charlie 200 then 250', 'web charlie 100 then 150'],
    });
  });

  test('home first, unless that is this node or it has no room', () => {
    const guests = { web: { mib: 100, home: 'bravo' }, db: { mib: 400, home: 'bravo' }, mail: { mib: 100 } };
    expect(planned(worldOf(guests, { bravo: 300, charlie: 900 })).moves).toEqual([
      'db charlie 400 then 500',
      'web bravo 100 then 200',
      'mail charlie 100 then 400',
    ]);
  });

  test('as much as it has now, to the last byte, and only where its disks are', () => {
    const guests = { web: { mib: 128, replicas: ['alpha', 'bravo'] } };
    expect(planned(worldOf(guests, { bravo: 128, charlie: 900 })).moves).toEqual(['web bravo 128 then 0']);
    expect(planned(worldOf(guests, { bravo: 127, charlie: 900 })).stuck).toEqual(['web: evacuate/no-room']);
  });

  test('a VM on an import goes to a node that its export is for, unless it is not handed over', () => {
    const on = (exported: object): World =>
      worldWith(
        { alpha: [{ ...web, disks: [] }], bravo: [], charlie: [] },
        {
          vm: { disks: [{ export: 'slice', as: 'xvda', readOnly: false }] },
          site: {
            nodes,
            volumes: { slice: { size: '64MiB', replicas: ['charlie'] } },
            exports: { slice: { from: 'charlie', to: ['alpha', 'bravo'], ...exported } },
          },
          freeBytes: 900 * mib,
        },
      );
    expect(planned(on({})).moves).toEqual(['web bravo 128 then 772']);
    expect(planned(on({ to: ['alpha'] })).stuck).toEqual(['web: evacuate/no-target']);
    expect(planned(on({ via: 'iscsi' })).stuck).toEqual(['web: move/import-disk']);
  });

  test('nothing runs there; what the inventory does not know stays, and so does what is dying', () => {
    expect(planned(worldOf({ web: { on: 'bravo' } }, {}))).toEqual(nothing);
    const world = worldOf({ web: { state: '--pssd' } }, {}, { strangers: ['thief'] });
    expect(planned(world)).toEqual({ ...nothing, stays: ['web', 'thief'] });
  });

  test('where they are when it broke off', () => {
    const before = worldOf({ web: {}, db: {}, mail: {}, paused: {} }, { bravo: 900 });
    const after = worldOf({ web: { on: 'bravo' }, db: {}, mail: { on: 'nowhere' }, paused: { state: '--p---' } }, {});
    expect(standings(evacuation('alpha', before).moves, after)).toEqual([
      { vm: 'web', is: 'running', node: 'bravo' },
      { vm: 'db', is: 'running', node: 'alpha' },
      { vm: 'mail', is: 'nowhere' },
      { vm: 'paused', is: 'refused' },
    ]);
  });
});

describe('what keeps a VM there', () => {
  test('all of it at once, and those that can move beside it', () => {
    const guests = {
      web: { mib: 100 },
      big: { mib: 600 },
      plain: { replicas: ['alpha'] },
      bare: { replicas: [] },
      full: { replicas: ['alpha'], type: 'hvm' },
      paused: { state: '--p---' },
    } as const;
    expect(planned(worldOf(guests, { bravo: 500, charlie: 450 }))).toEqual({
      ...nothing,
      moves: ['web bravo 100 then 400'],
      stuck: [
        'plain: move/plain-disk',
        'bare: evacuate/no-target',
        'full: move/hvm,move/plain-disk',
        'paused: domain/unclear',
        'big: evacuate/no-room',
      ],
    });
  });

  test('the other node only stores', () => {
    const world = worldOf({ web: { replicas: ['alpha', 'bravo'] } }, {}, { bare: ['bravo'] });
    expect(planned(world).stuck).toEqual(['web: evacuate/no-target']);
  });

  test('too little memory: what is left where, and what the guests there could give back', () => {
    const guests = {
      web: { mib: 300 },
      db: { mib: 400 },
      there: { on: 'bravo', mib: 256, least: 128 },
      stiff: { on: 'charlie' },
    };
    const [stuck] = evacuation('alpha', worldOf(guests, { bravo: 500, charlie: 200 })).stuck;
    expect(stuck?.problems.map(({ detail, help }) => [detail, help])).toEqual([
      [
        'domain/web has 300 MiB. bravo has 100 MiB left (500 MiB now, and others of this node go there), and its VMs at their minimum would free 128 MiB more; charlie has 200 MiB left, and no VM there can be made smaller.',
        'Stop a VM: `sanctl vm stop web`, or one there.',
      ],
    ]);
    const [fits] = evacuation('alpha', worldOf({ ...guests, web: { mib: 220 } }, { bravo: 500, charlie: 200 })).stuck;
    expect(fits?.problems[0]?.help).toBe(
      'On bravo: `xl mem-set 3 128`. Or stop a VM: `sanctl vm stop web`, or one there.',
    );
  });

  test('what cannot be read is no room, and no node without VMs', () => {
    const world = worldOf({ web: { mib: 100 } }, { bravo: undefined, charlie: 50 });
    expect(planned(world).stuck).toEqual(['web: facts/unknown,evacuate/no-room']);
    expect(planned(worldOf({ web: { mib: 100 } }, { bravo: undefined, charlie: 100 })).moves).toHaveLength(1);
    const blind = worldWith({ alpha: [], bravo: 'unreadable' }, { site: { nodes, vms: {}, volumes: {} } });
    expect(planned(blind)).toEqual({ ...nothing, unseen: ['domain/not-seen-everywhere'] });
  });
});

describe('what is asked', () => {
  test('of the VMs that could run there, on the way to each node where they could go', () => {
    const guests = { web: { replicas: ['alpha', 'bravo'] }, far: { home: 'bravo', replicas: ['bravo', 'charlie'] } };
    const asked = evacuationAsks('alpha', worldOf(guests, {}).site);
    expect([...asked].map(([node, probes]) => [node, probes.map(({ name }) => name)])).toEqual([
      ['alpha', ['domain.movers', 'domain.unit:web', 'domain.reach:bravo']],
      ['bravo', ['domain.movers', 'domain.unit:web', 'domain.files:web', 'domain.bridges:web']],
      // Whoever sends one of them from anywhere.
      ['charlie', ['domain.movers']],
    ]);
  });
});

test('never more than is free, every VM once, none stays without a reason, none goes to that node', () => {
  const guest = fc.record({
    on: fc.constantFrom(...nodes),
    home: fc.constantFrom(...nodes),
    mib: fc.integer({ min: 1, max: 400 }),
    replicas: fc.shuffledSubarray(nodes, { minLength: 1 }),
  });
  const here = fc.array(guest, { maxLength: 12 }).map((list) =>
    Object.fromEntries(
      list.map(({ home, on, replicas, ...one }, at) => [
        `vm${at}`,
        // Wherever it runs it has its disk: else it is on a foreign node, which is refused elsewhere.
        { ...one, on, home: replicas.includes(home) ? home : on, replicas: [...new Set([...replicas, on])] },
      ]),
    ),
  );
  const room = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(here, room, room, (guests, bravo, charlie) => {
      const free: Readonly<Record<string, number>> = { bravo, charlie };
      const { moves, stuck, stays, unseen } = evacuation('alpha', worldOf(guests, free));
      const there = Object.keys(guests).filter((name) => guests[name]?.on === 'alpha');
      const names = [...moves.map(({ load }) => load.vm.name), ...stuck.map(({ vm }) => vm.name)];
      expect(names.sort()).toEqual(there.sort());
      expect([stays, unseen]).toEqual([[], []]);
      expect(stuck.every(({ problems }) => problems.length > 0)).toBe(true);
      for (const { load, to } of moves) {
        expect(to).not.toBe('alpha');
        expect(load.vm.disks.every(() => guests[load.vm.name]?.replicas.includes(to))).toBe(true);
      }
      for (const node of ['bravo', 'charlie']) {
        const come = moves.filter(({ to }) => to === node);
        const sum = come.reduce((all, { load }) => all + load.bytes, 0);
        expect(sum).toBeLessThanOrEqual((free[node] ?? 0) * mib);
        expect(come.at(-1)?.leftBytes ?? (free[node] ?? 0) * mib).toBe((free[node] ?? 0) * mib - sum);
      }
      const sizes = moves.map(({ load }) => load.bytes);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }),
  );
});
