/** Images on this machine, proven by their hash and opened for reading: what a fill is sent. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Diagnostic, error, failed, ok, type Result } from '../diagnostic.ts';
import type { ImageFile } from '../shell/command.ts';
import { partBytes } from '../shell/fill.ts';
import { run } from './local.ts';

export interface ImageSource {
  /** Of the disk. */
  readonly bytes: number;
  /** Of the disk, which is not that of a file in another format. */
  readonly sha256: string;
  /** That part of it, `partBytes` long, the last one shorter. Throws when it cannot be read. */
  part(at: number): Promise<Uint8Array>;
}

export interface OpenImage extends ImageSource {
  close(): Promise<void>;
}

/** `$XDG_CACHE_HOME/sanctl/images`: the disks of images in another format than raw, until they are filled in. */
export function imagesFolder(env: Readonly<Record<string, string | undefined>>): string {
  const cache = env['XDG_CACHE_HOME'];
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'sanctl/images');
}

export function localFile(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

/** Reads the whole file. One that is not what the inventory says is refused: nothing of it is ever sent. */
export async function openImage(image: ImageFile, folder: string): Promise<Result<OpenImage>> {
  try {
    const found = await hashOf(localFile(image.path));
    if (found !== image.sha256) return failed(otherImage(image, found));
    if (image.format === 'raw') return ok(await opened(localFile(image.path), image.sha256));
    const disk = join(folder, `${image.sha256}.raw`);
    const converted = await convert(image, disk);
    if (!converted.ok) return converted;
    return ok(await opened(disk, await hashOf(disk)));
  } catch (cause) {
    return failed(unreadable(image, cause instanceof Error ? cause.message : String(cause)));
  }
}

async function opened(path: string, sha256: string): Promise<OpenImage> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    bytes: size,
    sha256,
    close: () => file.close(),
    async part(at) {
      const start = at * partBytes;
      const data = Buffer.alloc(Math.min(partBytes, size - start));
      const { bytesRead } = await file.read(data, 0, data.length, start);
      if (bytesRead !== data.length) throw new Error(`${path} ends after ${start + bytesRead} bytes`);
      return data;
    },
  };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  for await (const data of file.createReadStream({ highWaterMark: partBytes })) hash.update(data as Buffer);
  return hash.digest('hex');
}

async function convert(image: ImageFile, disk: string): Promise<Result<undefined>> {
  await mkdir(dirname(disk), { recursive: true, mode: 0o700 });
  const half = `${disk}.half`;
  await rm(half, { force: true });
  const ran = await run(['qemu-img', 'convert', '-f', image.format, '-O', 'raw', localFile(image.path), half]);
  if (ran.code !== 0) {
    await rm(half, { force: true });
    return failed(notConverted(image, ran.stderr.trim()));
  }
  await rename(half, disk);
  return ok(undefined);
}

/** Once all is filled, nobody needs the disks that were made of images. */
export async function forgetImages(images: readonly ImageFile[], folder: string): Promise<void> {
  for (const { sha256 } of images) await rm(join(folder, `${sha256}.raw`), { force: true });
}

function otherImage({ path, sha256 }: ImageFile, found: string): Diagnostic {
  return error(
    'fill/other-image',
    'An image is not the one that the inventory names',
    `${path} has the sha256 ${found}; the inventory says ${sha256}. Nothing was written.`,
    { help: 'Fetch it again, and compare with what its makers publish. If it is the right one, correct `sha256`.' },
  );
}

function unreadable({ path }: ImageFile, why: string): Diagnostic {
  return error('fill/unreadable-image', 'An image cannot be read', `${path}: ${why}.`, {
    help: 'It is read on this machine. Nothing was written.',
  });
}

function notConverted({ path, format }: ImageFile, why: string): Diagnostic {
  return error('fill/not-converted', 'An image cannot be read', `${path} (${format}): ${why || 'qemu-img failed'}`, {
    help: '`qemu-img` reads it, on this machine: Debian has it in `qemu-utils`. It needs room in `~/.cache` for what the image holds. Nothing was written.',
  });
}
