/** Real `sshd` processes on loopback, one port for each node, with keys of their own in a folder that goes with them. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Folder, temporaryFolder } from './folder.ts';
import { listen } from './listen.ts';

export interface SshdRig {
  /** For whatever belongs to the rig. */
  readonly folder: string;
  readonly ports: readonly number[];
  readonly user: string;
  readonly identityFile: string;
  /** `ssh-ed25519 AAAA...`, the same for all ports. */
  readonly hostKey: string;
  /** Covers every port of the rig, and what `knowPorts` added. */
  readonly knownHostsFile: string;
  /** Lets the same host key be known under further ports: those of a delay proxy. */
  knowPorts(ports: readonly number[]): void;
  close(): void;
}

const sshd = '/usr/sbin/sshd';

/** Why there can be no rig here; undefined when there can. Without root, sanctl would measure sudo. */
export function noSshd(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  return existsSync(sshd) ? undefined : 'there is no sshd (`apt-get install openssh-server`)';
}

export async function startSshd(count: number): Promise<SshdRig> {
  const place = temporaryFolder();
  const folder = place.path;
  for (const name of ['host_key', 'id_ed25519']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  copyFileSync(join(folder, 'id_ed25519.pub'), join(folder, 'authorized_keys'));
  mkdirSync('/run/sshd', { recursive: true });
  const ports = await freePorts(count);
  for (const port of ports) daemon(place, port);
  await Promise.all(ports.map((port) => listening(port, 200)));
  const hostKey = readFileSync(join(folder, 'host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const known: string[] = [];
  const knownHostsFile = join(folder, 'known_hosts');
  const knowPorts = (more: readonly number[]): void => {
    known.push(...more.map((port) => `[127.0.0.1]:${port} ${hostKey}`));
    writeFileSync(knownHostsFile, `${known.join('\n')}\n`, { mode: 0o600 });
  };
  knowPorts(ports);
  const identityFile = join(folder, 'id_ed25519');
  return {
    folder,
    ports,
    user: userInfo().username,
    identityFile,
    hostKey,
    knownHostsFile,
    knowPorts,
    close: place.remove,
  };
}

/**
 * MaxStartups and MaxSessions as performance.md, section 6 fixes them: the server is not to be the limit. SHLVL keeps a bash
 * that is the login shell from reading `.bashrc`, as `sh` would not (section 1, login-shell trap).
 */
function daemon(place: Folder, port: number): void {
  const settings = [
    `Port=${port}`,
    'ListenAddress=127.0.0.1',
    `HostKey=${join(place.path, 'host_key')}`,
    `AuthorizedKeysFile=${join(place.path, 'authorized_keys')}`,
    'StrictModes=no',
    'UsePAM=no',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'PermitRootLogin=prohibit-password',
    'MaxStartups=200',
    'MaxSessions=100',
    'SetEnv=SHLVL=1',
    'PidFile=none',
    'PrintMotd=no',
    'UseDNS=no',
  ];
  place.start(sshd, ['-D', '-e', '-f', '/dev/null', ...settings.flatMap((setting) => ['-o', setting])]);
}

/** Held all at once before any is released, so that no two are the same. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listening(port: number, tries: number): Promise<void> {
  for (let left = tries; left > 0; left--) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`sshd on port ${port} does not answer`);
}
