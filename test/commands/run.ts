/** A whole run of the command line within this process: arguments in; exit code and what was printed out. */
import { PassThrough } from 'node:stream';
import type { Clock } from '../../src/apply/clock.ts';
import { type Io, main } from '../../src/commands/main.ts';
import type { Transport } from '../../src/transport/connection.ts';

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Around {
  readonly env?: NodeJS.ProcessEnv;
  readonly transport?: Transport;
  readonly clock?: Clock;
  readonly lost?: Io['lost'];
  /** What the person types; without it, nobody is there. */
  readonly typed?: string;
  /** Printed to a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Called with what was printed so far, before each print; returns true to press Ctrl-C. */
  readonly interrupt?: (printed: string) => boolean;
  /** Gets what presses Ctrl-C, once somebody listens for it. */
  readonly armed?: (press: () => void) => void;
}

export async function sanctl(argv: readonly string[], around: Around = {}): Promise<Run> {
  const printed = { stdout: '', stderr: '' };
  let interrupt: () => void = () => undefined;
  const sink = (name: 'stdout' | 'stderr') => ({
    ...(around.terminal === undefined ? {} : { isTTY: true, ...around.terminal }),
    write(text: string) {
      printed[name] += text;
      if (around.interrupt?.(printed.stdout) === true) interrupt();
    },
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: around.typed !== undefined });
  stdin.end(around.typed ?? '');
  const io: Io = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin,
    env: around.env ?? {},
    onInterrupt(handler) {
      interrupt = handler;
      around.armed?.(handler);
      return () => {
        interrupt = () => undefined;
      };
    },
    ...(around.lost === undefined ? {} : { lost: around.lost }),
    ...(around.transport === undefined ? {} : { transport: around.transport }),
    ...(around.clock === undefined ? {} : { clock: around.clock }),
  };
  return { code: await main(argv, io), ...printed };
}
