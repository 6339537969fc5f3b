/** A small plan with one of everything that a plan can show. */
import { warning } from '../../src/diagnostic.ts';
import type { Site } from '../../src/kinds/site.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { command, run } from '../../src/shell/command.ts';
import type { Step } from '../../src/step.ts';
import { blankSite } from '../blank-site.ts';

const site: Site = {
  ...blankSite,
  nodes: {
    alpha: { name: 'alpha', address: '10.77.0.11', ssh: { host: '127.0.0.1', port: 2201 } },
    bravo: { name: 'bravo', address: '10.77.0.12', ssh: { host: '127.0.0.1', port: 2202 } },
  },
  secrets: { peers: { env: 'PEERS' } },
};

function step(id: string, title: string, more: Partial<Step> = {}): Step {
  const node = /@(\w+)#/.exec(id)?.[1] ?? '';
  return { id, node, title, needs: [], danger: 'none', guards: [], actions: [], ...more };
}

const resource = ['resource "web-root" {\n  net {\n    shared-secret "', { secret: 'peers' }, '";\n  }\n}\n'] as const;

export const steps: readonly Step[] = [
  step('volume/web-root@alpha#create', 'create logical volume vg0/web-root (1 GiB)', {
    reason: 'the inventory asks for 1 GiB on alpha and bravo; there is none',
    guards: [
      {
        ask: command('vgs', '--noheadings', '-o', 'vg_uuid', 'vg0'),
        expect: { stdout: 'abc' },
        proves: 'vg0 is the volume group that was seen (C3)',
      },
      {
        ask: command('lvs', 'vg0/web-root'),
        expect: { exit: 5 },
        proves: 'no logical volume has that name, so that nothing which exists can be overwritten (C3)',
      },
    ],
    actions: [
      run('lvcreate', '--wipesignatures', 'y', '--zero', 'y', '--name', 'web-root', '--size', '1073741824b', 'vg0'),
    ],
  }),
  step('file/etc/drbd.d/web-root.res@alpha#write', 'write /etc/drbd.d/web-root.res', {
    needs: ['volume/web-root@alpha#create'],
    actions: [
      {
        do: 'write',
        path: '/etc/drbd.d/web-root.res',
        content: resource,
        mode: '0600',
        before: null,
        check: ['drbdadm', '-c', '{}', 'dump', 'web-root'],
      },
    ],
  }),
  step('file/etc/lvm/lvmlocal.conf@bravo#write', 'write /etc/lvm/lvmlocal.conf', {
    actions: [
      {
        do: 'write',
        path: '/etc/lvm/lvmlocal.conf',
        content: ['a\nb\nnew\nd\n'],
        mode: '0644',
        before: 'a'.repeat(64),
        was: 'a\nb\nold\tone\nd\n',
      },
    ],
  }),
  step('file/etc/long@bravo#write', 'write /etc/long', {
    actions: [{ do: 'write', path: '/etc/long', content: ['x\n'], mode: '0644', before: 'b'.repeat(64) }],
  }),
  step('drbd/web-root@bravo#up', 'bring up web-root', { actions: [run('drbdadm', 'up', 'web-root')] }),
  step('drbd/web-root@alpha#seed', 'start the first sync of web-root from alpha', {
    reason: 'both halves are new (K1)',
    needs: [
      'file/etc/drbd.d/web-root.res@alpha#write',
      'drbd/web-root@bravo#up',
      'file/etc/long@bravo#write',
      'volume/gone@bravo#create',
    ],
    redundancy: { copies: 1, until: 'the first sync ends, about 12 min at 100 MiB/s' },
    actions: [
      {
        do: 'wait',
        what: 'both halves connected',
        command: command('drbdadm', 'cstate', 'web-root'),
        until: { stdout: 'Connected' },
        timeoutSeconds: 60,
        everySeconds: 1,
      },
      run('drbdadm', 'primary', '--force', 'web-root'),
    ],
  }),
  step('service/lvm2-monitor@alpha#restart', 'restart lvm2-monitor', {
    danger: 'interrupts',
    actions: [run('systemctl', 'restart', 'lvm2-monitor')],
  }),
  step('volume/old@alpha#destroy', 'destroy logical volume vg0/old', {
    danger: 'destroys',
    destroys: 'volume/old',
    actions: [run('lvremove', '--select', 'lv_uuid=x', 'vg0')],
  }),
  step(
    'drbd/web-root@bravo#ask',
    'ask bravo whether its half is still inconsistent (another node: the weaker kind of guard)',
    {
      guards: [
        {
          ask: command('drbdadm', 'dstate', 'web-root'),
          expect: { matches: '^Inconsistent/' },
          proves: 'the half on bravo holds no data',
        },
      ],
    },
  ),
];

export const plan: Plan = {
  version: 1,
  site,
  inventory: `sha256:${'0'.repeat(64)}`,
  facts: {},
  things: 12,
  steps,
  undeclared: [
    { kind: 'volume', name: 'vg0/scratch', node: 'alpha', detail: 'a logical volume of 2 GiB that no inventory names' },
  ],
  diagnostics: [
    warning('inventory/no-secret', 'Replication is not authenticated', 'The volume isos names no secret.', {
      help: 'Add `secret`.',
    }),
  ],
  offline: false,
  options: { only: [], without: [], allowDestroy: ['volume/old'], adopt: [], waitSync: false },
};
