/** One run of the command line: arguments in, exit code out. Callable within a process, as the tests do. */
import { readFileSync } from 'node:fs';
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import { openScreen } from '../view/screen.ts';
import { forInventory } from './again.ts';
import type { Io } from './io.ts';
import { CommanderError, newProgram, type Session } from './program.ts';
import { verbs } from './verbs.ts';

export type { Io } from './io.ts';

/** Help and the version are 0, a wrong word on the line is 1; everything else is the verb's own answer. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  let touched = false;
  let redact = (text: string): string => text;
  const program = newProgram(io, version());
  let inventory: string | undefined;
  const named = (text: string): string => forInventory(text, inventory);
  const session: Session = {
    io,
    program,
    named,
    screen: ({ json = false } = {}) => openScreen({ ...io, json, redact: (text) => redact(text), named }),
    about(path) {
      inventory = path;
    },
    hide(how) {
      redact = how;
    },
    inventoryOption: () => program.opts().inventory,
    touch() {
      touched = true;
    },
    finish(result) {
      code = result;
    },
  };
  for (const verb of verbs) verb(session);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (problem) {
    if (problem instanceof CommanderError) return problem.exitCode === 0 ? exitCode.done : exitCode.usage;
    session.screen().report([mistake(problem)]);
    return touched ? exitCode.failed : exitCode.usage;
  }
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
