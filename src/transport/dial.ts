/** The TCP connection under SSH. */
import net from 'node:net';
import { failed, ok, type Result } from '../diagnostic.ts';
import { type Place, unreachable } from './refusals.ts';

/**
 * Without noDelay every exec waits for the other side's delayed acknowledgement: 44 ms instead of 2 (performance.md 1).
 * `seconds` bound the look-up of the name and the connection together.
 */
export function dial(place: Place, seconds: number): Promise<Result<net.Socket>> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: place.host, port: place.port, noDelay: true });
    const fail = (code: string, message: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(failed(unreachable(place, code, message)));
    };
    const timer = setTimeout(() => fail('ETIMEDOUT', `no connection within ${seconds} s`), seconds * 1000);
    const onError = (cause: NodeJS.ErrnoException) =>
      fail(cause.code ?? '', cause.message || (cause.code ?? 'unknown error'));
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(ok(socket));
    });
  });
}
