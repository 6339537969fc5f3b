import type { FromSchema } from 'json-schema-to-ts';
import { secret } from './secret.ts';
import {
  alertRecipient,
  fenceAgent,
  fenceOption,
  fenceOptionName,
  fencePlug,
  hostName,
  networkDevice,
  nodePath,
} from './text.ts';

export const fence = {
  type: 'object',
  properties: {
    agent: {
      ...fenceAgent,
      description:
        'The fence agent: what takes this node’s power away. `fence_ipmilan -o metadata` lists what it takes.',
      examples: ['fence_ipmilan'],
    },
    options: {
      type: 'object',
      propertyNames: fenceOptionName,
      additionalProperties: fenceOption,
      default: {},
      description: 'What the agent takes, without its password.',
      examples: [{ ip: '192.0.2.11', username: 'admin', lanplus: 1 }],
    },
    plug: {
      ...fencePlug,
      description: 'The outlet of this node, where the device has several.',
      examples: ['3'],
    },
    password: {
      ...secret,
      description: 'Secret of the device. Each member keeps it in a file of root’s, and nowhere else.',
      examples: ['ipmi'],
    },
  },
  required: ['agent'],
  additionalProperties: false,
  description: 'How the cluster makes sure that this node is dead. Each node of a cluster needs it.',
} as const;

export const alert = {
  type: 'object',
  properties: {
    command: {
      ...nodePath,
      description: 'A program on the nodes that Pacemaker runs when something happens; it is told by `CRM_alert_…`.',
      examples: ['/usr/local/bin/page'],
    },
    mail: {
      ...alertRecipient,
      description: 'Or an address that gets mail, by Pacemaker’s own `alert_smtp.sh`; the nodes need a `sendmail`.',
      examples: ['root@example.org'],
    },
    recipient: { ...alertRecipient, description: 'Handed to the command.', examples: ['ops'] },
  },
  additionalProperties: false,
  description: 'Exactly one of `command` and `mail`.',
} as const;

export const cluster = {
  type: 'object',
  properties: {
    engine: {
      type: 'string',
      enum: ['pacemaker', 'heartbeat'],
      default: 'pacemaker',
      description:
        '`pacemaker`: Corosync and Pacemaker. `heartbeat`: files for those who still run the classic one (docs/heartbeat.md).',
    },
    nodes: {
      type: 'array',
      minItems: 2,
      maxItems: 16,
      uniqueItems: true,
      items: hostName,
      description: 'Its members. A member’s number is its place here: add new ones at the end.',
      examples: [['alpha', 'bravo']],
    },
    secret: {
      ...secret,
      description:
        'Secret by which members know each other, of 128 characters or more: `head -c 96 /dev/urandom | base64 -w0` makes one.',
      examples: ['corosync'],
    },
    detection: {
      type: 'integer',
      minimum: 1,
      maximum: 600,
      default: 4,
      description:
        'Seconds of silence after which a node is out, and is shot. All other time-outs follow from it: more than 4 stretches them as well.',
    },
    shutdown: {
      type: 'integer',
      minimum: 10,
      maximum: 3600,
      default: 120,
      description: 'Seconds that a guest may take to shut down, before it is ended.',
    },
    stickiness: {
      type: 'integer',
      minimum: 0,
      maximum: 1000000,
      default: 1000,
      description:
        'How much it weighs that a VM stays where it runs. Its home weighs 100: with less than that, the cluster brings it home by itself, by a stop and a start.',
    },
    interfaces: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      uniqueItems: true,
      items: networkDevice,
      description: 'For `engine: heartbeat`: the network device of `address` on its nodes, then that of `ring1`.',
      examples: [['eth1']],
    },
    alerts: {
      type: 'array',
      maxItems: 16,
      items: alert,
      default: [],
      description: 'Who is told when something happens.',
    },
  },
  required: ['nodes', 'secret'],
  additionalProperties: false,
  description: 'Members that keep VMs running although one of them dies (docs/cluster.md).',
} as const;

export type FenceSpec = FromSchema<typeof fence>;
export type ClusterSpec = FromSchema<typeof cluster>;
