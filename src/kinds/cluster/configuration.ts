/**
 * What Pacemaker is told, as elements: fencing for each node, each mirror as a promotable clone, each VM tied to its mirrors.
 * It follows from the inventory alone, so that it can be held against what a node has in the very question that asks for it. Pure.
 */

import type { Alert, Cluster } from '../site/cluster.ts';
import type { Site } from '../site.ts';
import { atHome, onlyReplicas, tie } from './constraints.ts';
import { fencing, notItself } from './fencing.ts';
import { isManaged, managedVms, managedVolumes } from './members.ts';
import { machine, mirror } from './resources.ts';
import { serviceConstraints, serviceResources } from './services.ts';
import { type Timing, timingOf } from './timing.ts';
import { attributes, type Element, element } from './xml.ts';

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
      ...serviceResources(cluster, timing),
    ]),
    element('constraints', {}, [
      ...cluster.nodes.map(notItself),
      ...volumes.map(onlyReplicas),
      ...vms.flatMap((vm) => tie(vm, site)),
      ...vms.map(atHome),
      ...serviceConstraints(cluster),
    ]),
    element('rsc_defaults', {}, [
      attributes('meta_attributes', 'sanctl-defaults', { 'resource-stickiness': cluster.stickiness }),
    ]),
    ...(cluster.alerts.length === 0 ? [] : [element('alerts', {}, cluster.alerts.map(alert))]),
  ]);
}

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

function alert({ path, recipient }: Alert, at: number): Element {
  const id = `sanctl-alert-${at}`;
  return element(
    'alert',
    { id, path },
    recipient === undefined ? [] : [element('recipient', { id: `${id}-to`, value: recipient })],
  );
}
