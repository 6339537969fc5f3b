import type { FromSchema } from 'json-schema-to-ts';
import { timeout } from './duration.ts';
import { secret } from './secret.ts';
import { address, arrayName, chapUser, exportName, hostName, iqnPrefix, localPath, volumeName } from './text.ts';

const tls = {
  type: 'string',
  enum: ['mutual', 'none'],
  description:
    'For nbd and gnbd. `mutual`: both sides prove themselves with certificates of this export’s own authority (`sanctl certificates make`), and nobody else reads along.',
} as const;

const connections = {
  type: 'integer',
  minimum: 1,
  maximum: 16,
  description:
    'For nbd and gnbd: TCP connections of each importer of what is only read. What is written has one: a request that is sent again over another could overtake itself (N5).',
} as const;

const waits = {
  ...timeout,
  description:
    'How long I/O waits for a server that does not answer before it fails (N6). `none`: for ever, which is refused under an array and for iscsi.',
  examples: ['30s'],
} as const;

const unlessGiven =
  'Unless given: `defaults.export.timeout`; else `30s` under an array (iscsi: `15s`), elsewhere `none` (iscsi: `2min`).';

export const exportDefaults = {
  type: 'object',
  properties: {
    tls: { ...tls, default: 'none' },
    connections: { ...connections, default: 4 },
    timeout: waits,
    certificates: {
      ...localPath,
      default: 'certificates',
      description:
        'Folder on this machine with the authorities, certificates and keys. A relative path counts from the folder of the inventory.',
    },
  },
  additionalProperties: false,
  default: {},
  description: 'What exports have that do not say otherwise.',
} as const;

export const iscsiDefaults = {
  type: 'object',
  properties: {
    prefix: {
      ...iqnPrefix,
      default: 'iqn.2026-01.internal.sanctl',
      description: 'What the names of targets and initiators begin with; the names of site and export or node follow.',
    },
  },
  additionalProperties: false,
  default: {},
  description: 'What iSCSI exports share.',
} as const;

const credentials = {
  user: { ...chapUser, description: 'Name.', examples: ['charlie'] },
  password: {
    ...secret,
    description: 'Its secret, 12 to 255 characters of A-Z a-z 0-9 + / = _ . - (RFC 7143, 9.2.1: 96 bits at least).',
    examples: ['chap', { env: 'CHAP_SECRET' }],
  },
} as const;

const chap = {
  type: 'object',
  properties: {
    ...credentials,
    mutual: {
      type: 'object',
      properties: credentials,
      required: ['user', 'password'],
      additionalProperties: false,
      description: 'How the target proves itself to the initiators, with another secret.',
    },
  },
  required: ['user', 'password'],
  additionalProperties: false,
  description: 'For iscsi: how the initiators prove themselves.',
} as const;

export const exported = {
  type: 'object',
  properties: {
    volume: { ...volumeName, description: 'What is exported: a volume with a replica on `from`.', examples: ['isos'] },
    image: { ...exportName, description: 'Or an image on `from`.', examples: ['slice-a'] },
    array: { ...arrayName, description: 'Or an array on `from`. Exactly one of the three.', examples: ['backup'] },
    from: { ...hostName, description: 'Node that serves it.', examples: ['alpha'] },
    via: {
      type: 'string',
      enum: ['nbd', 'gnbd', 'iscsi'],
      description:
        'How: nbd and gnbd are served by nbd-server and appear as `/dev/gnbd/NAME`; iscsi by LIO, as `/dev/mapper/NAME`.',
    },
    to: {
      type: 'array',
      minItems: 1,
      maxItems: 64,
      items: hostName,
      description:
        'Nodes that may import it. One that is written has one importer; more may be named when it is the disk of a VM, and then only its home imports it (N7).',
      examples: [['charlie', 'delta']],
    },
    readOnly: { type: 'boolean', default: false, description: 'Any number of nodes may read it, and none writes.' },
    timeout: { ...waits, description: `${waits.description} ${unlessGiven}` },
    connections: {
      ...connections,
      description: `${connections.description} Unless given: \`defaults.export.connections\`.`,
    },
    tls: { ...tls, description: `${tls.description} Unless given: \`defaults.export.tls\`.` },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description:
        'For nbd and gnbd: TCP port. Unless given: what the node has, else the lowest from 10809 that is free on it.',
      examples: [10809],
    },
    portals: {
      type: 'array',
      minItems: 1,
      maxItems: 8,
      items: address,
      description: 'For iscsi: addresses of `from` that serve it, one for each network. Unless given: its `address`.',
      examples: [['10.77.0.11', '10.78.0.11']],
    },
    multipath: {
      type: 'string',
      enum: ['active-active', 'active-passive'],
      description: 'For iscsi over two or more portals: all paths at once (unless given), or one after the other.',
    },
    chap,
    acceptDeadlock: {
      type: 'boolean',
      default: false,
      description:
        'Nodes that write to each other’s exports can wait for each other for ever when memory is short (N4). Refused, unless every export of the circle says that this is accepted.',
    },
  },
  required: ['from', 'via', 'to'],
  additionalProperties: false,
  description: 'A block device of one node, served to others.',
} as const;

export type ExportDefaultsSpec = FromSchema<typeof exportDefaults>;
export type IscsiDefaultsSpec = FromSchema<typeof iscsiDefaults>;
export type ExportSpec = FromSchema<typeof exported>;
