/** Freshly booted nodes in the cache: their disks with the snapshot in them, and the keys that they trust and show. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run as runProgram } from '../transport/local.ts';
import { beginUnfinished, install } from './cache.ts';
import { type NodeFiles, nodeFiles } from './folders.ts';
import type { Image } from './image.ts';
import { makeKey } from './keys.ts';
import { firstNodes, segments } from './nodes.ts';
import { type Accelerator, blankDiskSize, type Machine, qemuArgv } from './qemu.ts';
import { Trouble, trouble } from './trouble.ts';

/**
 * Names the snapshots: a snapshot loads only into the same QEMU with the same devices, on the same kind of processor
 * (Xen has measured how fast its TSC runs), and holds the image's disks. The command line is that of the first node
 * with every path and port left out.
 */
export function snapshotDigest(
  image: Image,
  accelerator: Accelerator,
  host: { readonly qemuVersion: string; readonly processor: string },
): string {
  const [node] = firstNodes(1);
  if (node === undefined) throw new Error('no first node');
  const ports = { ssh: 0, segments: segments.map(() => ({ node: 0, switch: 0 })) };
  const nowhere = { ...image, folder: '', base: '', xen: '', kernel: '', ramdisk: '' };
  const machine: Machine = { node, ports, accelerator, image: nowhere, files: nodeFiles(''), authorizedKey: '' };
  const parts = [image.digest, host.qemuVersion, host.processor, blankDiskSize, ...qemuArgv(machine, 'boot')];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

export function snapshotFolder(cache: string, digest: string): string {
  return join(cache, `nodes-${digest}`);
}

/**
 * The key that opens all nodes of these snapshots; made once, as the snapshots trust it. Undefined when this user can
 * neither read nor make it (another user's cache): then there are no snapshots to share, either.
 */
export async function ensureIdentity(cache: string, digest: string): Promise<string | undefined> {
  const folder = join(snapshotFolder(cache, digest), 'identity');
  const key = join(folder, 'id_ed25519');
  try {
    if (!existsSync(key)) await makeIdentity(cache, folder);
    await access(key, constants.R_OK);
    return key;
  } catch {
    return undefined;
  }
}

async function makeIdentity(cache: string, folder: string): Promise<void> {
  const work = await beginUnfinished(cache);
  await makeKey(join(work, 'id_ed25519'), 'sanctl-lab');
  await install(work, folder);
}

export function isCached(cache: string, digest: string, node: string): boolean {
  return existsSync(nodeFiles(join(snapshotFolder(cache, digest), node)).disks.root);
}

/** Blank disks and a new host key for a node that is to boot for the first time. */
export async function makeDisks({ node, image, files }: Machine): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await qemuImg(['create', '-q', '-f', 'qcow2', '-b', image.base, '-F', 'qcow2', files.disks.root]);
  await qemuImg(['create', '-q', '-f', 'qcow2', files.disks.data, blankDiskSize]);
  await qemuImg(['create', '-q', '-f', 'qcow2', files.disks.spare, blankDiskSize]);
  await makeKey(files.hostKey, node.name);
}

/** A cached node's disks and host key into the run folder. The image may have moved since: only the path changes. */
export async function fetchDisks(machine: Machine, cache: string, digest: string): Promise<void> {
  await mkdir(machine.files.folder, { recursive: true, mode: 0o700 });
  await copyDisks(nodeFiles(join(snapshotFolder(cache, digest), machine.node.name)), machine.files);
  const { root } = machine.files.disks;
  await qemuImg(['rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', machine.image.base, root]);
}

/** Copies a halted node's disks into the cache. A cache that cannot be written costs time, not the lab. */
export async function keepDisks(machine: Machine, cache: string, digest: string): Promise<void> {
  try {
    const work = await beginUnfinished(cache);
    await copyDisks(machine.files, nodeFiles(work));
    await install(work, join(snapshotFolder(cache, digest), machine.node.name));
  } catch (problem) {
    if (!(problem instanceof Trouble)) throw problem;
  }
}

/** cp knows reflinks and holes: a copy is quick, and free where the file system shares blocks. */
async function copyDisks(source: NodeFiles, target: NodeFiles): Promise<void> {
  const names = ['root', 'data', 'spare'] as const;
  for (const name of names) {
    const ran = await runProgram(['cp', '--reflink=auto', '--sparse=auto', source.disks[name], target.disks[name]]);
    if (ran.code !== 0) throw trouble('lab/copy-failed', 'A disk could not be copied', ran.stderr.trim());
  }
  for (const end of ['', '.pub']) await copyFile(`${source.hostKey}${end}`, `${target.hostKey}${end}`);
}

async function qemuImg(words: readonly string[]): Promise<void> {
  const ran = await runProgram(['qemu-img', ...words]);
  if (ran.code !== 0) throw trouble('lab/disk-failed', 'A disk could not be made', ran.stderr.trim());
}
