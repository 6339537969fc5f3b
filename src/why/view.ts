/** All that was read, for those who look for causes: the wish, the facts, and what was asked besides. Pure. */
import type { Site } from '../kinds/site.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { ProbeOutputs } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import type { Evidence } from './cause.ts';

export interface View {
  readonly site: Site;
  /** Of the nodes that answered. */
  readonly facts: ReadonlyMap<NodeName, NodeFacts>;
  /** Why the others did not. */
  readonly unreached: ReadonlyMap<NodeName, string>;
  /** To what was asked besides, once it was known what is wrong. */
  readonly answers: ReadonlyMap<NodeName, ProbeOutputs>;
}

export function isUnreached(node: NodeName, { facts }: View): boolean {
  return !facts.has(node);
}

export function whyUnreached(node: NodeName, { unreached }: View): Evidence {
  return { node, source: 'connection', line: unreached.get(node) ?? 'it did not answer' };
}

/** What a question printed, line by line; none where it was not asked, failed or said nothing: no line proves nothing. */
export function linesOf(view: View, node: NodeName, probe: string): readonly string[] {
  const said = view.answers.get(node)?.get(probe);
  return said?.code === 0 ? said.stdout.split('\n').filter((line) => line.trim() !== '') : [];
}
