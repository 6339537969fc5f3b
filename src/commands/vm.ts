/** `sanctl vm …`: where VMs run; starts and stops them, by the playbooks `vm-start`, `vm-stop` and `vm-destroy`. */
import { type Diagnostic, type ExitCode, error, exitCode } from '../diagnostic.ts';
import { choiceWords } from '../session/again.ts';
import { type Session, together } from '../session/program.ts';
import type { OverviewOptions } from '../stages/overview.ts';
import type { Ran } from '../stages/run.ts';

interface Options extends OverviewOptions {
  readonly without?: readonly string[] | undefined;
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly timeout?: string | undefined;
}

export function vmVerb(session: Session): void {
  const vm = session.program
    .command('vm')
    .description('virtual machines: where they run; start one, stop one')
    .helpGroup('Operate:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  const without = ['--without <NODE>', 'leave out a node that is off; once for each', together] as const;
  const keys = ['--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen'] as const;
  vm.command('list')
    .description('every VM of the inventory and every domain found: state, node, home, memory, disks')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option(...keys)
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await showAll(session, path, options)));
  vm.command('start')
    .description('start a VM at home, where it is proven to run nowhere else')
    .argument('<VM>', 'a VM of the inventory')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'show the plan and end')
    .option(...without)
    .option(...keys)
    .option('--json', 'print lines of JSON')
    .action(async (name, options) => session.finish(await start(session, name, options)));
  vm.command('stop')
    .description('ask a VM to shut down and wait until it is gone; if it does not go, ask before it is destroyed')
    .argument('<VM>', 'a VM of the inventory')
    .option('--timeout <SECONDS>', 'how long its guest may take; default: 120')
    .option('--yes', 'do not ask before it is shut down')
    .option('--dry-run', 'show the plan and end')
    .option(...without)
    .option(...keys)
    .option('--json', 'print lines of JSON')
    .action(async (name, options) => session.finish(await stop(session, name, options)));
}

async function showAll(session: Session, path: string | undefined, options: OverviewOptions): Promise<ExitCode> {
  const [{ overview, overviewExit }, { roster }, { guestsText }] = await Promise.all([
    import('../stages/overview.ts'),
    import('../kinds/domain/roster.ts'),
    import('../view/guests.ts'),
  ]);
  const screen = session.screen(options);
  const seen = await overview(session, path, options);
  if (seen === undefined) return exitCode.usage;
  const { guests, problems } = roster(seen.site, seen.facts);
  if (options.json === true) for (const guest of guests) screen.json({ version: 1, type: 'vm', ...guest });
  else screen.print(guestsText(guests, screen.page));
  screen.report([...seen.diagnostics, ...problems]);
  return overviewExit(seen, problems.length === 0, true);
}

async function start(session: Session, vm: string, options: Options): Promise<ExitCode> {
  const { play } = await import('../stages/playing.ts');
  const command = `sanctl vm start ${vm}${choiceWords(options)}`;
  const wish = { ...options, playbook: 'vm-start', inventory: undefined, set: [`vm=${vm}`], command };
  return (await play(session, wish)).exit;
}

async function stop(session: Session, vm: string, { timeout, ...options }: Options): Promise<ExitCode> {
  const { play } = await import('../stages/playing.ts');
  const command = `sanctl vm stop ${vm}${timeout === undefined ? '' : ` --timeout ${timeout}`}${choiceWords(options)}`;
  const set = [`vm=${vm}`, ...(timeout === undefined ? [] : [`timeout=${timeout}`])];
  const ran = await play(session, { ...options, playbook: 'vm-stop', inventory: undefined, set, command });
  return isOutlasted(ran) ? destroy(session, vm, options) : ran.exit;
}

/** The guest was asked, and the time is over: a wait that ends so says 124 (docs/protocol.md). */
function isOutlasted({ outcome }: Ran): boolean {
  return [...(outcome?.steps ?? [])].some(
    ([id, step]) => id.endsWith('#shutdown') && step.is === 'failed' && step.code === 124,
  );
}

/** X7: never without a yes to this very question; `--yes` was said to the shutdown. */
async function destroy(session: Session, vm: string, options: Options): Promise<ExitCode> {
  const screen = session.screen(options);
  const command = `sanctl run vm-destroy --set vm=${vm}${choiceWords(options)}`;
  if (session.io.stdin.isTTY !== true || options.json === true) {
    screen.report([stillRuns(vm, command)]);
    return exitCode.failed;
  }
  const { play } = await import('../stages/playing.ts');
  screen.print(`\n${vm} did not shut down in time. This would end it:\n\n`);
  const left = `${vm} was not destroyed; it may still shut down.`;
  const wish = {
    ...options,
    yes: undefined,
    playbook: 'vm-destroy',
    inventory: undefined,
    set: [`vm=${vm}`],
    command,
    left,
  };
  const { exit } = await play(session, wish);
  return exit === exitCode.done ? exit : exitCode.failed;
}

function stillRuns(vm: string, command: string): Diagnostic {
  const detail = `${vm} was asked to shut down and did not in time. It was not destroyed: what its guest has not written to its disks would be lost.`;
  return error('vm/still-running', 'A VM did not shut down in time', detail, {
    help: `Look at its console, wait and try again; or end it: \`${command}\`.`,
  });
}
