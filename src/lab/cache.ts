/** The cache is filled by folders that are whole: made aside, under their owner's name, and renamed into place. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { identify, isRunning, type ProcessRecord } from './process.ts';
import { trouble } from './trouble.ts';

/** Puts a finished folder in its place. Another `up` may have been quicker: then its folder stays, and ours goes. */
export async function install(work: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await rm(join(work, 'owner.json'), { force: true });
  try {
    await rename(work, folder);
  } catch (problem) {
    await rm(work, { recursive: true, force: true });
    const { code = '' } = problem as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw problem;
  }
}

/** A folder for something that is being made, with the process that makes it on record. */
export async function beginUnfinished(cache: string): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, 'unfinished-'));
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'owner.json'), JSON.stringify(identify('owner', process.pid)));
    return folder;
  } catch (problem) {
    throw trouble(
      'lab/cache-not-writable',
      'The cache folder of the lab cannot be written',
      problem instanceof Error ? problem.message : String(problem),
      'set `SANCTL_LAB_CACHE` to a folder that is yours',
    );
  }
}

/** Removes what dead processes left unfinished in the cache, as far as this user may. */
export async function clearUnfinished(cache: string): Promise<void> {
  const names = await readdir(cache).catch(() => []);
  for (const name of names.filter((one) => one.startsWith('unfinished-'))) {
    const folder = join(cache, name);
    const owner = await readFile(join(folder, 'owner.json'), 'utf8').then(JSON.parse, () => undefined);
    // Without an owner it may be one that another process is just about to sign.
    if (owner === undefined || isRunning(owner as ProcessRecord)) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
