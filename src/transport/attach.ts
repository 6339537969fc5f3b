/** A program that gets this terminal for itself: `lab ssh`. */
import { spawn } from 'node:child_process';

/** Its exit status; 127 when it could not be started, 1 when a signal ended it. */
export function attach([program, ...words]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: 'inherit' });
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
