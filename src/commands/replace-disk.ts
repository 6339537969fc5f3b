/** `sanctl replace-disk NODE [INVENTORY]`: what stood on a dead disk is rebuilt on a blank one, by the playbook of that name. */
import type { ExitCode } from '../diagnostic.ts';
import { choiceWords } from '../session/again.ts';
import { type Session, together } from '../session/program.ts';
import { quote } from '../shell/quote.ts';

interface Options {
  readonly allowDestroy?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function replaceDiskVerb(session: Session): void {
  session.program
    .command('replace-disk')
    .description('rebuild on a blank disk what a dead one held, from the good copies of its peers')
    .helpGroup('Operate:')
    .argument('<NODE>', 'the node whose disk was replaced; the inventory names the new disk')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option(
      '--allow-destroy <ID>',
      'make a volume that had no other copy anew, empty (`volume/NAME`); once for each',
      together,
    )
    .option(
      '--without <NODE>',
      'leave out a node that is off, and what lives or depends on it; once for each',
      together,
    )
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that speaks against it, or the plan, and end')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (node, inventory, options) => session.finish(await replaceDisk(session, node, inventory, options)));
}

async function replaceDisk(
  session: Session,
  node: string,
  inventory: string | undefined,
  options: Options,
): Promise<ExitCode> {
  const { play } = await import('../stages/playing.ts');
  const words = ['sanctl replace-disk', quote(node), ...(inventory === undefined ? [] : [quote(inventory)])];
  const command = `${words.join(' ')}${choiceWords(options)}`;
  const wish = { ...options, playbook: 'replace-disk', inventory, set: [`node=${node}`], command };
  return (await play(session, wish)).exit;
}
