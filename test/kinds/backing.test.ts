/** What a disk stands on: its device, the thing that makes it, who imports it, who could write to it. */
import { expect, test } from 'vitest';
import { deviceOf, thingOf } from '../../src/kinds/backing.ts';
import { importersOf, reachOf, usableOn } from '../../src/kinds/reach.ts';
import type { Backing } from '../../src/kinds/site/backing.ts';
import { compactSite } from './compact.ts';
import { worldWith } from './domain/world.ts';

const compact = {
  nodes: ['alpha', 'bravo', 'charlie', 'delta'],
  volumes: {
    isos: { size: '64MiB' },
    legacy: { size: '64MiB' },
    mirror: { size: '64MiB', replicas: ['alpha', 'bravo'], replication: { minor: 7 } },
  },
  images: { slice: {} },
  exports: {
    isos: { readOnly: true, to: ['charlie', 'delta'] },
    legacy: { via: 'gnbd', to: ['charlie', 'delta'] },
    lun: { via: 'iscsi', backing: { volume: 'mirror' }, to: ['delta'] },
    slice: { backing: { image: 'slice' }, to: ['delta'] },
  },
  arrays: { backup: { node: 'delta', members: [{ export: 'slice' }, { export: 'lun' }] } },
  vms: { web: { home: 'charlie', disks: [{ export: 'legacy', as: 'xvda', readOnly: false }] } },
} as const;
const site = compactSite(compact);
const world = worldWith({}, { site: compact });

const rows: readonly [Backing, string, string, string, string][] = [
  [{ volume: 'isos' }, '/dev/vg0/isos', 'volume/isos', 'alpha', 'alpha'],
  [{ volume: 'mirror' }, '/dev/drbd7', 'drbd/mirror', 'alpha bravo', 'alpha bravo'],
  [{ image: 'slice' }, '/dev/sanctl/image/slice', 'image/slice@delta', 'alpha', 'alpha'],
  [{ export: 'isos' }, '/dev/gnbd/isos', 'import/isos@delta', 'charlie delta', 'alpha charlie delta'],
  [{ export: 'legacy' }, '/dev/gnbd/legacy', 'import/legacy@delta', 'charlie', 'alpha charlie delta'],
  [{ export: 'lun' }, '/dev/mapper/lun', 'initiator/lun@delta', 'delta', 'alpha delta bravo'],
  [{ array: 'backup' }, '/dev/md/backup', 'array/backup@delta', 'delta', 'delta alpha bravo'],
];

test.each(rows)('%o', (on, device, thing, usable, reach) => {
  expect(deviceOf(on, site, world)).toEqual({ known: true, value: device });
  expect(thingOf(on, 'delta', site)).toBe(thing);
  expect(usableOn(on, site).join(' ')).toBe(usable);
  expect(reachOf(on, site).join(' ')).toBe(reach);
});

test('N7: what is written is imported where it is used, however many nodes may', () => {
  const [{ legacy }, { slice }] = [site.exports, site.exports];
  if (legacy === undefined || slice === undefined) throw new Error('the exports are not there');
  expect(importersOf(legacy, site)).toEqual(['charlie']);
  expect(importersOf(slice, site)).toEqual(['delta']);
  expect(importersOf({ ...slice, to: ['charlie', 'delta'] }, site)).toEqual(['delta']);
  expect(importersOf(legacy, { ...site, vms: {} })).toEqual([]);
});
