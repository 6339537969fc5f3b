/** Snapshots of the disks of a VM. The inventory asks for none: commands make, remove and go back to them. */
import type { Kind } from '../kind.ts';
import { asWished } from '../verdict.ts';
import type { SnapshotFacts } from './facts.ts';
import { verbs } from './verbs.ts';

export const snapshot: Kind<unknown, SnapshotFacts> = {
  name: 'snapshot',
  summary: 'snapshots of all disks of a VM, of one moment',
  expand: () => [],
  probes: () => [],
  parse: () => ({}),
  blank: () => ({}),
  stable: () => ({}),
  plan: () => asWished,
  verbs,
};
