import type { FromSchema } from 'json-schema-to-ts';
import { diskSize } from './size.ts';
import { hostName, nodePath } from './text.ts';

export const image = {
  type: 'object',
  properties: {
    node: { ...hostName, description: 'Node that has the file.', examples: ['alpha'] },
    path: {
      ...nodePath,
      description: 'The file there. One that sanctl did not make is refused, never taken over.',
      examples: ['/srv/sanctl/slice-a.img'],
    },
    size: { ...diskSize, description: 'Its size, allocated at once. Lowered: refused.', examples: ['100GiB'] },
  },
  required: ['node', 'path', 'size'],
  additionalProperties: false,
  description: 'A plain file on one node that is used as a disk.',
} as const;

export type ImageSpec = FromSchema<typeof image>;
