/** Wish and facts in, plan out: the whole decision, pure. */
import { type Diagnostic, failed, hasErrors, ok, type Result } from '../diagnostic.ts';
import type { Kind, Thing, Undeclared } from '../kinds/kind.ts';
import { unknown } from '../kinds/reading.ts';
import type { Site } from '../kinds/site.ts';
import type { Verdict } from '../kinds/verdict.ts';
import type { NodeFacts, World } from '../kinds/world.ts';
import type { ProbeOutputs } from '../shell/command.ts';
import type { NodeName } from '../step.ts';
import { digest } from './digest.ts';
import { steps } from './graph.ts';
import type { Digest, Plan, PlanOptions } from './plan.ts';
import { select, siteWithout } from './select.ts';
import { things } from './things.ts';

export interface PlanInput {
  readonly kinds: readonly Kind[];
  readonly site: Site;
  readonly facts: ReadonlyMap<NodeName, NodeFacts>;
  /** What a playbook asked besides. */
  readonly answers?: ReadonlyMap<NodeName, ProbeOutputs>;
  readonly options: PlanOptions;
  readonly offline: boolean;
  readonly render: World['render'];
  readonly digest: World['digest'];
  /** Nobody looks at images unless given: then nothing is filled. */
  readonly imageBytes?: World['imageBytes'];
}

/** A plan, or everything that speaks against one: with a single error there is no plan at all. */
export function makePlan(input: PlanInput): Result<Plan> {
  const { judged, diagnostics: unselected } = judge(input);
  const diagnostics = unique([...unselected, ...judged.flatMap((verdict) => verdict.diagnostics)]);
  if (hasErrors(diagnostics)) return failed(...diagnostics);
  const drafted = judged.map(({ thing, steps: drafts }) => ({ thing, drafts }));
  const found = input.offline ? [] : undeclared(input);
  return ok(planOf(input, { things: drafted.length, steps: steps(drafted), undeclared: found, diagnostics }));
}

/** What a kind answered for a thing. */
export interface Judged extends Verdict {
  readonly thing: Thing;
}

/** The verdict over every selected thing, whatever is wrong with others. */
export function judge(input: PlanInput): { judged: readonly Judged[]; diagnostics: readonly Diagnostic[] } {
  const site = siteWithout(input.site, input.options.without);
  const world = worldOf(input, site);
  const selected = select(things(input.kinds, site, world), input.options.only, input.options.without);
  const kindOf = new Map(input.kinds.map((kind) => [kind.name, kind]));
  const judged = selected.things.map((thing) => ({ thing, ...verdictOf(kindOf, thing, world) }));
  return { judged, diagnostics: selected.diagnostics };
}

/** What was decided, with all that it rests on. */
export function planOf(input: PlanInput, decided: Pick<Plan, 'things' | 'steps' | 'undeclared' | 'diagnostics'>): Plan {
  return {
    version: 1,
    site: input.site,
    inventory: digest(input.site),
    facts: input.offline ? {} : fingerprints(input.kinds, input.facts),
    ...decided,
    offline: input.offline,
    options: input.options,
  };
}

function verdictOf(kindOf: ReadonlyMap<string, Kind>, thing: Thing, world: World): Verdict {
  const kind = kindOf.get(thing.kind);
  if (kind === undefined) throw new Error(`there is no kind ${thing.kind}`);
  return kind.plan(thing, world);
}

/** `site`: the part of it whose nodes were asked. */
export function worldOf(input: PlanInput, site: Site): World {
  return {
    site,
    leftOut: input.options.without,
    render: input.render,
    digest: input.digest,
    imageBytes: input.imageBytes ?? (() => unknown('it was not looked at')),
    allowDestroy: new Set(input.options.allowDestroy),
    adopt: new Set(input.options.adopt),
    waitSync: input.options.waitSync,
    answers: (node) => input.answers?.get(node) ?? new Map(),
    have(kind, node) {
      const facts = input.facts.get(node);
      if (facts === undefined) throw new Error(`no facts of ${node} were gathered`);
      if (!(kind in facts)) throw new Error(`nobody asked ${node} for the facts of ${kind}`);
      return facts[kind];
    },
  };
}

/** What each node's steps rest on, by kind, so that a stale plan can say what moved (C4). */
export function fingerprints(
  kinds: readonly Kind[],
  facts: ReadonlyMap<NodeName, NodeFacts>,
): Readonly<Record<NodeName, Readonly<Record<string, Digest>>>> {
  return Object.fromEntries([...facts].map(([node, have]) => [node, fingerprint(kinds, have)]));
}

export function fingerprint(kinds: readonly Kind[], have: NodeFacts): Readonly<Record<string, Digest>> {
  return Object.fromEntries(kinds.map((kind) => [kind.name, digest(kind.stable(have[kind.name as keyof NodeFacts]))]));
}

/** Against the whole inventory: what was only left out of this run is not undeclared. */
export function undeclared(input: Pick<PlanInput, 'kinds' | 'site' | 'facts'>): readonly Undeclared[] {
  return [...input.facts].flatMap(([node, have]) =>
    input.kinds.flatMap((kind) => kind.undeclared?.(input.site, node, have[kind.name as keyof NodeFacts]) ?? []),
  );
}

/** The same finding from two things is said once. */
export function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [`${one.code} ${one.detail}`, one])).values()];
}
