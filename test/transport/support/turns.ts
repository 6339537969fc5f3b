/** A line that counts how often it is the client's turn again: round trips, without a clock. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly port: number;
  /** With the one of TCP itself. */
  turns(): number;
  close(): Promise<void>;
}

/** Milliseconds that each burst is held back, so that all that belongs to it is in it: no figure is derived from them. */
const heldFor = 60;

export async function countTurns(port: number): Promise<Line> {
  let turns = 0;
  let clientHadTheWord = false;
  const listener = createServer((client) => {
    turns++;
    const server = connect({ host: '127.0.0.1', port, noDelay: true });
    pass(client, server, () => {
      clientHadTheWord = true;
    });
    pass(server, client, () => {
      if (clientHadTheWord) turns++;
      clientHadTheWord = false;
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    turns: () => turns,
    close: async () => {
      listener.close();
      await once(listener, 'close');
    },
  };
}

function pass(from: Socket, to: Socket, onBurst: () => void): void {
  let held: Buffer[] = [];
  from.setNoDelay(true);
  from.on('error', () => undefined);
  from.on('data', (chunk: Buffer) => {
    held.push(chunk);
    if (held.length > 1) return;
    setTimeout(() => {
      onBurst();
      to.write(Buffer.concat(held));
      held = [];
    }, heldFor);
  });
  from.on('end', () => setTimeout(() => to.end(), 2 * heldFor));
}
