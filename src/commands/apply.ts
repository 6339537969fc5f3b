/** `sanctl apply [INVENTORY or plan.json]`: plan, show, ask, run; or run a saved plan, refused if the world has moved. */
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import { type Choices, choiceWords, isSaved } from '../session/again.ts';
import { type Session, together } from '../session/program.ts';
import { wholeNumber } from '../session/usage.ts';
import { quote } from '../shell/quote.ts';
import type { Planned } from '../stages/planning.ts';
import type { Ran } from '../stages/run.ts';

interface Options extends Choices {
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly parallel?: number | undefined;
  readonly json?: true | undefined;
}

export function applyVerb(session: Session): void {
  session.program
    .command('apply')
    .description('make it so: show the plan, ask, run it')
    .helpGroup('Build:')
    .argument('[INVENTORY]', 'the inventory, or a plan that `sanctl plan -o FILE.json` saved')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the plan and end')
    .option(
      '--only <SELECTOR>',
      'only this and what it needs: `volume`, `volume/web-root`, `volume/web-root@alpha`, `@alpha`; once for each',
      together,
    )
    .option(
      '--without <NODE>',
      'leave out a node that cannot be reached, and what runs on it or depends on it',
      together,
    )
    .option('--adopt <PATH>', 'take over a file, or a volume (`volume/isos`), that sanctl did not make', together)
    .option('--allow-destroy <ID>', 'allow to destroy this thing, by name: `volume/web-root`', together)
    .option('--wait-sync', 'wait until new mirrors are in sync')
    .option('--parallel <N>', 'how many nodes work at the same time; default: all', Number)
    .option(
      '--accept-new-host-keys',
      'accept and remember the keys of nodes that were never seen; a changed key is always refused',
    )
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await applyTo(session, path, options)));
}

async function applyTo(session: Session, path: string | undefined, options: Options): Promise<ExitCode> {
  const screen = session.screen(options);
  const wrong = wrongOptions(path, options);
  if (wrong.length > 0) {
    screen.report(wrong);
    return exitCode.usage;
  }
  for (;;) {
    const made = await open(session, path, options);
    if (!made.ok) {
      screen.report(made.diagnostics);
      return made.code;
    }
    try {
      screen.report(made.warnings);
      const { exit, outcome } = await show(session, path, made, options);
      const left = outcome?.diagnostics.some(({ code }) => code === 'lock/left-behind') === true;
      if (!left || isSaved(path) || made.line === undefined) return exit;
      const { untilFreed } = await import('../stages/left-behind.ts');
      if (!(await untilFreed(session, made.line))) return exitCode.interrupted;
    } finally {
      made.line?.close();
    }
    screen.mention('It has ended. What it did may change the plan, so that it is made anew.\n\n');
  }
}

async function open(session: Session, path: string | undefined, options: Options): Promise<Planned> {
  if (isSaved(path)) {
    const { openSaved } = await import('../stages/saved.ts');
    return openSaved(session, path, options.acceptNewHostKeys === true);
  }
  const { planFor } = await import('../stages/planning.ts');
  return planFor(session, path, options);
}

async function show(
  session: Session,
  path: string | undefined,
  made: Extract<Planned, { ok: true }>,
  options: Options,
): Promise<Ran> {
  const { plan, reach, line } = made;
  const screen = session.screen(options);
  const json = options.json === true;
  if (json) screen.json({ version: 1, type: 'plan', plan });
  else screen.print((await import('../view/plan.ts')).planText(plan, screen.page));
  if (plan.steps.length === 0 || options.dryRun === true || line === undefined) return { exit: exitCode.done };
  const { runPlan } = await import('../stages/run.ts');
  const title = path === undefined ? 'apply' : `apply ${path}`;
  const ways = waysOn(session, path, plan, options);
  const question = options.yes === true ? undefined : { otherwise: unasked(session, path, options) };
  return runPlan(session, { plan, reach, line, parallel: options.parallel, json, title, question, ...ways });
}

/** What runs the plan where nobody can be asked. */
function unasked(session: Session, path: string | undefined, options: Options): string {
  if (isSaved(path)) return `\`sanctl apply ${quote(path)} --yes\` runs exactly this.`;
  const plan = session.named(`sanctl plan${choiceWords(options)} -o plan.json`);
  return `\`${plan}\`, read it, then \`sanctl apply plan.json --yes\` runs exactly that.`;
}

/** A saved plan is run as it is: once the world has moved, only another one goes on. */
function waysOn(session: Session, path: string | undefined, plan: Plan, { parallel, ...choices }: Options) {
  const width = parallel === undefined ? '' : ` --parallel ${parallel}`;
  if (!isSaved(path)) return { again: session.named(`sanctl apply${choiceWords(choices)}${width}`) };
  const again = session.named(`sanctl plan${choiceWords(plan.options)} -o ${quote(path)}`);
  return { again, retry: `sanctl apply ${quote(path)}${width}` };
}

/** A saved plan was made with its choices; here they would change what somebody has read. */
function wrongOptions(path: string | undefined, options: Options): readonly Diagnostic[] {
  const { parallel, only, without, adopt, allowDestroy, waitSync } = options;
  const choices = { only, without, adopt, 'allow-destroy': allowDestroy, 'wait-sync': waitSync };
  const given = Object.entries(choices).filter(([, value]) => value !== undefined);
  return [
    ...wholeNumber('--parallel', parallel),
    ...(isSaved(path) && given.length > 0
      ? [
          error(
            'usage/saved-plan',
            'A saved plan is run as it is',
            `${given.map(([name]) => `\`--${name}\``).join(', ')} cannot change ${path}.`,
            {
              help: 'Give these options to `sanctl plan -o`.',
            },
          ),
        ]
      : []),
  ];
}
