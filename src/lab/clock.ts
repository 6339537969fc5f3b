/** Tells a node the time: after a snapshot was loaded its clock stands at the moment when that was taken. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { trouble } from './trouble.ts';

export class ClockLine {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => socket.destroy());
  }

  static async connect(path: string): Promise<ClockLine> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    return new ClockLine(socket);
  }

  /** Resolves when the node says that its clock is set, which also shows that it is alive. */
  async set(node: string, timeoutSeconds: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const seconds = Math.round(Date.now() / 1000);
    const lines = createInterface({ input: this.#socket });
    this.#socket.write(`${seconds}\n`);
    try {
      let said = '';
      // What an earlier line brought is of no use.
      while (said !== String(seconds)) [said] = (await once(lines, 'line', { signal })) as [string];
    } catch {
      throw trouble('lab/clock-not-set', 'The clock of a node could not be set', `${node} did not answer`);
    } finally {
      lines.close();
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
