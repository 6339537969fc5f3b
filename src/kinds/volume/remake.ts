/** The verb that makes the slices of a node anew after its disk was replaced. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { proveGivenUp } from '../force.ts';
import { onNode } from '../on-node.ts';
import type { Node, Site, Volume } from '../site.ts';
import type { Verb } from '../verb.ts';
import { refuse, type Verdict } from '../verdict.ts';
import { orNothing } from '../volume-group/want.ts';
import type { World } from '../world.ts';
import { plan } from './plan.ts';

const nodeParameter = { type: 'node', means: 'the node whose disk was replaced' } as const;

export const remake: Verb<{ node: typeof nodeParameter }> = {
  summary: 'make its slices anew; one that had no other copy only where `--allow-destroy` names it',
  takes: { node: nodeParameter },
  nodes: (_given, { nodes }: Site) => Object.keys(nodes),
  plan: ({ node }, world) => {
    const present = onNode(world.site, node.name).volumes.filter(({ state }) => state === 'present');
    return new Map(present.map((volume) => [volume.name, remakeOn(node, volume, world)]));
  },
};

function remakeOn({ name: node }: Node, volume: Volume, world: World): Verdict {
  const verdict = plan({ kind: 'volume', name: volume.name, nodes: volume.replicas, want: volume, needs: [] }, world);
  const elsewhere = verdict.steps.find((step) => step.node !== node);
  if (elsewhere !== undefined) return refuse(...verdict.diagnostics, moreToDo(volume, elsewhere.title));
  const [other] = volume.replicas.filter((replica) => replica !== node);
  if (other !== undefined || !isMissing(volume, node, world)) return verdict;
  if (proveGivenUp(volume.group, volume.name, world.allowDestroy) !== undefined) return verdict;
  return refuse(...verdict.diagnostics, lost(volume, node));
}

function isMissing({ group, name }: Volume, node: string, world: World): boolean {
  const all = orNothing(world.have('volume', node).volumes, world, node);
  return all.known && !all.value.some((one) => one.group === group && one.name === name);
}

/** C11: an empty volume under a name that held data is never made without a word. */
function lost({ name, group }: Volume, node: string): Diagnostic {
  const detail = `${group}/${name} had its only copy on ${node}, and is not there any more.`;
  return error('volume/lost', 'A volume without another copy is lost', detail, {
    help: `Keep the old disk if its data may be rescued. \`--allow-destroy volume/${name}\` makes a new, empty one; then restore it from a backup.`,
  });
}

function moreToDo({ name }: Volume, what: string): Diagnostic {
  const detail = `volume/${name}: the inventory also asks to ${what} on another node.`;
  return error('volume/more-to-do', 'The inventory asks for more than a new disk', detail, {
    help: 'Write into the inventory what was there before, replace the disk, and apply the change once the mirror is whole.',
  });
}
