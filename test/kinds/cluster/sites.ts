/** Sites with a cluster: that of a few words, those that chance makes, and those of the examples. */

import type { Cluster } from '../../../src/kinds/site/cluster.ts';
import type { Site, Vm } from '../../../src/kinds/site.ts';
import type { Random } from '../../sim/random.ts';
import { compactSite } from '../compact.ts';

const gibi = 2 ** 30;

/** Two nodes, a VM on one mirror at alpha, one on two mirrors at bravo. */
export function twoNodes(more: Partial<Cluster> = {}): Site {
  const replicas = ['alpha', 'bravo'];
  return compactSite({
    volumes: {
      'web-root': { size: '1GiB', replicas },
      'mail-root': { size: '1GiB', replicas },
      'mail-spool': { size: '1GiB', replicas },
    },
    vms: {
      web: { disks: [disk('web-root')], memory: memory(2) },
      mail: {
        home: 'bravo',
        uuid: 'a9f3c1de-0000-4000-8000-000000000002',
        disks: [disk('mail-root'), { ...disk('mail-spool'), as: 'xvdb' }],
        memory: memory(4),
      },
    },
    cluster: more,
  });
}

export function memory(size: number, minimum = size): Vm['memory'] {
  return { bytes: size * gibi, minimumBytes: minimum * gibi };
}

export function disk(volume: string): Vm['disks'][number] {
  return { volume, as: 'xvda', readOnly: false };
}

/** Two to four nodes, up to six VMs on up to three mirrors each, some of them not managed, some with little room. */
export function randomSite(chance: Random): Site {
  const names = ['alpha', 'bravo', 'charlie', 'delta'].slice(0, chance.whole(2, 4));
  const volumes: Record<string, { size: string; replicas: readonly string[] }> = {};
  const vms: Record<string, Partial<Vm>> = {};
  const at = (index: number): string => names[index % names.length] ?? '';
  for (let number = 0; number < chance.whole(1, 6); number += 1) {
    const home = chance.whole(0, names.length - 1);
    const replicas = [at(home), at(home + chance.whole(1, names.length - 1))];
    const disks = Array.from({ length: chance.whole(1, 3) }, (_, index) => `v${number}.disk_${index}`);
    for (const volume of disks)
      volumes[volume] = { size: '1GiB', replicas: chance.chance(0.5) ? replicas : [...replicas].reverse() };
    const uuid = `a9f3c1de-0000-4000-8000-00000000000${number}`;
    vms[`vm${number}`] = { uuid, home: at(home), disks: disks.map(disk), memory: memory(chance.whole(1, 3)) };
  }
  const managed = Object.keys(vms).filter((_, index) => index === 0 || chance.chance(0.8));
  const site = compactSite({ nodes: names, volumes, vms, cluster: { vms: managed } });
  const guestMemoryBytes = chance.whole(3, 12) * gibi;
  const nodes = Object.values(site.nodes).map((node) => [node.name, { ...node, guestMemoryBytes }]);
  return { ...site, nodes: Object.fromEntries(nodes) };
}
