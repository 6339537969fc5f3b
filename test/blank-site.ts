/** A site of which nothing is said: what a test or a benchmark spreads, and then says its own. */
import type { Site } from '../src/kinds/site.ts';

export const blankSite: Site = {
  version: 1,
  name: 'home',
  nodes: {},
  volumeGroups: {},
  volumes: {},
  images: {},
  exports: {},
  arrays: {},
  snapshots: {},
  certificates: '/certificates',
  initiators: {},
  vms: {},
  secrets: {},
  migration: { trust: 'manual' },
  boot: { waitSeconds: 600 },
};
