/** Where a domain is, over all nodes, and what follows: a start, a word, or hands off (3.2, X1, X5, X7). */
import { describe, expect, test } from 'vitest';
import type { Domain } from '../../../src/kinds/domain/facts.ts';
import { domain } from '../../../src/kinds/domain/index.ts';
import type { Running } from '../../../src/kinds/drbd/facts.ts';
import { known } from '../../../src/kinds/reading.ts';
import { compactSite } from '../compact.ts';
import { connected, lonely, volume } from '../drbd/world.ts';
import { type Around, good, type Where, web, worldWith } from './world.ts';

function plan(where: Where, around: Around = {}) {
  const world = worldWith(where, around);
  const thing = domain.expand(world.site, world).find((one) => one.kind === 'domain');
  if (thing === undefined) throw new Error('no domain was asked for');
  return { thing, ...domain.plan(thing as Parameters<typeof domain.plan>[0], world) };
}

const verbs = (verdict: ReturnType<typeof plan>) => verdict.steps.map(({ node, verb }) => `${node}#${verb}`);
const codes = (verdict: ReturnType<typeof plan>) => verdict.diagnostics.map(({ code }) => code);

const start = ['bravo#absent', 'alpha#promote-web-root', 'alpha#start'];

describe('started only where it runs nowhere', () => {
  test('nothing exists yet: everything is looked at right before', () => {
    const verdict = plan({});
    expect(codes(verdict)).toEqual([]);
    expect(verbs(verdict)).toEqual(start);
    expect(verdict.thing.needs).toContain('drbd/web-root');
    const [look, promote, create] = verdict.steps;
    expect(look?.actions).toEqual([]);
    expect(promote?.needs).toEqual(['bravo#absent']);
    expect(create?.needs).toEqual(['bravo#absent']);
    expect(create?.actions[0]).toEqual({ do: 'run', command: { argv: ['xl', 'create', '/etc/xen/web.cfg'] } });
    expect(create?.guards.map(({ proves }) => proves).join('\n')).toMatch(
      /seen three times(.|\n)*device of web-root(.|\n)*is Primary here/,
    );
  });

  test('promoted where the volume is good', () => expect(verbs(plan({}, { drbd: good }))).toEqual(start));

  test('the source of a first sync may be used at once', () => {
    const sync = {
      alpha: connected('UpToDate', 'Inconsistent', {}, 'SyncSource'),
      bravo: connected('Inconsistent', 'UpToDate', {}, 'SyncTarget'),
    };
    expect(verbs(plan({}, { drbd: sync }))).toEqual(start);
  });

  test('the other half is down, and brought up by this plan: the guards judge', () => {
    expect(verbs(plan({}, { drbd: { alpha: lonely('UpToDate') } }))).toEqual(start);
  });

  test('already Primary here: not promoted again', () => {
    expect(verbs(plan({}, { drbd: { ...good, alpha: { ...good.alpha, role: 'Primary' } } }))).toEqual([
      'bravo#absent',
      'alpha#start',
    ]);
  });

  test('a plain volume needs no promotion, and no other node holds it', () => {
    const site = { volumes: { 'web-root': { size: '64MiB', replicas: ['alpha'] } } };
    const verdict = plan({}, { site });
    expect(verbs(verdict)).toEqual(['alpha#start']);
    expect(verdict.thing.needs).toContain('volume/web-root');
    const lastGuard = (readOnly: boolean) =>
      plan({}, { site, vm: { disks: [{ volume: 'web-root', as: 'xvda', readOnly }] } })
        .steps.at(-1)
        ?.guards.at(-1);
    expect(lastGuard(false)?.proves, 'made by this plan').toBe('vg0/web-root is there and open to nobody (C2, C3)');
    expect(lastGuard(true)?.proves, 'who only reads does no harm').toContain('seen three times');
  });

  test('wanted stopped and running nowhere: as wished', () => {
    expect(verbs(plan({}, { vm: { state: 'stopped' } }))).toEqual([]);
  });
});

