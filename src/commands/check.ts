/** `sanctl check [INVENTORY]`: is what a person wrote what sanctl can read? */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

interface Options {
  readonly json?: true | undefined;
}

export function checkVerb(session: Session): void {
  session.program
    .command('check')
    .description('validate the inventory; needs no network')
    .helpGroup('Build:')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await check(session, path, options)));
}

async function check(session: Session, path: string | undefined, options: Options): Promise<ExitCode> {
  const { loadSite } = await import('../stages/site.ts');
  const screen = session.screen(options);
  const loaded = await loadSite(session, path);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  screen.report((await import('../kinds/cluster/n-plus-one.ts')).nPlusOne(loaded.value.site));
  const { checkedText, checkedJson } = await import('../view/checked.ts');
  if (options.json === true) screen.json(checkedJson(loaded.value.site));
  else screen.print(checkedText(loaded.value.site));
  return exitCode.done;
}
