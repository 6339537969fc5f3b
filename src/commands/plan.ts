/** `sanctl plan [INVENTORY]`: what would be done, and nothing of it done. */
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import type { Choices } from '../session/again.ts';
import { type Session, together } from '../session/program.ts';
import { quote } from '../shell/quote.ts';
import type { PictureFormat } from '../view/picture.ts';
import { formatOption } from './graph.ts';

interface Options extends Choices {
  readonly out?: string | undefined;
  readonly detailedExitcode?: true | undefined;
  readonly json?: true | undefined;
  readonly graph?: true | undefined;
  readonly format: PictureFormat;
}

export function planVerb(session: Session): void {
  session.program
    .command('plan')
    .description('show every step, command and file difference; change nothing')
    .helpGroup('Build:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('-o, --out <FILE>', 'save the plan, for `sanctl apply FILE`')
    .option('--offline', 'plan for blank nodes; needs no network')
    .option(
      '--only <SELECTOR>',
      'only this and what it needs: `volume`, `volume/web-root`, `volume/web-root@alpha`, `@alpha`; once for each',
      together,
    )
    .option('--without <NODE>', 'plan around an unreachable node: leave out what runs on it or depends on it', together)
    .option('--adopt <PATH>', 'take over a file, or a volume (`volume/isos`), that sanctl did not make', together)
    .option('--allow-destroy <ID>', 'allow to destroy this thing, by name: `volume/web-root`', together)
    .option('--wait-sync', 'wait until new mirrors are in sync')
    .option(
      '--accept-new-host-keys',
      'accept and remember the keys of nodes that were never seen; a changed key is always refused',
    )
    .option('--detailed-exitcode', 'exit with 2 when there are steps')
    .option('--json', 'print the plan as JSON')
    .option('--graph', 'print the steps as a picture: which waits for which')
    .addOption(formatOption())
    .action(async (path, options, command) => {
      const wrong = wrongPicture(options, command.getOptionValueSource('format') === 'cli');
      session.finish(wrong === undefined ? await plan(session, path, options) : refused(session, wrong, options));
    });
}

/** What would be printed otherwise than somebody meant. */
function wrongPicture({ graph, json }: Options, isFormatGiven: boolean): Diagnostic | undefined {
  if (graph === true && json === true) {
    const detail = '`--graph` and `--json`: the plan is printed in one way.';
    return error('usage/bad-option', 'An option has a value that means nothing', detail);
  }
  if (graph === true || !isFormatGiven) return undefined;
  const detail = '`--format` says how the picture is printed, and no picture is asked for.';
  const help =
    'For the picture: `--graph`, and the format with it. For JSON: `--json`. For the text: without `--format`.';
  return error('usage/bad-option', 'An option has a value that means nothing', detail, { help });
}

function refused(session: Session, wrong: Diagnostic, options: Options): ExitCode {
  session.screen(options).report([wrong]);
  return exitCode.usage;
}

async function plan(session: Session, path: string | undefined, options: Options): Promise<ExitCode> {
  const { planFor } = await import('../stages/planning.ts');
  const screen = session.screen(options);
  if (options.out !== undefined) {
    const { canSave } = await import('../stages/saved.ts');
    const can = await canSave(options.out);
    screen.report(can.diagnostics);
    if (!can.ok) return exitCode.usage;
  }
  const made = await planFor(session, path, options);
  if (!made.ok) {
    screen.report(made.diagnostics);
    return made.code;
  }
  made.line?.close();
  screen.report(made.warnings);
  if (options.json === true) screen.json(made.plan);
  else if (options.graph === true) screen.print(await pictureOf(made.plan, options.format));
  else screen.print((await import('../view/plan.ts')).planText(made.plan, screen.page));
  if (options.out !== undefined && !(await save(session, made.plan, options.out, options))) return exitCode.usage;
  return options.detailedExitcode === true && made.plan.steps.length > 0 ? exitCode.pending : exitCode.done;
}

async function pictureOf(plan: Plan, format: PictureFormat): Promise<string> {
  const [{ planPicture }, { pictureText }] = await Promise.all([
    import('../picture/plan.ts'),
    import('../view/picture.ts'),
  ]);
  return pictureText(planPicture(plan), format);
}

async function save(session: Session, plan: Plan, path: string, options: Options): Promise<boolean> {
  const { savePlan } = await import('../stages/saved.ts');
  const screen = session.screen(options);
  const saved = await savePlan(path, plan);
  screen.report(saved.diagnostics);
  if (saved.ok && options.json !== true)
    screen.print(`\nSaved to ${path}; \`sanctl apply ${quote(path)}\` runs exactly this.\n`);
  return saved.ok;
}
