/** Two looks through open lines: what is there at all, and what a plan of the draft needs to know. Nothing is changed. */
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Node, Site } from '../kinds/site.ts';
import { type Connections, type Observed, observe } from '../observe/observe.ts';
import type { PlanInput } from '../plan/make.ts';
import { type Look, lookOf } from './look.ts';
import { questions } from './questions.ts';
import { type ReadDraft, type Settled, settle, siteOf } from './settle.ts';

export interface ImportTools {
  readonly kinds: readonly Kind[];
  readonly read: ReadDraft;
  /** Decides with templates, and with what can be read of the site's secrets. */
  decide(site: Site, facts: Observed['facts'], make: (input: PlanInput) => Result<Settled>): Promise<Result<Settled>>;
}

/** `targets`: how each machine is reached, under a word of the caller's; `lines` has the same words. */
export async function importNodes(
  targets: readonly Node[],
  lines: Connections,
  tools: ImportTools,
): Promise<Result<Settled>> {
  const asked = new Map(targets.map(({ name }) => [name, questions] as const));
  const seen = await observe(tools.kinds, siteOfNodes(targets), lines, asked);
  if (!seen.ok) return seen;
  const looks = looksOf(targets, seen.value);
  if (!looks.ok) return looks;
  const first = siteOf(looks.value, new Set(), tools.read);
  if (!first.ok) return first;
  const { site } = first.value;
  const named = new Map(
    targets.flatMap(({ name }, at) => {
      const [line, look] = [lines.get(name), looks.value[at]];
      return line === undefined || look === undefined ? [] : [[look.node, line] as const];
    }),
  );
  const again = await observe(tools.kinds, site, named);
  if (!again.ok) return again;
  return tools.decide(site, again.value.facts, (input) => settle(looks.value, tools.read, input));
}

function looksOf(targets: readonly Node[], { facts, answers }: Observed): Result<readonly Look[]> {
  const looks: Look[] = [];
  const problems: Diagnostic[] = [];
  for (const { name, ssh } of targets) {
    const [have, said] = [facts.get(name), answers.get(name)];
    if (have === undefined || said === undefined) throw new Error(`nobody asked ${name}`);
    const look = lookOf(ssh, have, said);
    if (look.ok) looks.push(look.value);
    else problems.push(...look.diagnostics);
  }
  return problems.length > 0 ? failed(...problems) : ok(looks);
}

/** Nodes, and nothing that would be asked for. */
export function siteOfNodes(nodes: readonly Node[]): Site {
  return {
    version: 1,
    name: '',
    nodes: Object.fromEntries(nodes.map((node) => [node.name, node])),
    volumeGroups: {},
    volumes: {},
    images: {},
    exports: {},
    arrays: {},
    snapshots: {},
    vms: {},
    secrets: {},
    migration: { trust: 'manual' },
    boot: { waitSeconds: 0 },
    certificates: '',
    initiators: {},
  };
}
