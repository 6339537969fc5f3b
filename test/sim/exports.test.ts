import { expect, test } from 'vitest';
import { describe, playAllExports, seedsOf } from './seeds.ts';

test('under every seed of exports nothing breaks, and what can be converges', { timeout: 900_000 }, async () => {
  const reports = await playAllExports(seedsOf(0, 1, 150));
  const broken = reports.filter(({ violations }) => violations.length > 0);
  expect(
    broken.slice(0, 5).map((one) => describe(one, 'exports')),
    `${broken.length} of ${reports.length} seeds`,
  ).toEqual([]);
});
