/** `sanctl backup create`: the set is found, its folder is begun or gone on with, and filled from the node. On the nodes it only reads. */
import { lstat, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { takeControllerLock } from '../apply/controller-lock.ts';
import { Line } from '../apply/line.ts';
import { openPartial, type PartialBackup } from '../backup/partial.ts';
import { onNodeIn } from '../backup/place.ts';
import { receive } from '../backup/receive.ts';
import * as no from '../backup/refusals.ts';
import { type Diagnostic, type ExitCode, error, exitCode, failed, ok, type Result } from '../diagnostic.ts';
import type { Site } from '../kinds/site.ts';
import { backupSource } from '../kinds/snapshot/backup.ts';
import { badName } from '../kinds/snapshot/refusals.ts';
import { setName } from '../kinds/snapshot/sets.ts';
import type { Session } from '../session/program.ts';
import { partBytes } from '../shell/fill.ts';
import type { Connection } from '../transport/connection.ts';
import { type Copying, type Made, reconnectSeconds, send, untilInterrupted } from './copying.ts';
import { noSuchNode, reachOf } from './line.ts';
import { lookAtEach } from './looking.ts';
import type { OverviewOptions } from './overview.ts';
import { loadSite } from './site.ts';
import { unprovenCopy } from './unproven.ts';

export interface BackupOptions extends OverviewOptions {
  /** The folder that backups are in; `NODE:/FOLDER` is one of a node. */
  readonly to: string;
}

export async function backUp(session: Session, vm: string, set: string, options: BackupOptions): Promise<Made> {
  const screen = session.screen(options);
  const loaded = await loadSite(session);
  if (!loaded.ok) return { exit: exitCode.usage, diagnostics: loaded.diagnostics };
  screen.report(loaded.diagnostics);
  const { site } = loaded.value;
  const found = Object.hasOwn(site.vms, vm) ? site.vms[vm] : undefined;
  if (found === undefined || !setName.test(set))
    return { exit: exitCode.usage, diagnostics: [found === undefined ? noSuchVm(vm, site) : badName(set)] };
  const target = onNodeIn(options.to);
  if (target !== undefined && !Object.hasOwn(site.nodes, target.node))
    return { exit: exitCode.usage, diagnostics: [noSuchNode(target.node, site)] };
  const held = target === undefined ? undefined : unprovenCopy(session.io.env);
  if (held !== undefined) return { exit: exitCode.refused, diagnostics: [held] };
  const name = `${vm}.at.${set}`;
  const folder = resolve(options.to);
  const path = join(folder, name);
  const place = target === undefined ? await isFree(folder, path) : ok(undefined);
  if (!place.ok) return { exit: exitCode.refused, diagnostics: place.diagnostics };
  const reach = reachOf(session, site, options.acceptNewHostKeys);
  const { facts, diagnostics } = await lookAtEach(session, site, reach);
  const source = backupSource(found, set, site, facts);
  // A node that has nothing of the set may be away.
  screen.report(source.ok ? diagnostics.map(asWarning) : diagnostics);
  if (!source.ok) return { exit: exitCode.refused, diagnostics: source.diagnostics };
  const node = site.nodes[source.value.node];
  if (node === undefined) throw new Error(`the site has no node ${source.value.node}`);
  const { disks } = source.value;
  const origin = { version: 1, type: 'backup', site: site.name, vm, set, node: node.name, partBytes } as const;
  const begun = { ...origin, disks: disks.map(({ volume, group, uuid, bytes }) => ({ volume, group, uuid, bytes })) };
  const job = { session, options, path, disks, origin: begun, connect: () => reach.transport.connect(node) };
  const keeper = site.nodes[target?.node ?? ''];
  if (target !== undefined && keeper !== undefined)
    return send({ ...job, folder: target.folder, name, reach: () => reach.transport.connect(keeper) });
  return locked(folder, name, () => copy(job));
}

function asWarning(one: Diagnostic): Diagnostic {
  return one.severity === 'error' ? { ...one, severity: 'warning' } : one;
}

function noSuchVm(name: string, { vms }: Site): Diagnostic {
  return error('usage/unknown-vm', 'There is no such VM', `The inventory has no VM \`${name}\`.`, {
    help: `Its VMs are ${Object.keys(vms).join(', ')}.`,
  });
}

async function isFree(folder: string, path: string): Promise<Result<undefined>> {
  const parent = await stat(folder).catch(() => undefined);
  if (parent?.isDirectory() !== true) return failed(no.notWritable(folder, 'there is no such folder'));
  return lstat(path).then(
    () => failed(no.isThere(path)),
    () => ok(undefined),
  );
}

/** Two that add to one folder would take each other's parts for their own. */
async function locked(folder: string, name: string, work: () => Promise<Made>): Promise<Made> {
  let exit: ExitCode = exitCode.refused;
  try {
    const taken = takeControllerLock(folder, name, `backup create ${name}`);
    if (!taken.ok) return { exit, diagnostics: [no.busy(join(folder, name), taken.who)] };
    exit = exitCode.failed;
    return await work().finally(() => taken.lock.release());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { exit, diagnostics: [no.notWritable(join(folder, name), why)] };
  }
}

interface Job extends Copying {
  readonly path: string;
}

/** Throws what the file system says. */
async function copy(job: Job): Promise<Made> {
  const { session, options, path, origin } = job;
  const opening = openPartial(path, origin);
  const partial = await session.screen(options).meanwhile('reading what is here already', opening);
  if (partial === undefined) return { exit: exitCode.refused, diagnostics: [no.ofAnother(`${path}.partial`)] };
  try {
    const opened = await job.connect();
    if (!opened.ok) return { exit: exitCode.refused, diagnostics: opened.diagnostics };
    const came = await take(job, partial, opened.value).finally(() => opened.value.close());
    if (!came.ok) return { exit: exitCode.failed, diagnostics: came.diagnostics };
    if (came.value === 'interrupted')
      return { exit: exitCode.interrupted, diagnostics: [no.interrupted(partial.folder)] };
    return { exit: exitCode.done, path, manifest: await partial.finish(new Date().toISOString()) };
  } finally {
    await partial.close();
  }
}

async function take(
  job: Job,
  partial: PartialBackup,
  connection: Connection,
): Promise<Result<'whole' | 'interrupted'>> {
  const { disks: kept, folder } = partial;
  return untilInterrupted(job, kept, async ({ signal, clock, progress }) => {
    const line = new Line(connection, { connect: job.connect, clock, reconnectSeconds, onEvent: progress.event });
    try {
      return await receive({ line, clock, disks: job.disks, kept, folder, signal, onPart: progress.part });
    } finally {
      line.close();
    }
  });
}
