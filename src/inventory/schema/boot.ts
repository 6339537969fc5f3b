import type { FromSchema } from 'json-schema-to-ts';

export const bootDefaults = {
  type: 'object',
  properties: {
    wait: {
      type: 'integer',
      minimum: 1,
      maximum: 86400,
      default: 600,
      description:
        'Seconds for which a VM with `autostart: home` waits for its mirrors and for the other nodes. Then it is left to a person.',
    },
  },
  additionalProperties: false,
  default: {},
  description: 'What nodes do by themselves when they boot (docs/boot.md).',
} as const;

export type BootDefaultsSpec = FromSchema<typeof bootDefaults>;
