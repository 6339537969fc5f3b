/** Nodes in memory for the executor alone: they answer in the protocol, and lose, hold and refuse on command. */

import type { Clock } from '../../src/apply/clock.ts';
import type { ApplyEvent } from '../../src/apply/events.ts';
import { failed, ok, type Result } from '../../src/diagnostic.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type BatchEvent, formatEvent } from '../../src/shell/events.ts';
import type { Batch, Holder, Script } from '../../src/shell/script.ts';
import type { NodeName, Step, StepId } from '../../src/step.ts';
import type { Connection, Listening, Reply } from '../../src/transport/connection.ts';
import { blankSite } from '../blank-site.ts';

/** What becomes of one conversation about a batch. `during` cuts after that many lines. */
export type Fault =
  | { readonly is: 'before' }
  | { readonly is: 'during'; readonly lines: number }
  | { readonly is: 'busy' }
  | { readonly is: 'full' }
  | { readonly is: 'killed'; readonly lines: number };

export type Behaviour = 'ok' | 'fails' | 'refused' | 'hangs';

export class FakeNode {
  readonly name: NodeName;
  readonly behaviour = new Map<StepId, Behaviour>();
  /** One for each conversation about a batch, in order; then none. */
  readonly faults: Fault[] = [];
  heldBy: string | undefined;
  claimFails = false;
  changed = false;
  reachable = true;
  lock: string | undefined;
  readonly asked: Script[] = [];
  readonly #batches = new Map<number, BatchEvent[]>();
  readonly #ran: (step: Step) => void;
  #stopped = false;
  #onStop: (() => void)[] = [];

  constructor(name: NodeName, ran: (step: Step) => void) {
    this.name = name;
    this.#ran = ran;
  }

  connect(): Promise<Result<Connection>> {
    if (!this.reachable) return Promise.resolve(failed());
    return Promise.resolve(
      ok({ node: this.name, run: (script, listening) => this.#run(script, listening), close: () => {} }),
    );
  }

  async #run(script: Script, { onLine }: Listening): Promise<Reply> {
    this.asked.push(script);
    if (!this.reachable) return lost('no route to host');
    switch (script.do) {
      case 'claim':
        if (this.claimFails) return lost('the line was cut');
        if (this.heldBy !== undefined) return exited(`sanctl held 30 5 no nx ${this.heldBy} Ym9i bGFwdG9w 9 eA==\n`);
        this.lock = script.holder.nonce;
        return exited(`sanctl claimed\n\n${script.observe.boundary} begin\n`);
      case 'observe':
        return exited('');
      case 'renew':
        return exited(this.lock === script.nonce ? 'sanctl renewed\n' : 'sanctl lost\n');
      case 'release': {
        const ours = this.lock === script.nonce;
        if (ours) this.lock = undefined;
        return exited(ours ? 'sanctl released\n' : 'sanctl other\n');
      }
      case 'stop':
        this.#stopped = true;
        for (const wake of this.#onStop) wake();
        return exited('sanctl stopping\n');
      case 'journal':
        return exited('');
      case 'feed':
        return exited('sanctl closed\n');
      case 'read':
      case 'keep':
      case 'sums':
        return lost('there are no snapshots here');
      case 'batch':
      case 'follow':
        return this.#talk(script.batch, script.do === 'batch' ? script : undefined, onLine ?? (() => undefined));
    }
  }

  async #talk(number: number, batch: Batch | undefined, onLine: (line: string) => unknown): Promise<Reply> {
    const fault = this.faults.shift();
    if (fault?.is === 'before') return lost('reset before anything arrived');
    const known = this.#batches.get(number);
    if (known === undefined && batch !== undefined) {
      if (fault?.is === 'busy') return tell(['sanctl busy'], onLine);
      if (fault?.is === 'full')
        return { outcome: 'exited', code: 73, stdout: '', stderr: 'the journal cannot be written\n' };
      await this.#perform(batch, fault?.is === 'killed' ? fault.lines : Number.POSITIVE_INFINITY);
    }
    const events = this.#batches.get(number);
    const lines = (events ?? []).map(formatEvent);
    if (fault?.is === 'during') {
      await tell(lines.slice(0, fault.lines), onLine);
      return lost('cut in the middle');
    }
    return tell(events?.at(-1)?.is === 'ended' ? lines : [...lines, 'sanctl gone'], onLine);
  }

  async #perform(batch: Batch, killedAfter: number): Promise<void> {
    const events: BatchEvent[] = [];
    this.#batches.set(batch.batch, events);
    for await (const event of this.#play(batch)) {
      if (events.length >= killedAfter) return;
      events.push(event);
    }
    events.push({ is: 'ended' });
  }

