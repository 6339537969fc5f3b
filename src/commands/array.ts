/** `sanctl array status`: how the arrays are, and how far a rebuild has come. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';

export function arrayVerb(session: Session): void {
  const array = session.program
    .command('array')
    .description('arrays: how they are')
    .helpGroup('Look:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  array
    .command('status')
    .description('every array of the inventory: state, members, how far a rebuild has come')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await status(session, path, options)));
}

async function status(session: Session, path: string | undefined, options: OverviewOptions): Promise<ExitCode> {
  const [{ overview, overviewExit }, { statusOf }, { arraysText }] = await Promise.all([
    import('../stages/overview.ts'),
    import('../kinds/array/status.ts'),
    import('../view/arrays.ts'),
  ]);
  const screen = session.screen(options);
  const seen = await overview(session, path, options);
  if (seen === undefined) return exitCode.usage;
  const { arrays, problems } = statusOf(seen.site, seen.facts);
  if (options.json === true) for (const one of arrays) screen.json({ version: 1, type: 'array', ...one });
  else screen.print(arraysText(arrays, screen.page));
  screen.report([...seen.diagnostics, ...problems]);
  const healthy = arrays.every(({ state }) => state === 'clean');
  return overviewExit(seen, problems.length === 0, healthy);
}
