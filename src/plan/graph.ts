/** From drafts to steps: ids, the needs resolved, one order that the graph allows. Pure. */
import type { Thing } from '../kinds/kind.ts';
import type { StepDraft } from '../kinds/verdict.ts';
import type { NodeName, Step, StepId } from '../step.ts';

export interface Drafted {
  readonly thing: Pick<Thing, 'kind' | 'name' | 'needs'>;
  readonly drafts: readonly StepDraft[];
}

export function address(thing: Pick<Thing, 'kind' | 'name'>, node?: NodeName): string {
  const base = `${thing.kind}/${thing.name}`;
  return node === undefined ? base : `${base}@${node}`;
}

export function stepId(thing: Pick<Thing, 'kind' | 'name'>, { node, verb }: Pick<StepDraft, 'node' | 'verb'>): StepId {
  return `${address(thing, node)}#${verb}`;
}

/** All steps, each after those it needs. A need that names no step of the plan is as wished already and falls away. */
export function steps(drafted: readonly Drafted[]): readonly Step[] {
  const ids = idsByAddress(drafted);
  const resolved = drafted.flatMap((one) => resolve(one, ids));
  return inOrder(resolved);
}

/** `kind/name`, `kind/name@node` and the id itself lead to step ids. */
function idsByAddress(drafted: readonly Drafted[]): Map<string, StepId[]> {
  const ids = new Map<string, StepId[]>();
  const add = (key: string, id: StepId): void => {
    const list = ids.get(key);
    if (list === undefined) ids.set(key, [id]);
    else list.push(id);
  };
  for (const { thing, drafts } of drafted) {
    for (const draft of drafts) {
      const id = stepId(thing, draft);
      if (ids.has(id)) throw new Error(`two steps have the id ${id}`);
      add(id, id);
      add(address(thing, draft.node), id);
      add(address(thing), id);
    }
  }
  return ids;
}

/** Drafts of one thing on one node follow each other; the first of them waits for what the thing needs. */
function resolve({ thing, drafts }: Drafted, ids: ReadonlyMap<string, StepId[]>): Step[] {
  const previous = new Map<NodeName, StepId>();
  return drafts.map((draft) => {
    const { verb: _verb, needs: own = [], ...rest } = draft;
    const id = stepId(thing, draft);
    const before = previous.get(draft.node);
    previous.set(draft.node, id);
    const wanted = [...own.map((need) => absolute(thing, need)), ...(before === undefined ? thing.needs : [])];
    const needs = new Set(wanted.flatMap((need) => ids.get(need) ?? []));
    if (before !== undefined) needs.add(before);
    needs.delete(id);
    return { id, ...rest, needs: [...needs] };
  });
}

/** `bravo#up` is a step of the same thing. */
function absolute(thing: Drafted['thing'], need: string): string {
  return need.includes('/') ? need : `${address(thing)}@${need}`;
}

/** Kahn's order; among those that may come next, the one drafted first. A cycle is our own mistake. */
function inOrder(all: readonly Step[]): readonly Step[] {
  const open = new Map(all.map((step) => [step.id, step.needs.length]));
  const dependents = new Map<StepId, Step[]>();
  for (const step of all) {
    for (const need of step.needs) {
      const list = dependents.get(need);
      if (list === undefined) dependents.set(need, [step]);
      else list.push(step);
    }
  }
  const position = new Map(all.map((step, at) => [step.id, at]));
  const ready = all.filter((step) => step.needs.length === 0);
  const done: Step[] = [];
  for (let at = 0; at < ready.length; at++) {
    const step = ready[at] as Step;
    done.push(step);
    const freed = (dependents.get(step.id) ?? []).filter((next) => {
      const left = (open.get(next.id) ?? 0) - 1;
      open.set(next.id, left);
      return left === 0;
    });
    freed.sort((a, b) => (position.get(a.id) ?? 0) - (position.get(b.id) ?? 0));
    ready.push(...freed);
  }
  if (done.length !== all.length) {
    const stuck = all.filter((step) => !done.includes(step)).map((step) => step.id);
    throw new Error(`the plan has a cycle among ${stuck.join(', ')}`);
  }
  return done;
}
