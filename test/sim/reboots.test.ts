import { expect, test } from 'vitest';
import { playReboots, type RebootsReport } from './reboots.ts';
import { seedsOf } from './seeds.ts';

test('whatever goes wrong in a rolling reboot, the same command ends it, and no node boots twice', {
  timeout: 900_000,
}, async () => {
  const reports: (RebootsReport & { readonly seed: number })[] = [];
  for (const seed of seedsOf(0, 1, 12)) reports.push({ seed, ...(await playReboots(seed)) });
  expect(reports.filter(({ broken }) => broken.length > 0)).toEqual([]);
});

test('a mutant: nodes that never seem to have booted are rebooted twice, and that is seen', {
  timeout: 300_000,
}, async () => {
  const { broken } = await playReboots(1, true);
  expect(broken.join()).toContain('alpha is rebooted twice');
});
