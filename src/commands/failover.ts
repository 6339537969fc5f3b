/** `sanctl failover NODE [INVENTORY]`: the VMs of a dead node on the other halves of their mirrors, by the playbook `failover`. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import { parseSeconds } from '../quantity.ts';
import { type Session, together } from '../session/program.ts';
import type { FailoverOptions } from '../stages/failing-over.ts';

export function failoverVerb(session: Session): void {
  session.program
    .command('failover')
    .description('start the VMs of a dead node on the other halves of their mirrors, once it is proven dead')
    .helpGroup('Operate:')
    .argument('<NODE>', 'the node that is dead')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option(
      '--word <TEXT>',
      'your word, `NODE is off`, that you have seen that it has no power; its device is not asked',
    )
    .option('--only <VM>', 'start this one alone; once for each', together)
    .option('--age <TIME>', 'for how long a mirror may have been without the node; default: 10min')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that speaks against it, or the plan, and end')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (node, inventory, options) => session.finish(await failover(session, node, inventory, options)));
}

async function failover(
  session: Session,
  node: string,
  inventory: string | undefined,
  options: FailoverOptions,
): Promise<ExitCode> {
  if (options.age !== undefined && parseSeconds(options.age) === undefined) {
    const detail = `\`--age\` takes a time such as 30min, and got \`${options.age}\`.`;
    session.screen(options).report([error('usage/bad-option', 'An option has a value that means nothing', detail)]);
    return exitCode.usage;
  }
  const { failOver } = await import('../stages/failing-over.ts');
  return failOver(session, node, inventory, options);
}
