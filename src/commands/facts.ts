/** `sanctl facts [NODE...]`: what is, as one table for each node or as JSON. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import { type Session, together } from '../session/program.ts';

interface Options {
  readonly only?: readonly string[] | undefined;
  readonly record?: string | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function factsVerb(session: Session): void {
  session.program
    .command('facts')
    .description('show what is on the nodes; writes nothing there')
    .helpGroup('Look:')
    .argument('[NODE...]', 'nodes of the inventory; default: all')
    .option('--only <KIND>', 'only what this kind knows, `volumeGroup` or `drbd`; once for each', together)
    .option('--record <DIR>', 'keep the raw conversation, as fixtures for tests')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (nodes, options) => session.finish(await facts(session, nodes, options)));
}

async function facts(session: Session, names: readonly string[], options: Options): Promise<ExitCode> {
  const [{ askingText, openLine }, { kinds }, { observe }] = await Promise.all([
    import('../stages/line.ts'),
    import('../kinds/registry.ts'),
    import('../observe/observe.ts'),
  ]);
  const screen = session.screen(options);
  const unknown = (options.only ?? []).filter((only) => !kinds.some((kind) => kind.name === only));
  if (unknown.length > 0) {
    const help = `The kinds are ${kinds.map((kind) => kind.name).join(', ')}.`;
    screen.report(
      unknown.map((only) =>
        error('usage/bad-option', 'An option has a value that means nothing', `\`--only ${only}\``, { help }),
      ),
    );
    return exitCode.usage;
  }
  const opened = await openLine(session, names, options);
  screen.report(opened.diagnostics);
  if (!opened.ok) return opened.code;
  const { site, line } = opened;
  const seen = await screen.meanwhile(askingText(line.connections.size), observe(kinds, site, line.connections));
  line.close();
  screen.report(seen.diagnostics);
  if (!seen.ok) return exitCode.refused;
  const { factsText } = await import('../view/facts.ts');
  for (const [node, have] of seen.value.facts) {
    const chosen = Object.fromEntries(Object.entries(have).filter(([kind]) => options.only?.includes(kind) ?? true));
    if (options.json === true) screen.json({ version: 1, type: 'facts', node, facts: chosen });
    else screen.print(factsText(node, chosen, screen.page));
  }
  return exitCode.done;
}
