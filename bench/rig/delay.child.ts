/**
 * TCP on loopback with a round trip time, as a process of its own, so that no event loop that is measured delays it:
 * `delay.child.ts MILLISECONDS PORT...`. It prints its own ports as one line of JSON and ends with its stdin.
 *
 * Every chunk is held for half of the time in each direction, and the far side is reached one and a half times later, as if
 * SYN, SYN-ACK and ACK had travelled, too.
 */
import { connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { listen } from './listen.ts';

/** Chunks leave in the order they came, each after its own delay and none before the far side is there. */
class Lane {
  readonly #queue: (() => void)[] = [];
  readonly #milliseconds: number;
  readonly #opensAt: number;

  constructor(milliseconds: number, opensAt: number) {
    this.#milliseconds = milliseconds;
    this.#opensAt = opensAt;
  }

  put(deliver: () => void): void {
    this.#queue.push(deliver);
    // Each timer takes the oldest: two that end at the same moment cannot change places.
    setTimeout(() => this.#queue.shift()?.(), Math.max(this.#milliseconds, this.#opensAt - performance.now()));
  }
}

function serve(target: number, halfMilliseconds: number): Promise<number> {
  const server = createServer({ noDelay: true }, (near) => {
    const opensAt = performance.now() + 3 * halfMilliseconds;
    const [out, back] = [new Lane(halfMilliseconds, opensAt), new Lane(halfMilliseconds, 0)];
    let far: Socket | undefined;
    out.put(() => {
      far = connect({ host: '127.0.0.1', port: target, noDelay: true });
      far.on('data', (chunk) => back.put(() => near.writable && near.write(chunk)));
      far.on('end', () => back.put(() => near.end()));
      far.on('error', () => near.destroy());
    });
    near.on('data', (chunk) => out.put(() => far?.writable && far.write(chunk)));
    near.on('end', () => out.put(() => far?.end()));
    near.on('error', () => far?.destroy());
  });
  return listen(server);
}

const [milliseconds = 0, ...targets] = process.argv.slice(2).map(Number);
process.stdin.resume().once('end', () => process.exit(0));
const ports = await Promise.all(targets.map((target) => serve(target, milliseconds / 2)));
process.stdout.write(`${JSON.stringify(ports)}\n`);
