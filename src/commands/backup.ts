/** `sanctl backup …`: a set of snapshots as files on this machine, and what an inventory needs to have it back. */
import { type ExitCode, exitCode } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import type { BackupOptions } from '../stages/backing-up.ts';
import type { OverviewOptions } from '../stages/overview.ts';

interface Options {
  readonly json?: true | undefined;
}

export function backupVerb(session: Session): void {
  const backup = session.program
    .command('backup')
    .description('backups of sets of snapshots, as files on this machine: make, list, verify, restore')
    .helpGroup('Operate:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  backup
    .command('create')
    .description('copy a set of snapshots into a folder, or go on with it; on the nodes it only reads')
    .argument('<VM>', 'a VM of the inventory')
    .argument('<NAME>', 'what the set is called')
    .requiredOption('--to <DIR>', 'a folder that is there: of this machine, or of a node as NODE:/FOLDER')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (vm, name, options) => session.finish(await create(session, vm, name, options)));
  backup
    .command('list')
    .description('the backups in a folder, those that are not whole too; needs no network')
    .argument('<DIR>', 'a folder')
    .option('--json', 'print lines of JSON')
    .action(async (folder, options) => session.finish(await list(session, folder, options)));
  backup
    .command('verify')
    .description('read every byte of a backup, or of all in a folder, and compare')
    .argument('<DIR>', 'a backup, or a folder of them; NODE:/FOLDER: one that a node keeps, and reads')
    .option('--accept-new-host-keys', 'accept and remember the keys of nodes that were never seen')
    .option('--json', 'print lines of JSON')
    .action(async (folder, options) => session.finish(await verify(session, folder, options)));
  backup
    .command('restore')
    .description('verify a backup, and print the volumes that an inventory needs to have it back; changes nothing')
    .argument('<DIR>', 'a backup')
    .option('--json', 'print lines of JSON')
    .action(async (folder, options) => session.finish(await restore(session, folder, options)));
}

async function create(session: Session, vm: string, name: string, options: BackupOptions): Promise<ExitCode> {
  const [{ backUp }, { madeText }] = await Promise.all([
    import('../stages/backing-up.ts'),
    import('../view/backups.ts'),
  ]);
  const screen = session.screen(options);
  const made = await backUp(session, vm, name, options);
  if (!('path' in made)) {
    screen.report(made.diagnostics);
    return made.exit;
  }
  const { path, manifest } = made;
  if (options.json === true) screen.json({ version: 1, type: 'made', path, backup: summaryOf(manifest) });
  else screen.print(madeText(path, manifest, screen.page));
  return made.exit;
}

async function list(session: Session, folder: string, options: Options): Promise<ExitCode> {
  const [{ findBackups }, { backupsText }] = await Promise.all([
    import('../stages/backups.ts'),
    import('../view/backups.ts'),
  ]);
  const screen = session.screen(options);
  const found = await findBackups(folder);
  screen.report(found.diagnostics);
  if (!found.ok) return exitCode.refused;
  if (options.json !== true) screen.print(backupsText(found.value, screen.page));
  else
    for (const { path, manifest } of found.value) {
      const state = manifest === undefined ? 'not whole' : manifest.known ? 'whole' : 'unreadable';
      const backup = manifest?.known === true ? summaryOf(manifest.value) : undefined;
      screen.json({ version: 1, type: 'backup', path, state, backup });
    }
  return exitCode.done;
}

async function verify(session: Session, folder: string, options: OverviewOptions): Promise<ExitCode> {
  const { findBackups, verifyEach, verifyOnNode } = await import('../stages/backups.ts');
  const kept = await verifyOnNode(session, folder, options);
  if (kept !== undefined) return kept;
  const screen = session.screen(options);
  const found = await findBackups(folder);
  screen.report(found.diagnostics);
  if (!found.ok) return exitCode.refused;
  const good = await verifyEach(session, found.value, options);
  return good.length === found.value.length ? exitCode.done : exitCode.pending;
}

async function restore(session: Session, folder: string, options: Options): Promise<ExitCode> {
  const [{ findOne, verifyEach, fileIn }, { restoreText }] = await Promise.all([
    import('../stages/backups.ts'),
    import('../view/backups.ts'),
  ]);
  const screen = session.screen(options);
  const found = await findOne(folder);
  screen.report(found.diagnostics);
  if (!found.ok) return exitCode.refused;
  const [good] = await verifyEach(session, [found.value], options);
  if (good === undefined) return exitCode.refused;
  const text = restoreText(good, (volume) => fileIn(found.value, volume));
  if (options.json === true) {
    screen.json({ version: 1, type: 'restore', inventory: text });
    return exitCode.done;
  }
  screen.print(text);
  screen.mention(
    '\nPut them into the inventory, with the names and replicas that you want. `sanctl apply` makes them, fills them, and compares.\n',
  );
  return exitCode.done;
}

/** Without its parts, of which there may be hundreds of thousands. */
function summaryOf<Disk extends { readonly parts: unknown }>(manifest: { readonly disks: readonly Disk[] }): object {
  return { ...manifest, disks: manifest.disks.map(({ parts: _, ...disk }) => disk) };
}
