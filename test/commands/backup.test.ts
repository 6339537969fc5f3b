/** `sanctl backup`, whole: over simulated nodes that answer as if a set of snapshots were there. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { realClock } from '../../src/apply/clock.ts';
import { ok } from '../../src/diagnostic.ts';
import { readInventory } from '../../src/inventory/index.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { Connection, Transport } from '../../src/transport/connection.ts';
import { KeepingNode } from '../backup/keeping.ts';
import { type Manners, ReadingNode } from '../backup/node.ts';
import { testNode } from '../shell/node.ts';
import { Desk, inventory } from './setting.ts';

const disk = Buffer.concat([Buffer.alloc(partBytes, 'abc'), Buffer.alloc(60 * 2 ** 20)]);
const text = `${inventory}vms:
  web:
    home: alpha
    memory: { size: 128MiB }
    vcpus: 1
    boot: { kernel: /boot/vmlinuz }
    disks: [{ volume: isos, as: xvda }]
`;
const snapshot = {
  lv_name: 'isos.at.monday',
  lv_uuid: 'Sn4psh-0000-0000-0000-0000-0000-000000',
  vg_name: 'vg0',
  vg_uuid: 'Gr0up0-0000-0000-0000-0000-0000-000000',
  lv_path: '/dev/vg0/isos.at.monday',
  lv_tags: 'sanctl.snapshot,sanctl.set.monday',
  segtype: 'linear',
  pool_lv: '',
  origin: 'isos',
  lv_active: 'active',
  lv_device_open: '',
  lv_health_status: '',
  zero: '',
  seg_monitor: '',
  lv_size: String(disk.length),
  stripes: '1',
};
/** With the slice that it is of. */
const rows = [
  snapshot,
  { ...snapshot, lv_name: 'isos', lv_uuid: 'Isos00-0000-0000-0000-0000-0000-000000', lv_tags: 'sanctl', origin: '' },
];
const row = rows.map((one) => JSON.stringify(one)).join(',');

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.write('inventory.yaml', text);
  mkdirSync(desk.path('backups'));
});

/** The simulated nodes, of which alpha has the set and reads it. */
function withSet(manners: Manners = {}, keeper?: Connection): Transport {
  const node = new ReadingNode([disk], manners);
  return {
    async connect(target) {
      const inner = await desk.setting.transport.connect(target);
      if (inner.ok && target.name === 'bravo' && keeper !== undefined) {
        const run: Connection['run'] = (script, listening) =>
          (['keep', 'sums'].includes(script.do) ? keeper : inner.value).run(script, listening);
        return ok({ node: 'bravo', close: () => inner.value.close(), run });
      }
      if (!inner.ok || target.name !== 'alpha') return inner;
      const connection: Connection = {
        ...node.connection,
        close: () => inner.value.close(),
        async run(script, listening) {
          if (script.do === 'read') return node.connection.run(script, listening);
          const reply = await inner.value.run(script, listening);
          const stdout = reply.stdout.replace(/"lv":\s*\[\s*(\]?)/, (_, end) => `"lv":[${row}${end || ','}`);
          return { ...reply, stdout };
        },
      };
      return ok(connection);
    },
  };
}

const create = (manners: Manners = {}) =>
  desk.run(['backup', 'create', 'web', 'monday', '--to', desk.path('backups')], around(manners));

/** Files of this machine are waited for by its own clock. */
const around = (manners: Manners = {}, keeper?: Connection) => ({
  transport: withSet(manners, keeper),
  clock: realClock,
});

