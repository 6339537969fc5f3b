/** `sanctl snapshot …`: sets of snapshots of a VM, by the playbooks `snapshot-create`, `snapshot-remove` and `snapshot-rollback`. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import { quote } from '../shell/quote.ts';
import type { OverviewOptions } from '../stages/overview.ts';

interface Options extends OverviewOptions {
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
}

const verbs = {
  create: 'snapshot all disks of a VM at one moment; its guest stands still meanwhile, for 10 s at most',
  remove: 'remove a set of snapshots',
  rollback: 'put the disks of a stopped VM back to a set; what was written since is lost',
} as const;

export function snapshotVerb(session: Session): void {
  const snapshot = session.program
    .command('snapshot')
    .description('snapshots of the disks of a VM: make, list, remove, go back')
    .helpGroup('Operate:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  const keys = ['--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen'] as const;
  snapshot
    .command('list')
    .description('every set of snapshots that sanctl made: VM, node, state, volumes')
    .argument('[INVENTORY]', 'the inventory: a YAML file, or a folder of them')
    .option(...keys)
    .option('--json', 'print lines of JSON')
    .action(async (path, options) => session.finish(await showAll(session, path, options)));
  for (const [verb, description] of Object.entries(verbs)) {
    snapshot
      .command(verb)
      .description(description)
      .argument('<VM>', 'a VM of the inventory')
      .argument('<NAME>', 'what the set is called: letters, digits, _ and -')
      .option('--yes', 'do not ask')
      .option('--dry-run', 'show the plan and end')
      .option(...keys)
      .option('--json', 'print lines of JSON')
      .action(async (vm, name, options) => session.finish(await playVerb(session, verb, vm, name, options)));
  }
}

async function showAll(session: Session, path: string | undefined, options: OverviewOptions): Promise<ExitCode> {
  const [{ overview, overviewExit }, { rosterOf, unreadSnapshots }, { snapshotsText }] = await Promise.all([
    import('../stages/overview.ts'),
    import('../kinds/snapshot/roster.ts'),
    import('../view/snapshots.ts'),
  ]);
  const screen = session.screen(options);
  const seen = await overview(session, path, options);
  if (seen === undefined) return exitCode.usage;
  const sets = rosterOf(seen.site, seen.facts);
  if (options.json === true) for (const one of sets) screen.json({ version: 1, type: 'snapshot', ...one });
  else screen.print(snapshotsText(sets, screen.page));
  const unread = unreadSnapshots(seen.facts);
  screen.report([...seen.diagnostics, ...unread]);
  return overviewExit(seen, unread.length === 0, true);
}

async function playVerb(session: Session, verb: string, vm: string, name: string, options: Options): Promise<ExitCode> {
  const { play } = await import('../stages/playing.ts');
  const command = `sanctl snapshot ${verb} ${quote(vm)} ${quote(name)}`;
  const set = [`vm=${vm}`, `name=${name}`];
  return (await play(session, { ...options, playbook: `snapshot-${verb}`, inventory: undefined, set, command })).exit;
}