describe('running somewhere', () => {
  test('as wished', () =>
    expect(plan({ alpha: [web] }, { drbd: { ...good, alpha: { ...good.alpha, role: 'Primary' } } })).toMatchObject({
      steps: [],
      diagnostics: [],
    }));

  test('not at home: a word, no step', () => {
    const verdict = plan({ bravo: [web] }, { drbd: { ...good, bravo: { ...good.bravo, role: 'Primary' } } });
    expect(verdict.steps).toEqual([]);
    expect(codes(verdict)).toEqual(['domain/not-at-home']);
    expect(verdict.diagnostics[0]?.help).toContain('`sanctl migrate web alpha`, or `sanctl vm stop web`');
  });

  const primary = { ...good, alpha: { ...good.alpha, role: 'Primary' } };
  test('what is dying elsewhere makes one that runs no less clear (seen after a move, as `(null)`)', () => {
    const dying = { ...web, name: '(null)', state: '--pssd', disks: undefined };
    for (const left of [dying, { ...dying, name: 'web' }]) {
      const verdict = plan({ alpha: [web], bravo: [left] }, { drbd: primary });
      expect([verdict.steps, codes(verdict)]).toEqual([[], []]);
    }
    const two = plan({ alpha: [web], bravo: [{ ...web, name: 'web--incoming', state: '--p---' }, dying] });
    expect(codes(two)).toEqual(['domain/unclear']);
  });

  test('wanted stopped: the command for a person (X7)', () => {
    const verdict = plan({ alpha: [web] }, { vm: { state: 'stopped' } });
    expect(verdict.steps).toEqual([]);
    expect(codes(verdict)).toContain('domain/still-running');
    expect(verdict.diagnostics.map(({ help }) => help).join()).toContain('`sanctl vm stop web`');
  });

  test('on a disk that is not Primary: the guest has no disk, although xl lists it', () => {
    expect(codes(plan({ alpha: [web] }, { drbd: good }))).toContain('domain/disk-not-primary');
  });

  test.each<[string, Partial<Domain>, string]>([
    ['memory', { memoryBytes: 64 * 2 ** 20 }, 'memory 64 MiB'],
    ['vcpus', { vcpus: 2 }, 'vcpus 2'],
    ['type', { type: 'hvm' }, 'type hvm'],
    ['kernel', { kernel: '/boot/old' }, 'kernel /boot/old'],
    ['a disk elsewhere', { disks: [{ as: 'xvda', target: '/dev/vg0/old', readOnly: false }] }, '/dev/vg0/old'],
    ['a disk read-only', { disks: [{ as: 'xvda', target: '/dev/drbd0', readOnly: true }] }, 'read-only'],
    ['a card', { nics: [{ mac: '00:16:3e:00:00:01', bridge: 'br0' }] }, '00:16:3e:00:00:01 on br0'],
  ])('differs from its file in %s', (_, changed, words) => {
    const verdict = plan(
      { alpha: [{ ...web, ...changed }] },
      { drbd: { ...good, alpha: { ...good.alpha, role: 'Primary' } } },
    );
    expect(verdict.steps).toEqual([]);
    expect(verdict.diagnostics.map(({ code, detail }) => `${code} ${detail}`).join()).toContain('domain/drift');
    expect(verdict.diagnostics.map(({ detail }) => detail).join()).toContain(words);
  });
});