  async *#play({ steps, nonce }: Batch): AsyncGenerator<BatchEvent> {
    for (const [at, step] of steps.entries()) {
      const number = at + 1;
      if (this.#stopped) return yield { is: 'halted', step: number, why: 'stop' };
      if (this.lock !== nonce) return yield { is: 'halted', step: number, why: 'lock' };
      yield { is: 'began', step: number };
      const behaviour = this.behaviour.get(step.id) ?? 'ok';
      if (behaviour === 'refused') return yield { is: 'refused', step: number, guard: 0, answer: 'no' };
      if (behaviour === 'hangs' && !this.#stopped) await new Promise<void>((wake) => this.#onStop.push(wake));
      this.#ran(step);
      if (behaviour === 'fails') return yield { is: 'failed', step: number, action: 0, code: 5, output: 'no room' };
      yield { is: 'done', step: number };
    }
  }
}

async function tell(lines: readonly string[], onLine: (line: string) => unknown): Promise<Reply> {
  for (const line of lines) {
    await Promise.resolve();
    if (onLine(line) === 'stop') return lost('left');
  }
  return exited('');
}

function lost(why: string): Reply {
  return { outcome: 'unknown', why, stdout: '', stderr: '' };
}

function exited(stdout: string): Reply {
  return { outcome: 'exited', code: 0, stdout, stderr: '' };
}

/** Time passes only when nothing else happens, from one sleeper to the next. */
export function fakeClock(): Clock {
  let time = 0;
  let sleepers: { until: number; wake: () => void }[] = [];
  const tick = (): void => {
    const next = sleepers.reduce<(typeof sleepers)[number] | undefined>(
      (a, b) => (a === undefined || b.until < a.until ? b : a),
      undefined,
    );
    if (next === undefined) return;
    sleepers = sleepers.filter((one) => one !== next);
    time = Math.max(time, next.until);
    next.wake();
  };
  return {
    now: () => time,
    sleep: (seconds, signal) =>
      new Promise((resolve) => {
        sleepers.push({ until: time + seconds, wake: resolve });
        signal?.addEventListener('abort', () => resolve(), { once: true });
        setImmediate(tick);
      }),
  };
}

export const holder: Holder = {
  operation: 'op1',
  nonce: 'n1',
  owner: 'ann',
  host: 'desk',
  pid: 7,
  leaseSeconds: 60,
  title: 'apply',
};

export function step(id: string, needs: readonly string[] = [], more: Partial<Step> = {}): Step {
  const node = id.split('@')[1] ?? 'a';
  return {
    id,
    node,
    title: `title of ${id}`,
    needs,
    danger: 'none',
    guards: [{ ask: { argv: ['true'] }, expect: { exit: 0 }, proves: 'it is safe' }],
    actions: [{ do: 'run', command: { argv: ['make', id] } }],
    ...more,
  };
}

export function planOf(steps: readonly Step[], watched: readonly NodeName[] = []): Plan {
  const nodes = [...steps.map(({ node }) => node), ...watched];
  return {
    version: 1,
    site: {
      ...blankSite,
    },
    inventory: 'sha256:0',
    facts: Object.fromEntries(nodes.map((node) => [node, { volume: 'sha256:0' }])),
    things: steps.length,
    steps,
    undeclared: [],
    diagnostics: [],
    offline: false,
    options: { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false },
  };
}

/** `began a, done a`: what the view was told. */
export function storyOf(events: readonly ApplyEvent[]): string {
  return events
    .flatMap((event) =>
      'step' in event
        ? [`${event.is} ${event.step}`]
        : 'steps' in event
          ? [`${event.is} ${event.steps.join('+')}`]
          : 'node' in event
            ? [`${event.is} ${event.node}`]
            : [event.is],
    )
    .join(', ');
}
