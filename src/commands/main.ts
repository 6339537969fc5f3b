/** One run of the command line: arguments in, exit code out. Callable within a process, as the tests do. */
import { readFileSync } from 'node:fs';
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import { forInventory } from '../session/again.ts';
import type { Io } from '../session/io.ts';
import { CommanderError, newProgram, type Program, type Session } from '../session/program.ts';
import { wrongLine } from '../session/usage.ts';
import { openScreen } from '../view/screen.ts';
import { verbs } from './verbs.ts';

export type { Io } from '../session/io.ts';

/** Help and the version are 0, a wrong word on the line is 1; everything else is the verb's own answer. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  let touched = false;
  let redact = (text: string): string => text;
  const program = newProgram(io, version());
  // The line is searched where it cannot be understood; a verb knows its own option.
  let asked = argv.includes('--json');
  let inventory: string | undefined;
  const named = (text: string): string => forInventory(text, inventory);
  const session: Session = {
    io,
    program,
    named,
    screen: ({ json = asked } = {}) => openScreen({ ...io, json, redact: (text) => redact(text), named }),
    about(path) {
      inventory = path;
    },
    hide(how) {
      redact = how;
    },
    hidden: (text) => redact(text),
    inventoryOption: () => program.opts().inventory,
    touch() {
      touched = true;
    },
    finish(result) {
      code = result;
    },
  };
  for (const verb of verbs) verb(session);
  program.hook('preAction', (_program, verb) => {
    asked = 'json' in verb.opts();
  });
  try {
    checkHelp(argv, program);
    await program.parseAsync(argv, { from: 'user' });
  } catch (problem) {
    code = touched ? exitCode.failed : exitCode.usage;
    if (!(problem instanceof CommanderError)) session.screen().report([mistake(problem)]);
    else if (problem.exitCode === 0) code = exitCode.done;
    else if (problem.code !== 'commander.help')
      session.screen().report([wrongLine(problem.message, verbIn(argv, program))]);
  }
  const lost = await io.lost?.();
  if (lost === undefined) return code;
  session.screen({ json: false }).report([lostOutput(lost)]);
  return code !== exitCode.done ? code : touched ? exitCode.failed : exitCode.usage;
}

function verbIn(argv: readonly string[], { commands }: Program): string | undefined {
  return argv.find((word) => commands.some((command) => command.name() === word));
}

/** Commander answers a help that nobody wrote with the whole help. */
function checkHelp([first, word]: readonly string[], program: Program): void {
  if (first !== 'help' || word === undefined || verbIn([word], program) !== undefined) return;
  throw new CommanderError(exitCode.usage, 'commander.unknownCommand', `error: unknown command '${word}'`);
}

function lostOutput(problem: Error): Diagnostic {
  return error('output/lost', 'The output was lost', `It could not be written: ${problem.message}.`, {
    help: 'What was printed is not whole; run it again with room for it. `sanctl journal` shows what was done on the nodes.',
  });
}

/** What was thrown is our own mistake: all that helps to find it is shown. */
function mistake(problem: unknown): Diagnostic {
  const detail = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
  return error('internal/mistake', 'A mistake in sanctl', detail, {
    help: 'Please report it, with the command and these lines.',
  });
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
