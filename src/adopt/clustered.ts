/** What Pacemaker may have: which of it was not read, and what two of them start and stop is nobody's (P6). Pure. */
import type { NodeName } from '../step.ts';
import type { LeftOut } from './findings.ts';
import type { Look } from './look.ts';
import type { DraftVolume } from './shape.ts';

export function clusteredNodes(looks: readonly Look[]): ReadonlySet<NodeName> {
  return new Set(
    looks.filter(({ others }) => others.some((path) => path.startsWith('/var/lib/pacemaker/'))).map(({ node }) => node),
  );
}

/** Mirrors with a side there. */
export function clusteredMirrors(nodes: ReadonlySet<NodeName>, volumes: readonly DraftVolume[]): readonly LeftOut[] {
  return volumes
    .filter(({ mirror, replicas }) => mirror !== undefined && replicas.some((node) => nodes.has(node)))
    .map(({ name, replicas }) => clustered(name, replicas, replicas.find((node) => nodes.has(node)) ?? ''));
}

export function clustered(name: string, nodes: readonly NodeName[], node: NodeName): LeftOut {
  return {
    name,
    nodes,
    why: `${node} has a configuration of Pacemaker, which may start, stop and promote it (P6)`,
    way: 'Leave it to the cluster. If that no longer runs anything, move its /var/lib/pacemaker/cib/cib.xml away on every node, and import again.',
  };
}