describe('hands off', () => {
  const other = { ...web, uuid: '6f3c1a52-0000-4000-8000-0000000000aa' };
  test.each<[string, Where, string]>([
    ['two live (M6)', { alpha: [web], bravo: [web] }, 'domain/two-live'],
    ['two live on one node', { alpha: [web, { ...web, id: 4 }] }, 'domain/two-live'],
    ['live under another name on another node', { alpha: [web], bravo: [{ ...web, name: 'copy' }] }, 'domain/two-live'],
    [
      'live here, arriving there (M3)',
      { alpha: [web], bravo: [{ ...web, name: 'web--incoming', state: '--p---' }] },
      'domain/unclear',
    ],
    [
      'a remnant beside it (M4)',
      { bravo: [web], alpha: [{ ...web, name: 'web--migratedaway', state: '---s--' }] },
      'domain/unclear',
    ],
    [
      'arriving, and xl knows no configuration of it yet (M3)',
      { alpha: [web], bravo: [{ ...web, name: 'web--incoming', state: '--p---', disks: undefined }] },
      'domain/unclear',
    ],
    ['a remnant alone (M5)', { alpha: [{ ...web, name: 'web--migratedaway', state: '---s--' }] }, 'domain/unclear'],
    ['stopped (M7)', { alpha: [{ ...web, state: '---s--' }] }, 'domain/unclear'],
    ['paused', { alpha: [{ ...web, state: '--p---' }] }, 'domain/unclear'],
    ['crashed', { alpha: [{ ...web, state: '----c-' }] }, 'domain/unclear'],
    ['dying', { alpha: [{ ...web, state: '-----d' }] }, 'domain/unclear'],
    ['somebody else under this name', { bravo: [other] }, 'domain/unclear'],
    ['this uuid under another name', { alpha: [{ ...web, name: 'wab' }] }, 'domain/unclear'],
    ['another domain has the disk', { bravo: [{ ...other, name: 'thief' }] }, 'domain/disk-in-use'],
    ['a node cannot be asked (M9)', { bravo: 'unreadable' }, 'facts/unknown'],
    ['live here, unreadable there', { alpha: [web], bravo: 'unreadable' }, 'facts/unknown'],
  ])('%s', (_, where, code) => {
    const verdict = plan(where);
    expect(codes(verdict)).toEqual([code]);
    expect(verdict.steps).toEqual([]);
  });

  test.each<[string, Around['drbd'], string]>([
    [
      'Primary on the other node',
      { alpha: good.alpha, bravo: { ...good.bravo, role: 'Primary' } },
      'drbd/primary-elsewhere',
    ],
    [
      'the target of a sync',
      { alpha: connected('Inconsistent', 'UpToDate', {}, 'SyncTarget'), bravo: good.bravo },
      'drbd/not-promotable',
    ],
    [
      'cut off from the other half (D12)',
      { alpha: lonely('UpToDate'), bravo: lonely('UpToDate') },
      'drbd/not-promotable',
    ],
    ['outdated', { alpha: connected('Outdated', 'UpToDate'), bravo: good.bravo }, 'drbd/not-promotable'],
    ['suspended', { alpha: { ...good.alpha, suspended: 'quorum' }, bravo: good.bravo }, 'drbd/not-promotable'],
  ])('its volume is %s', (_, running, code) => {
    const verdict = plan({}, { drbd: running });
    expect(codes(verdict)).toEqual([code]);
    expect(verdict.steps).toEqual([]);
  });

  test('its file has a disk that is not in the inventory (X6)', () => {
    const around = { template: 'usbdevice = "disk:/dev/vg0/other"\n' };
    for (const where of [{}, { alpha: [web] }]) expect(codes(plan(where, around))).toEqual(['domain/unsafe-file']);
  });

  test.each<[string, Where]>([
    ['itself', { alpha: [{ ...web, state: '--p---', disks: undefined }] }],
    ['itself, and it seems to run', { alpha: [{ ...web, disks: undefined }] }],
    ['another, on a node that could write', { bravo: [{ ...other, name: 'mail', state: '--p---', disks: undefined }] }],
  ])('xl knows no configuration of %s (X10)', (_, where) => {
    const verdict = plan(where);
    expect(codes(verdict)).toEqual(['domain/no-configuration']);
    expect(verdict.diagnostics[0]?.help).toContain('`xl destroy 3` loses nothing');
    expect(verdict.steps).toEqual([]);
  });

  test('xl knows no configuration of another, and nothing is to be started', () => {
    const hidden = { ...other, name: 'mail', state: '--p---', disks: undefined };
    const drbd = { ...good, alpha: { ...good.alpha, role: 'Primary' } };
    expect(codes(plan({ alpha: [web, hidden] }, { drbd }))).toEqual([]);
  });

  test('too little memory at home', () => {
    expect(codes(plan({}, { freeBytes: 127 * 2 ** 20 }))).toEqual(['domain/no-memory']);
    expect(codes(plan({}, { freeBytes: 200 * 2 ** 20 }))).toEqual([]);
  });
});

