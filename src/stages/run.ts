/** The last stage: a plan is asked about, run, shown while it runs, and summed up. */
import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { realClock } from '../apply/clock.ts';
import { locksFolder } from '../apply/controller-lock.ts';
import type { ApplyEvent, ApplyOutcome } from '../apply/events.ts';
import { apply } from '../apply/run.ts';
import { type ExitCode, exitCode } from '../diagnostic.ts';
import { kindsNamed } from '../kinds/registry.ts';
import type { KindName } from '../kinds/world.ts';
import { factsOf, probesOf } from '../observe/facts.ts';
import { observeScript } from '../observe/observe.ts';
import { fingerprint } from '../plan/make.ts';
import type { Plan } from '../plan/plan.ts';
import { movedSince } from '../plan/stale.ts';
import type { Session } from '../session/program.ts';
import type { Holder } from '../shell/script.ts';
import { secretNames } from '../transport/secrets.ts';
import { openRows } from '../view/live.ts';
import { outcomeJson, outcomeText } from '../view/outcome.ts';
import { nodesOf } from '../view/plan.ts';
import { jsonProgress, linesProgress, type Progress, rowsProgress } from '../view/progress.ts';
import type { Screen } from '../view/screen.ts';
import { ask, type Question } from './agree.ts';
import { type Images, openImages } from './images.ts';
import { isGone } from './left-behind.ts';
import type { Line, Reach } from './line.ts';
import { unproven } from './unproven.ts';

export interface Job {
  readonly plan: Plan;
  /** The kinds that it rests on; all unless given. */
  readonly reads?: readonly KindName[] | undefined;
  readonly reach: Reach;
  readonly line: Line;
  readonly parallel?: number | undefined;
  readonly json: boolean;
  /** Undefined: it was agreed to already. */
  readonly question: Question | undefined;
  /** What was asked for, for whoever meets the lock. */
  readonly title: string;
  /** The command that plans anew and goes on; `retry` where another one runs the same again. */
  readonly again: string;
  readonly retry?: string;
}

/** Seconds of a lease: renewed at a third of it, so that two lost messages do not lose a node. */
const leaseSeconds = 60;
/** Seconds for which a lost or busy node is asked again: a reboot fits in. */
const patienceSeconds = 300;

/** How it ended. Without an outcome nothing was begun, or it was left while it ran. */
export interface Ran {
  readonly exit: ExitCode;
  readonly outcome?: ApplyOutcome;
}

export async function runPlan(session: Session, job: Job): Promise<Ran> {
  const { plan } = job;
  const screen = session.screen(job);
  const unsafe = unproven(plan.site, plan.steps, session.io.env);
  if (unsafe !== undefined) {
    screen.report([unsafe]);
    return { exit: exitCode.refused };
  }
  // Before the question: a yes to what cannot be done is a yes in vain.
  const secrets = await job.reach.secrets.load(secretNames(plan.steps));
  if (!secrets.ok) {
    screen.report(secrets.diagnostics);
    return { exit: exitCode.refused };
  }
  const images = await openImages(session, plan);
  screen.report(images.diagnostics);
  if (!images.ok) return { exit: exitCode.refused };
  let filled = false;
  try {
    const ran = await runWith(images.value, session, job);
    filled = ran.exit === exitCode.done;
    return ran;
  } finally {
    await images.value.close(filled);
  }
}

async function runWith(images: Images, session: Session, job: Job): Promise<Ran> {
  const { plan, json, question, again, retry = again } = job;
  const screen = session.screen(job);
  const no = question === undefined ? undefined : await ask(session, plan, question);
  if (no !== undefined) return { exit: no };
  const clock = session.io.clock ?? realClock;
  const began = clock.now();
  const seconds = (): number => clock.now() - began;
  const progress = progressFor(session, plan, screen, json, seconds);
  session.touch();
  if (!json) screen.print('\n');
  const outcome = await interruptible(session, (signal) => perform(session, job, images, signal, progress.tell));
  await progress.close();
  if (outcome === undefined) {
    screen.mention('Left. What runs on the nodes goes on to the end of its batch; `sanctl journal` shows it.\n');
    return { exit: exitCode.interrupted };
  }
  if (!json && outcome.diagnostics.length > 0) screen.mention('\n');
  screen.report(outcome.diagnostics);
  if (json) screen.json(outcomeJson(outcome, seconds()));
  else {
    const journal = session.named(`sanctl journal --operation ${outcome.operation}`);
    screen.print(`\n${outcomeText(outcome, plan, seconds(), { again, retry, journal }, screen.page)}`);
  }
  return { exit: outcome.exit, outcome };
}

function perform(
  { io }: Session,
  { plan, reads, reach, line, parallel, title }: Job,
  images: Images,
  signal: AbortSignal,
  tell: (event: ApplyEvent) => void,
): Promise<ApplyOutcome> {
  const asked = kindsNamed(reads);
  return apply(
    plan,
    line.connections,
    {
      holder: newHolder(title),
      connect: (node) => {
        const target = plan.site.nodes[node];
        if (target === undefined) throw new Error(`the plan has no node ${node}`);
        return reach.transport.connect(target);
      },
      observe: (node) => observeScript(probesOf(asked, plan.site, node)),
      unchanged(node, outputs) {
        const now = fingerprint(asked, factsOf(asked, plan.site, node, outputs));
        return movedSince(plan, node, now).length === 0;
      },
      isGone,
      patienceSeconds,
      images: images.bySha256,
      locksFolder: locksFolder(io.env),
      signal,
      ...(io.clock === undefined ? {} : { clock: io.clock }),
      ...(parallel === undefined ? {} : { parallel }),
    },
    tell,
  );
}

/** The first interrupt asks the nodes to stop after the step that runs; the second leaves them alone: undefined. */
async function interruptible<T>(session: Session, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  let leave: () => void = () => undefined;
  const leaving = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });
  const undo = session.io.onInterrupt(() => (stop.signal.aborted ? leave() : stop.abort()));
  try {
    return await Promise.race([work(stop.signal), leaving]);
  } finally {
    undo();
  }
}

function progressFor({ io }: Session, plan: Plan, screen: Screen, json: boolean, seconds: () => number): Progress {
  if (json) return jsonProgress(screen);
  const nodes = nodesOf(plan);
  const { stdout, stderr } = io;
  // Two lines for each node; what does not fit on the screen cannot be drawn in place.
  if (!screen.live || !isTerminal(stdout) || !isTerminal(stderr) || 2 * nodes.length >= stdout.rows)
    return linesProgress(plan, screen, seconds);
  return rowsProgress(plan, openRows(nodes, stdout, stderr));
}

function isTerminal(stream: object): stream is NodeJS.WriteStream {
  return 'isTTY' in stream && stream.isTTY === true && 'rows' in stream;
}

/** Names of operations begin with their time, so that journals sort; the nonce is what the nodes go by. */
function newHolder(title: string): Holder {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    operation: `${time}-${randomBytes(3).toString('hex')}`,
    nonce: randomBytes(16).toString('hex'),
    owner: userInfo().username,
    host: hostname(),
    pid: process.pid,
    leaseSeconds,
    title,
  };
}
