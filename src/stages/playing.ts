/** A playbook from its name to its end, as `run` and `vm` share it: look, compile, show, ask, run; then verify, or the way back. */
import { error, exitCode } from '../diagnostic.ts';
import type { Observed } from '../observe/observe.ts';
import { type Compiled, compile, verify } from '../playbook/compile.ts';
import type { Session } from '../session/program.ts';
import { list } from '../view/wrap.ts';
import type { Line } from './line.ts';
import type { Seen } from './looking.ts';
import type { Ran } from './run.ts';
import { prepare, type Stage, type Wish } from './stage.ts';
import { wayBack } from './way-back.ts';

export async function play(session: Session, wish: Wish): Promise<Ran> {
  const stage = await prepare(session, wish);
  if (stage === undefined) return { exit: exitCode.usage };
  const seen = await firstLook(stage);
  if (seen === undefined) return { exit: exitCode.refused };
  try {
    return await playOver(stage, seen);
  } finally {
    seen.line.close();
  }
}

/** Whoever asks closes the line. */
export function firstLook({ look, wayAround }: Stage): Promise<Seen | undefined> {
  const untouched = 'Nothing was touched: all nodes are read before one is changed.';
  return look((unreached) => `${untouched}${wayAround(unreached)}`);
}

/** From the first look on. */
export async function playOver(stage: Stage, seen: Seen): Promise<Ran> {
  const compiled = stage.decide(seen, (input) => compile(stage.bound, input));
  if (compiled === undefined) return { exit: exitCode.refused };
  stage.show(compiled.plan, 'steps');
  if (stage.wish.dryRun === true) return { exit: exitCode.done };
  if (compiled.plan.steps.length === 0) return { exit: holds(stage, seen) ? exitCode.done : exitCode.refused };
  return perform(stage, compiled, seen);
}

async function perform(stage: Stage, compiled: Compiled, { line }: Seen): Promise<Ran> {
  const { yes, left, question: text } = stage.wish;
  const otherwise = '`--dry-run` shows what it would do; `--yes` does it without a question.';
  const ran = await stage.run(compiled.plan, line, yes === true ? undefined : { otherwise, left, text });
  if (ran.exit === exitCode.done)
    return { ...ran, exit: (await verified(stage, line)) ? exitCode.done : exitCode.failed };
  if (ran.outcome?.touched === true) await wayBack(stage, compiled, ran.outcome);
  return ran;
}

/** By a new look: that every step is done does not yet mean that it is as it should be. */
async function verified(stage: Stage, line: Line): Promise<boolean> {
  const { bound, screen, wish } = stage;
  if (bound.verify.length === 0) return true;
  const seen = await stage.lookAtEnd(line);
  if (seen === undefined) {
    const detail = `All steps of ${bound.name} are done; what came of them could not be looked at.`;
    screen.report([
      error('playbook/not-verified', 'A playbook could not be verified', detail, {
        help: `\`${wish.command}\` looks again.`,
      }),
    ]);
    return false;
  }
  const good = holds(stage, seen);
  if (good && wish.json !== true) screen.print(`Verified by a new look at ${list(bound.nodes)}.\n`);
  return good;
}

function holds({ bound, decide }: Stage, seen: Observed): boolean {
  return decide(seen, (input) => verify(bound, input)) === true;
}
