/** The program as a user starts it, from source. */
import { spawn } from 'node:child_process';

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

export function start(words: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of heard) listener();
    });
  }
  const finished = new Promise<Finished>((resolve) => child.on('close', (code) => resolve({ code, output })));
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(output)) resolve();
      };
      heard.push(look);
      look();
      void finished.then(({ code }) => reject(new Error(`ended with ${code} before it said ${pattern}:\n${output}`)));
    });
  return { child, finished, says };
}
