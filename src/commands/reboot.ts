/** `sanctl reboot [NODE...]`: nodes boot one after the other, with a look between them; what runs there leaves before, and comes home after. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import { parseSeconds } from '../quantity.ts';
import type { Session } from '../session/program.ts';
import type { RebootOptions } from '../stages/rolling.ts';

export function rebootVerb(session: Session): void {
  session.program
    .command('reboot')
    .description('reboot nodes one after the other; their VMs leave before, live, and come home when all is whole')
    .helpGroup('Operate:')
    .argument('[NODE...]', 'the nodes that are to boot; default: all')
    .option('--timeout <TIME>', 'for how long a node may take to come back', '20min')
    .option('--anew', 'forget one that was broken off, and which VMs are to come home; default: go on with it')
    .option('--yes', 'do not ask')
    .option(
      '--dry-run',
      'show all that speaks against it, or which node boots when and what the first one is told, and end',
    )
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (nodes, options) => session.finish(await rebootAll(session, nodes, options)));
}

async function rebootAll(session: Session, nodes: readonly string[], options: RebootOptions): Promise<ExitCode> {
  const seconds = parseSeconds(options.timeout);
  if (seconds === undefined) {
    const detail = `\`--timeout\` takes a time such as 30min, and got \`${options.timeout}\`.`;
    session.screen(options).report([error('usage/bad-option', 'An option has a value that means nothing', detail)]);
    return exitCode.usage;
  }
  const { reboot } = await import('../stages/rebooting.ts');
  return reboot(session, nodes, { ...options, timeoutSeconds: seconds });
}
