/** `sanctl upgrade-drbd NODE NODE`: how a pair goes from DRBD 8.4 to 9, checked against its nodes; it runs nothing. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

interface Options {
  readonly out?: string | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function upgradeDrbdVerb(session: Session): void {
  session.program
    .command('upgrade-drbd')
    .description(
      'show how a pair of nodes goes from DRBD 8.4 to 9: the order, the copies at each step, the files; runs nothing',
    )
    .helpGroup('Look:')
    .argument('<NODE>', 'one of two nodes that have mirrors with each other')
    .argument('<OTHER>', 'the other one')
    .option(
      '--out <DIR>',
      'write the files of DRBD 9 there, secrets hidden; a folder that is new, empty, or was made by sanctl',
    )
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print one line of JSON')
    .action(async (one, other, options) => session.finish(await upgrade(session, one, other, options)));
}

async function upgrade(session: Session, one: string, other: string, options: Options): Promise<ExitCode> {
  const [{ outlined }, { writeTexts }, { outlineText }, { hide }] = await Promise.all([
    import('../stages/outlining.ts'),
    import('../stages/rendered.ts'),
    import('../view/outline.ts'),
    import('../template/content.ts'),
  ]);
  const screen = session.screen(options);
  const made = await outlined(session, [one, other], options);
  if ('exit' in made) return made.exit;
  const { outline } = made;
  const named = (text: string): string => session.named(text);
  const texts = new Map(Object.entries(outline.files).map(([path, content]) => [path, hide(content)] as const));
  if (options.json === true) screen.json({ version: 1, type: 'outline', ...outline, files: Object.fromEntries(texts) });
  else screen.print(outlineText(outline, named, screen.page));
  if (options.out === undefined) return exitCode.done;
  const files = new Map([...texts].map(([path, text]) => [path.replace(/^.*\//, ''), text] as const));
  const written = await writeTexts(options.out, files);
  screen.report(written.diagnostics);
  if (!written.ok) return exitCode.refused;
  if (options.json !== true) screen.print(`\nThe files are in ${options.out}: ${written.value.join(', ')}.\n`);
  return exitCode.done;
}
