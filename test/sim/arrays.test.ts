import { expect, test } from 'vitest';
import { describe, playAllArrays, seedsOf } from './seeds.ts';

test('under every seed of arrays nothing breaks, and what can be converges', { timeout: 900_000 }, async () => {
  const reports = await playAllArrays(seedsOf(0, 1, 60));
  const broken = reports.filter(({ violations }) => violations.length > 0);
  expect(
    broken.slice(0, 5).map((one) => describe(one, 'arrays')),
    `${broken.length} of ${reports.length} seeds`,
  ).toEqual([]);
});
