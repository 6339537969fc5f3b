/** The baseline: ssh2 as bare as one can hold it. Keys only, the host key compared, one exec; nothing else is done. */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import ssh2 from 'ssh2';
import type { SshdRig } from './sshd.ts';

export interface RawOptions {
  /** ssh2's own default: Nagle's algorithm on, every method asked. */
  readonly nagle?: boolean;
}

export function rawConnect(rig: SshdRig, port: number, { nagle = false }: RawOptions = {}): Promise<ssh2.Client> {
  const expected = Buffer.from(rig.hostKey.split(' ')[1] ?? '', 'base64');
  const key = readFileSync(rig.identityFile);
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('ready', () => resolve(client));
    const login = { username: rig.user, hostVerifier: (offered: Buffer) => offered.equals(expected) };
    const keyOnly = { type: 'publickey', username: rig.user, key } as const;
    if (nagle) client.connect({ ...login, host: '127.0.0.1', port, privateKey: key });
    else client.connect({ ...login, sock: dial(port), authHandler: [keyOnly] });
  });
}

function dial(port: number): net.Socket {
  return net.connect({ host: '127.0.0.1', port, noDelay: true });
}

/** What it printed; throws on any exit status but 0, as a loop that somebody writes would. */
export function rawExec(client: ssh2.Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (cause, channel) => {
      if (cause) return reject(cause);
      let output = '';
      channel.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      channel.stderr.resume();
      channel.on('close', (code?: number) =>
        code === 0 ? resolve(output) : reject(new Error(`exit ${String(code)}: ${command.slice(0, 200)}`)),
      );
      channel.end();
    });
  });
}

/** All ports at once: connect, one exec with all the commands, leave. */
export async function rawLoop(rig: SshdRig, ports: readonly number[], command: string): Promise<readonly string[]> {
  return Promise.all(
    ports.map(async (port) => {
      const client = await rawConnect(rig, port);
      const output = await rawExec(client, command);
      client.end();
      return output;
    }),
  );
}
