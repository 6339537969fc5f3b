/** The stages of `sanctl backup list|verify|restore`: backups on this machine, found and held against their manifests. */
import { resolve } from 'node:path';
import { fileOf, type Manifest } from '../backup/manifest.ts';
import { onNodeIn } from '../backup/place.ts';
import * as no from '../backup/refusals.ts';
import { backupsIn, type Found, verifyBackup } from '../backup/verify.ts';
import { verifyDistant } from '../backup/verify-distant.ts';
import { type ExitCode, exitCode, failed, ok, type Result } from '../diagnostic.ts';
import type { Session } from '../session/program.ts';
import { printable } from '../view/printable.ts';
import { noSuchNode, reachOf } from './line.ts';
import type { OverviewOptions } from './overview.ts';
import { loadSite } from './site.ts';

/** All that are in a folder, or the one that it is. */
export async function findBackups(folder: string): Promise<Result<readonly Found[]>> {
  const path = resolve(folder);
  try {
    const found = await backupsIn(path);
    return found.length === 0 ? failed(no.noBackup(path)) : ok(found);
  } catch (cause) {
    return failed(no.notReadable(path, cause instanceof Error ? cause.message : String(cause)));
  }
}

export async function findOne(folder: string): Promise<Result<Found>> {
  const found = await findBackups(folder);
  if (!found.ok) return found;
  const one = found.value.find(({ path }) => path === resolve(folder));
  return one === undefined ? failed(no.noBackup(resolve(folder))) : ok(one);
}

export function fileIn({ path }: Found, volume: string): string {
  return `${path}/${fileOf({ volume })}`;
}

/** Those that are what they were; what is wrong with the others is reported. */
export async function verifyEach(
  session: Session,
  all: readonly Found[],
  options: { readonly json?: true | undefined },
): Promise<readonly Manifest[]> {
  const screen = session.screen(options);
  const good: Manifest[] = [];
  for (const one of all) {
    const result = await screen.meanwhile(`reading ${one.path}`, verifyBackup(one));
    screen.report(result.diagnostics);
    if (result.ok) good.push(result.value);
    if (options.json === true) screen.json({ version: 1, type: 'verified', path: one.path, good: result.ok });
    else if (result.ok) screen.mention(`${printable(one.path)}: every part is what was read from its snapshot\n`);
  }
  return good;
}

/** One that a node keeps, where the folder is `NODE:/FOLDER`; that node reads it. Undefined: it is of this machine. */
export async function verifyOnNode(
  session: Session,
  folder: string,
  options: OverviewOptions,
): Promise<ExitCode | undefined> {
  const place = onNodeIn(folder);
  if (place === undefined) return undefined;
  const screen = session.screen(options);
  const loaded = await loadSite(session);
  screen.report(loaded.diagnostics);
  if (!loaded.ok) return exitCode.usage;
  const site = loaded.value.site;
  const node = Object.hasOwn(site.nodes, place.node) ? site.nodes[place.node] : undefined;
  if (node === undefined) {
    screen.report([noSuchNode(place.node, site)]);
    return exitCode.usage;
  }
  const opened = await reachOf(session, site, options.acceptNewHostKeys).transport.connect(node);
  screen.report(opened.diagnostics);
  if (!opened.ok) return exitCode.refused;
  const reading = verifyDistant(opened.value, place.folder).finally(() => opened.value.close());
  const result = await screen.meanwhile(`reading ${folder}`, reading);
  screen.report(result.diagnostics);
  if (options.json === true) screen.json({ version: 1, type: 'verified', path: folder, good: result.ok });
  else if (result.ok) screen.mention(`${printable(folder)}: every part is what was read from its snapshot\n`);
  if (result.ok) return exitCode.done;
  // Where it could not be read, that is no answer (C5).
  return result.diagnostics.some(({ code }) => code === 'backup/not-readable') ? exitCode.refused : exitCode.pending;
}
