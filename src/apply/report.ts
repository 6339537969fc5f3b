/** Everything that can go wrong with a run, in the words of docs/diagnostics.md. */
import { type Diagnostic, error, warning } from '../diagnostic.ts';
import { formatSeconds } from '../quantity.ts';
import type { HeldLock } from '../shell/answers.ts';
import type { WaitFor } from '../shell/command.ts';
import { untouched } from '../shell/lock.ts';
import { actionLines, isCommandLine } from '../shell/text.ts';
import type { NodeName, Step, StepId } from '../step.ts';
import type { Reply } from '../transport/connection.ts';
import type { StepOutcome } from './events.ts';

export function held(node: NodeName, by: HeldLock): Diagnostic {
  const lease =
    by.leaseLeftSeconds > 0
      ? `its lease lasts ${formatSeconds(by.leaseLeftSeconds)} more`
      : `its lease ran out, but ${by.running ? 'a step of it still runs there' : 'it has not been taken over'}`;
  return error(
    'lock/held',
    'A node is held by another sanctl',
    `${node} is held by ${by.owner}@${by.host} (process ${by.pid}) for ${formatSeconds(by.heldForSeconds)}: ${by.title}; ${lease}. Nothing was touched.`,
    {
      help: `Wait for it. If that sanctl is dead, \`sanctl unlock ${node}\` gives the node back once nothing of it runs.`,
    },
  );
}

/** Held by a sanctl of whoever asks now, on this machine, which is gone: nobody has to be asked about it. */
export function leftBehind(node: NodeName, by: HeldLock): Diagnostic {
  const until = by.running
    ? 'a step of it still runs there'
    : `its lease lasts ${formatSeconds(by.leaseLeftSeconds)} more`;
  return error(
    'lock/left-behind',
    'A node is held by a sanctl that is gone',
    `${node} is held by process ${by.pid} of this machine, which ended without giving it back: ${by.title}; ${until}. Nothing was touched.`,
    { help: `It frees itself then, and the same command goes on; \`sanctl journal ${node}\` shows what runs.` },
  );
}

export function unanswered(node: NodeName, reply: Reply): Diagnostic {
  if (reply.outcome === 'exited' && reply.code === untouched) return unwritable(node, reply.stderr.trim());
  const why = reply.outcome === 'unknown' ? reply.why : `exit status ${reply.code}: ${reply.stderr.trim()}`;
  return error('lock/no-answer', 'A node could not be claimed', `${node}: ${why}. Nothing was touched.`, {
    help: `A lock that was taken there ends by itself with its lease; \`sanctl facts ${node}\` tries the line.`,
  });
}

/** The node itself said that it could not, and why: mostly a disk that is full or read-only. */
function unwritable(node: NodeName, why: string): Diagnostic {
  return error('lock/unwritable', 'A node cannot write what it must', `${node}: ${why}. Nothing was touched.`, {
    help: full(node),
  });
}

export function stale(node: NodeName): Diagnostic {
  return error(
    'plan/stale',
    'The plan is stale',
    `What the plan rests on has changed on ${node} since it was made. Nothing was touched.`,
    { help: 'Plan again, and read what differs.' },
  );
}

export function lostBefore(node: NodeName): Diagnostic {
  return lockLost(`${node}: ${whyLost}. Nothing was touched.`);
}

const whyLost = 'its lease ran out, it was unlocked, or the node was restarted';

function lockLost(detail: string): Diagnostic {
  return error('lock/lost', 'The lock of a node was lost', detail, {
    help: 'Somebody else may work there: see `sanctl journal` for who has it, then plan again.',
  });
}

export function interruptedBefore(): Diagnostic {
  return warning('apply/interrupted', 'Interrupted', 'Nothing was begun and nothing was touched.');
}

export function controllerHeld(path: string, who: string): Diagnostic {
  return error('lock/site-held', 'Another sanctl works on this site', `${who} holds ${path}. Nothing was touched.`, {
    help: 'Wait for it to end.',
  });
}

export function notGivenBack(nodes: readonly NodeName[], leaseSeconds: number): Diagnostic {
  return warning(
    'lock/kept',
    'A lock was not given back',
    `${nodes.join(', ')}: it ends by itself within ${formatSeconds(leaseSeconds)}, once nothing runs there.`,
    { help: `${nodes.map((node) => `\`sanctl unlock ${node}\``).join(', ')} gives it back at once.` },
  );
}

/** One diagnostic for each step that went wrong, with what it kept others from, and one for each lock that was lost. */
export function outcomes(
  steps: readonly Step[],
  found: ReadonlyMap<StepId, StepOutcome>,
  lostLocks: ReadonlySet<NodeName>,
): readonly Diagnostic[] {
  const wrong = steps.flatMap((step) => {
    const outcome = found.get(step.id);
    const problem = outcome === undefined ? undefined : problemOf(step, outcome);
    return problem === undefined ? [] : [withRest(problem, step, steps, found)];
  });
  return [...wrong, ...stoppedBefore(steps, found, lostLocks)];
}

/** What a step needs of its node before anything of it is asked. */
export function canTake(node: NodeName): string {
  return `${node} can take it`;
}

function notTaken({ node }: Step, head: string, why: string): Diagnostic {
  const detail = [head, why.trim(), 'Nothing of this step was done.'].join('\n');
  return error('step/not-taken', 'A node could not take a step', detail, {
    help: `${full(node)} \`sanctl journal ${node}\` shows what runs there.`,
  });
}

