/** What playbooks may do with the volume groups of a node whose disk was replaced. */
import type { Node, Site } from '../site.ts';
import type { Verb } from '../verb.ts';
import type { Verdict } from '../verdict.ts';
import { mappedProbe, planLetGo } from './leftovers.ts';
import { plan } from './plan.ts';
import { groupsOf } from './want.ts';

const nodeParameter = { type: 'node', means: 'the node whose disk was replaced' } as const;
type OfNode = Verb<{ node: typeof nodeParameter }>;

/** A group of this name on any other may be the very disk (L6, L7). */
const everyNode = (_given: unknown, { nodes }: Site) => Object.keys(nodes);

const letGo: OfNode = {
  summary: 'take away what the kernel still has of volume groups whose disk is gone, where nobody has it open',
  takes: { node: nodeParameter },
  nodes: everyNode,
  asks: ({ node }) => new Map([[node.name, [mappedProbe]]]),
  plan: ({ node }, world) => eachGroup(node, world.site, (group) => planLetGo(group, node.name, world)),
};

const remake: OfNode = {
  summary: 'make its volume groups anew on the disks that the inventory names, which must be blank',
  takes: { node: nodeParameter },
  nodes: everyNode,
  plan: ({ node }, world) => new Map(groupsOf(node.name, world.site).map((thing) => [thing.name, plan(thing, world)])),
};

export const verbs = { letGo, remake };

function eachGroup({ name }: Node, site: Site, decide: (group: string) => Verdict): ReadonlyMap<string, Verdict> {
  return new Map(groupsOf(name, site).map((group) => [group.name, decide(group.name)]));
}
