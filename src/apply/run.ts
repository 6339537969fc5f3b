/**
 * Runs a plan: takes the nodes, looks again, sends what is ready, hears how it goes, gives the nodes back. It knows no
 * kind: it sends what the plan says. What may run when is decided in schedule.ts; this is its edge.
 */
import type { Diagnostic, ExitCode, Result } from '../diagnostic.ts';
import { exitCode } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import type { HeldLock } from '../shell/answers.ts';
import type { ProbeOutputs } from '../shell/command.ts';
import type { Holder, Observe } from '../shell/script.ts';
import { secretsOf } from '../shell/secrets.ts';
import type { NodeName, Step, StepId } from '../step.ts';
import type { Connection } from '../transport/connection.ts';
import { type Clock, realClock } from './clock.ts';
import { takeControllerLock } from './controller-lock.ts';
import { deliver } from './deliver.ts';
import type { ApplyEvent, ApplyOutcome, StepOutcome } from './events.ts';
import { Feeder, type Images } from './feeder.ts';
import { Line } from './line.ts';
import { keepRenewed, type LockOptions, type OnLost, releaseAll, takeNodes } from './locks.ts';
import * as say from './report.ts';
import { type Input, type Order, Schedule } from './schedule.ts';

export interface ApplyOptions {
  /** Who runs it. The operation's name begins with its time, so that journals sort. */
  readonly holder: Holder;
  /** Opens the line to a node again after it was lost. */
  readonly connect: (node: NodeName) => Promise<Result<Connection>>;
  /** The questions that the plan rests on, and whether the answers are still those that it saw (C4). */
  readonly observe: (node: NodeName) => Observe;
  readonly unchanged: (node: NodeName, outputs: ProbeOutputs) => boolean;
  /** Nodes that may run a batch at the same time; all of them unless given. */
  readonly parallel?: number;
  /** Seconds for which a lost node is sought, or a busy one is asked again, before its steps are unknown or refused. */
  readonly patienceSeconds: number;
  /** Whether the sanctl that holds a node is proven to be gone, and was of whoever asks now; nobody's is unless given. */
  readonly isGone?: (by: HeldLock) => boolean;
  /** What the fills of the plan are made of; it has all of them. */
  readonly images?: Images;
  /** Folder of the locks of this machine (controller-lock.ts). */
  readonly locksFolder: string;
  /** Aborted: the operator asked to stop. What runs ends, nothing else begins. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Never throws for what a node does. The connections that it was given stay open. */
export async function apply(
  plan: Plan,
  connections: ReadonlyMap<NodeName, Connection>,
  options: ApplyOptions,
  onEvent: (event: ApplyEvent) => void,
): Promise<ApplyOutcome> {
  const { holder } = options;
  if (plan.steps.length === 0) return outcome([], new Map(), holder.operation, { lost: new Set(), more: [] });
  const site = takeControllerLock(options.locksFolder, plan.site.name, holder.title);
  if (!site.ok) return refused(holder.operation, [say.controllerHeld(site.path, site.who)], undefined);
  try {
    return await applyLocked(plan, connections, options, onEvent);
  } finally {
    site.lock.release();
  }
}

async function applyLocked(
  plan: Plan,
  connections: ReadonlyMap<NodeName, Connection>,
  options: ApplyOptions,
  onEvent: (event: ApplyEvent) => void,
): Promise<ApplyOutcome> {
  const { holder, signal, clock = realClock } = options;
  const line = (node: NodeName): Line => {
    const connection = connections.get(node);
    if (connection === undefined) throw new Error(`no connection to ${node}`);
    return new Line(connection, {
      connect: options.connect,
      clock,
      reconnectSeconds: options.patienceSeconds,
      onEvent,
    });
  };
  const touched = [...new Set(plan.steps.map(({ node }) => node))].sort();
  const watched = Object.keys(plan.facts).filter((node) => !touched.includes(node));
  const { observe, unchanged, isGone = () => false } = options;
  const locks: LockOptions = { holder, observe, unchanged, onEvent, signal, isGone };
  const lines = new Map(touched.map((node) => [node, line(node)]));
  const refusal = await takeNodes([...lines.values()], watched.map(line), locks, clock);
  if (refusal.length > 0) return refused(holder.operation, refusal, signal);

  const over = new AbortController();
  const lost = new Set<NodeName>();
  const hear = (event: ApplyEvent): void => {
    if (event.is === 'lock-lost') lost.add(event.node);
    onEvent(event);
  };
  const run = perform(plan.steps, lines, { ...options, clock }, hear);
  const renewed = keepRenewed([...lines.values()], holder, clock, over.signal, run.loseLock);
  const steps = await run.outcomes.finally(() => over.abort());
  await renewed;
  const released = await releaseAll([...lines.values()], holder.nonce);
  for (const one of lines.values()) one.close();
  for (const node of released.lost) if (!lost.has(node)) hear({ is: 'lock-lost', node });
  const more = released.kept.length === 0 ? [] : [say.notGivenBack(released.kept, holder.leaseSeconds)];
  return outcome(plan.steps, steps, holder.operation, { lost, more, signal });
}

interface Run {
  readonly outcomes: Promise<ReadonlyMap<StepId, StepOutcome>>;
  readonly loseLock: OnLost;
}

/** Feeds the schedule with what happens and does what it says, until it is over. */
function perform(
  steps: readonly Step[],
  lines: ReadonlyMap<NodeName, Line>,
  options: ApplyOptions & { readonly clock: Clock },
  onEvent: (event: ApplyEvent) => void,
): Run {
  const { holder, signal, clock } = options;
  const schedule = new Schedule(steps, options.parallel ?? lines.size);
  let loseLock: OnLost = () => undefined;
  const told = new Set<NodeName>();
  const outcomes = new Promise<ReadonlyMap<StepId, StepOutcome>>((resolve, reject) => {
    const feed = (input: Input): void => obey(schedule.advance(input));
    const tellStop = (node: NodeName): void => {
      told.add(node);
      void lines.get(node)?.run({ do: 'stop', operation: holder.operation }, { deadlineSeconds: 30 });
    };
    const stop = (): void => {
      feed({ is: 'stop' });
      for (const node of lines.keys()) tellStop(node);
    };
    const obey = (orders: readonly Order[]): void => {
      for (const order of orders) {
        if (order.do === 'tell') onEvent(order.event);
        else if (order.do === 'stop') tellStop(order.node);
        else send(order).catch(reject);
      }
      if (!schedule.over) return;
      signal?.removeEventListener('abort', stop);
      resolve(schedule.outcomes);
    };
    const send = async ({ node, batch, steps: sent }: Extract<Order, { do: 'send' }>): Promise<void> => {
      const line = lines.get(node);
      if (line === undefined) throw new Error(`no line to ${node}`);
      const script = {
        do: 'batch',
        operation: holder.operation,
        nonce: holder.nonce,
        batch,
        node,
        steps: sent,
        secrets: secretsOf(sent),
      } as const;
      const feeder = new Feeder(line, script, options.images ?? new Map());
      const delivered = await deliver(line, script, {
        clock,
        busySeconds: options.patienceSeconds,
        hear: (event) => {
          feeder.hear(event);
          feed({ is: 'event', node, batch, event });
        },
        onEvent,
        stopping: () => told.has(node),
      });
      feeder.stop();
      if (delivered.is !== 'told') feed({ ...delivered, node, batch });
    };
    loseLock = (node) => feed({ is: 'lock-lost', node });
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    else obey(schedule.begin());
  });
  return { outcomes, loseLock };
}

function refused(operation: string, diagnostics: readonly Diagnostic[], signal: AbortSignal | undefined): ApplyOutcome {
  const exit = signal?.aborted ? exitCode.interrupted : exitCode.refused;
  return { exit, operation, steps: new Map(), touched: false, diagnostics };
}

interface Circumstances {
  /** Nodes whose lock was lost meanwhile. */
  readonly lost: ReadonlySet<NodeName>;
  readonly more: readonly Diagnostic[];
  readonly signal?: AbortSignal | undefined;
}

function outcome(
  steps: readonly Step[],
  found: ReadonlyMap<StepId, StepOutcome>,
  operation: string,
  { lost, more, signal }: Circumstances,
): ApplyOutcome {
  const touched = steps.some((step) => mayHaveChanged(step, found.get(step.id)));
  const diagnostics = [...say.outcomes(steps, found, lost), ...more];
  const exit = exitOf(found, touched, lost.size > 0, signal?.aborted ?? false);
  return { exit, operation, steps: found, touched, diagnostics };
}

/** A step that only asks or waits changes nothing. */
function mayHaveChanged(step: Step, outcome: StepOutcome | undefined): boolean {
  const acts = step.actions.some((action) => action.do !== 'wait');
  return acts && (outcome?.is === 'done' || outcome?.is === 'failed' || outcome?.is === 'unknown');
}

/** Where a lock was lost, what is done may not be what stands: somebody else may have worked there (C7). */
function exitOf(
  found: ReadonlyMap<StepId, StepOutcome>,
  touched: boolean,
  lockLost: boolean,
  interrupted: boolean,
): ExitCode {
  const all = [...found.values()];
  if (all.every(({ is }) => is === 'done') && !lockLost) return exitCode.done;
  if (interrupted) return exitCode.interrupted;
  return touched || all.some(({ is }) => is === 'unknown') ? exitCode.failed : exitCode.refused;
}
