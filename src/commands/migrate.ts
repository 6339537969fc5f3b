/** `sanctl migrate`: moves a running VM by the playbook `migrate`, or puts right what one left that broke off. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';

interface Options {
  readonly cleanup?: true | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly acceptNewHostKeys?: true | undefined;
  readonly json?: true | undefined;
}

export function migrateVerb(session: Session): void {
  session.program
    .command('migrate')
    .description('move a running VM to another node of its mirrors and imports, without stopping it')
    .helpGroup('Operate:')
    .argument('<VM>', 'a VM of the inventory')
    .argument('[HOST]', 'the node where it is to run')
    .option('--cleanup', 'after a move that broke off: find out where it is, and close what is open')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show all that speaks against it, or the plan, and end')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (vm, host, options) => session.finish(await migrate(session, vm, host, options)));
}

async function migrate(
  session: Session,
  vm: string,
  host: string | undefined,
  { cleanup, ...options }: Options,
): Promise<ExitCode> {
  if ((cleanup === true) === (host !== undefined)) {
    const detail =
      host === undefined ? 'Name the node where it is to run.' : 'A cleanup moves nothing: it takes no node.';
    const help = `\`sanctl migrate ${vm} HOST\`, or \`sanctl migrate ${vm} --cleanup\`.`;
    session
      .screen(options)
      .report([error('usage/no-host', 'A move takes a node, and a cleanup takes none', detail, { help })]);
    return exitCode.usage;
  }
  const { play } = await import('../stages/playing.ts');
  const way =
    host === undefined
      ? { playbook: 'migrate-cleanup', set: [`vm=${vm}`], command: `sanctl migrate ${vm} --cleanup` }
      : { playbook: 'migrate', set: [`vm=${vm}`, `to=${host}`], command: `sanctl migrate ${vm} ${host}` };
  return (await play(session, { ...options, ...way, inventory: undefined })).exit;
}
