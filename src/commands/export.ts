/** `sanctl export list`: what is served where, to whom, how healthy. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';

export function exportVerb(session: Session): void {
  const exported = session.program
    .command('export')
    .description('exports: what is served where, to whom')
    .helpGroup('Look:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  exported
    .command('list')
    .description('every export of the inventory: its server, its importers and their connections or paths')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await list(session, path, options)));
}

async function list(session: Session, path: string | undefined, options: OverviewOptions): Promise<ExitCode> {
  const [{ overview, overviewExit }, { rosterOf, unreadExports }, { lunsOf, unreadLuns }, { servedText }] =
    await Promise.all([
      import('../stages/overview.ts'),
      import('../kinds/export/roster.ts'),
      import('../kinds/target/roster.ts'),
      import('../view/served.ts'),
    ]);
  const screen = session.screen(options);
  const seen = await overview(session, path, options);
  if (seen === undefined) return exitCode.usage;
  const luns = lunsOf(seen.site, seen.facts);
  const all = [...rosterOf(seen.site, seen.facts), ...luns];
  if (options.json === true) for (const one of all) screen.json({ version: 1, type: 'export', ...one });
  else screen.print(servedText(all, screen.page));
  const unread = [...unreadExports(seen.site, seen.facts), ...unreadLuns(seen.site, seen.facts)];
  screen.report([...seen.diagnostics, ...unread]);
  const healthy = all.every(({ state, importers }) => state === 'served' && importers.every((one) => one.healthy));
  const alone = luns.every(({ others }) => others.length === 0);
  return overviewExit(seen, unread.length === 0, healthy && alone);
}
