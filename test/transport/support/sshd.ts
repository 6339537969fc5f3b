/** A real sshd on loopback, in a folder of its own, with an ordinary user and sudo rules that exist for it alone. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { keygen, type Place, publicKey } from './site.ts';

export interface Sshd {
  readonly port: number;
  readonly key: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Why it cannot be had here; undefined when it can. */
export const noSshd = (() => {
  if (process.getuid?.() !== 0) return 'needs root';
  return existsSync('/usr/sbin/sshd') ? undefined : 'no sshd on this machine (`apt-get install openssh-server`)';
})();

export const noSudo = (() => {
  if (noSshd !== undefined) return noSshd;
  if (spawnSync('sudo', ['-V']).status !== 0) return 'no sudo on this machine (`apt-get install sudo`)';
  return spawnSync('unshare', ['-m', 'true']).status === 0 ? undefined : 'no mount namespaces here';
})();

/** In the title, so that what was not run is seen. */
export function titled(name: string, why: string | undefined): string {
  return why === undefined ? name : `${name} [NOT RUN: ${why}]`;
}

export const password = "s3cret 'pass' $word";

export async function startSshd(place: Place, options: readonly string[] = []): Promise<Sshd> {
  const port = await freePort();
  const hostKey = place.path(`host-${port}`);
  keygen(hostKey);
  copyFileSync(`${place.identity}.pub`, place.path('authorized_keys'));
  const config = [
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    'PidFile none',
    `AuthorizedKeysFile ${place.path('authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    ...options,
  ];
  writeFileSync(place.path(`sshd-${port}`), `${config.join('\n')}\n`);
  mkdirSync('/run/sshd', { recursive: true });
  const argv = ['/usr/sbin/sshd', '-D', '-e', '-p', String(port), '-f', place.path(`sshd-${port}`)];
  const child = noSudo === undefined ? inOwnWorld(place, argv) : spawn(argv[0] ?? '', argv.slice(1));
  await listening(child);
  return {
    port,
    key: publicKey(hostKey),
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** A mount namespace in which /etc knows three more users: nothing of it is seen outside, nothing is left behind. */
function inOwnWorld(place: Place, argv: readonly string[]): ChildProcess {
  const users = [
    ['asks', 'asks ALL=(ALL:ALL) ALL'],
    ['never', 'never ALL=(ALL:ALL) NOPASSWD: ALL'],
    ['nobody2', ''],
  ] as const;
  const hash = spawnSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' }).stdout.trim();
  const file = (name: string, mode: number, more: readonly string[]) => {
    // Root without the start files of whoever develops here: some take half a second for each command.
    const bare = name === 'passwd' ? `$1:${place.folder}:/bin/sh` : '$&';
    const text = readFileSync(`/etc/${name}`, 'utf8').replace(/^(root:.*):[^:]*:[^:]*$/m, bare);
    writeFileSync(place.path(name), `${text}${more.join('\n')}\n`, { mode });
  };
  file(
    'passwd',
    0o644,
    users.map(([name], at) => `${name}:x:${61000 + at}:${61000 + at}::/tmp:/bin/bash`),
  );
  file(
    'group',
    0o644,
    users.map(([name], at) => `${name}:x:${61000 + at}:`),
  );
  file(
    'shadow',
    0o600,
    users.map(([name]) => `${name}:${hash}:19000:0:99999:7:::`),
  );
  file(
    'sudoers',
    0o440,
    users.map(([, rule]) => rule),
  );
  const mounts = ['passwd', 'group', 'shadow', 'sudoers'].map(
    (name) => `mount --bind ${place.path(name)} /etc/${name}`,
  );
  const script = [...mounts, `exec ${argv.join(' ')}`].join(' && ');
  return spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function listening(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Server listening')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
