/** Fence devices: one for each member, run by the others. Pure. */
import { fencePasswordPath } from '../file/paths.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Fence } from '../site/node.ts';
import type { Site } from '../site.ts';
import { managedVms } from './members.ts';
import { fenceId, paramsId } from './names.ts';
import type { Timing } from './timing.ts';
import { attributes, type Element, element, operation } from './xml.ts';

export function fencing(
  node: string,
  site: Site,
  cluster: Cluster,
  { fenceTimeout, fenceDelay }: Timing,
): readonly Element[] {
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
        // It begins with a look at the device, for which Pacemaker would give it 20 s.
        operation(fenceId(node), 'start', { interval: '0s', timeout: `${fenceTimeout}s` }),
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
function survivorOf(site: Site, { nodes }: Cluster): string | undefined {
  const weigh = (node: string): number =>
    managedVms(site).reduce((sum, { home, memory }) => sum + (home === node ? memory.bytes : 0), 0);
  return [...nodes].sort((one, other) => weigh(other) - weigh(one))[0];
}

/** A node that is to be shot cannot be the one that shoots. */
export function notItself(node: string): Element {
  const id = fenceId(node);
  return element('rsc_location', { id: `elsewhere-${id}`, rsc: id, node, score: '-INFINITY' });
}
