/** Which steps a resource still needs, from wherever a run before broke off; and when hands are kept off. */
import { describe, expect, test } from 'vitest';
import { isHealthy, isNew, connected as untilConnected, untilGood } from '../../../src/kinds/drbd/ask.ts';
import { slicesMayGrow } from '../../../src/kinds/drbd/growth.ts';
import { promoteSteps } from '../../../src/kinds/drbd/promote.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import type { Volume } from '../../../src/kinds/site.ts';
import { healthy } from '../../../src/kinds/volume/growth.ts';
import { address } from '../../../src/plan/graph.ts';
import { select } from '../../../src/plan/select.ts';
import { things } from '../../../src/plan/things.ts';
import type { Expectation } from '../../../src/shell/command.ts';
import { holds } from '../../../src/shell/expect.ts';
import {
  codes,
  connected,
  lonely,
  name,
  planned,
  type SideWords,
  seeded,
  siteOf,
  unseeded,
  verbs,
  volume,
  volumeBytes,
  worldOf,
} from './world.ts';

const both = (words: SideWords): Readonly<Record<string, SideWords>> => ({ alpha: words, bravo: words });
const blank: SideWords = { tags: unseeded };
const fresh: SideWords = { tags: unseeded, metadata: 'new' };
const freshUp: SideWords = { ...fresh, running: connected('Inconsistent', 'Inconsistent') };
const good: SideWords = { tags: seeded, metadata: 'data', running: connected('UpToDate', 'UpToDate') };

/** A resource of the same name that somebody made on something else. */
const elsewhere = (disk: string) => ({ volumes: { 0: { ...volume(disk), backing: '/dev/vg9/precious' } } });

const allOf = ['alpha#create-metadata', 'alpha#up', 'bravo#create-metadata', 'bravo#up'];
const waits = ['alpha#connected', 'bravo#connected'];
const seeds = ['bravo#confirm-new', 'alpha#seed', 'alpha#mark', 'bravo#mark'];

