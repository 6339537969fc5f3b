/** The steps of a plan and what rests on what. */
import type { Step, StepId } from '../step.ts';

export class Graph {
  readonly steps: readonly Step[];
  readonly #position: ReadonlyMap<StepId, number>;
  readonly #dependents = new Map<StepId, Step[]>();

  constructor(steps: readonly Step[]) {
    this.steps = steps;
    this.#position = new Map(steps.map(({ id }, at) => [id, at]));
    for (const step of steps) {
      for (const need of this.needsOf(step)) {
        const dependents = this.#dependents.get(need);
        if (dependents === undefined) this.#dependents.set(need, [step]);
        else dependents.push(step);
      }
    }
  }

  /** Each once. Needs that name no step of the plan are as wished already. */
  needsOf(step: Step): readonly StepId[] {
    return [...new Set(step.needs)].filter((need) => this.#position.has(need));
  }

  dependentsOf(step: Step): readonly Step[] {
    return this.#dependents.get(step.id) ?? [];
  }

  /** All that needs one of them, directly or not, in the order of the plan. */
  restingOn(steps: readonly Step[]): readonly Step[] {
    const found = new Set<Step>();
    const look = [...steps];
    for (let next = look.pop(); next !== undefined; next = look.pop()) {
      for (const dependent of this.dependentsOf(next)) {
        if (found.has(dependent)) continue;
        found.add(dependent);
        look.push(dependent);
      }
    }
    return this.inOrder(found);
  }

  inOrder(steps: Iterable<Step>): Step[] {
    const position = (step: Step): number => this.#position.get(step.id) ?? 0;
    return [...steps].sort((a, b) => position(a) - position(b));
  }
}
