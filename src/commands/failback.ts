/** `sanctl failback [NODE] [INVENTORY]`: VMs that run elsewhere go home, live, once their mirrors are whole again. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import { parseSeconds } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import type { FailbackOptions } from '../stages/failing-back.ts';

export function failbackVerb(session: Session): void {
  session.program
    .command('failback')
    .description('move VMs that run elsewhere home, live, one after the other, once their mirrors are in sync')
    .helpGroup('Operate:')
    .argument('[NODE]', 'the home to which they go; default: each to its own')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--timeout <TIME>', 'for how long a sync is waited for', '1440min')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that speaks against it, or which VM goes where, and end; no sync is waited for')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (node, inventory, options) => session.finish(await failback(session, node, inventory, options)));
}

async function failback(
  session: Session,
  node: string | undefined,
  inventory: string | undefined,
  options: FailbackOptions,
): Promise<ExitCode> {
  const seconds = parseSeconds(options.timeout);
  if (seconds === undefined) {
    const detail = `\`--timeout\` takes a time such as 30min, and got \`${options.timeout}\`.`;
    session.screen(options).report([error('usage/bad-option', 'An option has a value that means nothing', detail)]);
    return exitCode.usage;
  }
  const { failBack } = await import('../stages/failing-back.ts');
  return failBack(session, node, inventory, { ...options, timeoutSeconds: seconds });
}
