/** corosync.conf: who belongs to the cluster, by which networks they talk, and when one counts as gone. Pure. */
import type { Content } from '../../shell/command.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Site } from '../site.ts';
import type { TemplateView, World } from '../world.ts';
import { timingOf } from './timing.ts';

export function renderCorosync(site: Site, cluster: Cluster, render: World['render']): Content {
  return render('cluster/corosync.conf', corosyncView(site, cluster));
}

/** Every text was white-listed when the inventory was read (P11: `corosync -t` accepts unknown keys). */
function corosyncView(site: Site, cluster: Cluster): TemplateView {
  const { tokenMilliseconds, consensusMilliseconds } = timingOf(cluster);
  const ip6 = cluster.nodes.some((node) =>
    [site.nodes[node]?.address, site.nodes[node]?.ring1].join(' ').includes(':'),
  );
  return {
    name: site.name,
    ipVersion: ip6 ? 'ipv6-4' : 'ipv4',
    token: tokenMilliseconds,
    consensus: consensusMilliseconds,
    // P2: two nodes that are cut off from each other go on by fencing alone, and one that boots alone waits for the other.
    twoNodes: cluster.nodes.length === 2,
    nodes: cluster.nodes.map((name, at) => ({
      name,
      id: at + 1,
      rings: [
        site.nodes[name]?.address ?? '',
        ...(site.nodes[name]?.ring1 === undefined ? [] : [site.nodes[name]?.ring1 ?? '']),
      ].map((address, ring) => ({ ring, address })),
    })),
  };
}

/** Who its node list names; empty: nobody that can be told. */
export function membersIn(text: string): readonly { readonly name: string; readonly id: string }[] {
  const [, ...blocks] = text.split(/^\s*node\s*\{/m);
  return blocks.map((block) => ({
    name: /^\s*name:\s*(\S+)/m.exec(block)?.[1] ?? '?',
    id: /^\s*nodeid:\s*(\S+)/m.exec(block)?.[1] ?? '?',
  }));
}
