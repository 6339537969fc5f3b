/** Temporary folders of a run. They go with it, however it ends, and so do the processes that were started in them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** 0700, as mkdtemp(3) makes it. */
export interface Folder {
  readonly path: string;
  /** Starts a program that lives as long as the folder; it is ended by its own process number. */
  start(program: string, words: readonly string[]): ChildProcess;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'sanctl-bench-'));
  const children: ChildProcess[] = [];
  const remove = (): void => {
    process.off('exit', remove);
    for (const child of children.splice(0)) child.kill('SIGTERM');
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return {
    path,
    remove,
    start(program, words) {
      // In a group of its own: Ctrl-C is for us, who then end it in order.
      const child = spawn(program, words, { stdio: 'ignore', detached: true });
      children.push(child);
      return child;
    },
  };
}
