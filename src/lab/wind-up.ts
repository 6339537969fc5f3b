/** Ends the lab's processes and removes its files: for `down`, for an `up` that failed, and for what a dead one left. */
import { rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFiles } from './folders.ts';
import { nodeNames } from './nodes.ts';
import { endProcess, readRecords } from './process.ts';
import { timeoutSeconds } from './timeouts.ts';

/** Removes only what the lab makes, by name: `SANCTL_LAB_DIR` may point to a folder that holds other things. */
export async function windUp(run: RunFiles): Promise<void> {
  const records = [...readRecords(run.processes).values()];
  await Promise.all(
    records.map((record) =>
      endProcess(run.processes, record, { signal: 'SIGKILL', timeoutSeconds: timeoutSeconds('end', records.length) }),
    ),
  );
  const { folder, ...own } = run;
  const paths = [...Object.values(own), `${run.identity}.pub`, ...nodeNames.map((name) => join(folder, name))];
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** Removes the run folder itself if nothing else is in it; only when its lock is gone. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else's files are in it, or it is not there.
  }
}
