/** What the power switches ask and order: a line `NODE get power`; the answer begins with `ok`, or says why not. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';

/** The power of the lab's nodes. */
export interface Mains {
  readonly isOn: (node: string) => boolean;
  readonly off: (node: string) => Promise<void>;
  readonly on: (node: string) => Promise<void>;
  /** Why a node did not come on: whoever ordered it has gone. */
  readonly failed: (problem: unknown) => void;
}

/**
 * In the words of ipmi_sim 2.0.33, which orders a `cycle` as an `off`, and as an `on` a moment later. It serves nobody until it is
 * answered, and obeys each repetition of a request: so an `on` is begun, as by a real switch, and `get power` says what became of it.
 */
async function obey(line: string, { isOn, off, on, failed }: Mains): Promise<string> {
  const [node = '', ...words] = line.split(' ');
  const order = words.join(' ');
  if (order === 'get power') return `ok\npower:${isOn(node) ? 1 : 0}\n`;
  if (!['set power 0', 'set power 1', 'set reset 1'].includes(order)) return `unknown: ${line}\n`;
  if (order !== 'set power 1') await off(node);
  if (order !== 'set power 0') void on(node).catch(failed);
  return 'ok\n';
}

/** Over a unix socket that only its owner can open. */
export async function serve(mains: Mains, path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).once('line', (line) => {
      void obey(line, mains).then(
        (text) => socket.end(text),
        (problem: unknown) => socket.end(`${line}: ${problem instanceof Error ? problem.message : String(problem)}\n`),
      );
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}
