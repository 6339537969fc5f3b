/** Whether a backup on this machine still is what it was when it was made: every byte of it is read. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import type { Reading } from '../kinds/reading.ts';
import { type BackupDisk, fileOf, lengthOf, type Manifest, manifestName, parseManifest } from './manifest.ts';
import { beginning, isPart, readPart } from './partial.ts';
import * as no from './refusals.ts';

/** A folder that is a backup, or is called like one that is not whole. */
export interface Found {
  readonly path: string;
  /** Undefined: it is not whole yet. */
  readonly manifest: Reading<Manifest> | undefined;
}

/** The backup that a folder is, or those that are in it. Throws what the file system says. */
export async function backupsIn(folder: string): Promise<readonly Found[]> {
  const own = await backupAt(folder);
  if (own !== undefined) return [own];
  const names = (await readdir(folder)).sort();
  const found = await Promise.all(names.map((name) => backupAt(join(folder, name))));
  return found.filter((one) => one !== undefined);
}

async function backupAt(path: string): Promise<Found | undefined> {
  const isFolder = (await lstat(path)).isDirectory();
  if (!isFolder) return undefined;
  if (path.endsWith('.partial'))
    return (await isThere(join(path, beginning))) ? { path, manifest: undefined } : undefined;
  const manifest = join(path, manifestName);
  return (await isThere(manifest)) ? { path, manifest: parseManifest(await readFile(manifest, 'utf8')) } : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Everything that is wrong with it, part by part. */
export async function verifyBackup({ path, manifest }: Found): Promise<Result<Manifest>> {
  if (manifest === undefined) return failed(no.notWholeYet(path));
  if (!manifest.known) return failed(no.noManifest(path, manifest.why));
  const problems: Diagnostic[] = [];
  for (const disk of manifest.value.disks) problems.push(...(await verifyDisk(path, disk)));
  return problems.length > 0 ? failed(...problems) : ok(manifest.value);
}

async function verifyDisk(folder: string, disk: BackupDisk): Promise<readonly Diagnostic[]> {
  const path = join(folder, fileOf(disk));
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const stat = await file.stat();
    if (!stat.isFile()) return [no.notReadable(path, 'it is not a file')];
    if (stat.size !== disk.bytes) return [no.otherLength(path, disk.bytes, stat.size)];
    return await verifyParts(path, file, disk);
  } catch (cause) {
    return [no.notReadable(path, cause instanceof Error ? cause.message : String(cause))];
  } finally {
    await file?.close();
  }
}

async function verifyParts(
  path: string,
  file: FileHandle,
  { bytes, parts, sha256 }: BackupDisk,
): Promise<readonly Diagnostic[]> {
  const hash = createHash('sha256');
  const wrong: number[] = [];
  for (const [at, word] of parts.entries()) {
    const part = await readPart(file, at, bytes);
    if (!isPart(part, word, lengthOf(at, bytes))) wrong.push(at);
    hash.update(part);
  }
  if (wrong.length > 0) return [no.otherParts(path, wrong)];
  return hash.digest('hex') === sha256 ? [] : [no.otherSum(path)];
}
