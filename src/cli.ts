#!/usr/bin/env node
/** The door: what belongs to this process is handed in here, and here alone it ends. */
import { type Io, main } from './commands/main.ts';

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  onInterrupt(handler) {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, handler);
    return () => {
      for (const signal of signals) process.off(signal, handler);
    };
  },
};

// A reader who went away (`sanctl plan | head`, a closed terminal) must not end an apply half way.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (problem: NodeJS.ErrnoException) => {
    if (problem.code !== 'EPIPE' && problem.code !== 'EIO') throw problem;
  });
}

process.exit(await main(process.argv.slice(2), io));
