/** A path with a round trip time to ports of loopback, and how long its round trips really take. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { median } from '../abba.ts';
import { listen } from './listen.ts';

export interface DelayProxy {
  /** Port on 127.0.0.1 for each target port, in their order. */
  readonly ports: readonly number[];
  /** Seconds that a round trip through it really takes now: timers are never early, and late on a busy machine. */
  roundTrip(): Promise<number>;
  close(): void;
}

const program = fileURLToPath(new URL('delay.child.ts', import.meta.url));

export async function delayProxy(targets: readonly number[], roundTripMilliseconds: number): Promise<DelayProxy> {
  const echo = createServer({ noDelay: true }, (socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  const words = [roundTripMilliseconds, ...targets, await listen(echo)].map(String);
  // Its stdin ends with this process, however that ends; and it ends with its stdin.
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const answer = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as readonly unknown[];
  const ports = JSON.parse(String(answer[0])) as readonly number[];
  const socket = connect({ host: '127.0.0.1', port: ports.at(-1) ?? 0, noDelay: true });
  await pinged(socket);
  return {
    ports: ports.slice(0, -1),
    roundTrip: () => pinged(socket),
    close() {
      socket.destroy();
      echo.close();
      child.stdin.end();
    },
  };
}

async function pinged(socket: Socket): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const begin = performance.now();
    socket.write('?');
    await once(socket, 'data');
    times.push((performance.now() - begin) / 1000);
  }
  return median(times);
}
