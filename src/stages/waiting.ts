/** Waits between two looks, shown to whoever waits. */
import { realClock } from '../apply/clock.ts';
import type { Session } from '../session/program.ts';
import type { Screen } from '../view/screen.ts';

/** Whether somebody would not wait any longer. `waiting`: what for. */
export async function interrupted(
  session: Session,
  seconds: number,
  meanwhile: Screen['meanwhile'],
  waiting: string,
): Promise<boolean> {
  const clock = session.io.clock ?? realClock;
  const stop = new AbortController();
  const undo = session.io.onInterrupt(() => stop.abort());
  try {
    await meanwhile(waiting, clock.sleep(seconds, stop.signal));
  } finally {
    undo();
  }
  return stop.signal.aborted;
}
