/** What playbooks may do with a domain and ask of it: over all nodes of the site, and never on a guess (X1, X10, 3.2). */
import { describe, expect, test } from 'vitest';
import { checksOf } from '../../../src/kinds/domain/checks.ts';
import type { Domain } from '../../../src/kinds/domain/facts.ts';
import { verbs } from '../../../src/kinds/domain/verbs.ts';
import type { Running } from '../../../src/kinds/drbd/facts.ts';
import type { Site, Vm } from '../../../src/kinds/site.ts';
import type { World } from '../../../src/kinds/world.ts';
import { type Around, good, type Where, web, worldWith } from './world.ts';

const three = { nodes: ['alpha', 'bravo', 'charlie'] };
const primary = { ...good, alpha: { ...good.alpha, role: 'Primary' } };
const checks = checksOf(() => []);

const asked = {
  start: (vm: Vm, world: World) => verbs.start.plan({ vm }, world).get(vm.name),
  shutdown: (vm: Vm, world: World) => verbs.shutdown.plan({ vm, timeout: 60 }, world).get(vm.name),
  destroy: (vm: Vm, world: World) => verbs.destroy.plan({ vm }, world).get(vm.name),
  settle: (vm: Vm, world: World) => verbs.settle.plan({ vm }, world).get(vm.name),
  absent: (vm: Vm, world: World) => ({ steps: [], diagnostics: checks['absent']?.check({ vm }, world) ?? [] }),
  runsOnce: (vm: Vm, world: World) => ({ steps: [], diagnostics: checks['runsOnce']?.check({ vm }, world) ?? [] }),
} as const;
type Word = keyof typeof asked;
const words = Object.keys(asked) as readonly Word[];

function ask(word: Word, where: Where, around: Around = {}) {
  const world = worldWith(where, { site: three, drbd: primary, ...around });
  const verdict = asked[word](webOf(world.site), world);
  if (verdict === undefined) throw new Error('it says nothing of the VM');
  return {
    codes: verdict.diagnostics.map(({ code }) => code),
    steps: verdict.steps.map(({ node, verb }) => `${node}#${verb}`),
  };
}

function webOf({ vms }: Site): Vm {
  const vm = vms['web'];
  if (vm === undefined) throw new Error('there is no web');
  return vm;
}

const stopped = ['alpha#absent', 'alpha#demote-web-root'];

describe('on every node of the site (X1)', () => {
  test('all are asked', () => {
    const { site } = worldWith({}, { site: three });
    const vm = webOf(site);
    const nodes = [
      verbs.start.nodes({ vm }, site),
      verbs.shutdown.nodes({ vm, timeout: 60 }, site),
      verbs.destroy.nodes({ vm }, site),
      verbs.settle.nodes({ vm }, site),
      ...['ready', 'absent', 'runsOnce'].map((name) => checks[name]?.nodes({ vm }, site)),
    ];
    expect(nodes).toEqual(Array(7).fill(three.nodes));
  });

  test.each(words)('one that has none of its disks cannot be read: %s', (word) => {
    for (const where of [{ charlie: 'unreadable' }, { alpha: [web], charlie: 'unreadable' }] as const)
      expect(ask(word, where)).toEqual({ codes: ['domain/not-seen-everywhere'], steps: [] });
  });

  test.each(words)('one that has none of its disks is another machine (T4): %s', (word) => {
    for (const where of [{}, { alpha: [web] }])
      expect(ask(word, where, { called: { charlie: 'delta' } })).toEqual({ codes: ['host/wrong-name'], steps: [] });
  });

  test.each(words)('it runs where it has no disk: %s', (word) =>
    expect(ask(word, { charlie: [web] })).toEqual({ codes: ['domain/on-foreign-node'], steps: [] }),
  );

  test.each(words)('it runs there as well: %s', (word) =>
    expect(ask(word, { alpha: [web], charlie: [web] })).toEqual({ codes: ['domain/two-live'], steps: [] }),
  );

  test.each(words)('only `xl list -v` has it: %s', (word) =>
    expect(ask(word, { alpha: [{ ...web, state: '--p---', disks: undefined }] })).toEqual({
      codes: ['domain/no-configuration'],
      steps: [],
    }),
  );

  test('as it should be', () => {
    expect(ask('start', {})).toEqual({ codes: [], steps: ['bravo#absent', 'alpha#start'] });
    expect(ask('shutdown', { alpha: [web] })).toEqual({ codes: [], steps: ['alpha#shutdown', ...stopped] });
    expect(ask('destroy', { alpha: [web] })).toEqual({ codes: [], steps: ['alpha#destroy', ...stopped] });
    expect(ask('settle', {})).toEqual({ codes: [], steps: ['bravo#absent', ...stopped] });
    expect(ask('absent', {}).codes).toEqual([]);
    expect(ask('absent', { alpha: [web] }).codes).toEqual(['domain/still-there']);
    expect(ask('runsOnce', { alpha: [web] }).codes).toEqual([]);
    expect(ask('runsOnce', {}).codes).toEqual(['domain/not-running']);
  });
});

test('a template of one’s own that would risk data starts nothing (X1, X6)', () => {
  const template = 'disk = ["format=raw, vdev=xvdb, access=rw, target=/dev/vg0/other"]\n';
  const { codes, steps } = ask('start', {}, { template });
  expect([codes.includes('domain/unsafe-file'), steps]).toEqual([true, []]);
  expect(ask('shutdown', { alpha: [web] }, { template }).steps).toContain('alpha#shutdown');
});

describe('a disk that another domain there has, or may have, stays Primary (X1)', () => {
  const other = (...targets: readonly string[]): Domain => ({
    ...web,
    id: 9,
    name: 'other',
    uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
    disks: targets.map((target) => ({ as: 'xvda', target, readOnly: true })),
  });
  const hidden: Domain = { ...other(), disks: undefined };
  const open = (is: boolean): Running['volumes'] => {
    const [one] = Object.values(good.alpha.volumes ?? {});
    if (one === undefined) throw new Error('it has no volume');
    return { 0: { ...one, open: is } };
  };

  test.each<[string, Domain]>([
    ['by its path', other('/dev/drbd0')],
    ['by another name of it', other('/dev/drbd/by-res/web-root/0')],
    ['the slice below it', other('/dev/mapper/vg0-web--root')],
    ['unclear: by a name that says nothing', other('/srv/web.img')],
    ['unknown: only `xl list -v` has it (X10)', hidden],
  ])('%s', (_, one) => {
    expect(ask('shutdown', { alpha: [web, one] })).toEqual({
      codes: ['domain/disk-kept'],
      steps: ['alpha#shutdown', 'alpha#absent'],
    });
    expect(ask('destroy', { alpha: [web, one] })).toEqual({
      codes: ['domain/disk-kept'],
      steps: ['alpha#destroy', 'alpha#absent'],
    });
    expect(ask('settle', { alpha: [one] })).toEqual({ codes: ['domain/disk-kept'], steps: [] });
  });

  test('another device for certain: nobody has it', () => {
    expect(ask('shutdown', { alpha: [web, other('/dev/drbd5')] }).steps).toEqual(['alpha#shutdown', ...stopped]);
    const closed = { ...primary, alpha: { ...primary.alpha, volumes: open(false) } };
    expect(ask('settle', { alpha: [other('/dev/drbd/by-disk/vg0/other')] }, { drbd: closed }).steps).toEqual([
      'bravo#absent',
      ...stopped,
    ]);
  });
});
