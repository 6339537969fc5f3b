import { expect, test } from 'vitest';
import { describe, playAllMoves, seedsOf } from './seeds.ts';

test('under every odd seed of moves nothing breaks, and a cleanup ends each of them', {
  timeout: 900_000,
}, async () => {
  const reports = await playAllMoves(seedsOf(1, 2, 200));
  const broken = reports.filter(({ violations }) => violations.length > 0);
  expect(
    broken.slice(0, 5).map((one) => describe(one, 'moves')),
    `${broken.length} of ${reports.length} seeds`,
  ).toEqual([]);
});
