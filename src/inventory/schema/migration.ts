import type { FromSchema } from 'json-schema-to-ts';

export const migrationDefaults = {
  type: 'object',
  properties: {
    trust: {
      type: 'string',
      enum: ['managed', 'manual'],
      default: 'manual',
      description:
        'How nodes reach each other as root by ssh, which `xl migrate` and a start at boot need. `managed`: `apply` lets each know the others by ' +
        'their host keys, and lets them do nothing else there (docs/trust.md). `manual`: you see to it.',
    },
  },
  additionalProperties: false,
  default: {},
  description: 'What moving a VM to another node needs.',
} as const;

export type MigrationDefaultsSpec = FromSchema<typeof migrationDefaults>;