describe('a device is what it is, not what it is called (X1)', () => {
  const mail = { ...web, name: 'mail', uuid: '6f3c1a52-0000-4000-8000-0000000000aa' };
  const on = (target: string): Where => ({ alpha: [{ ...mail, disks: [{ as: 'xvda', target, readOnly: false }] }] });
  const plain = { volumes: { 'web-root': { size: '64MiB', replicas: ['alpha'] } } };
  const slice = (name: string, open: boolean) => ({
    name,
    group: 'vg0',
    path: `/dev/vg0/${name}`,
    hidden: false,
    open,
    tags: ['sanctl'],
  });
  const primary = { ...good, alpha: { ...good.alpha, role: 'Primary' } };

  test.each(['/dev/drbd0', '/dev/drbd/by-res/web-root/0', '/dev/vg0/web-root', '/dev/mapper/vg0-web--root'])(
    'a mirrored disk, or its slice: %s',
    (target) => {
      expect(codes(plan(on(target), { drbd: good }))).toEqual(['domain/disk-in-use']);
    },
  );

  test.each(['/dev/vg0/web-root', '/dev/mapper/vg0-web--root', '/dev/disk/by-id/dm-name-vg0-web--root'])(
    'a plain one: %s',
    (target) => expect(codes(plan(on(target), { site: plain }))).toEqual(['domain/disk-in-use']),
  );

  test.each<[string, string, Around, string[]]>([
    ['the minor of another', '/dev/drbd5', { drbd: primary }, []],
    ['another resource, running', '/dev/drbd/by-res/db/0', { drbd: primary }, []],
    ['a resource of which nothing is known', '/dev/drbd/by-res/none/0', { drbd: primary }, ['domain/disk-unclear']],
    ['another name of DRBD, and nobody has ours open', '/dev/drbd/by-disk/sdb', { drbd: good }, []],
    ['another name of DRBD, and ours may be open', '/dev/drbd/by-disk/sdb', { drbd: primary }, ['domain/disk-unclear']],
    [
      'another name of DRBD, and 9 says that ours is not open',
      '/dev/drbd/by-disk/sdb',
      { drbd: { ...primary, alpha: closed(primary.alpha) } },
      [],
    ],
    ['a link, perhaps to the slice below a Secondary', '/srv/web.img', { drbd: good }, ['domain/disk-unclear']],
    [
      'the slice below, perhaps, and 9 says that ours is not open',
      '/dev/dm-3',
      { drbd: { ...primary, alpha: closed(primary.alpha) } },
      ['domain/disk-unclear'],
    ],
    [
      'ours is down, and its slice is open',
      '/dev/dm-3',
      { volumes: [slice('web-root', true)] },
      ['domain/disk-unclear'],
    ],
    ['ours is down, and its slice is not open', '/dev/dm-3', { volumes: [slice('web-root', false)] }, []],
    ['a plain one, open', '/dev/dm-3', { site: plain, volumes: [slice('web-root', true)] }, ['domain/disk-unclear']],
    ['a plain one, not open', '/dev/dm-3', { site: plain, volumes: [slice('web-root', false)] }, []],
    [
      'a plain one, and another volume by any of its names',
      '/dev/mapper/vg0-mail--spool',
      { site: plain, volumes: [slice('web-root', false), slice('mail-spool', true)] },
      [],
    ],
    [
      'a plain one that somebody else has open, and another volume',
      '/dev/mapper/vg0-mail--spool',
      { site: plain, volumes: [slice('web-root', true), slice('mail-spool', true)] },
      ['domain/disk-open'],
    ],
    [
      'a volume that was renamed meanwhile',
      '/dev/vg0/web-old',
      { site: plain, volumes: [slice('web-root', true)] },
      ['domain/disk-unclear'],
    ],
  ])('%s', (_, target, around, expected) => {
    const verdict = plan(on(target), around);
    expect(codes(verdict)).toEqual(expected);
    expect(verdict.steps.length > 0).toBe(expected.length === 0);
  });

  test.each(['/dev/drbd0', '/dev/drbd/by-res/web-root/0'])('a plain one, on which DRBD still runs: %s', (target) => {
    const verdict = plan(on(target), { site: plain, drbd: primary });
    expect(codes(verdict)).toEqual(['domain/disk-in-use']);
    expect(verdict.steps).toEqual([]);
  });

  test('a mirrored disk, on whose slice a resource of another name runs', () => {
    expect(codes(plan(on('/dev/drbd5'), { drbd: good, dbOn: '/dev/mapper/vg0-web--root' }))).toEqual([
      'domain/disk-in-use',
    ]);
  });

  test('an image that another domain only reads is no writer; nor is an empty drive', () => {
    const reads = (...targets: string[]): Where => ({
      alpha: [{ ...mail, disks: targets.map((target, at) => ({ as: `xvd${at}`, target, readOnly: true })) }],
    });
    expect(codes(plan(reads('/srv/debian.iso', ''), { drbd: good }))).toEqual([]);
    expect(codes(plan(reads('/dev/vg0/web-root'), { drbd: good }))).toEqual(['domain/disk-in-use']);
  });

  test.each<[string, boolean, boolean, string[]]>([
    ['two readers', true, true, []],
    ['a reader beside a writer', true, false, ['domain/disk-in-use']],
    ['a writer beside a reader', false, true, ['domain/disk-in-use']],
  ])('one volume and %s', (_, own, its, expected) => {
    const vm = { disks: [{ volume: 'web-root', as: 'xvda', readOnly: own }] };
    for (const [target, around] of [
      ['/dev/vg0/web-root', { site: plain, volumes: [slice('web-root', true)] }],
      ['/dev/drbd0', { drbd: primary }],
    ] as const) {
      const where = { alpha: [{ ...mail, disks: [{ as: 'xvda', target, readOnly: its }] }] };
      expect(codes(plan(where, { ...around, vm }))).toEqual(expected);
    }
  });

  test('its own disk under another name is no difference; the slice below it is', () => {
    const runs = (target: string): Where => ({ alpha: [{ ...web, disks: [{ as: 'xvda', target, readOnly: false }] }] });
    expect(codes(plan(runs('/dev/drbd/by-res/web-root/0'), { drbd: primary }))).toEqual([]);
    expect(codes(plan(runs('/dev/vg0/web-root'), { drbd: primary }))).toEqual(['domain/drift']);
  });
});

