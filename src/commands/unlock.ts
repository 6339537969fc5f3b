/** `sanctl unlock NODE`: frees a node that a dead or lost sanctl still holds (C7). */
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { HeldLock } from '../shell/answers.ts';
import type { Connection } from '../transport/connection.ts';

interface Options {
  readonly nonce?: string | undefined;
}

export function unlockVerb(session: Session): void {
  session.program
    .command('unlock')
    .description('free a node that a dead sanctl still holds, after proof that nothing of it runs')
    .helpGroup('Look:')
    .argument('<NODE>', 'a node of the inventory')
    .option(
      '--nonce <NONCE>',
      'the mark of the lock that is meant, instead of the question; `sanctl journal NODE` shows it',
    )
    .action(async (node, options) => session.finish(await unlockNode(session, node, options)));
}

async function unlockNode(session: Session, node: string, options: Options): Promise<ExitCode> {
  const { openLine } = await import('../stages/line.ts');
  const screen = session.screen();
  const opened = await openLine(session, [node], {});
  screen.report(opened.diagnostics);
  if (!opened.ok) return opened.code;
  const connection = opened.line.connections.get(node);
  if (connection === undefined) throw new Error(`no connection to ${node}`);
  try {
    return await free(session, connection, options.nonce);
  } finally {
    opened.line.close();
  }
}

async function free(session: Session, connection: Connection, given: string | undefined): Promise<ExitCode> {
  const { node } = connection;
  const screen = session.screen();
  const [{ lockOf, unlock }, { lockText }] = await Promise.all([
    import('../apply/unlock.ts'),
    import('../view/journal.ts'),
  ]);
  const found = await lockOf(connection);
  screen.report(found.diagnostics);
  if (!found.ok) return exitCode.refused;
  const lock = found.value;
  if (lock === undefined) {
    screen.print(`${node} is free already.\n`);
    return exitCode.done;
  }
  screen.print(lockText(node, lock, screen.page));
  const answer = await agree(session, node, lock, given);
  if (answer !== undefined) return answer;
  const freed = await unlock(connection, lock.nonce);
  screen.report(freed.diagnostics);
  if (freed.ok) screen.print(`${node} is free.\n`);
  // Whatever kept it from being released came after it was asked to: what is there now is not known for certain.
  return freed.ok ? exitCode.done : exitCode.failed;
}

/** Undefined: the operator means this lock. */
async function agree(
  session: Session,
  node: string,
  lock: HeldLock,
  given: string | undefined,
): Promise<ExitCode | undefined> {
  const screen = session.screen();
  const { stdin, stderr } = session.io;
  if (lock.running) {
    screen.report([running(node)]);
    return exitCode.refused;
  }
  if (given !== undefined) {
    if (given === lock.nonce) return undefined;
    screen.report([changed(node)]);
    return exitCode.refused;
  }
  if (stdin.isTTY !== true) {
    const help = `\`sanctl unlock ${node} --nonce ${lock.nonce}\`, when you know that its owner is gone.`;
    screen.report([
      error(
        'unlock/unconfirmed',
        'Nobody is there to confirm',
        `${node} is held, and this is not a terminal. Nothing was touched.`,
        { help },
      ),
    ]);
    return exitCode.usage;
  }
  const { askYes } = await import('../view/ask.ts');
  if (await askYes(`Is its owner gone for certain? Free ${node}? Type yes:`, stdin, stderr)) return undefined;
  screen.print('Nothing was touched.\n');
  return exitCode.refused;
}

function running(node: string): Diagnostic {
  return error(
    'unlock/running',
    'A step still runs',
    `${node} is held by an operation of which a step runs. Nothing was touched.`,
    {
      help: `Wait for it; \`sanctl journal ${node}\` shows where it is.`,
    },
  );
}

function changed(node: string): Diagnostic {
  return error(
    'unlock/other',
    'The lock is another one',
    `${node} is no longer held by what was meant. Nothing was touched.`,
    {
      help: `\`sanctl journal ${node}\` shows who holds it now.`,
    },
  );
}
