/**
 * Free ports on loopback, from below the range that the kernel gives to outgoing connections (32768 on, ip(7)): a node
 * gives its ports up for a moment at every reset, and they must be free still. Another program could take one before
 * the lab does: then QEMU says so and `up` fails.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const range = { first: 20_000, last: 31_999 } as const;

export async function freeTcpPorts(count: number): Promise<readonly number[]> {
  return findPorts(count, isTcpFree);
}

export async function freeUdpPorts(count: number): Promise<readonly number[]> {
  return findPorts(count, isUdpFree);
}

/** From a random start, so that two labs that begin together do not look at the same ports. */
async function findPorts(count: number, isFree: (port: number) => Promise<boolean>): Promise<readonly number[]> {
  const size = range.last - range.first + 1;
  const start = Math.floor(Math.random() * size);
  const found: number[] = [];
  for (let at = 0; at < size && found.length < count; at++) {
    const port = range.first + ((start + at) % size);
    if (await isFree(port)) found.push(port);
  }
  return found;
}

async function isTcpFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await once(server.close(), 'close');
    return true;
  } catch {
    return false;
  }
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    await once(socket.bind(port, '127.0.0.1'), 'listening');
    await once(socket.close(), 'close');
    return true;
  } catch {
    return false;
  }
}
