/** `sanctl import NODE...`: what was built by hand, as an inventory. It only reads. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

interface Options {
  readonly out?: string | undefined;
  readonly sshConfig?: string | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function importVerb(session: Session): void {
  session.program
    .command('import')
    .description('write an inventory of what stands on nodes that were built by hand; changes nothing there')
    .helpGroup('Look:')
    .argument('<NODE...>', 'machines as ssh names them: `alpha`, `root@10.77.0.11:22`')
    .option('--out <FILE>', 'a new file for the inventory; default: print it')
    .option('--ssh-config <FILE>', 'OpenSSH configuration to read instead of `~/.ssh/config`')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (words, options) => session.finish(await importAll(session, words, options)));
}

async function importAll(session: Session, words: readonly string[], options: Options): Promise<ExitCode> {
  const [{ targetsOf }, { importOver }, { importedText, importedJson, headOf }, { draftText }] = await Promise.all([
    import('../stages/targets.ts'),
    import('../stages/importing.ts'),
    import('../view/imported.ts'),
    import('../adopt/text.ts'),
  ]);
  const screen = session.screen(options);
  const targets = targetsOf(words, options.sshConfig);
  screen.report(targets.diagnostics);
  if (!targets.ok) return exitCode.usage;
  const made = await importOver(session, targets.value, options);
  screen.report(made.diagnostics);
  if (!made.ok) return made.code;
  const { draft, plan, adopt, findings } = made.settled;
  const text = draftText(draft, headOf(words, findings));
  if (options.out !== undefined) {
    const { writeNew } = await import('../stages/importing.ts');
    const written = await writeNew(options.out, text);
    screen.report(written.diagnostics);
    if (!written.ok) return exitCode.usage;
  }
  screen.report(findings);
  const told = { draft, plan, adopt, file: options.out };
  if (options.json === true) screen.json(importedJson(told, text));
  else if (options.out !== undefined) screen.print(importedText(told, screen.page));
  else {
    screen.print(text);
    screen.mention(importedText(told, screen.page));
  }
  // An inventory that was not held against the nodes is not known to be right.
  const whole = plan !== undefined && findings.every(({ severity }) => severity === 'note');
  return whole ? exitCode.done : exitCode.pending;
}
