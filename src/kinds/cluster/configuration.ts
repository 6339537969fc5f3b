/**
 * What Pacemaker is told, as elements: fencing for each node, each mirror as a promotable clone, each VM tied to its mirrors.
 * It follows from the inventory alone, so that it can be held against what a node has in the very question that asks for it. Pure.
 */

import { domainPath, fencePasswordPath } from '../file/paths.ts';
import type { Alert, Cluster, Fence, Site, Vm, Volume } from '../site.ts';
import { isManaged, managedVms, managedVolumes, mirrorsOf } from './members.ts';
import { drbdId, fenceId, metaId, mirrorId, paramsId, vmId } from './names.ts';
import { type Timing, timingOf } from './timing.ts';
import { type Element, element } from './xml.ts';

/** Sections of `<configuration>`, in the order of Pacemaker’s schema. */
export function configuration(site: Site, cluster: Cluster): Element {
  const timing = timingOf(cluster);
  const vms = managedVms(site);
  const volumes = managedVolumes(site);
  return element('configuration', {}, [
    element('crm_config', {}, [options(timing)]),
    element(
      'nodes',
      {},
      cluster.nodes.map((node, at) => nodeElement(node, at + 1, site)),
    ),
    element('resources', {}, [
      ...cluster.nodes.flatMap((node) => fencing(node, site, cluster, timing)),
      ...volumes.map((volume) => mirror(volume, timing)),
      ...vms.map((vm) => machine(vm, timing)),
    ]),
    element('constraints', {}, [
      ...cluster.nodes.map(notItself),
      ...volumes.map(onlyReplicas),
      ...vms.flatMap((vm) => tie(vm, site)),
      ...vms.map(atHome),
    ]),
    element('rsc_defaults', {}, [
      attributes('meta_attributes', 'sanctl-defaults', { 'resource-stickiness': cluster.stickiness }),
    ]),
    ...(cluster.alerts.length === 0 ? [] : [element('alerts', {}, cluster.alerts.map(alert))]),
  ]);
}

const homeScore = 100;

/** P1, P3. A fencing that failed is tried again; nothing is started meanwhile. */
function options({ fenceTimeout, dcDeadtime }: Timing): Element {
  return attributes('cluster_property_set', 'sanctl-options', {
    'stonith-enabled': 'true',
    'stonith-action': 'reboot',
    'stonith-timeout': `${fenceTimeout}s`,
    'startup-fencing': 'true',
    'no-quorum-policy': 'stop',
    'placement-strategy': 'balanced',
    'symmetric-cluster': 'true',
    'dc-deadtime': `${dcDeadtime}s`,
  });
}

/** What a node has for the VMs of the cluster, so that a failover never starts more than it can hold: others have theirs already. */
function nodeElement(name: string, id: number, site: Site): Element {
  const others = Object.values(site.vms).filter(
    (vm) => vm.home === name && vm.state === 'running' && !isManaged(site, vm),
  );
  const used = others.reduce((sum, { memory }) => sum + memory.bytes, 0);
  const bytes = Math.max(0, (site.nodes[name]?.guestMemoryBytes ?? 0) - used);
  return element('node', { id, uname: name }, [
    attributes('utilization', `sanctl-node-${name}`, { memory: Math.floor(bytes / mebi) }),
  ]);
}

const mebi = 2 ** 20;

function fencing(node: string, site: Site, cluster: Cluster, { fenceTimeout, fenceDelay }: Timing): readonly Element[] {
  const fence = site.nodes[node]?.fence;
  if (fence === undefined) return [];
  const late =
    cluster.nodes.length === 2 && node === survivorOf(site, cluster) ? { pcmk_delay_base: `${fenceDelay}s` } : {};
  return [
    element('primitive', { id: fenceId(node), class: 'stonith', type: fence.agent }, [
      attributes('instance_attributes', paramsId(fenceId(node)), {
        ...fence.options,
        ...targets(node, fence),
        ...late,
      }),
      element('operations', {}, [
        operation(fenceId(node), 'monitor', { interval: '60s', timeout: `${fenceTimeout}s` }),
      ]),
    ]),
  ];
}

/** The device shoots this node and no other one. What it shoots by has the number of an outlet where it has several. */
function targets(node: string, { plug, password }: Fence): Readonly<Record<string, string>> {
  return {
    ...(plug === undefined
      ? { pcmk_host_list: node, pcmk_host_check: 'static-list' }
      : { pcmk_host_map: `${node}:${plug}` }),
    ...(password === undefined ? {} : { password_script: fencePasswordPath(node) }),
  };
}

/** Of two nodes that are cut off from each other the one with more to lose goes on: whoever would shoot it waits (P2). */
export function survivorOf(site: Site, { nodes }: Cluster): string | undefined {
  const weigh = (node: string): number =>
    managedVms(site).reduce((sum, { home, memory }) => sum + (home === node ? memory.bytes : 0), 0);
  return [...nodes].sort((one, other) => weigh(other) - weigh(one))[0];
}

