/** Snapshots of the disks of a VM: commands make, remove and go back to them, and nodes make them by themselves when the inventory says so. */
import type { Kind, Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { known } from '../reading.ts';
import type { SnapshotFacts } from './facts.ts';
import { health } from './health.ts';
import { parse, probes } from './parse.ts';
import { expand, planSchedule, type ScheduleWant } from './schedule.ts';
import { verbs } from './verbs.ts';

export const snapshot: Kind<ScheduleWant, SnapshotFacts> = {
  name: 'snapshot',
  summary: 'snapshots of all disks of a VM, of one moment, by hand or by schedule',
  expand,
  probes,
  parse,
  blank: (site, node) => ({
    units: Object.fromEntries(
      onNode(site, node).policies.map(({ name }) => [name, known({ enabled: false, active: false, outdated: false })]),
    ),
    policies: known([]),
    runs: known({}),
  }),
  // What a run made is seen among the volumes; when it was, nothing rests on.
  stable: ({ units, policies }) => [units, policies],
  plan: (thing: Thing<ScheduleWant>, world) => planSchedule(thing, world),
  health,
  verbs,
};
