#!/usr/bin/env node
/** The door: what belongs to this process is handed in here, and here alone it ends. */
import { setImmediate } from 'node:timers/promises';
import { type Io, main } from './commands/main.ts';

let problem: Error | undefined;
// A reader who went away (`sanctl plan | head`, a closed terminal) or a full disk must not end an apply half way.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE' && cause.code !== 'EIO') problem ??= cause;
  });
}

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  async lost() {
    // Files are written at once, and what went wrong is told a moment later.
    await setImmediate();
    return problem;
  },
  onInterrupt(handler) {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, handler);
    return () => {
      for (const signal of signals) process.off(signal, handler);
    };
  },
};

process.exit(await main(process.argv.slice(2), io));
