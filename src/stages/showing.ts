/** Shows how a site is: once, or again and again; drawn in place on a terminal, elsewhere a line for each change. */
import type { Clock } from '../apply/clock.ts';
import { type Diagnostic, type ExitCode, exitCode } from '../diagnostic.ts';
import { changes } from '../health/changes.ts';
import { type Ground, ground, type Sight } from '../health/ground.ts';
import { isMoving, withRates } from '../health/rates.ts';
import { kinds } from '../kinds/registry.ts';
import type { Session } from '../session/program.ts';
import { beginPainting, endPainting, frame } from '../view/repaint.ts';
import { beginText, changeText, statusText, watchingText } from '../view/status.ts';
import type { Eye } from './eye.ts';
import type { OverviewOptions } from './overview.ts';

export interface StatusOptions extends OverviewOptions {
  readonly watch?: true | undefined;
}

/** Seconds after which a second look tells how fast a resync goes. */
const rateSeconds = 3;
/** Seconds between the end of a look and the next one. */
const restSeconds = 5;

export type Look = Ground & Sight;

export async function once(session: Session, eye: Eye, clock: Clock, options: StatusOptions): Promise<ExitCode> {
  const screen = session.screen(options);
  const asking = (): Promise<Look> => screen.meanwhile('asking all nodes', lookOnce(session, eye));
  let now = await asking();
  if (isMoving(now.rows)) {
    const before = now;
    await clock.sleep(rateSeconds);
    const again = await asking();
    now = { ...again, rows: withRates(before, again) };
  }
  if (options.json !== true) screen.print(statusText(now.site.name, now, screen.page));
  else {
    for (const row of now.rows) screen.json({ version: 1, type: 'status', ...row });
    for (const finding of now.findings) screen.json({ version: 1, type: 'finding', ...finding });
  }
  return exitOf(now);
}

/** Fails where something is not as it should be, or could not be read: for scripts. */
function exitOf({ level }: Ground): ExitCode {
  return level === 'fine' || level === 'busy' ? exitCode.done : exitCode.pending;
}

/** Until Ctrl-C, which is its proper end. */
export async function watch(session: Session, eye: Eye, clock: Clock, options: StatusOptions): Promise<ExitCode> {
  const show = session.screen(options).live ? painter(session, options) : teller(session, options);
  const stop = new AbortController();
  const undo = session.io.onInterrupt(() => stop.abort());
  try {
    let now = await lookOnce(session, eye);
    show.next(undefined, now);
    for (;;) {
      await clock.sleep(restSeconds, stop.signal);
      if (stop.signal.aborted) return exitCode.done;
      const before = now;
      now = await lookOnce(session, eye);
      show.next(before, now);
    }
  } finally {
    undo();
    show.end();
  }
}

export async function lookOnce(session: Session, eye: Eye): Promise<Look> {
  const sight = await eye.look();
  const found = ground(kinds, sight);
  return { ...sight, ...found, findings: named(session, found.findings) };
}

/** With commands that are about the inventory of this run. */
export function named({ named: forRun }: Session, found: readonly Diagnostic[]): readonly Diagnostic[] {
  return found.map((one) => (one.help === undefined ? one : { ...one, help: forRun(one.help) }));
}

interface Show {
  next(before: Look | undefined, now: Look): void;
  end(): void;
}

/** The size of the terminal is asked for each time: it may be another one by now. */
function painter(session: Session, options: StatusOptions): Show {
  const first = session.screen(options);
  let last = '';
  first.print(beginPainting);
  return {
    next(before, now) {
      const screen = session.screen(options);
      const rows = before === undefined ? now.rows : withRates(before, now);
      const draw = (most?: number): string => statusText(now.site.name, { ...now, rows }, screen.page, most);
      last = draw();
      const text = draw(session.io.stdout.rows === undefined ? undefined : session.io.stdout.rows - 1);
      screen.print(frame(`${text}${watchingText(new Date(), screen.page)}`));
    },
    // What was seen last stays to be read.
    end: () => first.print(`${endPainting}${last}`),
  };
}

function teller(session: Session, options: StatusOptions): Show {
  const screen = session.screen(options);
  let began = 0;
  return {
    next(before, now) {
      if (before === undefined) began = now.seconds;
      const seconds = now.seconds - began;
      if (before === undefined && options.json !== true) screen.print(beginText(now.site.name, now));
      for (const change of changes(before, now))
        if (options.json === true) screen.json({ version: 1, type: 'change', seconds: Math.floor(seconds), ...change });
        else screen.print(changeText(change, seconds));
    },
    end: () => undefined,
  };
}
