/** The steps of one node: those that wait, and the batch that runs. One batch at a time. */
import type { NodeName, Step, StepId } from '../step.ts';
import type { NotReached } from './events.ts';
import type { Graph } from './graph.ts';

export interface RunningBatch {
  readonly batch: number;
  readonly steps: readonly Step[];
  /** How many are known to have begun: a node begins them one after another. */
  begun: number;
  /** Whether it said anything about any of its steps. */
  heard: boolean;
}

export class Lane {
  readonly node: NodeName;
  running: RunningBatch | undefined;
  /** No more batches go there. */
  closed = false;
  lockLost = false;
  /** Why its batch was told to begin nothing more. */
  ended: NotReached | undefined;
  readonly #graph: Graph;
  readonly #isDone: (id: StepId) => boolean;
  readonly #waiting = new Set<Step>();
  #ready = 0;
  #batches = 0;

  constructor(node: NodeName, graph: Graph, isDone: (id: StepId) => boolean) {
    this.node = node;
    this.#graph = graph;
    this.#isDone = isDone;
  }

  get waiting(): readonly Step[] {
    return this.#graph.inOrder(this.#waiting);
  }

  get canStart(): boolean {
    return this.running === undefined && !this.closed && this.#ready > 0;
  }

  put(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.#waiting.has(step)) continue;
      this.#waiting.add(step);
      if (this.#isReady(step)) this.#ready += 1;
    }
  }

  remove(step: Step): void {
    if (this.#waiting.delete(step) && this.#isReady(step)) this.#ready -= 1;
  }

  /** A need of this step was met. */
  needMet(step: Step): void {
    if (this.#waiting.has(step) && this.#isReady(step)) this.#ready += 1;
  }

  /** The next batch: all whose needs are done, or stand before them in it. */
  start(): RunningBatch {
    const taken = new Set<StepId>();
    const steps = this.waiting.filter((step) => {
      const now = this.#graph.needsOf(step).every((need) => taken.has(need) || this.#isDone(need));
      if (now) taken.add(step.id);
      return now;
    });
    for (const step of steps) this.#waiting.delete(step);
    this.#ready = 0;
    this.#batches += 1;
    this.running = { batch: this.#batches, steps, begun: 0, heard: false };
    return this.running;
  }

  #isReady(step: Step): boolean {
    return this.#graph.needsOf(step).every(this.#isDone);
  }
}
