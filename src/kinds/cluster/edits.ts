/** What of a cluster’s configuration is sanctl’s to say: taken out whole before it is put in anew, so that nothing stale stays. Pure. */
import type { Site } from '../site.ts';
import { fenceId, mirrorId, vmId } from './names.ts';
import { serviceId } from './services.ts';

/** The options that are ours, wherever they stand: Pacemaker’s own set would win over ours. */
const options = [
  'stonith-enabled',
  'stonith-action',
  'stonith-timeout',
  'startup-fencing',
  'no-quorum-policy',
  'placement-strategy',
  'symmetric-cluster',
  'dc-deadtime',
];

/**
 * XPath of all that is ours: of everything that the inventory names, whether it is to be managed or not. What it does not name is
 * not touched (C11): constraints of DRBD’s handlers, `cli-…`, nodes in standby, resources of somebody else.
 */
export function ours({ nodes, volumes, vms, cluster }: Site): string {
  const ids = [
    ...Object.keys(nodes).flatMap((node) => [fenceId(node), `elsewhere-${fenceId(node)}`]),
    ...Object.values(volumes)
      .filter(({ replicas }) => replicas.length > 1)
      .map(({ name }) => mirrorId(name))
      .flatMap((id) => [id, `replicas-${id}`, `with-${id}`, `after-${id}`]),
    ...Object.keys(vms).flatMap((vm) => [vmId(vm), `home-${vmId(vm)}`]),
    ...(cluster?.services ?? []).flatMap(({ name }) => [serviceId(name), `home-${serviceId(name)}`]),
  ];
  const sanctl = 'starts-with(@id,"sanctl-")';
  return [
    `//configuration/*/*[${[sanctl, ...ids.map((id) => `@id="${id}"`)].join(' or ')}]`,
    `//configuration/nodes/node/utilization[${sanctl}]`,
    `//configuration/crm_config/*[not(${sanctl})]/nvpair[${options.map((name) => `@name="${name}"`).join(' or ')}]`,
  ].join(' | ');
}
