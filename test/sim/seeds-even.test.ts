import { expect, test } from 'vitest';
import { describe, playAll, seedsOf } from './seeds.ts';

test('under every seed of even number nothing breaks, and what can be converges', { timeout: 900_000 }, async () => {
  const reports = await playAll(seedsOf(0, 2));
  const broken = reports.filter(({ violations }) => violations.length > 0);
  expect(
    broken.slice(0, 5).map((one) => describe(one)),
    `${broken.length} of ${reports.length} seeds`,
  ).toEqual([]);
});