/** As DRBD 9 tells it. */
function closed(running: Partial<Running>): Partial<Running> {
  return { ...running, volumes: { 0: { ...volume('UpToDate'), open: false } } };
}

describe('a node that the inventory no longer connects with it (X1)', () => {
  const three = { nodes: ['alpha', 'bravo', 'charlie'] };
  const many = { nodes: ['alpha', 'bravo', ...Array.from({ length: 30 }, (_, at) => `n${at}`)] };

  test('is asked, like every node', () => {
    const site = compactSite({ ...three, vms: {} });
    expect(domain.probes(site, 'charlie').map(({ name }) => name)).toEqual(['domain.list', 'domain.long']);
  });

  test('it still runs there: not started a second time, and its new disks are not promoted', () => {
    const verdict = plan({ charlie: [web] }, { site: three, drbd: good });
    expect(codes(verdict)).toEqual(['domain/on-foreign-node']);
    expect(verdict.steps).toEqual([]);
    expect(verdict.diagnostics[0]?.help).toContain('`xl shutdown -w web` on charlie');
  });

  test.each<[string, Where, string]>([
    ['it runs there and at home', { alpha: [web], charlie: [web] }, 'domain/two-live'],
    ['a remnant is there', { charlie: [{ ...web, name: 'web--migratedaway', state: '---s--' }] }, 'domain/unclear'],
    ['another domain has its name', { charlie: [{ ...web, uuid: '1' }] }, 'domain/unclear'],
    ['it cannot be read', { charlie: 'unreadable' }, 'domain/not-seen-everywhere'],
  ])('%s', (_, where, code) => {
    const verdict = plan(where, { site: three });
    expect(codes(verdict)).toEqual([code]);
    expect(verdict.steps).toEqual([]);
  });

  test('a guest without disks may be anywhere', () => {
    expect(codes(plan({ charlie: [{ ...web, disks: [] }] }, { site: three, vm: { disks: [] } }))).toEqual([
      'domain/not-at-home',
    ]);
  });

  test('a guest without disks is looked for on every hypervisor right before its start', () => {
    const site = { nodes: ['alpha', 'bravo', 'charlie', 'store'], volumes: {} };
    const verdict = plan({}, { site, vm: { disks: [] }, bare: ['store'] });
    expect(verbs(verdict)).toEqual(['bravo#absent', 'charlie#absent', 'alpha#start']);
    expect(verdict.steps.at(-1)?.needs).toEqual(['bravo#absent', 'charlie#absent']);
  });

  test('one with disks is looked for there under the locks only: nobody there has them', () => {
    expect(verbs(plan({}, { site: three }))).toEqual(start);
  });

  test('what its own minor is called there is another device', () => {
    const other = { ...web, name: 'mail', uuid: '6f3c1a52-0000-4000-8000-0000000000aa' };
    expect(codes(plan({ charlie: [other] }, { site: three }))).toEqual([]);
  });

  test('it cannot be read, and nothing is to be started: said by nobody', () => {
    const primary = { ...good, alpha: { ...good.alpha, role: 'Primary' } };
    expect(codes(plan({ alpha: [web], charlie: 'unreadable' }, { site: three, drbd: primary }))).toEqual([]);
    expect(codes(plan({ charlie: 'unreadable' }, { site: three, vm: { state: 'stopped' } }))).toEqual([]);
  });

  test('it is another machine than the inventory means: that nothing runs there says nothing (T4)', () => {
    const verdict = plan({}, { site: three, called: { charlie: 'delta' } });
    expect(codes(verdict)).toEqual(['host/wrong-name']);
    expect(verdict.steps).toEqual([]);
  });

  test('many cannot be read: a few are named, the rest counted', () => {
    const where = Object.fromEntries(many.nodes.slice(2).map((node) => [node, 'unreadable' as const]));
    const { diagnostics } = plan(where, { site: many });
    expect(diagnostics.map(({ detail }) => detail)).toEqual([
      'What runs is not known on n0 (xl broke), n1 (xl broke), n2 (xl broke) and 27 more: whatever was not found elsewhere may run there (X1).',
    ]);
  });

  test('it was left out by a person: started, with a warning', () => {
    const verdict = plan({}, { leftOut: ['charlie'] });
    expect(verbs(verdict)).toEqual(start);
    expect(verdict.diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning domain/not-asked',
    ]);
  });
});

test('what the inventory does not name is reported', () => {
  const site = compactSite({ vms: { web: {} } });
  const found = domain.undeclared?.(site, 'alpha', { domains: known([web, { ...web, name: 'stranger', uuid: '1' }]) });
  expect(found?.map(({ name }) => name)).toEqual(['stranger']);
});
