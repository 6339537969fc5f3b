import type { FromSchema } from 'json-schema-to-ts';
import { durationPattern } from '../../quantity.ts';
import { alert } from './cluster.ts';
import { calendar, nodePath } from './text.ts';

const every = {
  type: 'string',
  pattern: `^${durationPattern}$`,
  patternErrorMessage: 'a time such as 30s or 5min',
} as const;

export const watch = {
  type: 'object',
  properties: {
    every: { ...every, default: '5min', description: 'How often each node looks.', examples: ['1min'] },
    alerts: {
      type: 'array',
      maxItems: 16,
      items: {
        ...alert,
        properties: {
          ...alert.properties,
          command: {
            ...nodePath,
            description:
              'A program on the nodes; it gets what has changed on its standard input, and `SANCTL_ALERT_SITE`, `SANCTL_ALERT_NODE` and `SANCTL_ALERT_SUBJECT`.',
            examples: ['/usr/local/bin/page'],
          },
          mail: { ...alert.properties.mail, description: 'Or an address that gets mail; the nodes need a `sendmail`.' },
        },
      },
      default: [],
      description: 'Who is told when what is wrong on a node has changed, once for each change.',
    },
    verify: {
      type: 'object',
      properties: {
        schedule: {
          ...calendar,
          description:
            'When the mirrors are compared, block by block (`OnCalendar=` of systemd.time(7)). `systemd-analyze calendar` says what it means.',
          examples: ['Sun 03:00'],
        },
      },
      required: ['schedule'],
      additionalProperties: false,
      description:
        'Online verify of all mirrors, each begun by one of its nodes. What differs is told, and never copied.',
    },
    metrics: {
      type: 'object',
      properties: {
        folder: {
          ...nodePath,
          description: 'Folder of the textfile collector of node_exporter; it must be there.',
          examples: ['/var/lib/prometheus/node-exporter'],
        },
        every: { ...every, default: '1min', description: 'How often the figures are written.' },
      },
      required: ['folder'],
      additionalProperties: false,
      description: 'Figures for Prometheus, as each node sees its own: `sanctl.prom`.',
    },
  },
  additionalProperties: false,
  description: 'What nodes look at by themselves, by timers of systemd (docs/watching.md).',
} as const;

export type WatchSpec = FromSchema<typeof watch>;
