/** `sanctl evacuate NODE [INVENTORY]`: all its running VMs to other nodes, live, each by the playbook `migrate`. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import { wholeNumber } from '../session/usage.ts';
import type { EvacuateOptions } from '../stages/evacuating.ts';

export function evacuateVerb(session: Session): void {
  session.program
    .command('evacuate')
    .description('move all running VMs away from a node, live; all of them, or none')
    .helpGroup('Operate:')
    .argument('<NODE>', 'the node that is to be empty')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option('--parallel <N>', 'how many VMs move at the same time; default: 1', Number)
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that speaks against it, or which VM goes where, and end')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (node, inventory, options) => session.finish(await evacuate(session, node, inventory, options)));
}

async function evacuate(
  session: Session,
  node: string,
  inventory: string | undefined,
  options: EvacuateOptions,
): Promise<ExitCode> {
  const wrong = wholeNumber('--parallel', options.parallel);
  session.screen(options).report(wrong);
  if (wrong.length > 0) return exitCode.usage;
  const { empty } = await import('../stages/evacuating.ts');
  return empty(session, node, inventory, options);
}
