import { expect, test } from 'vitest';
import { describe, playAllHandovers, seedsOf } from './seeds.ts';

test('under every seed of moves over imports nothing breaks, and a cleanup ends each of them', {
  timeout: 900_000,
}, async () => {
  const reports = await playAllHandovers(seedsOf(0, 1, 100));
  const broken = reports.filter(({ violations }) => violations.length > 0);
  expect(
    broken.slice(0, 5).map((one) => describe(one, 'handovers')),
    `${broken.length} of ${reports.length} seeds`,
  ).toEqual([]);
});
