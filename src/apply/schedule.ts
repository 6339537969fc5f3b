/**
 * What may run when: a machine without clock, line or chance. It takes what happened and answers what to do next, and
 * holds, whatever happens: a step begins only after all that it needs is done; nothing is sent twice; it comes to an
 * end; and then every step has an outcome. The properties in test/apply/schedule.test.ts hold it to that.
 *
 * Its state changes in place: plans have thousands of steps.
 */
import type { BatchEvent } from '../shell/events.ts';
import type { NodeName, Step, StepId } from '../step.ts';
import type { ApplyEvent, NotReached, StepOutcome } from './events.ts';
import { Graph } from './graph.ts';
import { Lane, type RunningBatch } from './lane.ts';
import { canTake } from './report.ts';

export type Input =
  | { readonly is: 'event'; readonly node: NodeName; readonly batch: number; readonly event: BatchEvent }
  /** The outcome of the batch cannot be learned any more. */
  | { readonly is: 'silent'; readonly node: NodeName; readonly batch: number; readonly why: string }
  /** The node did not take the batch: nothing of it began. */
  | { readonly is: 'rejected'; readonly node: NodeName; readonly batch: number; readonly why: string }
  /** The lock of a node is no longer ours: somebody else may work there (C7). */
  | { readonly is: 'lock-lost'; readonly node: NodeName }
  | { readonly is: 'stop' };

export type Order =
  | { readonly do: 'send'; readonly node: NodeName; readonly batch: number; readonly steps: readonly Step[] }
  /** The running step of the node's batch ends, the next does not begin: not the operator's wish, but that of the rules. */
  | { readonly do: 'stop'; readonly node: NodeName }
  | { readonly do: 'tell'; readonly event: ApplyEvent };

type StepEvent = Extract<BatchEvent, { step: number }>;
type Failing = Exclude<StepOutcome, { is: 'done' } | { is: 'not-reached' }>;

export class Schedule {
  readonly outcomes = new Map<StepId, StepOutcome>();
  readonly #graph: Graph;
  readonly #lanes = new Map<NodeName, Lane>();
  readonly #parallel: number;
  #stopped = false;
  /** Steps that may not begin any more, although they may wait in a batch that runs. */
  readonly #barred = new Map<Step, NotReached>();
  #orders: Order[] = [];

  /** `parallel`: how many nodes may run a batch at the same time. */
  constructor(steps: readonly Step[], parallel: number) {
    this.#graph = new Graph(steps);
    this.#parallel = Math.max(1, parallel);
    for (const { node } of steps) {
      if (!this.#lanes.has(node)) this.#lanes.set(node, new Lane(node, this.#graph, (id) => this.#isDone(id)));
    }
    for (const step of steps) this.#lanes.get(step.node)?.put([step]);
  }

  /** Nothing runs and nothing more will: every step has its outcome. */
  get over(): boolean {
    return this.outcomes.size === this.#graph.steps.length;
  }

  /** The first orders. */
  begin(): readonly Order[] {
    return this.#answer();
  }

  /** Takes what happened; answers what to do now. What does not concern a running batch is ignored. */
  advance(input: Input): readonly Order[] {
    if (input.is === 'stop') this.#stop();
    else if (input.is === 'lock-lost') this.#loseLock(input.node);
    else this.#happened(input);
    return this.#answer();
  }

  #isDone(id: StepId): boolean {
    return this.outcomes.get(id)?.is === 'done';
  }

  #answer(): readonly Order[] {
    if (!this.#stopped) this.#send();
    // Nothing runs: what waits now waits for ever.
    if (this.#running() === 0) this.#skip(this.#graph.steps, 'stopped');
    const orders = this.#orders;
    this.#orders = [];
    return orders;
  }

  #running(): number {
    return [...this.#lanes.values()].filter(({ running }) => running !== undefined).length;
  }

  #send(): void {
    let free = this.#parallel - this.#running();
    for (const lane of this.#lanes.values()) {
      if (free <= 0) return;
      if (!lane.canStart) continue;
      const { batch, steps } = lane.start();
      this.#orders.push({ do: 'send', node: lane.node, batch, steps });
      free -= 1;
    }
  }

