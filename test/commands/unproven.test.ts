import { expect, test } from 'vitest';
import { unproven } from '../../src/stages/unproven.ts';
import { compactSite as site } from '../kinds/compact.ts';

const none = { images: {}, exports: {}, arrays: {} };

test('a site without images, exports and arrays is not held up', () => {
  expect(unproven(none, [], {})).toBeUndefined();
});

test('any of them is, and the message names it', () => {
  const { exports } = site({ volumes: { a: { size: '1GiB', replicas: ['alpha'] } }, exports: { a: {} } });
  expect(unproven({ ...none, exports }, [], {})).toMatchObject({ code: 'apply/unproven', severity: 'error' });
  expect(unproven({ ...none, exports }, [], {})?.detail).toMatch(/^`exports`: /);
  expect(unproven({ ...none, exports }, [], { SANCTL_UNPROVEN: '1' })).toBeDefined();
});

test('the word for the lab lets it through', () => {
  const { exports } = site({ volumes: { a: { size: '1GiB', replicas: ['alpha'] } }, exports: { a: {} } });
  expect(unproven({ ...none, exports }, [], { SANCTL_UNPROVEN: 'lab' })).toBeUndefined();
});

test('a cluster is unproven as well', () => {
  const { cluster } = site({ cluster: {} });
  expect(unproven({ ...none, ...(cluster !== undefined && { cluster }) }, [], {})?.detail).toMatch(/^`cluster`: /);
});

test.each([
  ['host/alpha@bravo#off', 'a failover by hand'],
  ['host/alpha@bravo#word', 'a failover by hand'],
  ['volumeGroup/vg0@alpha#let-go', 'a disk that is replaced'],
  ['snapshot/web@alpha#create', 'snapshots of a VM'],
  ['drbd/web-root@alpha#new-secret', 'a secret of a mirror that is changed while it is used'],
  ['drbd/web-root@bravo#connect', 'a secret of a mirror that is changed while it is used'],
  ['file/etc/sanctl/snapshot-nightly.list@alpha#write', 'snapshots of a VM'],
  ['file/etc/sanctl/snapshot@alpha#write', 'snapshots of a VM'],
  ['fill/web-root@alpha#write', 'a volume that is filled from an image'],
  ['cluster/web@alpha#maintenance', 'a move of a VM of the cluster'],
  ['cluster/web@bravo#give-back', 'a move of a VM of the cluster'],
  ['drbd/web-root@alpha#verify', 'an online verify'],
  ['domain/web@charlie#let-in-slice', 'an export that is handed over'],
  ['domain/web@charlie#leave-slice', 'an export that is handed over'],
  ['watch/alert@alpha#enable', 'what nodes look at by themselves'],
])('a plan with %s is held up, and the word lets it through', (id, what) => {
  expect(unproven(none, [{ id }], {})).toMatchObject({ code: 'apply/not-run-yet', severity: 'error' });
  expect(unproven(none, [{ id }], {})?.detail).toContain(what);
  expect(unproven(none, [{ id }], { SANCTL_UNPROVEN: 'lab' })).toBeUndefined();
  expect(unproven(none, [{ id: 'host/alpha@alpha#silent' }], {})).toBeUndefined();
});