test('a backup is made, found, verified, and told as an inventory wants it', async () => {
  const made = await create();
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toContain('Whole: backups/web.at.monday');
  expect(readFileSync(desk.path('backups/web.at.monday/isos.raw')).equals(disk)).toBe(true);
  const listed = await desk.run(['backup', 'list', desk.path('backups')]);
  expect(listed.stdout).toMatch(/^web\.at\.monday +20.*isos \(64 MiB\)/m);
  expect(await desk.run(['backup', 'verify', desk.path('backups')])).toMatchObject({ code: 0, stdout: '' });
  const told = await desk.run(['backup', 'restore', desk.path('backups/web.at.monday')]);
  expect(told.code).toBe(0);
  const restored = told.stdout.replace(/"backups/g, `"${desk.path('backups')}`).replace(/^volumes:\n/, '');
  const read = readInventory(text.replace(/^volumes:\n/m, `volumes:\n${restored}`), 'inventory.yaml', desk.folder);
  expect(read).toMatchObject({
    ok: true,
    value: { site: { volumes: { 'isos-monday': { bytes: disk.length, image: { format: 'raw' } } } } },
  });
  expect(await create()).toMatchObject({ code: 3, stderr: expect.stringContaining('[backup/is-there]') });
});

test('one that was cut off stays partial and says how to go on, and the same command ends it', async () => {
  const cut = await create({ stderr: 'Input/output error', code: 1, spoil: (answer) => answer.subarray(0, 5_000_000) });
  expect([cut.code, cut.stderr]).toEqual([4, expect.stringContaining('[backup/not-read]')]);
  expect(cut.stderr).toContain('the same command goes on');
  expect((await desk.run(['backup', 'list', desk.path('backups')])).stdout).toContain('not whole');
  expect(await desk.run(['backup', 'verify', desk.path('backups')])).toMatchObject({ code: 2 });
  expect(existsSync(desk.path('backups/web.at.monday'))).toBe(false);
  expect(await create()).toMatchObject({ code: 0 });
});

test('one that was tampered with is not restored, and the part is named', async () => {
  await create();
  const file = desk.path('backups/web.at.monday/isos.raw');
  writeFileSync(file, Buffer.concat([disk.subarray(0, -1), Buffer.from('x')]));
  const told = await desk.run(['backup', 'restore', desk.path('backups/web.at.monday')]);
  expect([told.code, told.stdout]).toEqual([3, '']);
  expect(told.stderr.replaceAll(/[\s|]+/g, ' ')).toContain('isos.raw: part 15.');
});

test.each([
  ['web', 'tuesday', 3, 'snapshot/no-set'],
  ['wep', 'monday', 1, 'usage/unknown-vm'],
  ['constructor', 'monday', 1, 'usage/unknown-vm'],
  ['web', '../x', 1, 'snapshot/bad-name'],
])('no backup of %s at %s', async (vm, set, code, problem) => {
  const run = await desk.run(['backup', 'create', vm, set, '--to', desk.path('backups')], around());
  expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(`[${problem}]`)]);
});

test('a folder that is not there may be a disk that is not mounted: it is not made', async () => {
  const run = await desk.run(['backup', 'create', 'web', 'monday', '--to', desk.path('gone')], around());
  expect([run.code, run.stderr]).toEqual([3, expect.stringContaining('[backup/not-written]')]);
  expect(existsSync(desk.path('gone'))).toBe(false);
});

const onto = (to: string, keeper?: Connection, env: Record<string, string> = { SANCTL_UNPROVEN: 'lab' }) =>
  desk.run(['backup', 'create', 'web', 'monday', '--to', to], { ...around({}, keeper), env });

test('another node keeps it: the same files, and a second one of that name is refused', async () => {
  const node = testNode();
  const { connection } = new KeepingNode(node, {});
  const made = await onto(`bravo:${node.root}/`, connection);
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toContain(`Whole: bravo:${node.root}/web.at.monday`);
  expect(await desk.run(['backup', 'verify', `${node.root}/web.at.monday`])).toMatchObject({ code: 0 });
  const verify = (path: string) => desk.run(['backup', 'verify', `bravo:${path}`], around({}, connection));
  expect((await verify(`${node.root}/web.at.monday`)).code).toBe(0);
  expect((await verify(`${node.root}/gone`)).code).toBe(3);
  const again = await onto(`bravo:${node.root}`, connection);
  expect([again.code, again.stderr]).toEqual([3, expect.stringContaining('[backup/is-there]')]);
  const file = `${node.root}/web.at.monday/isos.raw`;
  writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, -1), Buffer.from('x')]));
  const changed = await verify(`${node.root}/web.at.monday`);
  expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('[backup/other-parts]')]);
  node.remove();
});

test('which has not run on real nodes: nothing is asked of anybody', async () => {
  const run = await onto('bravo:/srv', undefined, {});
  expect([run.code, run.stderr]).toEqual([3, expect.stringContaining('[apply/not-run-yet]')]);
  expect(desk.setting.nodes.get('bravo')?.received).toEqual([]);
});

test.each([
  ['a node that is none', 'delta:/srv', 1, 'usage/unknown-node'],
  ['a folder of this machine that is not there, whatever it is called', './bravo:/srv', 3, 'backup/not-written'],
  ['a relative one', 'bravo:srv', 3, 'backup/not-written'],
  ['one with a line in it', 'bravo:/srv\n/x', 3, 'backup/not-written'],
])('onto %s', async (_, to, code, problem) => {
  const run = await onto(to);
  expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(`[${problem}]`)]);
});
