import { describe, expect, test } from 'vitest';
import { backupSource } from '../../../src/kinds/snapshot/backup.ts';
import { compactSite } from '../compact.ts';

const vm = {
  disks: [
    { volume: 'root', as: 'xvda', readOnly: false },
    { volume: 'data', as: 'xvdb', readOnly: false },
  ],
};
const site = compactSite({
  volumes: { root: { size: '64MiB', replicas: ['alpha', 'bravo'] }, data: { size: '32MiB', replicas: ['alpha'] } },
  vms: { web: vm },
});
const web = site.vms['web'];
if (web === undefined) throw new Error('no VM');

const MiB = 2 ** 20;
const lv = (name: string, more: object = {}) => ({
  name,
  uuid: `uuid-of-${name}`,
  group: 'vg0',
  bytes: 32 * MiB,
  path: `/dev/vg0/${name}`,
  tags: ['sanctl'],
  pool: '',
  origin: '',
  active: true,
  health: '',
  ...more,
});
const snapshot = (origin: string, more: object = {}) =>
  lv(`${origin}.at.monday`, { origin, tags: ['sanctl.snapshot', 'sanctl.set.monday'], ...more });
const root = { bytes: 68 * MiB };
// Thick ones, with LVM's own table besides.
const good = [
  lv('root', root),
  lv('data'),
  snapshot('root', { bytes: 72 * MiB }),
  snapshot('data', { bytes: 36 * MiB }),
];
const mirror = (bytes: number | undefined) => ({
  running: { known: true, value: { root: { volumes: { '0': { bytes } } } } },
});

function source(volumes: readonly object[], { drbd = mirror(64 * MiB), more = [] as [string, unknown][] } = {}) {
  const alpha = { volume: { volumes: { known: true, value: volumes } }, drbd };
  const facts = new Map<string, unknown>([['alpha', alpha], ...more]);
  return backupSource(web as never, 'monday', site, facts as never);
}

test('each disk of the set; of a mirror what DRBD gives to a guest, and not its metadata', () => {
  expect(source(good)).toMatchObject({
    ok: true,
    value: {
      node: 'alpha',
      disks: [
        { volume: 'root', device: '/dev/vg0/root.at.monday', bytes: 64 * MiB },
        { volume: 'data', device: '/dev/vg0/data.at.monday', bytes: 32 * MiB },
      ],
    },
  });
});

test('it is asked for by its uuid, and must be whole, read-only, valid; where LVM cannot tell, it is not (L5, C5)', () => {
  const select = (volumes: readonly object[]) => {
    const found = source(volumes);
    return found.ok ? found.value.disks[1]?.select : undefined;
  };
  const [first, second, third] = good;
  const identity = 'lv_uuid=uuid-of-data.at.monday && vg_name=vg0 && lv_name=data.at.monday && origin=data';
  const state = 'lv_active=active && lv_permissions=read-only && lv_merging=0';
  const marks = 'lv_tags=sanctl.snapshot && lv_tags!=sanctl.snapshot.unfinished';
  expect(select(good)).toBe(`${identity} && ${marks} && ${state} && lv_snapshot_invalid=0`);
  expect(select([first ?? {}, second ?? {}, third ?? {}, snapshot('data', { pool: 'thin' })])).toBe(
    `${identity} && ${marks} && ${state} && lv_health_status=""`,
  );
});

describe('refused', () => {
  const without = (name: string) => good.filter((one) => one.name !== name);
  const others = without('data.at.monday');
  const other = { volume: { volumes: { known: true, value: [snapshot('data')] } }, drbd: mirror(undefined) };
  const unfinished = { tags: ['sanctl.snapshot', 'sanctl.set.monday', 'sanctl.snapshot.unfinished'] };
  test.each([
    ['no such set', source([lv('root', root), lv('data')]), 'snapshot/no-set'],
    ['a disk that is not in it', source(without('data.at.monday')), 'snapshot/not-in-set'],
    ['one that was not made whole', source([...others, snapshot('data', unfinished)]), 'snapshot/not-whole'],
    ['one that is not active', source([...others, snapshot('data', { active: false })]), 'snapshot/not-whole'],
    ['two of that name', source(good, { more: [['bravo', other]] }), 'snapshot/not-whole'],
    ['a mirror that does not run', source(good, { drbd: mirror(undefined) }), 'snapshot/size-unknown'],
    ['a mirror that has grown', source([...without('root'), lv('root', { bytes: 76 * MiB })]), 'snapshot/size-unknown'],
    ['a disk that has grown', source([...without('data'), lv('data', { bytes: 40 * MiB })]), 'snapshot/size-unknown'],
    [
      'a thin one of another size',
      source([...others, snapshot('data', { pool: 'thin', bytes: 36 * MiB })]),
      'snapshot/size-unknown',
    ],
    ['a disk that is not there', source(without('data')), 'snapshot/size-unknown'],
    ['a mirror that is as large as its slice', source(good, { drbd: mirror(68 * MiB) }), 'snapshot/size-unknown'],
  ])('%s', (_, found, code) => {
    expect(found.diagnostics.map((one) => one.code)).toEqual([code]);
  });
});
