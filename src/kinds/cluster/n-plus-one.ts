/** When one node dies: can the others hold its VMs? By the inventory alone. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Site, Vm } from '../site.ts';
import { isManaged, runnableOn } from './members.ts';

/** One death, and what does not fit then. */
export interface Shortage {
  readonly node: NodeName;
  /** Those that would not start, with all that run at full memory. */
  readonly vms: readonly Vm[];
  /** Whether all would have room, were every managed VM given its minimum. */
  readonly fitsAtMinimum: boolean;
}

export function shortages(site: Site): readonly Shortage[] {
  const { cluster } = site;
  if (cluster === undefined) return [];
  return cluster.nodes.flatMap((node) => {
    const left = homeless(node, site, cluster, 'bytes');
    if (left.length === 0) return [];
    return [{ node, vms: left, fitsAtMinimum: homeless(node, site, cluster, 'minimumBytes').length === 0 }];
  });
}

/**
 * Each at its home before; the larger ones find a place first, where most is left, as Pacemaker does. What a greedy search cannot
 * place might fit in another order: the cluster searches greedily as well.
 */
function homeless(dead: NodeName, site: Site, cluster: Cluster, size: 'bytes' | 'minimumBytes'): readonly Vm[] {
  const running = Object.values(site.vms).filter(({ state }) => state === 'running');
  const needs = ({ memory }: Vm): number => memory[size];
  const free = new Map(
    cluster.nodes.map((node) => {
      const used = running.filter(({ home }) => home === node).reduce((sum, vm) => sum + needs(vm), 0);
      return [node, (site.nodes[node]?.guestMemoryBytes ?? 0) - used] as const;
    }),
  );
  const moving = running.filter((vm) => vm.home === dead && isManaged(site, vm)).sort((a, b) => needs(b) - needs(a));
  return moving.filter((vm) => {
    const able = runnableOn(vm, site, cluster).filter((node) => node !== dead && (free.get(node) ?? 0) >= needs(vm));
    const [best] = able.sort((a, b) => (free.get(b) ?? 0) - (free.get(a) ?? 0));
    if (best === undefined) return true;
    free.set(best, (free.get(best) ?? 0) - needs(vm));
    return false;
  });
}

export function nPlusOne(site: Site): readonly Diagnostic[] {
  return shortages(site).map(({ node, vms, fitsAtMinimum }) => {
    const names = vms.map(({ name, memory }) => `${name} (${formatSize(memory.bytes)})`).join(', ');
    const minimum = fitsAtMinimum ? 'With every VM at its minimum there would be' : 'Nor with every VM at its minimum';
    return warning(
      'cluster/n-plus-one',
      'When a node dies, the others cannot hold its VMs',
      `If ${node} dies, there is no room for ${names}, and what has no room stays down. ${minimum}; the cluster starts a VM with its whole memory or not at all.`,
      {
        help: 'Give them less memory, or the nodes more (`nodes.NAME.guestMemory`), or make fewer VMs `highlyAvailable`.',
      },
    );
  });
}
