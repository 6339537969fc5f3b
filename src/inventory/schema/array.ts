import type { FromSchema } from 'json-schema-to-ts';
import { chunkSize, rate } from './size.ts';
import { exportName, hostName, nodePath, volumeName } from './text.ts';

const member = {
  type: 'object',
  properties: {
    export: { ...exportName, description: 'An export to the node of the array.', examples: ['slice-a'] },
    volume: { ...volumeName, description: 'Or a plain volume there.', examples: ['local'] },
    image: { ...exportName, description: 'Or an image there. Exactly one of the three.', examples: ['local-file'] },
  },
  additionalProperties: false,
  description: 'A leg of the array.',
} as const;

const filesystem = {
  type: 'object',
  properties: {
    type: { type: 'string', enum: ['ext4'], description: 'Made once, with the stride of the array.' },
    mount: { ...nodePath, description: 'Where it is mounted, also at boot.', examples: ['/.snapshots'] },
  },
  required: ['type', 'mount'],
  additionalProperties: false,
  description: 'A file system on the whole array. Without one, it is for a VM or an export.',
} as const;

export const array = {
  type: 'object',
  properties: {
    node: { ...hostName, description: 'The one node that assembles it (R5).', examples: ['hub'] },
    level: { type: 'integer', enum: [0, 1, 5, 6, 10], description: 'RAID level.' },
    chunk: {
      ...chunkSize,
      default: '512KiB',
      description: 'What is written to one member before the next; level 1 has none.',
    },
    bitmap: {
      type: 'string',
      enum: ['internal', 'none'],
      default: 'internal',
      description:
        'Remembers what was written while a member was away, so that only that is copied (R4). Level 0 has none.',
    },
    rebuildRate: {
      ...rate,
      default: '100MiB',
      description: 'The most that a rebuild may take, for each second.',
      examples: ['20MiB'],
    },
    members: {
      type: 'array',
      minItems: 2,
      maxItems: 32,
      items: member,
      description: 'What it is made of, in this order.',
      examples: [[{ export: 'slice-a' }, { volume: 'local' }]],
    },
    filesystem,
  },
  required: ['node', 'level', 'members'],
  additionalProperties: false,
  description: 'An md array over exports, volumes and images.',
} as const;

export type ArraySpec = FromSchema<typeof array>;
export type MemberSpec = FromSchema<typeof member>;
