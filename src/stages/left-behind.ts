/** What a sanctl of this machine left on nodes when it was killed: it frees itself, and is waited for (C7). */
import { hostname, userInfo } from 'node:os';
import { realClock } from '../apply/clock.ts';
import { responds } from '../apply/controller-lock.ts';
import { readJournal } from '../apply/journal.ts';
import type { Session } from '../session/program.ts';
import type { Held } from '../shell/answers.ts';
import type { Line } from './line.ts';

/** Seconds between two looks. */
const restSeconds = 3;

/** Of the same person, on this machine, and its process is not there any more. */
export function isGone({ owner, host, pid }: Held): boolean {
  return owner === userInfo().username && host === hostname() && !responds(pid);
}

/** Until no node is held by one that is gone. False: Ctrl-C came first. */
export async function untilFreed(session: Session, line: Line): Promise<boolean> {
  const stop = new AbortController();
  const undo = session.io.onInterrupt(() => stop.abort());
  try {
    const freed = free(line, session.io.clock ?? realClock, stop.signal);
    return await session.screen().meanwhile('waiting until what it left has ended', freed);
  } finally {
    undo();
  }
}

/** A node that cannot be asked is not waited for: the next plan says so. */
async function free({ connections }: Line, clock: typeof realClock, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const journals = await Promise.all([...connections.values()].map((one) => readJournal(one, { limit: 1 })));
    const left = journals.flatMap((one) => (one.ok && one.value.lock !== undefined ? [one.value.lock] : []));
    if (!left.some((by) => isGone(by) && (by.running || by.leaseLeftSeconds >= 0))) return true;
    await clock.sleep(restSeconds, signal);
    if (signal.aborted) return false;
  }
}
