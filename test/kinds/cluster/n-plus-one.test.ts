import { expect, test } from 'vitest';
import { nPlusOne, shortages } from '../../../src/kinds/cluster/n-plus-one.ts';
import type { Vm } from '../../../src/kinds/site.ts';
import { type CompactSite, compactSite } from '../compact.ts';
import { disk, memory } from './sites.ts';

/** Each on a mirror of its own, of 8 GiB for guests on each node. */
function site(
  vms: Readonly<Record<string, Partial<Vm>>>,
  cluster: CompactSite['cluster'] = {},
  nodes = ['alpha', 'bravo'],
) {
  const names = Object.keys(vms);
  const volumes = Object.fromEntries(names.map((name) => [name, { size: '1GiB', replicas: ['alpha', 'bravo'] }]));
  const all = Object.fromEntries(names.map((name) => [name, { disks: [disk(name)], ...vms[name] }]));
  return compactSite({ nodes, volumes, vms: all, cluster });
}

const short = (given: Parameters<typeof site>[0], cluster?: CompactSite['cluster']) =>
  shortages(site(given, cluster)).map(({ node, vms, fitsAtMinimum }) => [
    node,
    vms.map(({ name }) => name),
    fitsAtMinimum,
  ]);

test('each holds all: nothing is said', () => {
  expect(short({ web: { memory: memory(4) }, mail: { home: 'bravo', memory: memory(4) } })).toEqual([]);
});

test('what has no room is named, for each death; the largest finds a place first', () => {
  const given = { a: { memory: memory(2) }, b: { memory: memory(3) }, c: { home: 'bravo', memory: memory(4) } };
  expect(short(given)).toEqual([
    ['alpha', ['a'], false],
    ['bravo', ['c'], false],
  ]);
});

test('at everybody’s minimum there is room: said so', () => {
  const given = { a: { memory: memory(5, 2) }, b: { home: 'bravo', memory: memory(5, 3) } };
  expect(short(given)).toEqual([
    ['alpha', ['a'], true],
    ['bravo', ['b'], true],
  ]);
  expect(nPlusOne(site(given))[0]?.detail).toBe(
    'If alpha dies, there is no room for a (5 GiB), and what has no room stays down. With every VM at its minimum there would be; the cluster starts a VM with its whole memory or not at all.',
  );
});

test('VMs that are not managed take room, and go down with their node', () => {
  expect(short({ a: { memory: memory(4) }, own: { home: 'bravo', memory: memory(6) } }, { vms: ['a'] })).toEqual([
    ['alpha', ['a'], false],
  ]);
  expect(short({ a: { memory: memory(4) }, own: { memory: memory(6) } }, { vms: ['a'] })).toEqual([]);
});

test('one that is stopped needs none', () => {
  expect(short({ a: { memory: memory(6) }, b: { home: 'bravo', memory: memory(6), state: 'stopped' } })).toEqual([]);
});

test('a node without a replica is no place to go', () => {
  expect(
    shortages(
      site({ a: { memory: memory(6) }, b: { home: 'bravo', memory: memory(6) } }, {}, ['alpha', 'bravo', 'charlie']),
    ),
  ).toHaveLength(2);
});

test('no cluster: nothing', () => {
  expect(nPlusOne(compactSite({ vms: { a: {} } }))).toEqual([]);
});
