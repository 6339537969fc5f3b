/** Whom nobody asked may have the array (R5): the operator's word is asked for, by name. */
import { expect, test } from 'vitest';
import { planTakeOver } from '../../../src/kinds/array/take-over.ts';
import type { World } from '../../../src/kinds/world.ts';
import { compactSite } from '../compact.ts';

const site = compactSite({
  nodes: ['alpha'],
  volumeGroups: { vg0: { devices: ['/dev/vdb'] } },
  volumes: { m1: { size: '128MiB' }, m2: { size: '128MiB' } },
  arrays: { one: { node: 'alpha', members: [{ volume: 'm1' }, { volume: 'm2' }] } },
});
const array = site.arrays['one'];
if (array === undefined) throw new Error('no array');

test.each([['no_node'], ['bravo']])('a node left out, and the word is about %s', (off) => {
  const world = { site, leftOut: ['hub', 'bravo'], have: () => ({ records: {} }) } as unknown as World;
  const [refusal] = planTakeOver(array, off, world).diagnostics;
  expect(refusal).toMatchObject({ code: 'array/not-asked', detail: expect.stringContaining('hub') });
});

test('with the word about each of them, the others are asked', () => {
  const world = { site, leftOut: ['hub'], have: () => ({ records: {} }) } as unknown as World;
  expect(planTakeOver(array, 'hub', world).diagnostics).toMatchObject([{ code: 'facts/unknown' }]);
});
