/** noDelay (performance.md 1): seen at the socket of the system, not at a clock. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dial } from '../../src/transport/dial.ts';
import { value } from './support/site.ts';

interface Handle {
  setNoDelay(on: boolean): number;
}

let listener: net.Server;
let port: number;
beforeEach(async () => {
  listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  port = (listener.address() as net.AddressInfo).port;
});
afterEach(async () => {
  vi.restoreAllMocks();
  listener.close();
  await once(listener, 'close');
});

/** What the system was told about the socket while `connect` made one. */
async function told(connect: () => Promise<net.Socket>): Promise<unknown[]> {
  const sample = net.connect({ host: '127.0.0.1', port });
  await once(sample, 'connect');
  const handle = Object.getPrototypeOf((sample as unknown as { _handle: Handle })._handle) as Handle;
  const spy = vi.spyOn(handle, 'setNoDelay');
  const socket = await connect();
  const calls = spy.mock.calls.map(([on]) => on);
  sample.destroy();
  socket.destroy();
  return calls;
}

test.each(['127.0.0.1', 'localhost'])('every connection to %s is without delay', async (host) => {
  expect(await told(async () => value(await dial({ host, port, knownAs: host }, 5)))).toEqual([true]);
});

test('a connection made otherwise is caught', async () => {
  const careless = async () => {
    const socket = net.connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return socket;
  };
  expect(await told(careless)).toEqual([]);
});

test('a host that does not answer is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  // TEST-NET-1 (RFC 5737): nobody answers there, or the network says at once that there is no way.
  const dialled = dial({ host: '192.0.2.1', port: 22, knownAs: 'x' }, 20);
  await vi.advanceTimersByTimeAsync(20_000);
  vi.useRealTimers();
  const result = await dialled;
  expect(result.ok).toBe(false);
  expect(['ssh/timeout', 'ssh/unreachable']).toContain(result.diagnostics[0]?.code);
});
