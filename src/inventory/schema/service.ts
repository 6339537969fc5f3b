import type { FromSchema } from 'json-schema-to-ts';
import { addressWithPrefix, hostName, nodePath, systemdService, volumeName } from './text.ts';

export const service = {
  type: 'object',
  properties: {
    home: {
      ...hostName,
      description: 'Member of the cluster where it runs if nothing speaks against it.',
      examples: ['alpha'],
    },
    volume: {
      ...volumeName,
      description:
        'The mirror that its data are on, with an ext4 file system that you made: the cluster checks and mounts it, and makes none.',
      examples: ['mail-spool'],
    },
    mount: { ...nodePath, description: 'Where it is mounted.', examples: ['/var/spool/mail'] },
    address: {
      ...addressWithPrefix,
      description: 'Address that is where the service is, with the length of its network.',
      examples: ['192.0.2.50/24'],
    },
    units: {
      type: 'array',
      maxItems: 16,
      uniqueItems: true,
      items: systemdService,
      default: [],
      description:
        'Units of systemd, started one after the other once all else is there. The cluster starts them, and nobody else may.',
      examples: [['dovecot.service']],
    },
  },
  required: ['home', 'volume', 'mount'],
  additionalProperties: false,
  description:
    'A service without a VM that outlives its node: a mounted mirror, an address, units of systemd (docs/services.md).',
} as const;

export type ServiceSpec = FromSchema<typeof service>;
