/** `sanctl kinds`: what sanctl knows about, one line each. */
import { exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

export function kindsVerb(session: Session): void {
  session.program
    .command('kinds')
    .description('list the kinds of things that sanctl knows')
    .helpGroup('Reference:')
    .option('--json', 'print lines of JSON')
    .action(async (options) => {
      const { kinds } = await import('../kinds/registry.ts');
      const { tableText } = await import('../view/table.ts');
      const screen = session.screen(options);
      if (options.json === true)
        for (const { name, summary } of kinds) screen.json({ version: 1, type: 'kind', name, summary });
      else
        screen.print(
          tableText(
            ['kind', 'what it is'],
            kinds.map(({ name, summary }) => [name, summary]),
            screen.page,
          ),
        );
      session.finish(exitCode.done);
    });
}
