/** The nodes' locks over a run (C7): taken in sorted order, the nodes looked at again under them (C4), renewed, given back. */
import type { Diagnostic } from '../diagnostic.ts';
import { type HeldLock, parseClaim, parseReleased, parseRenewed } from '../shell/answers.ts';
import type { ProbeOutputs } from '../shell/command.ts';
import { parseObserved } from '../shell/observe.ts';
import type { Claim, Holder, Observe } from '../shell/script.ts';
import type { NodeName } from '../step.ts';
import type { Reply } from '../transport/connection.ts';
import type { Clock } from './clock.ts';
import type { ApplyEvent } from './events.ts';
import type { Line } from './line.ts';
import * as say from './report.ts';

/** Seconds that observing a node under its lock may take, and that a short word with it may take. */
const observeSeconds = 300;
const wordSeconds = 30;

export interface LockOptions {
  readonly holder: Holder;
  readonly observe: (node: NodeName) => Observe;
  readonly unchanged: (node: NodeName, outputs: ProbeOutputs) => boolean;
  readonly onEvent: (event: ApplyEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** Whether that sanctl is proven to be gone, and was of whoever asks now. */
  readonly isGone: (by: HeldLock) => boolean;
}

/** Told once for each node: its lock is not ours any more. */
export type OnLost = (node: NodeName) => void;

/**
 * Claims the nodes one after another; the first that cannot be had gives the others back. None: all are ours. They are
 * looked at afterwards, all at once: only a single node is looked at in the claim's own round trip.
 */
async function claimAll(lines: readonly Line[], ours: Line[], options: LockOptions): Promise<Diagnostic | undefined> {
  for (const [at, line] of lines.entries()) {
    if (options.signal?.aborted) return giveBack(ours, options, say.interruptedBefore());
    const problem = await claim(line, options, lines.length === 1);
    // This one too: the answer may have been lost, and not the claim.
    if (problem !== undefined) return giveBack(lines.slice(0, at + 1), options, problem);
    ours.push(line);
  }
  return undefined;
}

/**
 * All locks, and every node as the plan saw it; or why not, and nothing is held any more. `watched`: nodes that the plan
 * looked at and does not touch; they are looked at again without a lock. The leases are renewed meanwhile.
 */
export async function takeNodes(
  lines: readonly Line[],
  watched: readonly Line[],
  options: LockOptions,
  clock: Clock,
): Promise<readonly Diagnostic[]> {
  const over = new AbortController();
  const ours: Line[] = [];
  const lost: NodeName[] = [];
  const renewed = keepRenewed(ours, options.holder, clock, over.signal, (node) => lost.push(node));
  try {
    const refusal = await claimAll(lines, ours, options);
    if (refusal !== undefined) return [refusal];
    const changed = await lookAgain([...(lines.length > 1 ? lines : []), ...watched], options);
    const problems = [...changed, ...lost.map(say.lostBefore)];
    if (problems.length > 0) await releaseAll(lines, options.holder.nonce);
    return problems;
  } finally {
    over.abort();
    await renewed;
  }
}

async function giveBack(lines: readonly Line[], { holder }: LockOptions, problem: Diagnostic): Promise<Diagnostic> {
  await releaseAll(lines, holder.nonce);
  return problem;
}

async function claim(line: Line, options: LockOptions, look: boolean): Promise<Diagnostic | undefined> {
  const { node } = line;
  options.onEvent({ is: 'claiming', node });
  const observe = options.observe(node);
  const script: Claim = { do: 'claim', holder: options.holder, observe: look ? observe : { ...observe, probes: [] } };
  const reply = await line.run(script, { deadlineSeconds: observeSeconds });
  const answer = exitedWell(reply) ? parseClaim(script.observe.boundary, reply.stdout, reply.stderr) : undefined;
  if (answer === undefined) return say.unanswered(node, reply);
  if (answer.is === 'held') return (options.isGone(answer.by) ? say.leftBehind : say.held)(node, answer.by);
  options.onEvent({
    is: 'claimed',
    node,
    ...(answer.tookOverFrom === undefined ? {} : { tookOverFrom: answer.tookOverFrom }),
  });
  return !look || options.unchanged(node, answer.outputs) ? undefined : say.stale(node);
}

async function lookAgain(lines: readonly Line[], options: LockOptions): Promise<readonly Diagnostic[]> {
  const found = await Promise.all(
    lines.map(async (line): Promise<Diagnostic | undefined> => {
      const script = options.observe(line.node);
      const reply = await line.run(script, { deadlineSeconds: observeSeconds });
      if (!exitedWell(reply)) return say.unanswered(line.node, reply);
      const outputs = parseObserved(script.boundary, reply.stdout, reply.stderr);
      return options.unchanged(line.node, outputs) ? undefined : say.stale(line.node);
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** Renews every lease at a third of its time until the signal comes. A node that does not answer is asked next time. */
export async function keepRenewed(
  lines: readonly Line[],
  holder: Holder,
  clock: Clock,
  until: AbortSignal,
  onLost: OnLost,
): Promise<void> {
  const lost = new Set<NodeName>();
  for (;;) {
    await clock.sleep(holder.leaseSeconds / 3, until);
    if (until.aborted) return;
    await Promise.all(
      lines.map(async (line) => {
        const reply = await line.run(
          { do: 'renew', nonce: holder.nonce, leaseSeconds: holder.leaseSeconds },
          { deadlineSeconds: wordSeconds },
        );
        if (!exitedWell(reply) || parseRenewed(reply.stdout) !== 'lost' || lost.has(line.node)) return;
        lost.add(line.node);
        onLost(line.node);
      }),
    );
  }
}

export interface Released {
  /** Could not be given back: it ends with its lease, once nothing runs there. */
  readonly kept: readonly NodeName[];
  /** Was not ours any more. */
  readonly lost: readonly NodeName[];
}

export async function releaseAll(lines: readonly Line[], nonce: string): Promise<Released> {
  const kept: NodeName[] = [];
  const lost: NodeName[] = [];
  await Promise.all(
    lines.map(async (line) => {
      const reply = await line.run({ do: 'release', nonce }, { deadlineSeconds: wordSeconds });
      const answer = exitedWell(reply) ? parseReleased(reply.stdout) : undefined;
      if (answer === 'other') lost.push(line.node);
      else if (answer !== 'released') kept.push(line.node);
    }),
  );
  return { kept: kept.sort(), lost: lost.sort() };
}

function exitedWell(reply: Reply): reply is Extract<Reply, { outcome: 'exited' }> {
  return reply.outcome === 'exited' && reply.code === 0;
}
