/** The machine that figures come from: without it they mean nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { run } from '../src/transport/local.ts';
import { ansibleVersion } from './rig/ansible.ts';

export interface Machine {
  readonly date: string;
  /** `2 cores, 8 GB, Linux 6.1.0, Debian 12`. */
  readonly hardware: string;
  /** Of Node, ssh2 with or without its native binding, OpenSSH, Ansible, sanctl's commit. */
  readonly versions: string;
}

export async function machine(): Promise<Machine> {
  const [processor] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const ssh = await run(['ssh', '-V']);
  const commit = await run(['git', 'describe', '--always', '--dirty']);
  const versions = [
    `Node ${process.versions.node}`,
    `ssh2 ${packageVersion('ssh2')} ${hasBinding() ? 'with' : 'without'} its native binding`,
    ssh.stderr.split(',')[0] ?? '',
    (await ansibleVersion()) ?? 'no Ansible',
    `sanctl ${commit.stdout.trim() || packageVersion(undefined)}`,
  ];
  return {
    date: new Date().toISOString().slice(0, 10),
    hardware: `${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), ${memory}, Linux ${release()}`,
    versions: versions.join(', '),
  };
}

/** Of the last minute: work of others on this machine falls on the figures. */
export function load(): number {
  return loadavg()[0] ?? Number.NaN;
}

function packageVersion(name: string | undefined): string {
  const file = name === undefined ? 'package.json' : `node_modules/${name}/package.json`;
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function hasBinding(): boolean {
  return existsSync('node_modules/ssh2/lib/protocol/crypto/build/Release/sshcrypto.node');
}
