import { defineConfig } from 'vitest/config';

/**
 * `npm test` runs everything but the suites that need real Xen hosts. `npm run test:lab` is the short one of those, which CI
 * runs; `npm run test:lab:all` adds the suite of the lab itself, with its power cuts.
 */
const lab = process.env['SANCTL_LAB_TESTS'];
const suites = lab === 'all' ? ['test/lab/**/*.lab.ts'] : ['test/lab/two-node.lab.ts'];

export default defineConfig({
  test: {
    // The lab's sockets need short paths, and its suites clear up themselves.
    globalSetup: lab === undefined ? ['test/temporary.ts'] : [],
    include: lab === undefined ? ['test/**/*.test.ts'] : suites,
    testTimeout: lab === undefined ? 60_000 : 1_800_000,
    hookTimeout: lab === undefined ? 60_000 : 1_500_000,
    fileParallelism: lab === undefined,
  },
});