const full = (node: NodeName): string => `Look at \`df /var/lib/sanctl /run\` on ${node}.`;

function problemOf(step: Step, outcome: StepOutcome): Diagnostic | undefined {
  const head = `${step.id}: ${step.title}`;
  switch (outcome.is) {
    case 'failed': {
      const wait = step.actions[outcome.action];
      if (wait?.do === 'wait' && outcome.code === ranOut) return stillWaiting(step, head, wait, outcome.output);
      const lines = actionText(step, outcome.action);
      const said = `exit ${outcome.code}: ${outcome.output.trim()}`;
      return error('step/failed', 'Command failed', [head, ...lines, said].join('\n'), {
        help: 'Put the cause right and apply again: what is done already is not done twice.',
      });
    }
    case 'refused':
      if (outcome.proves === canTake(step.node)) return notTaken(step, head, outcome.answer);
      return error(
        'step/refused',
        'A condition no longer held',
        [
          head,
          `It needs: ${outcome.proves}.`,
          `The answer was: ${outcome.answer.trim() || '(nothing)'}`,
          'Nothing of this step was done.',
        ].join('\n'),
        { help: 'Plan again: the node is not what it was.' },
      );
    case 'unknown':
      return error('step/unknown', 'Outcome unknown', [head, `${outcome.why}.`].join('\n'), {
        help: `It may have been done. Once ${step.node} answers, \`sanctl journal ${step.node}\` shows what is known; apply again looks first and goes on from there.`,
      });
    case 'done':
    case 'not-reached':
      return undefined;
  }
}

/** What a wait ends with when its time is over (shell/runtime.ts). */
const ranOut = 124;

function stillWaiting(step: Step, head: string, wait: WaitFor, answer: string): Diagnostic {
  const lasted = formatSeconds(wait.timeoutSeconds);
  const detail = `After ${lasted} it was still not so that ${wait.what}. The last answer was: ${answer.trim() || '(nothing)'}`;
  return error('step/timeout', 'A wait ran out', [head, detail].join('\n'), {
    help: `\`sanctl facts ${step.node}\` shows how it is now. Put the cause right and apply again: what is done already is not done twice.`,
  });
}

/** `$` stands before what a node runs, and before nothing else. */
function actionText(step: Step, action: number): readonly string[] {
  const found = step.actions[action];
  if (found === undefined) return [];
  return actionLines(found).map((line, at) => (isCommandLine(found, at) ? `$ ${line}` : line));
}

function withRest(
  problem: Diagnostic,
  step: Step,
  steps: readonly Step[],
  found: ReadonlyMap<StepId, StepOutcome>,
): Diagnostic {
  const rest = steps.filter(({ id }) => restsOn(found.get(id), step));
  if (rest.length === 0) return problem;
  const nodes = [...new Set(rest.map(({ node }) => node))].sort().join(' and ');
  const count = rest.length === 1 ? '1 step' : `${rest.length} steps`;
  return { ...problem, detail: `${problem.detail}\n${count} on ${nodes} not reached because of it.` };
}

function restsOn(outcome: StepOutcome | undefined, step: Step): boolean {
  if (outcome?.is !== 'not-reached' || typeof outcome.because !== 'object') return false;
  const { because } = outcome;
  return 'step' in because ? because.step === step.id : 'node' in because && because.node === step.node;
}

function stoppedBefore(
  steps: readonly Step[],
  found: ReadonlyMap<StepId, StepOutcome>,
  lostLocks: ReadonlySet<NodeName>,
): readonly Diagnostic[] {
  const stopped: Step[] = [];
  const lost = new Map<NodeName, Step[]>([...lostLocks].map((node) => [node, []]));
  for (const step of steps) {
    const outcome = found.get(step.id);
    if (outcome?.is !== 'not-reached') continue;
    const { because } = outcome;
    if (because === 'stopped') stopped.push(step);
    else if ('lockOf' in because) lost.get(because.lockOf)?.push(step);
  }
  const done = steps.filter(({ id }) => found.get(id)?.is === 'done').length;
  const where = (rest: readonly Step[]): string =>
    `${done} of ${steps.length} steps are done, ${rest.length} were not begun`;
  return [
    ...(stopped.length === 0
      ? []
      : [warning('apply/interrupted', 'Interrupted', `${where(stopped)}.`, { help: 'Apply again to go on.' })]),
    ...[...lost].map(([node, rest]) =>
      lockLost(`${node}: ${whyLost}. ${where(rest)} because of it${reach(node, rest)}.`),
    ),
  ];
}

function reach(node: NodeName, rest: readonly Step[]): string {
  return rest.length === 0
    ? ''
    : `: what is on ${node}, what rests on it, and what was to follow that on the same node`;
}
