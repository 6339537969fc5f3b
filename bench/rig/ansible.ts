/**
 * Ansible as Debian has it, at its best: forks for all hosts, pipelining, no fact gathering, the interpreter given. Cold: the
 * masters of its multiplexed connections are ended after each run, and what that takes does not count.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv } from '../../src/shell/command.ts';
import { run } from '../../src/transport/local.ts';
import { timed } from '../abba.ts';
import { interrupted } from '../interrupt.ts';
import type { SshdRig } from './sshd.ts';

/** Seconds after which a run is given up. */
const patience = 600;

/** The version line, or undefined where there is no Ansible. */
export async function ansibleVersion(): Promise<string | undefined> {
  const ran = await run(['ansible-playbook', '--version'], { timeoutSeconds: 60 });
  return ran.code === 0 ? ran.stdout.split('\n')[0] : undefined;
}

export interface Play {
  /** Runs it cold and answers the seconds that count. */
  run(): Promise<number>;
}

/** A play of these commands on all ports; each is a task that changes nothing. */
export function ansiblePlay(rig: SshdRig, ports: readonly number[], argvs: readonly Argv[]): Play {
  const folder = join(rig.folder, `ansible-${ports[0]}-${ports.length}-${argvs.length}`);
  const sockets = join(folder, 'cp');
  mkdirSync(sockets, { recursive: true });
  const hosts = ports.map((port, at) => `n${at + 1} ansible_host=127.0.0.1 ansible_port=${port}`);
  writeFileSync(join(folder, 'inventory'), `${hosts.join('\n')}\n`);
  writeFileSync(join(folder, 'play.json'), JSON.stringify(play(argvs)));
  writeFileSync(join(folder, 'ansible.cfg'), configuration(rig, ports.length, folder, sockets));
  return {
    async run() {
      const seconds = await timed(async () => {
        const argv = ['ansible-playbook', '-i', join(folder, 'inventory'), join(folder, 'play.json')];
        const env = { ANSIBLE_CONFIG: join(folder, 'ansible.cfg') };
        const ran = await run(argv, { timeoutSeconds: patience, env, cwd: folder, signal: interrupted });
        if (ran.code !== 0) throw new Error(`ansible-playbook: ${ran.code}\n${ran.stdout.slice(-2000)}${ran.stderr}`);
        return undefined;
      }).finally(() => endMasters(sockets));
      return seconds;
    },
  };
}

/** JSON is YAML. */
function play(argvs: readonly Argv[]): unknown {
  const tasks = argvs.map((argv, at) => ({
    name: `task ${at}`,
    'ansible.builtin.command': { argv },
    changed_when: false,
  }));
  return [{ hosts: 'all', gather_facts: false, tasks }];
}

function configuration(rig: SshdRig, forks: number, folder: string, sockets: string): string {
  return `[defaults]
forks = ${forks}
gathering = explicit
host_key_checking = True
interpreter_python = /usr/bin/python3
remote_user = ${rig.user}
private_key_file = ${rig.identityFile}
local_tmp = ${join(folder, 'tmp')}
retry_files_enabled = False
[ssh_connection]
pipelining = True
control_path_dir = ${sockets}
ssh_args = -F /dev/null -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${rig.knownHostsFile} -o PreferredAuthentications=publickey
`;
}

async function endMasters(sockets: string): Promise<void> {
  for (const name of readdirSync(sockets)) {
    await run(['ssh', '-F', '/dev/null', '-o', `ControlPath=${join(sockets, name)}`, '-O', 'exit', 'any'], {
      timeoutSeconds: 30,
    });
    rmSync(join(sockets, name), { force: true });
  }
}
