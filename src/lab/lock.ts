/** One change to the lab at a time. The lock names its process, so that a dead one's lock is no lock. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isRunning, type ProcessRecord } from './process.ts';
import { trouble } from './trouble.ts';

export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, 'lock.json');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  take(path, folder);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string, folder: string): void {
  if (tryTake(path)) return;
  const holder = readHolder(path);
  if (holder !== undefined && isRunning(holder)) {
    throw trouble(
      'lab/busy',
      'Another command is changing the lab',
      `process ${holder.pid} holds ${folder}`,
      'wait for it, or set `SANCTL_LAB_DIR` for a lab of your own',
    );
  }
  rmSync(path, { force: true });
  if (!tryTake(path)) throw trouble('lab/busy', 'Another command is changing the lab', folder, 'try again');
}

function tryTake(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify(identify('lock', process.pid)), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw trouble('lab/folder-not-writable', 'The run folder of the lab cannot be written', String(problem));
  }
}

function readHolder(path: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord;
  } catch {
    return undefined;
  }
}
