/**
 * A backup that is not whole yet: the folder `NAME.partial`. Each disk is a sparse file; beside it stands a line for each part
 * that is in it, written after the part. Whoever goes on reads all of that back first: a part counts only if it is on the disk
 * as its line says. The folder gets its name when everything is flushed and the manifest is in it.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { partBytes } from '../shell/fill.ts';
import { writeFileAtomic } from '../transport/files.ts';
import {
  type BackupDisk,
  type DiskOrigin,
  fileOf,
  lengthOf,
  type Manifest,
  manifestName,
  type Origin,
  parseOrigin,
} from './manifest.ts';
import type { Keeper } from './stream.ts';

/** Says of what it was begun. */
export const beginning = 'begun.json';
const nothing = Buffer.alloc(partBytes);

export interface PartialBackup {
  readonly folder: string;
  readonly disks: readonly PartialDisk[];
  /** Flushes all of it, and gives the folder its name. */
  finish(made: string): Promise<Manifest>;
  close(): Promise<void>;
}

/** Undefined: what is in the folder is of something else. Throws what the file system says. */
export async function openPartial(path: string, origin: Origin): Promise<PartialBackup | undefined> {
  const folder = `${path}.partial`;
  await makeFolder(folder);
  const begun = await readIfThere(join(folder, beginning));
  if (begun !== undefined && !isDeepStrictEqual(parseOrigin(begun), origin)) return undefined;
  if (begun === undefined) await writeFileAtomic(join(folder, beginning), `${JSON.stringify(origin, null, 2)}\n`);
  const disks: PartialDisk[] = [];
  const close = async (): Promise<void> => {
    for (const disk of disks) await disk.close();
  };
  try {
    for (const disk of origin.disks) disks.push(await openDisk(folder, disk));
  } catch (cause) {
    await close();
    throw cause;
  }
  return {
    folder,
    disks,
    close,
    async finish(made) {
      const manifest: Manifest = { ...origin, made, disks: await Promise.all(disks.map((disk) => disk.finish())) };
      await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest)}\n`);
      await flushFolder(folder);
      await rename(folder, path);
      await flushFolder(dirname(path));
      for (const name of [beginning, ...disks.map((disk) => disk.list)]) await rm(join(path, name), { force: true });
      return manifest;
    },
  };
}

class PartialDisk implements Keeper {
  readonly volume: string;
  readonly bytes: number;
  /** The name of the list of its parts. */
  readonly list: string;
  readonly #origin: DiskOrigin;
  readonly #data: FileHandle;
  readonly #lines: FileHandle;
  readonly #parts: string[];
  readonly #hash: Hash;

  constructor(origin: DiskOrigin, data: FileHandle, lines: FileHandle, { parts, hash }: Found) {
    this.#origin = origin;
    this.volume = origin.volume;
    this.bytes = origin.bytes;
    this.list = listOf(origin);
    this.#data = data;
    this.#lines = lines;
    this.#parts = [...parts];
    this.#hash = hash;
  }

  get at(): number {
    return this.#parts.length;
  }

  async keep(part: Uint8Array | 'zeros'): Promise<void> {
    const bytes = part === 'zeros' ? nothing.subarray(0, lengthOf(this.at, this.bytes)) : part;
    if (part !== 'zeros') await writeAll(this.#data, part, this.at * partBytes);
    const word = part === 'zeros' ? part : sumOf(bytes);
    await this.#lines.appendFile(`${word}\n`);
    this.#hash.update(bytes);
    this.#parts.push(word);
  }

  async finish(): Promise<BackupDisk> {
    await this.#data.sync();
    return { ...this.#origin, sha256: this.#hash.copy().digest('hex'), parts: this.#parts };
  }

  async close(): Promise<void> {
    await this.#data.close();
    await this.#lines.close();
  }
}

/** The parts that are there and whole, from the first one on; what stands behind them is cut off. */
async function openDisk(folder: string, origin: DiskOrigin): Promise<PartialDisk> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const list = join(folder, listOf(origin));
  const data = await open(join(folder, fileOf(origin)), flags, 0o600);
  const lines = await open(list, flags | constants.O_APPEND, 0o600);
  const found = await whatIsThere(data, (await lines.readFile('utf8')).split('\n').slice(0, -1), origin.bytes);
  const text = found.parts.map((part) => `${part}\n`).join('');
  await lines.truncate(text.length);
  await data.truncate(Math.min(found.parts.length * partBytes, origin.bytes));
  await data.truncate(origin.bytes);
  return new PartialDisk(origin, data, lines, found);
}

interface Found {
  readonly parts: readonly string[];
  readonly hash: Hash;
}

async function whatIsThere(data: FileHandle, lines: readonly string[], bytes: number): Promise<Found> {
  const hash = createHash('sha256');
  const parts: string[] = [];
  for (const line of lines) {
    const at = parts.length;
    if (at * partBytes >= bytes) break;
    const part = await readPart(data, at, bytes);
    if (!isPart(part, line, lengthOf(at, bytes))) break;
    hash.update(part);
    parts.push(line);
  }
  return { parts, hash };
}

/** Shorter where the file ends. */
export async function readPart(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const part = Buffer.alloc(lengthOf(at, bytes));
  let length = 0;
  while (length < part.length) {
    const { bytesRead } = await file.read(part, length, part.length - length, at * partBytes + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return part.subarray(0, length);
}

/** Whether that is the part of which a list says so: its checksum, or `zeros`. */
export function isPart(part: Buffer, word: string, bytes: number): boolean {
  if (part.length !== bytes) return false;
  return word === 'zeros' ? part.equals(nothing.subarray(0, bytes)) : sumOf(part) === word;
}

async function writeAll(file: FileHandle, data: Uint8Array, start: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, start + done);
    done += bytesWritten;
  }
}

function sumOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function listOf(origin: DiskOrigin): string {
  return `${origin.volume}.parts`;
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Its own parent must be there: a disk that is not mounted is not filled by mistake. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined;
    throw cause;
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
