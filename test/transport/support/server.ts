/** An SSH server in this process that can misbehave in every way. Real commands go to a local `sh`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { keygen, publicKey } from './site.ts';

export interface Server {
  readonly port: number;
  /** `type base64` of its host key. */
  readonly key: string;
  /** Every line that it was asked to run. */
  readonly lines: string[];
  /** Connections that came so far, also those that never logged in. */
  readonly sockets: Socket[];
  close(): Promise<void>;
}

export interface Manners {
  /** What it does with a line; it runs it unless given. */
  readonly onExec?: (channel: ServerChannel, line: string, client: Connection, socket: Socket) => void;
  /** Called instead of giving a channel; true: refuse it. */
  readonly refuseChannel?: (open: number) => boolean;
  /** Answers an exec with "failure". */
  readonly refuseExec?: boolean;
  /** The confirmation of an exec, its output and its end travel in one packet. */
  readonly inOnePacket?: boolean;
  readonly allow?: (method: string, user: string) => boolean;
  readonly hostKey?: { readonly private: string; readonly public: string };
}

/** By ssh-keygen: about one in some hundred keys that ssh2 1.17 generates cannot be read back by itself. */
export function makeHostKey(): { readonly private: string; readonly public: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-host-key-'));
  const path = join(folder, 'key');
  keygen(path);
  const made = { private: readFileSync(path, 'utf8'), public: publicKey(path) };
  rmSync(folder, { recursive: true });
  return made;
}

export async function startServer(manners: Manners = {}): Promise<Server> {
  const hostKey = manners.hostKey ?? makeHostKey();
  const sockets: Socket[] = [];
  const lines: string[] = [];
  let open = 0;
  const ssh = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    const socket = sockets.at(-1);
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      const fine = context.method === 'publickey' && (manners.allow?.(context.method, context.username) ?? true);
      if (fine) context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept, reject) => {
      if (manners.refuseChannel?.(open) === true) return reject();
      open++;
      const session = accept();
      session.on('close', () => open--);
      session.on('exec', (take, refuse, { command }) => {
        lines.push(command);
        if (manners.refuseExec === true) return refuse();
        if (manners.inOnePacket === true) {
          socket?.cork();
          setImmediate(() => socket?.uncork());
        }
        const channel = take();
        channel.on('error', () => undefined);
        if (manners.onExec === undefined) return runLine(channel, command);
        if (socket !== undefined) manners.onExec(channel, command, client, socket);
      });
    });
  });
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    ssh.injectSocket(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    key: hostKey.public,
    lines,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

export function runLine(channel: ServerChannel, line: string): void {
  const child = spawn('sh', ['-c', line], { stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('close', (code, signal) => {
    // What stderr still holds for a client that takes its time would be lost with the channel; sshd loses nothing.
    channel.stderr.write('', () => {
      if (signal !== null) channel.exit(signal.replace('SIG', ''), false, '');
      else channel.exit(code ?? 1);
      channel.end();
    });
  });
}
