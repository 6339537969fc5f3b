/** What the death of a node takes along, by the inventory alone. */
import { expect, test } from 'vitest';
import { vmOutcome } from '../../src/picture/loss.ts';
import { type Edge, ranksOf, withoutShortcuts } from '../../src/picture/picture.ts';
import { sitePicture } from '../../src/picture/site.ts';
import { compactSite } from '../kinds/compact.ts';

const nodes = ['alpha', 'bravo', 'charlie', 'delta'];
const site = compactSite({
  nodes,
  volumes: {
    root: { size: '1GiB', replicas: ['alpha', 'bravo'] },
    plain: { size: '1GiB', replicas: ['alpha'] },
    lun: { size: '1GiB', replicas: ['charlie'] },
    'slice-a': { size: '1GiB', replicas: ['alpha'] },
    'slice-b': { size: '1GiB', replicas: ['bravo'] },
    'slice-c': { size: '1GiB', replicas: ['charlie'] },
    local: { size: '1GiB', replicas: ['delta'] },
  },
  exports: {
    lun: { from: 'charlie', to: ['bravo'] },
    'slice-a': { from: 'alpha', to: ['delta'] },
    'slice-b': { from: 'bravo', to: ['delta'] },
    'slice-c': { from: 'charlie', to: ['delta'] },
    pool: { from: 'delta', to: ['alpha'], backing: { array: 'pool' } },
  },
  arrays: {
    pool: {
      node: 'delta',
      level: 6,
      members: [{ export: 'slice-a' }, { export: 'slice-b' }, { export: 'slice-c' }, { volume: 'local' }],
    },
  },
  vms: {
    web: { home: 'alpha', disks: [{ volume: 'root', as: 'xvda', readOnly: false }] },
    isos: { home: 'alpha', disks: [{ volume: 'plain', as: 'xvda', readOnly: false }] },
    far: { home: 'bravo', disks: [{ export: 'lun', as: 'xvda', readOnly: false }] },
    store: { home: 'alpha', disks: [{ export: 'pool', as: 'xvda', readOnly: false }] },
    bare: { home: 'charlie', disks: [] },
  },
});

const marks = (...dead: string[]): Record<string, string> =>
  Object.fromEntries(
    sitePicture(site, new Set(dead))
      .boxes.filter(({ mark, sort }) => mark !== 'plain' && sort !== 'slice' && sort !== 'import')
      .map(({ id, mark }) => [id, mark]),
  );

test.each([
  [[], {}],
  [
    ['alpha'],
    {
      'vm/web': 'stops',
      'vm/isos': 'lost',
      'vm/store': 'lost',
      'array/pool': 'degraded',
      'export/slice-a': 'lost',
      'export/pool': 'degraded',
      'mirror/root': 'degraded',
    },
  ],
  [
    ['bravo'],
    {
      'vm/web': 'degraded',
      'vm/far': 'lost',
      'vm/store': 'degraded',
      'array/pool': 'degraded',
      'export/slice-b': 'lost',
      'export/pool': 'degraded',
      'mirror/root': 'degraded',
    },
  ],
  [
    ['charlie'],
    {
      'vm/far': 'lost',
      'vm/store': 'degraded',
      'vm/bare': 'stops',
      'array/pool': 'degraded',
      'export/lun': 'lost',
      'export/slice-c': 'lost',
      'export/pool': 'degraded',
    },
  ],
  [['delta'], { 'vm/store': 'lost', 'array/pool': 'lost', 'export/pool': 'lost' }],
])('without %j', (dead, expected) => {
  expect(marks(...dead)).toEqual(expected);
});

test('RAID 6 loses two members, and not three', () => {
  expect(marks('alpha', 'bravo')['array/pool']).toBe('degraded');
  expect(marks('alpha', 'bravo', 'charlie')['array/pool']).toBe('lost');
  expect(marks('alpha', 'bravo')['mirror/root']).toBe('lost');
});

test('what each VM would do, in words', () => {
  const said = (name: string, ...dead: string[]) => {
    const vm = site.vms[name];
    return vm === undefined ? 'no such VM' : vmOutcome(vm, site, new Set(dead));
  };
  expect(said('web', 'alpha')).toBe('stops; may be started on bravo');
  expect(said('web', 'bravo')).toBe('goes on with fewer copies');
  expect(said('far', 'charlie')).toBe('lost with lun');
  expect(said('store', 'alpha')).toBe('lost with its home');
  expect(said('web', 'delta')).toBeUndefined();
});

test('what others say already is left out, and each stands below all that needs it', () => {
  const boxes = ['a', 'b', 'c'].map((id) => ({ id, label: [id], sort: 'step', mark: 'plain' }) as const);
  const edges: readonly Edge[] = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'a', to: 'c' },
  ];
  expect(withoutShortcuts(boxes, edges)).toEqual(edges.slice(0, 2));
  const picture = { title: '', groups: [], boxes, edges };
  expect([...ranksOf({ ...picture, gathers: 'top' })]).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
  expect(new Map(ranksOf({ ...picture, gathers: 'bottom' })).get('c')).toBe(0);
  expect(() => withoutShortcuts(boxes, [...edges, { from: 'c', to: 'a' }])).toThrow('a circle');
});
