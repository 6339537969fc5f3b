import type { FromSchema } from 'json-schema-to-ts';
import { commandWord, environmentVariable, localPath, secretName } from './text.ts';

const sources = {
  env: { ...environmentVariable, description: 'An environment variable of sanctl itself.', examples: ['DRBD_SECRET'] },
  file: {
    ...localPath,
    description:
      'A file on this machine whose first line is the secret. Only its owner may read it (mode 600). A relative path counts from the folder of the inventory.',
    examples: ['~/.config/sanctl/drbd.secret'],
  },
  command: {
    type: 'array',
    minItems: 1,
    maxItems: 64,
    items: {
      ...commandWord,
      description: 'A word. None may begin with a hyphen: what needs options goes into a small script.',
    },
    description:
      'A program on this machine, with its arguments, whose first line of output is the secret. No shell reads it.',
    examples: [['pass', 'show', 'drbd']],
  },
} as const;

/** Where the value of a secret comes from. A value itself never stands in an inventory (safety.md 4.4). */
export const secretSource = {
  type: 'object',
  properties: sources,
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description:
    'Where the value comes from: one of the three. The value itself never stands in an inventory. It has at least 6 characters; a shared secret of DRBD has at most 63, letters, digits or `+/=_.-`.',
} as const;

/** Where a secret is used: its name, or its source on the spot. */
export const secret = {
  ...secretName,
  type: ['string', 'object'],
  properties: sources,
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
} as const;

export type SecretSourceSpec = FromSchema<typeof secretSource>;
export type SecretSpec = FromSchema<typeof secret>;
