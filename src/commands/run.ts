/** `sanctl run PLAYBOOK [INVENTORY]`: what a playbook says, by the same plan, locks and journal as an apply. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import { choiceWords } from '../session/again.ts';
import { type Session, together } from '../session/program.ts';
import { quote } from '../shell/quote.ts';

interface Options {
  readonly set?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly list?: true | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function runVerb(session: Session): void {
  session.program
    .command('run')
    .description('run a playbook: show its plan, ask, run it, verify the end')
    .helpGroup('Operate:')
    .argument('[PLAYBOOK]', 'the name of one that comes with sanctl, or the path of your own')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--set <NAME=VALUE>', 'an input of the playbook; once for each', together)
    .option(
      '--without <NODE>',
      'leave out a node that is off, and what lives or depends on it; once for each',
      together,
    )
    .option('--list', 'show the playbooks that come with sanctl, and their inputs')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the plan and end')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (playbook, inventory, options) => session.finish(await run(session, playbook, inventory, options)));
}

async function run(
  session: Session,
  playbook: string | undefined,
  inventory: string | undefined,
  options: Options,
): Promise<ExitCode> {
  if (options.list === true) return listAll(session, options);
  if (playbook === undefined) {
    const detail = 'Name a playbook, or ask for `--list`.';
    session.screen(options).report([error('usage/no-playbook', 'No playbook is named', detail)]);
    return exitCode.usage;
  }
  const set = options.set ?? [];
  const words = [playbook, ...(inventory === undefined ? [] : [inventory]), ...set.flatMap((one) => ['--set', one])];
  const command = `${['sanctl run', ...words.map(quote)].join(' ')}${choiceWords(options)}`;
  const { play } = await import('../stages/playing.ts');
  return (await play(session, { ...options, playbook, named: true, inventory, set, command })).exit;
}

async function listAll(session: Session, options: Options): Promise<ExitCode> {
  const [{ shippedNames }, { readAsNamed }, { playbooksText, playbookJson }] = await Promise.all([
    import('../playbook/find.ts'),
    import('../stages/stage.ts'),
    import('../view/playbooks.ts'),
  ]);
  const screen = session.screen(options);
  const read = await Promise.all((await shippedNames()).map(readAsNamed));
  const playbooks = read.flatMap((one) => (one.ok ? [one.value] : []));
  screen.report(read.flatMap(({ diagnostics }) => diagnostics));
  if (options.json === true) for (const playbook of playbooks) screen.json(playbookJson(playbook));
  else screen.print(playbooksText(playbooks, screen.page));
  return read.every(({ ok }) => ok) ? exitCode.done : exitCode.usage;
}
