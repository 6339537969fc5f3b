/** A domain whose disks are imports and arrays: started where they are, refused where somebody may have them, and which of them may move. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { domain } from '../../../src/kinds/domain/index.ts';
import { handedBy } from '../../../src/kinds/domain/move/imports.ts';
import { mirrorsOf, notPossible } from '../../../src/kinds/domain/move/path.ts';
import { verbs as ofDomain } from '../../../src/kinds/domain/verbs.ts';
import type { Vm } from '../../../src/kinds/site.ts';
import { holds } from '../../../src/shell/expect.ts';
import { RealSh } from '../real-sh.ts';
import { type Around, good, type Where, web, worldWith } from './world.ts';

const site = {
  nodes: ['alpha', 'bravo', 'charlie', 'delta'],
  volumes: {
    legacy: { size: '64MiB' },
    'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] },
  },
  exports: {
    legacy: { via: 'gnbd', to: ['charlie', 'delta'] },
    // Named like a mirror that runs, which is nothing to it.
    'web-root': { backing: { volume: 'legacy' }, readOnly: true, to: ['charlie', 'delta'] },
    mirrored: { backing: { volume: 'web-root' }, to: ['charlie', 'delta'] },
  },
  arrays: { db: { node: 'charlie', members: [{ export: 'legacy' }] } },
} as const;
const onImport = { home: 'charlie', disks: [{ export: 'legacy', as: 'xvda', readOnly: false }] } as const;
const onArray = { home: 'charlie', disks: [{ array: 'db', as: 'xvda', readOnly: false }] } as const;
const onMirrored = { home: 'charlie', disks: [{ export: 'mirrored', as: 'xvda', readOnly: false }] } as const;
const onReader = { home: 'charlie', disks: [{ export: 'web-root', as: 'xvda', readOnly: true }] } as const;

function plan(vm: Partial<Vm>, where: Where = {}, around: Around = {}) {
  const world = worldWith(where, { site: { ...site, vms: { web: vm } }, ...around });
  const things = domain.expand(world.site, world);
  const thing = things.find((one) => one.kind === 'domain');
  const own = world.site.vms['web'];
  if (thing === undefined || own === undefined) throw new Error('no domain was asked for');
  return { world, vm: own, things, thing, ...domain.plan(thing as Parameters<typeof domain.plan>[0], world) };
}
const steps = ({ steps }: ReturnType<typeof plan>) => steps.map(({ node, verb }) => `${node}#${verb}`);
const codes = ({ diagnostics }: Pick<ReturnType<typeof plan>, 'diagnostics'>) => diagnostics.map(({ code }) => code);

test('its file is where it is imported or may be taken over, and whoever serves it or may import it is looked at before it starts (X1)', () => {
  const verdict = plan(onImport);
  expect(codes(verdict)).toEqual([]);
  expect(steps(verdict)).toEqual(['alpha#absent', 'delta#absent', 'charlie#start']);
  expect(verdict.thing.needs).toContain('import/legacy@charlie');
  const files = verdict.things.filter(({ name }) => name === '/etc/xen/web.cfg' || name === 'etc/xen/web.cfg');
  expect(files.map(({ nodes }) => nodes)).toEqual([['charlie'], ['delta']]);
  expect(JSON.stringify(files[0]?.want)).toContain('target=/dev/gnbd/legacy');
  const proofs = verdict.steps.at(-1)?.guards.map(({ proves }) => proves);
  expect(proofs?.at(-1)).toBe('/dev/gnbd/legacy is there, and nothing is mounted from it or built on it (C2)');
  // On the serving node, somebody may have what is behind it.
  expect(verdict.steps[0]?.guards[0]?.expect).toMatchObject({
    lacks: expect.stringContaining('"/dev/mapper/vg0-legacy"'),
  });
});

test('it starts on an import whose unit has proven it, and whose name leads to it (S3)', () => {
  const guards = plan(onImport).steps.at(-1)?.guards ?? [];
  const guard = guards.find(({ proves }) => proves.includes('is connected to what it is called'));
  const [, , script = '', , unit, , wireName = ''] = guard?.ask.argv ?? [];
  expect(unit).toBe('sanctl-import-legacy.service');
  const folder = mkdtempSync(join(tmpdir(), 'standing-'));
  const link = join(folder, 'legacy');
  const device = (name: string, backend: string) => {
    mkdirSync(join(folder, 'block', name), { recursive: true });
    writeFileSync(join(folder, 'block', name, 'backend'), `${backend}\n`);
    writeFileSync(join(folder, name), '');
  };
  device('nbd0', `${wireName}/a1b2/boot-1/1`);
  device('nbd1', 'other-a1b2c3d4/a1b2/boot-1/1');
  const said = (to: string, active: boolean) => {
    rmSync(link, { force: true });
    symlinkSync(join(folder, to), link);
    const moved = script.replace('/sys/class/block', join(folder, 'block')).replace('[ -b', '[ -e');
    const asked = `systemctl() { [ ${active} = true ]; }\n${moved}`;
    return spawnSync('sh', ['-c', asked, 'sh', 'unit', link, wireName], { encoding: 'utf8' }).stdout;
  };
  expect(said('nbd0', true)).toBe('proven\n');
  expect(said('nbd0', false)).toBe('');
  expect(said('nbd1', true)).toBe('');
});

test('an array is used where it is assembled; whoever holds a member is looked at', () => {
  const verdict = plan(onArray);
  expect(steps(verdict)).toEqual(['alpha#absent', 'delta#absent', 'charlie#start']);
  expect(verdict.thing.needs).toContain('array/db@charlie');
  expect(JSON.stringify(verdict.things)).toContain('target=/dev/md/db');
});

test('what is only read may be imported and read by more than one', () => {
  const verdict = plan(onReader);
  expect(verdict.things.filter(({ name }) => name.endsWith('web.cfg')).map(({ nodes }) => nodes[0])).toEqual([
    'charlie',
    'delta',
  ]);
});

test.each<[string, string, string, string[]]>([
  ['the slice behind it, on the node that serves it', 'alpha', '/dev/vg0/legacy', ['domain/disk-in-use']],
  ['the same import', 'charlie', '/dev/gnbd/legacy', ['domain/disk-in-use']],
  ['a device of which nothing is known', 'charlie', '/dev/nbd3', ['domain/disk-unclear']],
  ['a mirror', 'charlie', '/dev/drbd7', []],
  ['another import', 'charlie', '/dev/gnbd/mirrored', []],
  ['another import of what is behind it', 'charlie', '/dev/gnbd/web-root', ['domain/disk-unclear']],
  ['an import that nobody knows', 'charlie', '/dev/gnbd/elsewhere', ['domain/disk-unclear']],
])('another domain has %s', (_, node, target, expected) => {
  const mail = { ...web, name: 'mail', uuid: '6f3c1a52-0000-4000-8000-0000000000aa' };
  const where = { [node]: [{ ...mail, disks: [{ as: 'xvda', target, readOnly: false }] }] };
  expect(codes(plan(onImport, where))).toEqual(expected);
});

test('R5, N7: neither an array moves, nor an import whose server may be another one day, and each says why', () => {
  const found = [onArray, onMirrored].map((vm) => {
    const { world, vm: own } = plan(vm);
    const to = world.site.nodes['delta'];
    return [...mirrorsOf(own, world).problems, ...(to === undefined ? [] : notPossible(own, to, world))];
  });
  expect(found.map((all) => all.map(({ code }) => code))).toEqual([
    ['move/array-disk', 'move/not-possible'],
    ['move/import-disk'],
  ]);
  expect(found.flat().map(({ detail }) => detail)).toEqual([
    'domain/web has the array db as xvda, which only one node may assemble at a time: it cannot be open on both (R5).',
    'domain/web cannot run on delta: it may not assemble db.',
    'domain/web has the export mirrored as xvda, which the other node cannot take over while it runs: it stands on web-root, which another node than alpha may serve one day, and the note of who may write would stay on alpha (N7, docs/decisions/0016).',
  ]);
});

test('an import moves to whom its export is for, and to nobody else; one that is only read has nothing to hand over', () => {
  const [written, read] = [plan(onImport), plan(onReader)];
  for (const { world, vm } of [written, read])
    expect(mirrorsOf(vm, world)).toMatchObject({ windows: [], problems: [] });
  const speaks = ({ world, vm }: ReturnType<typeof plan>, to: 'bravo' | 'delta') =>
    Object.values(world.site.nodes)
      .filter(({ name }) => name === to)
      .flatMap((node) => notPossible(vm, node, world).map(({ detail }) => detail));
  expect([speaks(written, 'delta'), speaks(read, 'delta')]).toEqual([[], []]);
  expect(speaks(written, 'bravo')).toEqual(['domain/web cannot run on bravo: it may not import legacy.']);
  expect([handedBy(written.vm, written.world.site), handedBy(read.vm, read.world.site)]).toMatchObject([
    [{ name: 'legacy' }],
    [],
  ]);
});

test('stopped, it leaves alone a mirror that has the name of its import', () => {
  const runs = { ...web, disks: [{ as: 'xvda', target: '/dev/gnbd/web-root', readOnly: true }] };
  const drbd = { charlie: { ...good.alpha, role: 'Primary' } };
  const { world, vm } = plan(onReader, { charlie: [runs] }, { drbd });
  const verdict = ofDomain.shutdown.plan({ vm, timeout: 60 }, world).get('web');
  expect(verdict?.diagnostics).toEqual([]);
  expect(verdict?.steps.map(({ verb }) => verb)).toEqual(['shutdown', 'absent']);
});

const sh = new RealSh();
test.each<[string, string, boolean]>([
  ['a disk', 'disk \n', true],
  ['an array with a guest’s own partitions', 'raid6 \npart \npart \n', true],
  ['a map of one LUN', 'mpath \n', true],
  ['a disk that is mounted', 'disk /mnt\n', false],
  ['a partition that is swap', 'disk \npart [SWAP]\n', false],
  ['a volume group on it', 'disk \nlvm \n', false],
])('C2: %s', (_, says, free) => {
  const guard = plan(onImport).steps.at(-1)?.guards.at(-1);
  if (guard === undefined) throw new Error('nothing proves it');
  const program = sh.write('says', says);
  const { status, stdout } = sh.run(guard.ask, {
    lsblk: `[ "$*" = "-n -r -o TYPE,MOUNTPOINTS /dev/gnbd/legacy" ] && cat ${program}`,
  });
  expect(holds(guard.expect, { code: status ?? 1, stdout })).toBe(free);
});

test('C5: a device that is not there proves nothing', () => {
  const guard = plan(onImport).steps.at(-1)?.guards.at(-1);
  if (guard === undefined) throw new Error('nothing proves it');
  const { status, stdout } = sh.run(guard.ask, { lsblk: 'echo "lsblk: $5: not a block device" >&2; exit 32' });
  expect(holds(guard.expect, { code: status ?? 1, stdout })).toBe(false);
});
