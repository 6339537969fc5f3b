/** The node image: Debian with Xen and the storage tools, one ext4 file system, the same for all nodes. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../transport/local.ts';
import { type AptSetup, readAptSetup } from './apt.ts';
import { beginUnfinished, install } from './cache.ts';
import { type OnEvent, told } from './events.ts';
import { type Recipe, rootDiskGiB, suite } from './recipe.ts';
import { stopIfAsked, trouble } from './trouble.ts';

export interface Image {
  readonly folder: string;
  readonly digest: string;
  readonly base: string;
  readonly xen: string;
  readonly kernel: string;
  readonly ramdisk: string;
}

export function imageIn(cache: string, digest: string): Image {
  const folder = join(cache, `image-${digest}`);
  return {
    folder,
    digest,
    base: join(folder, 'base.qcow2'),
    xen: join(folder, 'xen.elf'),
    kernel: join(folder, 'vmlinuz'),
    ramdisk: join(folder, 'initrd.img'),
  };
}

/** A folder is renamed into place when it is complete, so being there is being whole. */
export function isBuilt(image: Image): boolean {
  return existsSync(image.base);
}

export interface BuildOptions {
  readonly onEvent?: OnEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Builds the image when it is not in the cache. */
export async function ensureImage(cache: string, recipe: Recipe, options: BuildOptions): Promise<Image> {
  const image = imageIn(cache, recipe.digest);
  if (isBuilt(image)) return image;
  const work = await beginUnfinished(cache);
  try {
    await told(options.onEvent, { what: 'node image' }, () => build(work, recipe, options));
    await install(work, image.folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

async function build(work: string, recipe: Recipe, options: BuildOptions): Promise<void> {
  const apt = await readAptSetup();
  const files = {
    overlay: join(work, 'overlay.tar'),
    sources: join(work, 'sources.list'),
    tar: join(work, 'root.tar'),
  };
  await must(work, ['tar', '-C', recipe.overlay, ...rootOwned, '-cf', files.overlay, 'etc', 'usr'], 'overlay', options);
  await writeFile(files.sources, `${apt.sources.join('\n')}\n`);
  await must(work, debootstrapArgv(recipe, apt, files), 'packages', options);
  await must(work, packArgv(work), 'file system', options);
  for (const file of Object.values(files)) await rm(file);
}

const rootOwned = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--mode=u=rwX,go=rX'] as const;

/**
 * mmdebstrap and not debootstrap: that one leaves python3-cryptography unconfigured and its fake start-stop-daemon
 * behind, so that xenstored never starts (lab.md). `setpriv` ends it should this process be killed.
 */
export function debootstrapArgv(
  recipe: Recipe,
  apt: AptSetup,
  files: { readonly overlay: string; readonly sources: string; readonly tar: string },
): readonly string[] {
  return [
    ...['setpriv', '--pdeathsig', 'TERM', 'mmdebstrap', '--variant=minbase', '--mode=auto', '--format=tar'],
    ...apt.options.map((option) => `--aptopt=${option}`),
    ...recipe.excludes.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--include=${recipe.packages.join(',')}`,
    `--essential-hook=tar-in '${files.overlay}' /`,
    '--customize-hook=chroot "$1" sh /usr/lib/sanctl-lab/customise',
    ...[suite, files.tar, ...(apt.sources.length === 0 ? [] : [files.sources])],
  ];
}

/**
 * The file system is made from a folder by mke2fs, so that nothing is mounted; owners and device nodes need root, or a
 * user namespace in which one is root: mmdebstrap's helper provides it. In there the user's own folders are a
 * stranger's, so the archive comes in by standard input and the four files leave by standard output. Nobody may make a
 * device node in there (mknod(2), EPERM); a node has its own from the kernel (devtmpfs) when it boots.
 */
const packScript = `set -eu
exec 3>&1 >&2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; trap 'exit 1' INT TERM
cd "$work"; mkdir root; tar -C root --numeric-owner "$@" -x
cp root/boot/vmlinuz-* vmlinuz; cp root/boot/initrd.img-* initrd.img; gunzip -c root/boot/xen-*-amd64.gz >xen.elf
PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -d root base.raw ${rootDiskGiB}G
rm -r root; qemu-img convert -O qcow2 base.raw base.qcow2; rm base.raw
chmod 644 *; tar -c base.qcow2 vmlinuz initrd.img xen.elf >&3`;

function packArgv(work: string): readonly string[] {
  const inside = isRoot() ? [] : ['mmdebstrap', '--unshare-helper'];
  const without = isRoot() ? [] : ['--exclude=./dev/*'];
  const around = 'folder=$1; shift; "$@" <"$folder/root.tar" | tar -C "$folder" --no-same-owner -x';
  return ['sh', '-c', around, 'sh', work, ...inside, 'sh', '-c', packScript, 'sh', ...without];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function must(work: string, argv: readonly string[], what: string, options: BuildOptions): Promise<void> {
  stopIfAsked(options.signal);
  // Root's scratch files belong where the next `up` clears them; a user namespace cannot write to this folder.
  const env = isRoot() ? { TMPDIR: work } : {};
  const ran = await run(argv, { env, ...(options.signal === undefined ? {} : { signal: options.signal }) });
  stopIfAsked(options.signal);
  if (ran.code === 0) return;
  const last = ran.stderr.trim().split('\n').slice(-8).join('\n');
  throw trouble(
    'lab/image-failed',
    'The node image could not be built',
    `${what}: ${argv[0]} exit ${ran.code ?? 'unknown'}\n${last}`,
    '`sanctl lab up` tries again; the mirror is the one of this machine (`apt-get indextargets`)',
  );
}
