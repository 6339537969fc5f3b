import type { FromSchema } from 'json-schema-to-ts';
import { calendar, domainName } from './text.ts';

export const snapshotPolicy = {
  type: 'object',
  properties: {
    vms: {
      type: 'array',
      minItems: 1,
      maxItems: 256,
      uniqueItems: true,
      items: domainName,
      description:
        'VMs whose disks are snapshotted, each at one moment, one VM after the other. All their disks are volumes.',
      examples: [['web']],
    },
    schedule: {
      ...calendar,
      description:
        'When, in the local time of the node, as systemd.time(7) writes it: `hourly`, `daily`, `weekly`, or a time, with days before it where it is not every day.',
      examples: ['Mon..Fri 03:00'],
    },
    keep: {
      type: 'integer',
      minimum: 1,
      maximum: 99,
      description:
        'Sets of each VM that stay on a node; older ones that this policy made there go once a newer one is whole. Those made by hand stay. ' +
        'Thick volumes need room for all of themselves once more for each set, and for one besides.',
      examples: [7],
    },
  },
  required: ['vms', 'schedule', 'keep'],
  additionalProperties: false,
  description: 'Snapshots that nodes make by themselves, where the VM runs (docs/snapshots.md).',
} as const;

export type SnapshotPolicySpec = FromSchema<typeof snapshotPolicy>;
