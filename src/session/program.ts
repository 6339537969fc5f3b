/** The command line's own words. The only door to commander. */
import { Argument, Command, CommanderError, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { ExitCode } from '../diagnostic.ts';
import { openScreen, type Screen } from '../view/screen.ts';
import type { Io } from './io.ts';

export { Argument, CommanderError, type CommandUnknownOpts, Option };

/** The program and what all verbs share: the surroundings, the `-i` option, and where the exit code goes. */
export interface Session {
  readonly io: Io;
  readonly program: Program;
  screen(options?: { readonly json?: boolean | undefined }): Screen;
  /** What `-i` said, wherever it stood on the line. */
  inventoryOption(): string | undefined;
  /** The inventory that this run is about, where the default is another one: commands in messages then name it. */
  about(inventory: string): void;
  /** A command, or a text with commands in backquotes, for the inventory of this run. */
  named(text: string): string;
  /** From now on this is done to all that is printed: the values of secrets vanish (safety.md 4.4). */
  hide(redact: (text: string) => string): void;
  /** The same, for a text that goes elsewhere. */
  hidden(text: string): string;
  /** From now on something on a node may be changed: a mistake of ours is an outcome that was not learned. */
  touch(): void;
  finish(code: ExitCode): void;
}

/** For an option that is given once for each value: one that took several words would swallow the inventory after it. */
export function together(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

export type Program = ReturnType<typeof newProgram>;

export function newProgram(io: Io, version: string) {
  const screen = openScreen({ ...io, json: false, redact: (text) => text });
  return new Command('sanctl')
    .description(
      'Declarative provisioning of Xen, DRBD and LVM storage nodes over SSH.\nIt never loses data, and it never guesses.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('-i, --inventory <FILE>', 'the inventory; default: $SANCTL_INVENTORY, then ./inventory.yaml')
    .helpOption('-h, --help', 'print this help')
    .commandsGroup('Reference:')
    .helpCommand('help [COMMAND]', 'print the help of a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: screen.print,
      writeErr: screen.mention,
      // Told by main, like any other problem.
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(io.stderr.columns ?? 80, 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 30 });
}
