/**
 * Brings one batch to its node and its events back. A lost line is neither failure nor success: the node is asked
 * again what became of the batch (C5, C6), and the batch is sent again only when the node never had it; the node itself
 * runs a batch once however often it comes (src/shell/batch.ts).
 */
import { type BatchEvent, parseEvent } from '../shell/events.ts';
import { untouched } from '../shell/lock.ts';
import type { Batch, Follow, Stop } from '../shell/script.ts';
import type { Reply } from '../transport/connection.ts';
import type { Clock } from './clock.ts';
import type { ApplyEvent } from './events.ts';
import { backoff, type Line } from './line.ts';

export type Delivered =
  /** It said how it ended: `ended` or `gone` was heard. */
  | { readonly is: 'told' }
  | { readonly is: 'silent'; readonly why: string }
  | { readonly is: 'rejected'; readonly why: string };

export interface DeliveryOptions {
  readonly clock: Clock;
  /** Seconds for which a node that is busy with another batch is asked again. */
  readonly busySeconds: number;
  readonly hear: (event: BatchEvent) => void;
  readonly onEvent: (event: ApplyEvent) => void;
  /** Whether the operator asked to stop: a node that was lost then has not heard of it. */
  readonly stopping: () => boolean;
}

/** A batch may take hours; then it is asked again. Shorter than what a timer of Node can hold (24.8 days). */
const listenSeconds = 86_400;
const stopSeconds = 30;

export async function deliver(line: Line, batch: Batch, options: DeliveryOptions): Promise<Delivered> {
  const follow: Follow = { do: 'follow', operation: batch.operation, batch: batch.batch };
  const stop: Stop = { do: 'stop', operation: batch.operation };
  const ears = new Ears(options.hear);
  const pauses = backoff();
  const busyUntil = options.clock.now() + options.busySeconds;
  let script: Batch | Follow = batch;
  for (;;) {
    const { reply, last } = await listen(line, script, ears);
    if (last === 'ended') return { is: 'told' };
    if (last === 'busy') {
      options.onEvent({ is: 'node-busy', node: line.node });
      const pause = pauses.next().value ?? 1;
      if (options.clock.now() + pause > busyUntil) return { is: 'rejected', why: 'another batch still runs there' };
      await options.clock.sleep(pause);
      script = batch;
      continue;
    }
    if (last === 'gone') {
      if (script.do === 'follow' && ears.heard === 0) {
        // It never arrived; or it did, and then the node says `gone` again.
        script = batch;
        continue;
      }
      options.hear({ is: 'gone' });
      return { is: 'told' };
    }
    if (reply.outcome === 'exited' && reply.code === untouched && ears.heard === 0) {
      return { is: 'rejected', why: reply.stderr.trim() };
    }
    const why = lossOf(reply);
    if (!(await line.reconnect(why))) return { is: 'silent', why };
    if (options.stopping()) await line.run(stop, { deadlineSeconds: stopSeconds });
    script = follow;
  }
}

type Last = 'ended' | 'busy' | 'gone' | undefined;

async function listen(line: Line, script: Batch | Follow, ears: Ears): Promise<{ reply: Reply; last: Last }> {
  let last: Last;
  ears.startAgain();
  const onLine = (text: string): 'stop' | undefined => {
    const event = parseEvent(text);
    if (event?.is === 'gone' || event?.is === 'busy') last = event.is;
    else if (event !== undefined) ears.take(event);
    if (event?.is === 'ended') last = 'ended';
    return last === undefined ? undefined : 'stop';
  };
  const reply = await line.run(script, { onLine, deadlineSeconds: listenSeconds });
  return { reply, last };
}

function lossOf(reply: Reply): string {
  if (reply.outcome === 'unknown') return reply.why;
  return `the node ended the conversation with exit status ${reply.code}: ${reply.stderr.trim().slice(-500)}`;
}

/** A node tells its events from the first one each time: what was heard before is not heard twice. */
class Ears {
  heard = 0;
  #at = 0;
  readonly #hear: (event: BatchEvent) => void;

  constructor(hear: (event: BatchEvent) => void) {
    this.#hear = hear;
  }

  startAgain(): void {
    this.#at = 0;
  }

  take(event: BatchEvent): void {
    this.#at += 1;
    if (this.#at <= this.heard) return;
    this.heard = this.#at;
    this.#hear(event);
  }
}