describe('a life, and every place where it can break off (C12)', () => {
  test.each<[string, Readonly<Record<string, SideWords>>, readonly string[]]>([
    ['nothing is there', both({}), [...allOf, ...waits, ...seeds]],
    ['slices made', both(blank), [...allOf, ...waits, ...seeds]],
    [
      'metadata on one',
      { alpha: fresh, bravo: blank },
      ['alpha#up', 'bravo#create-metadata', 'bravo#up', ...waits, ...seeds],
    ],
    ['metadata on both', both(fresh), ['alpha#up', 'bravo#up', ...waits, ...seeds]],
    [
      'one is up',
      { alpha: { ...fresh, running: lonely('Inconsistent') }, bravo: fresh },
      ['bravo#up', ...waits, ...seeds],
    ],
    ['connected', both(freshUp), seeds],
    [
      'seeded, the sync runs, not marked',
      {
        alpha: { tags: unseeded, metadata: 'data', running: connected('UpToDate', 'Inconsistent', {}, 'SyncSource') },
        bravo: {
          tags: unseeded,
          metadata: 'bad data',
          running: connected('Inconsistent', 'UpToDate', {}, 'SyncTarget'),
        },
      },
      ['alpha#mark', 'bravo#mark'],
    ],
    ['marked on one', { alpha: good, bravo: { ...good, tags: unseeded } }, ['bravo#mark']],
    ['as wished', both(good), []],
    ['both rebooted', both({ tags: seeded, metadata: 'data' }), ['alpha#up', 'bravo#up', ...waits]],
    [
      'one rebooted',
      {
        alpha: { ...good, running: lonely('UpToDate', 'Connecting', { role: 'Primary' }) },
        bravo: { tags: seeded, metadata: 'data' },
      },
      ['bravo#up', ...waits],
    ],
  ])('%s', (_, sides, expected) => {
    const verdict = planned(sides);
    expect(verdict.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(verbs(verdict)).toEqual(expected);
  });

  test('a new replica beside data is filled: one good copy until then; a first start has no such wait', () => {
    const filled = planned({ alpha: good, bravo: blank }).steps.find(({ verb }) => verb === 'up');
    expect(filled?.redundancy?.copies).toBe(1);
    for (const sides of [both(blank), both({ tags: seeded, metadata: 'data' })]) {
      expect(planned(sides).steps.filter(({ verb, redundancy }) => verb === 'up' && redundancy)).toEqual([]);
    }
  });

  test('up only on the slice that the plan saw, while nobody has it open; asked right before, not at plan time alone (X1)', () => {
    const steps = planned(both({ tags: seeded, metadata: 'data' })).steps.filter(({ verb }) => verb === 'up');
    const asked = steps.map(({ actions: [first] }) => (first?.do === 'wait' ? first.command.argv.at(-1) : undefined));
    expect(asked).toEqual(
      ['alpha', 'bravo'].map(
        (node) =>
          `vg_name=vg0 && lv_name=web-root && lv_uuid=uuid-${node} && lv_tags=sanctl && lv_tags!=sanctl.unfinished && lv_device_open=0`,
      ),
    );
  });

  test('no connection at all is not "all are connected": nothing grows, and it is said', () => {
    const alone: SideWords = { ...good, running: { ...connected('UpToDate', 'UpToDate'), connections: [] } };
    const verdict = planned({ alpha: alone, bravo: alone });
    expect(verdict.diagnostics.map(({ code }) => code)).toEqual(['drbd/not-connected']);
  });

  test('half up without data is taken down and begun anew; with data it is for people', () => {
    const halfUp = { running: { volumes: { 0: volume('Diskless') }, connections: [] } };
    expect(verbs(planned({ alpha: { ...fresh, ...halfUp }, bravo: freshUp })).slice(0, 2)).toEqual([
      'alpha#take-down',
      'alpha#up',
    ]);
    expect(verbs(planned({ alpha: { ...blank, ...halfUp }, bravo: blank })).slice(0, 3)).toEqual([
      'alpha#take-down',
      'alpha#create-metadata',
      'alpha#up',
    ]);
    expect(codes(planned({ alpha: { ...good, ...halfUp }, bravo: good }))).toEqual(['drbd/diskless']);
  });

  test('a replica that is new beside one with data is synced, never seeded (K4)', () => {
    const alone = { ...good, running: lonely('UpToDate', 'Connecting', { role: 'Primary' }) };
    const verdict = planned({ alpha: alone, bravo: {} });
    expect(verbs(verdict)).toEqual(['bravo#create-metadata', 'bravo#up', ...waits, 'bravo#mark']);
  });
});

describe('a disk that died and was replaced (K4)', () => {
  const user = (disk: string, peerDisk: string, state = 'Connected'): SideWords => ({
    ...good,
    running: connected(disk, peerDisk, { role: 'Primary' }, state),
  });
  const replaced: SideWords = { running: connected('Diskless', 'UpToDate') };
  const filledInPlace = ['bravo#create-metadata', 'bravo#attach'];

  test('while the peer uses its own good disk', () => {
    const verdict = planned({ alpha: user('UpToDate', 'Diskless'), bravo: replaced });
    expect(verbs(verdict)).toEqual([...filledInPlace, ...waits, 'bravo#mark']);
    expect(codes(verdict)).toEqual([]);
  });

  test('while this side is used, over the network', () => {
    const inUse: SideWords = { running: connected('Diskless', 'UpToDate', { role: 'Primary' }) };
    const verdict = planned({ alpha: { ...good, running: connected('UpToDate', 'Diskless') }, bravo: inUse });
    expect(verbs(verdict)).toEqual([...filledInPlace, ...waits, 'bravo#mark']);
    const passes = (stdout: string) =>
      verdict.steps
        .filter(({ verb }) => verb === 'attach')
        .flatMap(({ guards }) => guards.slice(1))
        .every(({ expect: wanted }) => holds(wanted, { code: 0, stdout }));
    expect(passes('Connected Diskless/UpToDate Secondary/Primary\n')).toBe(true);
    expect(passes('Connected Diskless/UpToDate Primary/Secondary\n')).toBe(true);
    expect(passes('WFConnection Diskless/DUnknown Primary/Unknown\n')).toBe(false);
    expect(passes('Connected Diskless/Inconsistent Secondary/Primary\n')).toBe(false);
    expect(passes('Connected Diskless/Diskless Secondary/Secondary\n')).toBe(false);
    expect(passes('Connected Inconsistent/UpToDate Secondary/Primary\n')).toBe(false);
    expect(passes('Connected Diskless/UpToDate Primary/Primary\n')).toBe(false);
  });

  test('what is half up without a connection is taken down only while nobody uses it', () => {
    const halfUp = { running: { volumes: { 0: volume('Diskless') }, connections: [] } };
    const verdict = planned({ alpha: user('UpToDate', 'DUnknown', 'Connecting'), bravo: { ...blank, ...halfUp } });
    const passes = (stdout: string) =>
      verdict.steps[0]?.guards.every(({ expect: wanted }) => holds(wanted, { code: 0, stdout }));
    expect(verdict.steps[0]?.verb).toBe('take-down');
    expect(passes('StandAlone Diskless/DUnknown Secondary/Unknown\n')).toBe(true);
    expect(passes('Connected Diskless/UpToDate Secondary/Primary\n')).toBe(false);
    expect(passes('WFConnection Diskless/DUnknown Primary/Unknown\n')).toBe(false);
  });

  test.each<[string, SideWords, SideWords, string]>([
    [
      'the user without a disk has lost its peer',
      good,
      { running: lonely('Diskless', 'Connecting', { role: 'Primary' }) },
      'drbd/diskless',
    ],
    [
      'a window for two primaries is open',
      good,
      { running: { ...connected('Diskless', 'UpToDate', { role: 'Primary' }), twoPrimaries: true } },
      'drbd/window-open',
    ],
    [
      'its writes are held back',
      good,
      { running: { ...connected('Diskless', 'UpToDate'), suspended: 'user' } },
      'drbd/suspended',
    ],
    ['the other half is outdated', user('Outdated', 'Diskless'), replaced, 'drbd/no-good-copy'],
    ['nobody knows whether the other half is outdated', user('Consistent', 'Diskless'), replaced, 'drbd/no-good-copy'],
    ['the slice is the old one', user('UpToDate', 'Diskless'), { ...good, ...replaced }, 'drbd/diskless'],
    ['the other half is down and was not up to date', { tags: seeded, metadata: 'bad data' }, {}, 'drbd/no-good-copy'],
  ])('not when %s', (_, alpha, bravo, code) => {
    const verdict = planned({ alpha, bravo });
    expect(codes(verdict)).toContain(code);
    expect(verdict.steps).toEqual([]);
  });
});

describe('the first sync (K1 to K3)', () => {
  const of = (sides: Readonly<Record<string, SideWords>>, also: object = {}, replication: object = {}) => {
    const site = { volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'], replication, ...also } } };
    const verdict = planned(sides, { site });
    return verdict.steps.find(({ verb }) => verb === 'seed');
  };
  const commands = (step: ReturnType<typeof of>) =>
    step?.actions.flatMap((action) => ('command' in action ? [action.command.argv.join(' ')] : []));

  test('full: from the source only, which is Secondary afterwards; one copy until it ends', () => {
    const seed = of(both(blank), {}, { source: 'bravo' });
    expect(seed?.node).toBe('bravo');
    expect(commands(seed)).toEqual(['drbdadm primary --force web-root', 'drbdadm secondary web-root']);
    expect(seed?.needs).toEqual(['alpha#confirm-new']);
    expect(seed?.redundancy?.copies).toBe(1);
    expect(seed?.guards.map(({ proves }) => proves).join()).toMatch(/made for this replica|that the plan saw/);
  });

  test('skipped: halves of zeros, all metadata of this plan', () => {
    expect(commands(of(both({}), { thinPool: 'pool' }))).toEqual([
      'drbdadm new-current-uuid --clear-bitmap web-root/0',
    ]);
    expect(commands(of(both({}), {}, { firstSync: 'zero' }))?.[0]).toContain('new-current-uuid');
    expect(commands(of(both({ tags: [...unseeded, 'sanctl.zero'] }), {}, { firstSync: 'zero' }))?.[0]).toContain(
      'new-current-uuid',
    );
  });

  test.each<[string, Readonly<Record<string, SideWords>>, object]>([
    ['metadata of an earlier run', { alpha: fresh, bravo: {} }, { firstSync: 'zero' }],
    ['a half that nobody says is zero', { alpha: blank, bravo: {} }, { firstSync: 'zero' }],
    ['the inventory wants it full', both({ tags: [...unseeded, 'sanctl.zero'] }), { firstSync: 'full' }],
  ])('never skipped: %s (K2)', (_, sides, replication) => {
    expect(commands(of(sides, {}, replication))?.[0]).toBe('drbdadm primary --force web-root');
  });

  test('never twice: a volume that was seeded and looks new is refused (K3)', () => {
    expect(codes(planned(both({ tags: seeded, metadata: 'new' })))).toContain('drbd/seeded-but-new');
    expect(codes(planned({ alpha: { tags: seeded, metadata: 'new' }, bravo: fresh }))).toContain('drbd/seeded-but-new');
  });

  test('with --wait-sync the plan ends when there are two copies', () => {
    expect(verbs(planned(both(blank), { waitSync: true })).at(-1)).toBe('alpha#synced');
    const source = { ...good, running: connected('UpToDate', 'Inconsistent', {}, 'SyncSource') };
    const target = { ...good, running: connected('Inconsistent', 'UpToDate', {}, 'SyncTarget') };
    expect(verbs(planned({ alpha: source, bravo: target }, { waitSync: true }))).toEqual(['alpha#synced']);
    expect(verbs(planned(both(good), { waitSync: true }))).toEqual([]);
  });
});

describe('hands off', () => {
  test.each<[string, Readonly<Record<string, SideWords>>, string]>([
    ['a slice that sanctl did not make', { alpha: { tags: [] }, bravo: blank }, 'drbd/slice-not-ours'],
    [
      'metadata that no mark vouches for: it may have been a plain volume since (K4)',
      { alpha: { tags: ['sanctl'], metadata: 'data' }, bravo: { tags: seeded, metadata: 'data' } },
      'drbd/slice-not-ours',
    ],
    ['a slice made for something else', { alpha: { tags: ['sanctl'] }, bravo: blank }, 'drbd/slice-not-ours'],
    [
      'fresh metadata that somebody else wrote',
      { alpha: { tags: [], metadata: 'new' }, bravo: blank },
      'drbd/slice-not-ours',
    ],
    [
      'an unseeded slice with a filesystem (D3)',
      { alpha: { ...blank, signatures: ['ext4'] }, bravo: blank },
      'drbd/slice-in-use',
    ],
    [
      'a slice that somebody has open while DRBD is down (X1)',
      { alpha: { tags: seeded, metadata: 'data', open: true }, bravo: good },
      'drbd/slice-open',
    ],
    ['a seeded slice without metadata', { alpha: good, bravo: { tags: seeded } }, 'drbd/metadata-lost'],
    [
      'StandAlone (D5)',
      { alpha: { ...good, running: lonely('UpToDate', 'StandAlone') }, bravo: good },
      'drbd/stand-alone',
    ],
    ['a lost disk', { alpha: { ...good, running: connected('Diskless', 'UpToDate') }, bravo: good }, 'drbd/diskless'],
    ['a failing disk', { alpha: { ...good, running: connected('Failed', 'UpToDate') }, bravo: good }, 'drbd/diskless'],
    [
      'suspended (D13)',
      { alpha: { ...good, running: connected('UpToDate', 'UpToDate', { suspended: 'fencing' }) }, bravo: good },
      'drbd/suspended',
    ],
    [
      'a window (D1, W6)',
      { alpha: { ...good, running: connected('UpToDate', 'UpToDate', { twoPrimaries: true }) }, bravo: good },
      'drbd/window-open',
    ],
    [
      'options not read',
      { alpha: { ...good, running: connected('UpToDate', 'UpToDate', { twoPrimaries: undefined }) }, bravo: good },
      'drbd/state-unknown',
    ],
    [
      'a state that nobody knows',
      { alpha: { ...good, running: lonely('UpToDate', 'Dreaming') }, bravo: good },
      'drbd/state-unknown',
    ],
    [
      'a disk state that nobody knows',
      { alpha: { ...good, running: connected('Odd', 'UpToDate') }, bravo: good },
      'drbd/state-unknown',
    ],
    [
      'another backing device (C3)',
      {
        alpha: {
          ...good,
          running: connected('UpToDate', 'UpToDate', {
            volumes: { 0: { ...volume('UpToDate'), backing: '/dev/vg1/x' } },
          }),
        },
        bravo: good,
      },
      'drbd/other-device',
    ],
    [
      'another backing device, half up, where the slice is yet to be made (C3)',
      { alpha: { running: lonely('UpToDate', 'StandAlone', elsewhere('UpToDate')) }, bravo: {} },
      'drbd/other-device',
    ],
    [
      'the same without a disk that counts',
      { alpha: { ...fresh, running: lonely('Inconsistent', 'StandAlone', elsewhere('Inconsistent')) }, bravo: fresh },
      'drbd/other-device',
    ],
    [
      'a file that puts it elsewhere',
      { alpha: { ...blank, on: '/dev/vg9/precious' }, bravo: blank },
      'drbd/other-device',
    ],
    [
      'good data where its slice has none (D3)',
      { alpha: { ...blank, running: lonely('UpToDate', 'StandAlone') }, bravo: blank },
      'drbd/state-unknown',
    ],
    [
      'a second volume in it',
      {
        alpha: {
          ...good,
          running: connected('UpToDate', 'UpToDate', { volumes: { 0: volume('UpToDate'), 1: volume('UpToDate') } }),
        },
        bravo: good,
      },
      'drbd/state-unknown',
    ],
    [
      'two Primaries',
      both({ ...good, running: connected('UpToDate', 'UpToDate', { role: 'Primary' }) }),
      'drbd/two-primaries',
    ],
    ['nobody has good data', both({ tags: seeded, metadata: 'bad data' }), 'drbd/no-good-copy'],
    [
      'a replica that the inventory dropped',
      both({ ...good, hosts: ['alpha', 'bravo', 'charlie'] }),
      'drbd/replica-removed',
    ],
    [
      'following the file would cut the disk (D9)',
      both({ ...good, adjust: ['drbdsetup-84 detach 0'] }),
      'drbd/adjust-cuts',
    ],
    ['both up, not connected, not seeded', both({ ...fresh, running: lonely('Inconsistent') }), 'drbd/not-healthy'],
  ])('%s', (_, sides, code) => {
    const verdict = planned(sides);
    expect(codes(verdict)).toContain(code);
    expect(verdict.steps).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, SideWords>>]>([
    ['one half', { alpha: good, bravo: { tags: seeded } }],
    ['both', both({ tags: seeded })],
  ])(
    'metadata that a power cut left where a slice ended: the command, and that it is unproven (3.4; %s)',
    (_, sides) => {
      const helps = planned(sides).diagnostics.map(({ help }) => help ?? '');
      expect(helps.every((help) => /`drbdadm check-resize web-root`.*\(unproven/.test(help))).toBe(true);
    },
  );

  test.each(['running', 'configured'] as const)('%s cannot be read', (fact) => {
    const broken = { ...good, facts: { [fact]: { known: false, why: 'it broke' } } };
    const verdict = planned({ alpha: good, bravo: broken });
    expect(codes(verdict).some((code) => code === 'facts/unknown' || code === 'drbd/no-numbers')).toBe(true);
    expect(verdict.steps).toEqual([]);
  });

  test.each([
    [null, 'drbd/dialect-unknown'],
    ['8.3.16', 'drbd/dialect-unknown'],
    ['9.1.0', 'drbd/dialects-mixed'],
  ])('DRBD %s on one node', (version, code) => {
    const other = { ...good, facts: { kernel: { known: true as const, value: { loaded: true, version } } } };
    expect(codes(planned({ alpha: good, bravo: other }))).toContain(code);
  });
});

describe('following the file, and growth', () => {
  test('a changed file is followed where the resource runs, after its dry run was looked at', () => {
    const verdict = planned(both({ ...good, file: false }));
    expect(verbs(verdict)).toEqual(['alpha#adjust', 'bravo#adjust']);
    expect(verdict.steps[0]?.guards.at(-1)?.expect).toEqual({ lacks: expect.stringContaining('detach') });
  });

  test.each([
    'drbdsetup-84 net-options a b --set-defaults --protocol=C --after-sb-0pri=disconnect',
    'drbdsetup disk-options 0',
  ])('a harmless difference is followed: %s', (line) =>
    expect(verbs(planned(both({ ...good, adjust: [line] })))).toEqual(['alpha#adjust', 'bravo#adjust']),
  );

  const small = (role: string): SideWords => ({
    ...good,
    running: connected('UpToDate', 'UpToDate', { role, volumes: { 0: volume('UpToDate', volumeBytes - 4096) } }),
  });

  test('grown on one node, the Primary (3.4)', () => {
    const verdict = planned({ alpha: small('Secondary'), bravo: small('Primary') });
    expect(verbs(verdict)).toEqual(['bravo#resize']);
  });

  test('not while it syncs, not while it is cut', () => {
    const syncing = {
      ...small('Primary'),
      running: connected('UpToDate', 'Inconsistent', { volumes: { 0: volume('UpToDate', 4096) } }, 'SyncSource'),
    };
    expect(codes(planned({ alpha: syncing, bravo: small('Secondary') }))).toContain('drbd/not-healthy');
    const cut = (role: string): SideWords => ({
      ...good,
      running: lonely('UpToDate', 'Connecting', { role, volumes: { 0: volume('UpToDate', 4096) } }),
    });
    const verdict = planned({ alpha: cut('Primary'), bravo: cut('Secondary') });
    expect([codes(verdict), verbs(verdict)]).toEqual([['drbd/not-healthy'], []]);
  });

  const asleep: SideWords = { tags: seeded, metadata: 'data', slice: volumeBytes };
  const alone: SideWords = {
    ...small('Primary'),
    running: lonely('UpToDate', 'Connecting', { role: 'Primary', volumes: { 0: volume('UpToDate', 4096) } }),
  };

  test.each<[string, Readonly<Record<string, SideWords>>, readonly string[]]>([
    ['both are down', both(asleep), ['alpha#up', 'bravo#up', ...waits]],
    ['one is down', { alpha: alone, bravo: asleep }, ['bravo#up', ...waits]],
    ['one is made anew', { alpha: alone, bravo: {} }, ['bravo#create-metadata', 'bravo#up', ...waits, 'bravo#mark']],
    [
      'one was never marked: without its metadata it would look new',
      { alpha: small('Primary'), bravo: { ...small('Secondary'), tags: unseeded } },
      ['bravo#mark'],
    ],
    ['seeded by hand', both({ ...small('Secondary'), tags: ['sanctl'] }), ['alpha#mark', 'bravo#mark']],
    [
      'not seeded yet',
      both({
        ...fresh,
        running: connected('Inconsistent', 'Inconsistent', { volumes: { 0: volume('Inconsistent', 4096) } }),
      }),
      [],
    ],
  ])('in the next run only: %s', (_, sides, expected) => {
    const verdict = planned(sides);
    expect(codes(verdict)).toEqual(['drbd/grows-later']);
    expect(verbs(verdict).filter((verb) => expected.length > 0 || verb.includes('resize'))).toEqual(expected);
  });

  test('a slice without anything of DRBD on it just grows, and one that is large enough as it is does not', () => {
    const growth = (words: SideWords) => slicesMayGrow(siteOf().volumes[name] as Volume, worldOf(both(words)));
    expect(growth({ ...blank, slice: 4096 })).toBe('free');
    expect(growth({ ...fresh, slice: 4096 })).toBe('later');
    expect(growth({ ...asleep })).toBe('later');
    expect(growth(small('Secondary'))).toBe('now');
    expect(growth({ ...good, slice: volumeBytes })).toBe('none');
    expect(growth({ ...small('Secondary'), facts: { running: { known: false, why: 'it broke' } } })).toBe('none');
  });
});

describe('three replicas: a connection that 9 does not list is missing, not good (D2)', () => {
  const nodes = ['alpha', 'bravo', 'carol'];
  const kernel = { known: true as const, value: { loaded: true, version: '9.1.0' } };
  const peer = { disk: 'UpToDate', replication: 'Established', resyncSuspended: 'no', outOfSyncBytes: 0 };
  const joined = (peers: readonly string[], bytes = volumeBytes): SideWords => ({
    ...good,
    hosts: nodes,
    facts: { kernel },
    running: {
      connections: peers.map((one) => ({ peer: one, state: 'Connected', role: 'Secondary', volumes: { 0: peer } })),
      volumes: { 0: volume('UpToDate', bytes) },
    },
  });
  const three = (bytes: number, ...left: readonly string[]) =>
    Object.fromEntries(
      nodes.map((node) => [
        node,
        joined(
          nodes.filter((one) => one !== node && !left.includes(one) && !left.includes(node)),
          bytes,
        ),
      ]),
    );
  const site = { nodes, volumes: { [name]: { size: '64MiB', replicas: nodes } } };

  test('said, and nothing grows', () => {
    const worded = (bytes: number, ...left: readonly string[]) => codes(planned(three(bytes, ...left), { site }));
    expect(worded(volumeBytes)).toEqual([]);
    expect(worded(volumeBytes, 'carol')).toEqual(['drbd/not-connected']);
    expect(worded(4096, 'carol')).toEqual(['drbd/not-healthy']);
  });

  test('nor is one made Primary', () => {
    const problems = (...left: readonly string[]) => {
      const world = worldOf(three(volumeBytes, ...left), { site });
      return promoteSteps(siteOf({ site }).volumes[name] as Volume, 'alpha', world).problems.map(({ code }) => code);
    };
    expect(problems()).toEqual([]);
    expect(problems('carol')).toEqual(['drbd/not-promotable']);
  });

  test('nor does a slice grow', () => {
    const [connection, disks] = healthy(siteOf({ site }).volumes[name] as Volume).map(({ expect: wanted }) => wanted);
    const says = (wanted: typeof connection, ...answers: readonly string[]) =>
      answers.map((stdout) => wanted !== undefined && holds(wanted, { code: 0, stdout: `${stdout}\n` }));
    expect(says(connection, 'Connected\nConnected', 'Connected Connected')).toEqual([true, true]);
    const cut = ['Connected\nConnecting', 'Connecting\nConnected', 'Connected StandAlone', 'WFConnection', ''];
    expect(says(connection, ...cut)).toEqual(cut.map(() => false));
    expect(says(disks, 'UpToDate/UpToDate/UpToDate', 'UpToDate/UpToDate')).toEqual([true, false]);
  });

  test.each<[string, (volume: Volume) => Expectation, string, string]>([
    ['healthy', (of) => isHealthy(of, '9').expect, 'UpToDate/UpToDate/UpToDate', 'Primary'],
    ['new', (of) => isNew(of, '9').expect, 'Inconsistent/Inconsistent/Inconsistent', 'Secondary'],
    ['good enough to be made Primary', (of) => untilGood(of, '9').until, 'UpToDate/Inconsistent/UpToDate', 'Secondary'],
  ])('nor does a guard take it for %s', (_, expected, dstate, role) => {
    const wanted = expected(siteOf({ site }).volumes[name] as Volume);
    const passed = [
      `Connected Connected ${dstate} ${role}`,
      `Connected ${dstate} ${role}`,
      `Connected Connected Connected ${dstate} ${role}`,
      `Connected Connected ${dstate.replace(/^[^/]*\//, '')} ${role}`,
      `Connected Connecting ${dstate} ${role}`,
    ].map((line) => holds(wanted, { code: 0, stdout: `${line}\n` }));
    expect(passed).toEqual([true, false, false, false, false]);
  });

  test('nor does a wait for the sync end before it is there', () => {
    const { steps } = planned(three(4096), { site });
    const [wait] = steps.flatMap(({ actions }) => actions.filter((action) => action.do === 'wait'));
    const passed = ['UpToDate/UpToDate/UpToDate', 'UpToDate/UpToDate'].map(
      (line) => wait !== undefined && holds(wait.until, { code: 0, stdout: `${line}\n` }),
    );
    expect(passed).toEqual([true, false]);
  });
});

describe('what is said although nothing is to be done', () => {
  test('a link that is down', () => {
    const verdict = planned(both({ ...good, running: lonely('UpToDate') }));
    expect(codes(verdict)).toEqual(['drbd/not-connected']);
    expect(verdict.steps).toEqual([]);
  });

  test('a sync that runs', () => {
    const source = { ...good, running: connected('UpToDate', 'Inconsistent', {}, 'SyncSource') };
    const target = {
      ...good,
      metadata: 'bad data' as const,
      running: connected('Inconsistent', 'UpToDate', {}, 'SyncTarget'),
    };
    const verdict = planned({ alpha: source, bravo: target });
    expect(codes(verdict)).toEqual(['drbd/syncing']);
    expect(verdict.steps).toEqual([]);
  });
});

describe('state: absent', () => {
  const site = { volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'], state: 'absent' as const } } };
  const absent = { site, allowDestroy: ['volume/web-root'] };

  test('the machines are known to be the right ones first, whatever `--only` says (T4)', () => {
    const world = worldOf(both(good), { site: { ...site, volumeGroups: { vg0: { devices: ['/dev/vdb'] } } } });
    const chosen = select(things(kinds, world.site, world), ['drbd/web-root']).things.map((thing) => address(thing));
    expect(chosen).toEqual(expect.arrayContaining(['host/alpha', 'host/bravo', 'volume/web-root', 'drbd/web-root']));
  });

  test('nothing without the operator’s word', () => expect(planned(both(good), { site }).steps).toEqual([]));

  test('down, then the file goes', () => {
    const verdict = planned(both(good), absent);
    expect(verbs(verdict)).toEqual(['alpha#down', 'alpha#forget', 'bravo#down', 'bravo#forget']);
  });

  test.each<[string, SideWords, string]>([
    ['runs', { ...good, running: connected('UpToDate', 'UpToDate', elsewhere('UpToDate')) }, 'drbd/other-device'],
    ['is configured', { tags: seeded, metadata: 'data', on: '/dev/vg9/precious' }, 'drbd/other-device'],
    ['has a file that sanctl did not write', { ...good, file: 'foreign' }, 'drbd/file-not-ours'],
  ])('somebody else’s resource of that name stays: it %s (C3, C8)', (_, words, code) => {
    const verdict = planned({ alpha: words, bravo: good }, absent);
    expect(codes(verdict)).toEqual([code]);
    expect(verdict.steps.filter(({ node }) => node === 'alpha')).toEqual([]);
  });

  test('a file that somebody else wrote goes by his word', () => {
    const word = { ...absent, adopt: ['/etc/drbd.d/web-root.res'] };
    expect(verbs(planned({ alpha: { ...good, file: 'foreign' }, bravo: good }, word))).toContain('alpha#forget');
  });

  test('never while somebody uses it', () => {
    const used = { ...good, running: connected('UpToDate', 'UpToDate', { role: 'Primary' }) };
    const verdict = planned({ alpha: used, bravo: good }, absent);
    expect(codes(verdict)).toEqual(['drbd/in-use']);
  });

  test.each(['', 'bravo'])('nor while a peer "%s" does, of which its own node knows nothing yet', (peer) => {
    const { connections = [], ...rest } = connected('UpToDate', 'UpToDate');
    const seen = { ...rest, connections: connections.map((one) => ({ ...one, peer, role: 'Primary' })) };
    const verdict = planned({ alpha: { ...good, running: seen }, bravo: good }, absent);
    expect(codes(verdict)).toEqual(['drbd/in-use']);
    expect(verdict.diagnostics[0]?.detail).toContain(peer === '' ? 'the peer of alpha' : 'Primary on bravo');
  });

  test('asked again right before, of both roles', () => {
    const said = ['Secondary', 'Secondary/Secondary', 'Secondary/Unknown', 'Secondary/Primary', 'Primary/Secondary'];
    const guards = planned(both(good), absent).steps.find(({ verb }) => verb === 'down')?.guards ?? [];
    expect(guards.map(({ ask }) => ask.argv.join(' '))).toEqual(['drbdsetup role 0']);
    const passed = said.filter((line) =>
      guards.every(({ expect: wanted }) => holds(wanted, { code: 0, stdout: `${line}\n` })),
    );
    expect(passed).toEqual(['Secondary', 'Secondary/Secondary', 'Secondary/Unknown']);
  });

  test('9 says the roles of peers elsewhere', () => {
    const kernel = { known: true as const, value: { loaded: true, version: '9.1.0' } };
    const verdict = planned(both({ ...good, facts: { kernel } }), absent);
    const guards = verdict.steps.find(({ verb }) => verb === 'down')?.guards ?? [];
    expect(guards.map(({ ask }) => ask.argv.join(' '))).toEqual([
      'drbdsetup role web-root',
      'drbdsetup status web-root',
    ]);
  });
});

test('an answer that names no connection is no connection (C5)', () => {
  for (const dialect of ['8.4', '9'] as const) {
    const is = (stdout: string) => holds(untilConnected('web-root', dialect).until, { code: 0, stdout });
    expect([is('Connected\n'), is('Connecting\n'), is('StandAlone\n'), is('')]).toEqual([true, false, false, false]);
  }
});
