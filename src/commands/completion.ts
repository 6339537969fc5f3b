/** `sanctl completion SHELL`: completion in the shell. The only door to @bomb.sh/tab, which prints what it makes. */
import type { RootCommand } from '@bomb.sh/tab';
import { exitCode } from '../diagnostic.ts';
import { Argument, type CommandUnknownOpts, type Session } from '../session/program.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

/** The script for bash makes constants, which cannot be made twice: sourced again, it ends here. */
const onceInBash = 'declare -F __sanctl_complete >/dev/null && return 0 2>/dev/null\n';

export function completionVerb({ program, finish, screen }: Session): void {
  program
    .command('completion')
    .description('print a completion script: `source <(sanctl completion bash)`')
    .helpGroup('Reference:')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(shells))
    .action(async (shell) => {
      const { script } = await import('@bomb.sh/tab');
      if (shell === 'bash') screen().print(onceInBash);
      script(shell, 'sanctl', 'sanctl');
      finish(exitCode.done);
    });
  // What those scripts call: `sanctl complete -- plan --of`.
  program
    .command('complete', { hidden: true })
    .argument('[WORDS...]')
    .allowUnknownOption()
    .action(async (words) => {
      const { default: root } = await import('@bomb.sh/tab');
      describe(root, program, '');
      root.parse(words);
      finish(exitCode.done);
    });
}

function offer(choices: readonly string[]): (complete: (value: string, description: string) => void) => void {
  return (complete) => {
    for (const choice of choices) complete(choice, '');
  };
}

/** Every visible command and option, with its choices; what takes a value without choices falls back to files. */
function describe(root: RootCommand, command: CommandUnknownOpts, path: string): void {
  const help = command.createHelp();
  const target = path === '' ? root : root.command(path, command.description());
  for (const option of help.visibleOptions(command)) {
    const name = option.long?.slice(2);
    if (name === undefined) continue;
    const choices = option.argChoices ?? [];
    const takesValue = option.required || option.optional;
    if (takesValue) target.option(name, option.description, offer(choices));
    else target.option(name, option.description);
  }
  for (const argument of command.registeredArguments) {
    const choices = argument.argChoices ?? [];
    target.argument(argument.name(), offer(choices), argument.variadic);
  }
  for (const inner of help.visibleCommands(command))
    describe(root, inner, path === '' ? inner.name() : `${path} ${inner.name()}`);
}
