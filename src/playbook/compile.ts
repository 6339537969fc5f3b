/** A bound playbook and one look at its nodes, to the same plan as everything else, or all that speaks against it. Pure. */
import { type Diagnostic, failed, hasErrors, ok, type Result } from '../diagnostic.ts';
import type { Check } from '../kinds/verb.ts';
import type { Verdict } from '../kinds/verdict.ts';
import type { World } from '../kinds/world.ts';
import { blankFacts } from '../observe/facts.ts';
import { type Drafted, stepId, steps } from '../plan/graph.ts';
import { type PlanInput, planOf, unique, worldOf } from '../plan/make.ts';
import type { Plan } from '../plan/plan.ts';
import { siteWithout } from '../plan/select.ts';
import type { StepId } from '../step.ts';
import type { Bound, BoundCall } from './bind.ts';

export interface Compiled {
  readonly plan: Plan;
  /** For each step of the playbook, its steps in the plan; none: it is as wished already. */
  readonly acts: readonly (readonly StepId[])[];
}

/** All findings at once: what `require` asks for and what the verbs themselves refuse. */
export function compile(bound: Bound, input: PlanInput): Result<Compiled> {
  const world = worldSeen(bound, input);
  const answers = bound.steps.map(({ kind, verb, given, together = false }) => ({
    kind,
    together,
    verdicts: verb.plan(given, world),
  }));
  const diagnostics = unique([
    ...findings(bound.require, world),
    ...answers.flatMap(({ verdicts }) => [...verdicts.values()].flatMap((verdict) => verdict.diagnostics)),
  ]);
  if (hasErrors(diagnostics)) return failed(...diagnostics);
  const { drafted, acts } = inOrder(answers);
  const plan = planOf(input, { things: bound.steps.length, steps: steps(drafted), undeclared: [], diagnostics });
  return ok({ plan, acts });
}

/** What does not hold at the end. */
export function verify(bound: Bound, input: PlanInput): Result<true> {
  const found = unique(findings(bound.verify, worldSeen(bound, input)));
  return hasErrors(found) ? failed(...found) : ok(true, found);
}

function findings(calls: readonly BoundCall<Check>[], world: World): readonly Diagnostic[] {
  return calls.flatMap(({ verb, given }) => verb.check(given, world));
}

/** Its site ends where nobody was asked, and nothing runs on what is dead. */
function worldSeen({ nodes, dead = [] }: Bound, input: PlanInput): World {
  const unseen = Object.keys(input.site.nodes).filter((node) => !nodes.includes(node) && !dead.includes(node));
  const bare = dead.map((node) => [node, blankFacts(input.kinds, input.site, node)] as const);
  return worldOf({ ...input, facts: new Map([...input.facts, ...bare]) }, siteWithout(input.site, unseen));
}

interface Answer {
  readonly kind: string;
  readonly together: boolean;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/**
 * Each line of the playbook, a step or several side by side, needs all of the one before it that has any. Those of one line
 * come in turns, the first of each before the second of any: a node does one thing after the other, and what it is to do at
 * the same time it must have begun before it waits for the first.
 */
function inOrder(answers: readonly Answer[]): { drafted: readonly Drafted[]; acts: readonly (readonly StepId[])[] } {
  const taken = new Set<StepId>();
  const drafted: Drafted[] = [];
  let before: readonly StepId[] = [];
  let line: readonly StepId[] = [];
  const acts = answers.map(({ kind, together, verdicts }) => {
    if (!together && line.length > 0) {
      before = line;
      line = [];
    }
    const own = [...verdicts].map(([name, { steps: drafts }]) =>
      unlike(taken, { thing: { kind, name, needs: before }, drafts }),
    );
    const ids = own.flatMap(({ thing, drafts }) => drafts.map((draft) => stepId(thing, draft)));
    for (const id of ids) taken.add(id);
    drafted.push(...own);
    line = [...line, ...ids];
    return ids;
  });
  return { drafted, acts };
}

/** A verb that comes again is `look-2` in the plan: every step has an id of its own. */
function unlike(taken: ReadonlySet<StepId>, { thing, drafts }: Drafted): Drafted {
  const renamed = new Map<string, string>();
  for (const { node, verb } of drafts) {
    let again = verb;
    for (let count = 2; taken.has(stepId(thing, { node, verb: again })); count++) again = `${verb}-${count}`;
    renamed.set(`${node}#${verb}`, `${node}#${again}`);
  }
  const now = (step: string): string => renamed.get(step) ?? step;
  return {
    thing,
    drafts: drafts.map(({ needs, ...draft }) => ({
      ...draft,
      verb: now(`${draft.node}#${draft.verb}`).slice(draft.node.length + 1),
      ...(needs === undefined ? {} : { needs: needs.map(now) }),
    })),
  };
}