/** One Primary, never two (P5). Notices are what tells DRBD that its peer was fenced. */
function mirror({ name, replicas }: Volume, { mirror: times }: Timing): Element {
  const id = drbdId(name);
  const timed = (...list: readonly ('start' | 'promote' | 'demote' | 'stop' | 'notify')[]): readonly Element[] =>
    list.map((one) => operation(id, one, { interval: '0s', timeout: `${times[one]}s` }));
  return element('clone', { id: mirrorId(name) }, [
    attributes('meta_attributes', metaId(mirrorId(name)), {
      promotable: 'true',
      'promoted-max': 1,
      'promoted-node-max': 1,
      'clone-max': replicas.length,
      'clone-node-max': 1,
      notify: 'true',
      interleave: 'true',
    }),
    element('primitive', { id, class: 'ocf', provider: 'linbit', type: 'drbd' }, [
      attributes('instance_attributes', paramsId(id), { drbd_resource: name }),
      element('operations', {}, [
        ...timed('start', 'promote', 'demote', 'stop', 'notify'),
        operation(id, 'monitor', { interval: '20s', timeout: `${times.monitor}s`, role: 'Unpromoted' }),
        // Two monitors of one resource need two intervals.
        element('op', {
          id: `promoted-${id}`,
          name: 'monitor',
          interval: '10s',
          timeout: `${times.monitor}s`,
          role: 'Promoted',
        }),
      ]),
    ]),
  ]);
}

/** Moved by a stop and a start: the agent’s own `migrate_to` is a bare `xl migrate` (docs/decisions/0015). */
function machine(vm: Vm, { vm: times }: Timing): Element {
  const id = vmId(vm.name);
  return element('primitive', { id, class: 'ocf', provider: 'heartbeat', type: 'Xen' }, [
    attributes('meta_attributes', metaId(id), {
      'allow-migrate': 'false',
      'target-role': vm.state === 'running' ? 'Started' : 'Stopped',
    }),
    attributes('utilization', `utilization-${id}`, { memory: Math.ceil(vm.memory.bytes / mebi) }),
    attributes('instance_attributes', paramsId(id), {
      xmfile: domainPath(vm.name),
      name: vm.name,
      shutdown_timeout: times.shutdown,
    }),
    element('operations', {}, [
      operation(id, 'start', { interval: '0s', timeout: `${times.start}s` }),
      operation(id, 'stop', { interval: '0s', timeout: `${times.stop}s` }),
      operation(id, 'monitor', { interval: '10s', timeout: `${times.monitor}s` }),
    ]),
  ]);
}

function operation(id: string, name: string, more: Readonly<Record<string, string>>): Element {
  return element('op', { id: `${name}-${id}`, name, ...more });
}

function notItself(node: string): Element {
  const id = fenceId(node);
  return element('rsc_location', { id: `elsewhere-${id}`, rsc: id, node, score: '-INFINITY' });
}

function onlyReplicas({ name, replicas }: Volume): Element {
  const id = mirrorId(name);
  const others = replicas.map((node, at) =>
    element('expression', { id: `replica${at}-${id}`, attribute: '#uname', operation: 'ne', value: node }),
  );
  return element('rsc_location', { id: `replicas-${id}`, rsc: id }, [
    element('rule', { id: `rule-${id}`, score: '-INFINITY', 'boolean-op': 'and' }, others),
  ]);
}

/** P4: where its disks are Primary, and after they are. A volume is the disk of one VM, so its name is enough for an id. */
function tie(vm: Vm, site: Site): readonly Element[] {
  return mirrorsOf(vm, site).flatMap(({ name }) => {
    const id = mirrorId(name);
    return [
      element('rsc_colocation', {
        id: `with-${id}`,
        rsc: vmId(vm.name),
        'with-rsc': id,
        'with-rsc-role': 'Promoted',
        score: 'INFINITY',
      }),
      element('rsc_order', {
        id: `after-${id}`,
        first: id,
        'first-action': 'promote',
        // biome-ignore lint/suspicious/noThenProperty: Pacemaker's own word
        then: vmId(vm.name),
        'then-action': 'start',
        kind: 'Mandatory',
      }),
    ];
  });
}

function atHome({ name, home }: Vm): Element {
  return element('rsc_location', { id: `home-${vmId(name)}`, rsc: vmId(name), node: home, score: homeScore });
}

function alert({ path, recipient }: Alert, at: number): Element {
  const id = `sanctl-alert-${at}`;
  return element(
    'alert',
    { id, path },
    recipient === undefined ? [] : [element('recipient', { id: `${id}-to`, value: recipient })],
  );
}

function attributes(name: string, id: string, pairs: Readonly<Record<string, string | number>>): Element {
  return element(
    name,
    { id },
    Object.entries(pairs).map(([key, value]) => element('nvpair', { id: `${key}.${id}`, name: key, value })),
  );
}