  #happened(input: Exclude<Input, { is: 'stop' | 'lock-lost' }>): void {
    const lane = this.#lanes.get(input.node);
    if (lane?.running?.batch !== input.batch) return;
    if (input.is === 'silent') this.#lose(lane, lane.running, input.why);
    else if (input.is === 'rejected') this.#reject(lane, lane.running, input.why);
    else this.#hear(lane, lane.running, input.event);
  }

  #hear(lane: Lane, running: RunningBatch, event: BatchEvent): void {
    if (event.is === 'ended') this.#end(lane, running);
    else if (event.is === 'gone')
      this.#lose(lane, running, 'the node stopped in the middle of it (power, or it was killed)');
    else if ('step' in event) {
      const step = running.steps[event.step - 1];
      if (step === undefined || this.outcomes.has(step.id)) return;
      running.heard = true;
      this.#hearOf(step, running, event);
      running.begun = Math.max(running.begun, event.is === 'halted' ? event.step - 1 : event.step);
    }
  }

  #hearOf(step: Step, running: RunningBatch, event: StepEvent): void {
    switch (event.is) {
      case 'began':
        this.#tell({ is: 'began', step: step.id });
        break;
      case 'waiting':
        this.#tell({ is: 'waiting', step: step.id, what: whatFor(step, event.action), answer: event.answer });
        break;
      case 'done':
        this.#done(step);
        break;
      case 'refused':
        this.#fail(step, { is: 'refused', proves: proofOf(step, event.guard), answer: event.answer });
        break;
      case 'failed':
        this.#fail(step, { is: 'failed', action: event.action, code: event.code, output: event.output });
        break;
      case 'halted':
        this.#halt(step, event.step <= running.begun, event.why);
    }
  }

  #done(step: Step): void {
    this.outcomes.set(step.id, { is: 'done' });
    this.#tell({ is: 'done', step: step.id });
    for (const dependent of this.#graph.dependentsOf(step)) this.#lanes.get(dependent.node)?.needMet(dependent);
  }

  #fail(step: Step, outcome: Failing): void {
    this.outcomes.set(step.id, outcome);
    this.#tell({ ...outcome, step: step.id });
    this.#skip(this.#graph.restingOn([step]), { step: step.id });
  }

  /** A wait that the operator ended is a step that began and did not come to its end. */
  #halt(step: Step, began: boolean, why: 'stop' | 'lock'): void {
    if (began) this.#fail(step, { is: 'failed', action: 0, code: 130, output: 'stopped while it waited' });
    if (why === 'lock') this.#loseLock(step.node);
    else if (this.#lanes.get(step.node)?.ended === undefined) this.#stop();
  }

  /**
   * What the batch did not begin waits again, for a batch without the step that stopped this one. What it did begin never
   * does, whatever was heard of it: it would run twice.
   */
  #end(lane: Lane, running: RunningBatch): void {
    lane.running = undefined;
    for (const [at, step] of running.steps.entries()) {
      const unsaid = at < running.begun || !running.heard;
      if (unsaid && !this.outcomes.has(step.id)) {
        this.#fail(step, { is: 'unknown', why: 'the node said that the batch ended, and not how this step did' });
      }
    }
    for (const step of this.#open(running.steps)) {
      const because = this.#barred.get(step) ?? lane.ended;
      if (because === undefined) lane.put([step]);
      else this.#skip([step, ...this.#graph.restingOn([step])], because);
    }
  }

  /** Also what was sent and not heard of may have begun: the last words of a node can be lost with it. */
  #lose(lane: Lane, running: RunningBatch, why: string): void {
    lane.running = undefined;
    const left = this.#open(running.steps);
    for (const { id } of left) this.outcomes.set(id, { is: 'unknown', why });
    for (const step of left) this.#fail(step, { is: 'unknown', why });
    this.#close(lane);
  }

  #reject(lane: Lane, running: RunningBatch, why: string): void {
    lane.running = undefined;
    const [first, ...rest] = this.#open(running.steps);
    lane.put(rest);
    if (first !== undefined) this.#fail(first, { is: 'refused', proves: canTake(lane.node), answer: why });
    this.#close(lane);
  }

  #close(lane: Lane): void {
    lane.closed = true;
    const left = lane.waiting;
    this.#skip(left, { node: lane.node });
    for (const step of left) this.#skip(this.#graph.restingOn([step]), { step: step.id });
  }

  /**
   * Nothing more begins there, nor what rests on anything of that node, done or not: what was proven there may no longer
   * hold. A batch that runs there looks at the lock itself before each step; one that runs elsewhere is stopped.
   */
  #loseLock(node: NodeName): void {
    const lane = this.#lanes.get(node);
    if (lane === undefined || lane.lockLost) return;
    lane.lockLost = true;
    lane.closed = true;
    this.#tell({ is: 'lock-lost', node });
    const there = this.#graph.steps.filter((step) => step.node === node);
    const barred = this.#graph.inOrder(new Set([...there, ...this.#graph.restingOn(there)]));
    for (const step of barred) if (!this.#barred.has(step)) this.#barred.set(step, { lockOf: node });
    const running = new Set([...this.#lanes.values()].flatMap((one) => one.running?.steps ?? []));
    this.#skip(
      barred.filter((step) => !running.has(step)),
      { lockOf: node },
    );
    for (const one of this.#lanes.values()) {
      const holds = this.#open(one.running?.steps ?? []).some((step) => this.#barred.has(step));
      if (holds) this.#endLane(one, { lockOf: node });
    }
  }

  /** A node remembers for the whole operation that it was told to stop: nothing of this run begins there any more. */
  #endLane(lane: Lane, because: NotReached): void {
    if (lane.ended !== undefined) return;
    lane.ended = because;
    lane.closed = true;
    this.#orders.push({ do: 'stop', node: lane.node });
    const left = lane.waiting;
    this.#skip([...left, ...this.#graph.restingOn(left)], because);
  }

  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#tell({ is: 'stopping' });
  }

  /** Those of them that have no outcome yet get none but this one. */
  #skip(steps: readonly Step[], because: NotReached): void {
    const left = this.#open(steps);
    if (left.length === 0) return;
    for (const step of left) {
      this.#lanes.get(step.node)?.remove(step);
      this.outcomes.set(step.id, { is: 'not-reached', because });
    }
    this.#tell({ is: 'not-reached', steps: left.map(({ id }) => id), because });
  }

  #open(steps: readonly Step[]): readonly Step[] {
    return steps.filter(({ id }) => !this.outcomes.has(id));
  }

  #tell(event: ApplyEvent): void {
    this.#orders.push({ do: 'tell', event });
  }
}

function whatFor(step: Step, action: number): string {
  const found = step.actions[action];
  if (found?.do === 'fill') return `${found.device} is filled`;
  return found?.do === 'wait' ? found.what : step.title;
}

/** One beyond the guards stands for the file that the first action replaces or removes (docs/protocol.md). */
function proofOf(step: Step, guard: number): string {
  return step.guards[guard]?.proves ?? 'the file is as it was when the plan was made';
}
