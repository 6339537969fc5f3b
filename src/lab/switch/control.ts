/** How the switch is told what to do: one JSON line there, one back, over a unix socket that only its owner can open. */
import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { trouble } from '../trouble.ts';
import type { LinkChange, LinkState } from './links.ts';
import type { Switch } from './switch.ts';

export type Order =
  | {
      readonly order: 'set';
      readonly a: string;
      readonly b: string;
      readonly segment?: string;
      readonly change: LinkChange;
    }
  | { readonly order: 'heal'; readonly pair?: readonly [string, string] }
  /** Heals everything and forgets frames under way. */
  | { readonly order: 'clear' }
  | { readonly order: 'list' };

export interface Answer {
  readonly links: readonly LinkState[];
}

/** Does what one line says. Every order answers with the links that are not healthy afterwards. */
export function obey(target: Switch, order: Order): Answer {
  if (order.order === 'set') target.links.set(order.a, order.b, order.segment, order.change);
  if (order.order === 'heal') target.links.heal(order.pair);
  if (order.order === 'clear') {
    target.links.heal();
    target.clear();
  }
  return { links: target.links.list() };
}

export async function listen(target: Switch, path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      socket.write(`${JSON.stringify(obey(target, JSON.parse(line) as Order))}\n`);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

/** Sends one order to a running switch. */
export async function orderSwitch(path: string, order: Order, timeoutSeconds: number): Promise<Answer> {
  const socket = createConnection(path);
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    await once(socket, 'connect', { signal });
    const line = once(createInterface({ input: socket }), 'line', { signal });
    socket.write(`${JSON.stringify(order)}\n`);
    const [answer] = (await line) as [string];
    return JSON.parse(answer) as Answer;
  } catch (problem) {
    throw trouble(
      'lab/switch-silent',
      'The switch of the lab does not answer',
      problem instanceof Error ? problem.message : String(problem),
      '`sanctl lab up` starts it again',
    );
  } finally {
    socket.destroy();
  }
}
