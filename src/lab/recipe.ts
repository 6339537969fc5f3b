/** What a node image is made from: the readable files in templates/lab, and the digest that names the result. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside src/ in a checkout and beside dist/ in the package. */
export const recipeFolder = fileURLToPath(new URL('../../templates/lab', import.meta.url));

/** Debian 12: what every figure in docs/lab.md was measured with. */
export const suite = 'bookworm';

/** Raised when image.ts makes something else of the same files. */
const formatVersion = 1;

/** Raised beyond the packages' 1.6 GB so that a test may fill some; qcow2 stores only what is written. */
export const rootDiskGiB = 4;

export interface Recipe {
  readonly packages: readonly string[];
  /** Paths that dpkg leaves out. */
  readonly excludes: readonly string[];
  /** A folder that is laid over the essential packages, before the others are unpacked. */
  readonly overlay: string;
  readonly digest: string;
}

export function readRecipe(folder: string = recipeFolder): Recipe {
  return {
    packages: lines(readFileSync(join(folder, 'packages.txt'), 'utf8')),
    excludes: lines(readFileSync(join(folder, 'dpkg-excludes.txt'), 'utf8')),
    overlay: join(folder, 'overlay'),
    digest: digestFolder(folder),
  };
}

/** One word on each line; `#` begins a comment. */
export function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/** Of every file's path, mode bit and content; not of times and owners, which a checkout does not keep. */
export function digestFolder(folder: string): string {
  const hash = createHash('sha256').update(`${formatVersion} ${suite} ${rootDiskGiB}\n`);
  for (const file of listFiles(folder, '')) {
    const path = join(folder, file);
    const executable = (statSync(path).mode & 0o100) !== 0;
    const content = createHash('sha256').update(readFileSync(path)).digest('hex');
    hash.update(`${file} ${executable ? 'x' : '-'} ${content}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function listFiles(folder: string, under: string): readonly string[] {
  return readdirSync(join(folder, under), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(under, entry.name);
      return entry.isDirectory() ? listFiles(folder, path) : [path];
    });
}
