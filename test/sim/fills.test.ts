import { expect, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import { playSeed } from './seed.ts';
import { describe, seedsOf } from './seeds.ts';

/** Volumes that are made of images: never a guest on half of one, never a byte where no plan made room for it (C1, C5). */
test('under every seed images come whole, once, and nowhere else', { timeout: 900_000 }, async () => {
  const broken = [];
  for (const seed of seedsOf(0, 1, 200)) {
    const report = await playSeed(seed, kinds, { fills: true });
    if (report.violations.length > 0) broken.push(describe(report, 'fills'));
  }
  expect(broken.slice(0, 5), `${broken.length} seeds`).toEqual([]);
});
