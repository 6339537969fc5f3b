import type { FromSchema } from 'json-schema-to-ts';
import { diskSize } from './size.ts';
import { devicePath, hostName, volumeName } from './text.ts';

const devices = { type: 'array', minItems: 1, items: devicePath } as const;

export const volumeGroup = {
  type: 'object',
  properties: {
    nodes: {
      type: 'array',
      minItems: 1,
      items: hostName,
      description: 'Nodes that have a volume group of this name. May be left out when `devices` names the nodes.',
      examples: [['alpha', 'bravo']],
    },
    devices: {
      type: ['array', 'object'],
      minItems: 1,
      items: devicePath,
      minProperties: 1,
      propertyNames: hostName,
      additionalProperties: devices,
      description: 'Whole disks or partitions: one list for all its nodes, or a list for each node by name.',
      examples: [['/dev/vdb'], { alpha: ['/dev/vdb'], bravo: ['/dev/sdb'] }],
    },
    thinPools: {
      type: 'object',
      propertyNames: volumeName,
      additionalProperties: {
        type: 'object',
        properties: { size: { ...diskSize, description: 'Size of the pool on each node.', examples: ['100GiB'] } },
        required: ['size'],
        additionalProperties: false,
        description: 'A thin pool on every node of the group.',
      },
      description: 'Thin pools by name.',
      examples: [{ pool0: { size: '100GiB' } }],
    },
  },
  required: ['devices'],
  additionalProperties: false,
  description: 'An LVM volume group, of one name on each of its nodes.',
} as const;

export type VolumeGroupSpec = FromSchema<typeof volumeGroup>;
