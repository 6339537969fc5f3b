/** Questions and answers of all kinds together: what to ask a node, and what its answers mean. Pure. */
import type { Kind } from '../kinds/kind.ts';
import type { Site } from '../kinds/site.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { Probe, ProbeOutputs } from '../shell/command.ts';
import type { NodeName } from '../step.ts';

/** Every question to this node, each once. */
export function probesOf(kinds: readonly Kind[], site: Site, node: NodeName): readonly Probe[] {
  return eachOnce(kinds.flatMap((kind) => kind.probes(site, node)));
}

/** Two may ask the same thing, but not two things under one name. */
export function eachOnce(probes: readonly Probe[]): readonly Probe[] {
  const all = new Map<string, Probe>();
  for (const probe of probes) {
    const same = all.get(probe.name);
    if (same !== undefined && JSON.stringify(same) !== JSON.stringify(probe)) {
      throw new Error(`two questions are called ${probe.name}`);
    }
    all.set(probe.name, probe);
  }
  return [...all.values()];
}

export function factsOf(kinds: readonly Kind[], site: Site, node: NodeName, outputs: ProbeOutputs): NodeFacts {
  return collect(kinds, (kind) => kind.parse(outputs, site, node));
}

/** What a freshly installed machine would answer: for plans and files without a network. */
export function blankFacts(kinds: readonly Kind[], site: Site, node: NodeName): NodeFacts {
  return collect(kinds, (kind) => kind.blank(site, node));
}

/** The registry has a kind for every name of NodeFacts (a test holds it against the type). */
function collect(kinds: readonly Kind[], facts: (kind: Kind) => unknown): NodeFacts {
  return Object.fromEntries(kinds.map((kind) => [kind.name, facts(kind)])) as unknown as NodeFacts;
}
