/** `sanctl journal [NODE...]`: what ran on the nodes, as they wrote it down themselves. */
import { type ExitCode, exitCode, warning } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import { wholeNumber } from '../session/usage.ts';

interface Options {
  readonly operation?: string | undefined;
  readonly limit: number;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function journalVerb(session: Session): void {
  session.program
    .command('journal')
    .description('show what sanctl did on the nodes, newest first, and who holds them now')
    .helpGroup('Look:')
    .argument('[NODE...]', 'nodes of the inventory; default: all')
    .option('--operation <NAME>', 'one operation, with all its steps')
    .option('--limit <N>', 'how many operations of each node', Number, 10)
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (nodes, options) => session.finish(await journal(session, nodes, options)));
}

async function journal(session: Session, names: readonly string[], options: Options): Promise<ExitCode> {
  const [{ openLine }, { operationsOf, readJournal }, { journalText, lockText }] = await Promise.all([
    import('../stages/line.ts'),
    import('../apply/journal.ts'),
    import('../view/journal.ts'),
  ]);
  const screen = session.screen(options);
  const wrong = wholeNumber('--limit', options.limit);
  screen.report(wrong);
  if (wrong.length > 0) return exitCode.usage;
  const opened = await openLine(session, names, options);
  screen.report(opened.diagnostics);
  if (!opened.ok) return opened.code;
  const { operation, limit } = options;
  const wish = { limit, ...(operation === undefined ? {} : { operation }) };
  const read = await Promise.all(
    [...opened.line.connections].map(async ([node, connection]) => ({
      node,
      journal: await readJournal(connection, wish),
    })),
  );
  opened.line.close();
  const journals = new Map(read.flatMap(({ node, journal }) => (journal.ok ? [[node, journal.value] as const] : [])));
  const operations = operationsOf(journals).slice(0, limit);
  if (options.json === true) {
    for (const [node, { lock, damaged }] of journals)
      screen.json({ version: 1, type: 'lock', node, lock: lock ?? null, damaged });
    for (const one of operations) screen.json({ version: 1, type: 'operation', ...one });
  } else {
    for (const [node, { lock }] of journals) if (lock !== undefined) screen.print(lockText(node, lock, screen.page));
    screen.print(journalText(operations, operation !== undefined, screen.page));
  }
  const damaged = [...journals]
    .filter(([, found]) => found.damaged.length > 0)
    .map(([node, found]) => damage(node, found.damaged));
  screen.report([...damaged, ...read.flatMap(({ journal }) => journal.diagnostics)]);
  return read.every(({ journal }) => journal.ok) ? exitCode.done : exitCode.refused;
}

function damage(node: string, lines: readonly string[]) {
  return warning(
    'journal/damaged',
    'A journal is damaged',
    `${node}: ${lines.length} of its lines cannot be read; the first is \`${lines[0]}\`.`,
    {
      help: 'Look at /var/lib/sanctl/ops on the node.',
    },
  );
}
