import type { FromSchema } from 'json-schema-to-ts';
import { secret } from './secret.ts';
import { diskSize, rate } from './size.ts';
import { groupName, hostName, localPath, volumeName } from './text.ts';

/** A value that the schema itself fills in stands as `default`; these stand beside, in `defaults`. */
function unlessGiven(key: string): string {
  return `Unless given: \`defaults.${key}\`.`;
}

const protocol = {
  type: 'string',
  enum: ['A', 'B', 'C'],
  description:
    'DRBD protocol. C: a write has ended when both sides have it. A and B are refused for the disk of a VM (D11).',
} as const;

const maxRate = {
  ...rate,
  description: 'The most that a resync may take, for each second (`c-max-rate`).',
  examples: ['30MiB'],
} as const;

const group = { ...groupName, description: 'Volume group that holds it.', examples: ['vg0'] } as const;

const firstSync = {
  type: 'string',
  enum: ['full', 'zero', 'skip'],
  description:
    'How the replicas become equal. `full`: copy everything from one side (default). `zero`: write zeros to all sides first. ' +
    '`skip`: nothing to copy, because thin volumes read as zero (default on thin pools, refused elsewhere).',
} as const;

const stripes = {
  type: 'integer',
  minimum: 1,
  maximum: 128,
  description: 'Devices to spread it over; 1 is linear.',
} as const;

const image = {
  type: 'object',
  properties: {
    from: {
      ...localPath,
      description: 'The file, on this machine. A relative path counts from the folder of the inventory.',
      examples: ['images/debian-12.qcow2'],
    },
    format: {
      type: 'string',
      enum: ['raw', 'qcow2'],
      description: 'What the file is. qcow2 is read by `qemu-img` on this machine.',
    },
    sha256: {
      type: 'string',
      pattern: '^[0-9a-f]{64}$',
      patternErrorMessage: 'what `sha256sum` prints: 64 digits of 0-9 and a-f',
      description: 'Of the file as it is. Another one is refused before anything is written.',
    },
  },
  required: ['from', 'format', 'sha256'],
  additionalProperties: false,
  description:
    'What the volume is filled with, once: when it is made, never later (docs/filling.md). No VM starts on it before that.',
} as const;

export const volumeDefaults = {
  type: 'object',
  properties: { group, stripes: { ...stripes, default: 1 }, firstSync },
  additionalProperties: false,
  default: {},
  description: 'What volumes have that do not say otherwise.',
} as const;

export const replicationDefaults = {
  type: 'object',
  properties: {
    secret: {
      ...secret,
      description:
        'Shared secret of the DRBD peers, 6 to 63 characters of A-Z a-z 0-9 + / = _ . -. Without one the link is not authenticated.',
      examples: ['drbd', { env: 'DRBD_SECRET' }],
    },
    /** DRBD's own default (`drbdsetup xml-help disk-options`: 102400 KiB). */
    maxRate: { ...maxRate, default: '100MiB' },
    protocol: { ...protocol, default: 'C' },
  },
  additionalProperties: false,
  default: {},
  description: 'What DRBD resources have that do not say otherwise.',
} as const;

export const volume = {
  type: 'object',
  properties: {
    size: {
      ...diskSize,
      description: 'Usable size. Raised: the volume grows online. Lowered: refused.',
      examples: ['1GiB'],
    },
    group: { ...group, description: `${group.description} ${unlessGiven('volume.group')}` },
    replicas: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: hostName,
      description:
        'Nodes that hold a copy. One: a plain logical volume. Two or more: a DRBD resource over a logical volume on each.',
      examples: [['alpha', 'bravo']],
    },
    thinPool: {
      ...volumeName,
      description: 'Thin pool of the group to take it from; a thick volume without.',
      examples: ['pool0'],
    },
    stripes: { ...stripes, description: `${stripes.description} ${unlessGiven('volume.stripes')}` },
    firstSync,
    image,
    state: {
      type: 'string',
      enum: ['present', 'absent'],
      default: 'present',
      description: 'absent: it is to be destroyed, which also needs `--allow-destroy volume/NAME` (C11).',
    },
    minor: {
      type: 'integer',
      minimum: 0,
      maximum: 1048575,
      description: 'DRBD minor. Unless given: what the nodes have, else the lowest that is free on all of them.',
      examples: [0],
    },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description:
        'TCP port of the replication. Unless given: what the nodes have, else the lowest from 7788 that is free on all of them.',
      examples: [7788],
    },
    protocol: { ...protocol, description: `${protocol.description} ${unlessGiven('replication.protocol')}` },
    maxRate: { ...maxRate, description: `${maxRate.description} ${unlessGiven('replication.maxRate')}` },
  },
  required: ['size', 'replicas'],
  additionalProperties: false,
  description: 'A slice of a volume group, on one node or mirrored on several.',
} as const;

export type VolumeDefaultsSpec = FromSchema<typeof volumeDefaults>;
export type ReplicationDefaultsSpec = FromSchema<typeof replicationDefaults>;
export type VolumeSpec = FromSchema<typeof volume>;
