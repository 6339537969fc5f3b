/** Where the lab keeps things: what can be made again in the cache folder, what is running in the run folder. */
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Images and booted snapshots: `$SANCTL_LAB_CACHE`, else `sanctl/lab` in the XDG cache folder. */
export function cacheFolder(env: Environment = process.env): string {
  return env['SANCTL_LAB_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sanctl', 'lab');
}

/**
 * Disks, sockets, keys, logs and process records of the running lab: `$SANCTL_LAB_DIR`, else `sanctl/lab` in the XDG
 * state folder. Not XDG_RUNTIME_DIR: that is memory, and the disks of a busy lab are gigabytes.
 */
export function runFolder(env: Environment = process.env): string {
  return env['SANCTL_LAB_DIR'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'sanctl', 'lab');
}

/** The files of one node, in the run folder or in the cache. */
export interface NodeFiles {
  readonly folder: string;
  /** In the order of the node's /dev/vda, /dev/vdb, /dev/vdc. */
  readonly disks: { readonly root: string; readonly data: string; readonly spare: string };
  /** OpenSSH private key; `.pub` beside it. */
  readonly hostKey: string;
  readonly qmpSocket: string;
  readonly clockSocket: string;
  readonly console: string;
  readonly log: string;
}

export function nodeFiles(folder: string): NodeFiles {
  return {
    folder,
    disks: { root: join(folder, 'root.qcow2'), data: join(folder, 'data.qcow2'), spare: join(folder, 'spare.qcow2') },
    hostKey: join(folder, 'host_ed25519'),
    qmpSocket: join(folder, 'qmp.sock'),
    clockSocket: join(folder, 'clock.sock'),
    console: join(folder, 'console.log'),
    log: join(folder, 'qemu.log'),
  };
}

export interface RunFiles {
  readonly folder: string;
  /** What `up` made: nodes, ports, digests. */
  readonly lab: string;
  /** One record for each process that was started. */
  readonly processes: string;
  readonly switchSocket: string;
  readonly switchLog: string;
  /** Of the power switches by IPMI. */
  readonly ipmi: string;
  readonly ipmiPassword: string;
  /** For people and for `ssh -F`. */
  readonly sshConfig: string;
  readonly knownHosts: string;
  readonly identity: string;
  /** The inventory fragment. */
  readonly inventory: string;
}

export function runFiles(folder: string): RunFiles {
  return {
    folder,
    lab: join(folder, 'lab.json'),
    processes: join(folder, 'processes'),
    switchSocket: join(folder, 'switch.sock'),
    switchLog: join(folder, 'switch.log'),
    ipmi: join(folder, 'ipmi'),
    ipmiPassword: join(folder, 'ipmi', 'password'),
    sshConfig: join(folder, 'ssh_config'),
    knownHosts: join(folder, 'known_hosts'),
    identity: join(folder, 'id_ed25519'),
    inventory: join(folder, 'nodes.yaml'),
  };
}

/** A unix socket's path has at most 107 bytes (unix(7), sun_path); the longest in a run folder is `foxtrot/clock.sock`. */
export function fitsSockets(folder: string): boolean {
  return Buffer.byteLength(join(folder, 'foxtrot', 'clock.sock')) <= 107;
}
