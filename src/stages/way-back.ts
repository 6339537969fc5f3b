/** After a playbook broke off: look again, plan its undo verbs from what is there now, run them, and say where things stand. */
import type { ApplyOutcome } from '../apply/events.ts';
import { type Diagnostic, error, exitCode, ok } from '../diagnostic.ts';
import { type Compiled, compile } from '../playbook/compile.ts';
import { undoing } from '../playbook/undo.ts';
import { list } from '../view/wrap.ts';
import type { Line } from './line.ts';
import type { Stage } from './stage.ts';

export async function wayBack(stage: Stage, compiled: Compiled, outcome: ApplyOutcome): Promise<void> {
  const where = await back(stage, compiled, outcome);
  stage.screen.report([brokeOff(stage, `${where}${await standing(stage)}`)]);
}

/** By one more look: the way back may have changed it. */
async function standing({ standing, look, decide }: Stage): Promise<string> {
  if (standing === undefined) return '';
  const seen = await look();
  seen?.line.close();
  return ` ${(seen && decide(seen, (input) => ok(standing(input)))) ?? 'Where things stand could not be looked at.'}`;
}

/** Where things stand, for people. */
async function back(stage: Stage, compiled: Compiled, { steps }: ApplyOutcome): Promise<string> {
  const undo = undoing(stage.bound, compiled, steps);
  if (undo.steps.length === 0) return 'It knows no way back from what it began: that stands as it is.';
  const names = list([...new Set(undo.steps.map(({ name }) => name))]);
  const seen = await stage.look();
  if (seen === undefined) return `The nodes could not all be looked at again, so ${names} changed nothing.`;
  try {
    const way = stage.decide(seen, (input) => compile(undo, input));
    if (way === undefined) return `What is there now is not clear, so ${names} changed nothing.`;
    if (way.plan.steps.length > 0) return await settle(stage, way, names, seen.line);
    stage.screen.report(way.plan.diagnostics);
    return `By a new look, there was nothing for ${names} to put right.`;
  } finally {
    seen.line.close();
  }
}

async function settle(stage: Stage, { plan }: Compiled, names: string, line: Line): Promise<string> {
  stage.show(plan, 'undo');
  const isHarmless = plan.steps.every(({ danger }) => danger === 'none');
  const otherwise = '`--yes` runs the way back without a question.';
  const question = { otherwise, left: 'Nothing was changed on the way back.' };
  const { exit } = await stage.run(plan, line, isHarmless || stage.wish.yes === true ? undefined : question);
  if (exit === exitCode.done) return `By a new look, ${names} put right what there was to put right.`;
  if (exit === exitCode.usage) return `${names} was not agreed to: what began stands as it is.`;
  return `${names} did not come to its end either: what began stands as it is said above.`;
}

function brokeOff({ bound, wish }: Stage, where: string): Diagnostic {
  return error('playbook/broke-off', 'A playbook did not come to its end', `${bound.name}: ${where}`, {
    help: `\`${wish.command}\` looks at what is there now and plans what is missing.`,
  });
}
