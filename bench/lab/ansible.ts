/**
 * The two-node example as somebody would write it for Ansible: the modules of community.general for LVM, `copy` for the files
 * that sanctl renders, and for DRBD and Xen, which have no modules, commands with the conditions that make them idempotent.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../src/plan/plan.ts';
import { fillIn } from '../../src/template/content.ts';
import { run } from '../../src/transport/local.ts';
import { timed } from '../abba.ts';
import { interrupted } from '../interrupt.ts';
import { type NotRun, notRun } from '../metric.ts';
import { ansibleVersion } from '../rig/ansible.ts';
import { drbdSecret, type Hosts, planOf } from './hosts.ts';

type Task = Readonly<Record<string, unknown>>;

/** Answers the seconds of a cold run of the play. */
export interface Play {
  readonly run: () => Promise<number>;
}

export async function ansibleSite(hosts: Hosts, site: string): Promise<Play | NotRun> {
  const what = 'second / first, Ansible';
  if ((await ansibleVersion()) === undefined) return notRun(what, 'there is no Ansible (`apt-get install ansible`)');
  await hosts.reset();
  const plan = await planOf(hosts, site);
  const folder = hosts.folder.path;
  const inventory = hosts.names.map((name) => `${name} ansible_host=${name}`);
  writeFileSync(join(folder, 'hosts'), `${inventory.join('\n')}\n`);
  writeFileSync(
    join(folder, 'play.json'),
    JSON.stringify([{ hosts: 'all', gather_facts: false, tasks: tasks(plan) }]),
    {
      mode: 0o600,
    },
  );
  writeFileSync(join(folder, 'ansible.cfg'), configuration(hosts));
  return { run: () => playSeconds(hosts) };
}

function configuration({ sshConfig, names, folder }: Hosts): string {
  return `[defaults]
forks = ${names.length}
gathering = explicit
host_key_checking = True
interpreter_python = /usr/bin/python3
local_tmp = ${join(folder.path, 'tmp')}
retry_files_enabled = False
[ssh_connection]
pipelining = True
ssh_args = -F ${sshConfig} -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=${join(folder.path, '%n.ssh')}
`;
}

async function playSeconds(hosts: Hosts): Promise<number> {
  const folder = hosts.folder.path;
  const argv = ['ansible-playbook', '-i', join(folder, 'hosts'), join(folder, 'play.json')];
  const seconds = await timed(async () => {
    const ran = await run(argv, {
      timeoutSeconds: 1800,
      env: { ANSIBLE_CONFIG: join(folder, 'ansible.cfg') },
      signal: interrupted,
    });
    if (ran.code !== 0) throw new Error(`ansible-playbook: ${ran.code}\n${ran.stdout.slice(-4000)}${ran.stderr}`);
    return undefined;
  });
  for (const name of hosts.names) {
    const socket = join(folder, `${name}.ssh`);
    await run(['ssh', '-F', hosts.sshConfig, '-o', `ControlPath=${socket}`, '-O', 'exit', name], {
      timeoutSeconds: 60,
    });
  }
  return seconds;
}

function tasks({ site, steps }: Plan): readonly Task[] {
  const files = steps.flatMap(({ node, actions }) =>
    actions.flatMap((action) => (action.do === 'write' ? [{ node, ...action }] : [])),
  );
  const copy = (which: (path: string) => boolean): readonly Task[] =>
    files
      .filter(({ path }) => which(path))
      .map(({ node, path, content, mode }) => ({
        name: `${path} on ${node}`,
        'ansible.builtin.copy': { dest: path, content: fillIn(content, () => drbdSecret), mode },
        when: `inventory_hostname == '${node}'`,
      }));
  const replicated = Object.values(site.volumes).filter(({ replicas }) => replicas.length > 1);
  const isDomain = (path: string): boolean => path.startsWith('/etc/xen/');
  return [
    { 'ansible.builtin.apt': { name: ['lvm2', 'drbd-utils'], state: 'present' } },
    ...copy((path) => !isDomain(path)),
    { 'community.general.modprobe': { name: 'drbd', state: 'present' } },
    ...Object.values(site.volumeGroups).map((group) => ({
      'community.general.lvg': { vg: group.name, pvs: [...new Set(Object.values(group.devices).flat())] },
    })),
    ...Object.values(site.volumes).map(({ name, group, bytes, replicas }) => ({
      // Room for DRBD's metadata; lvol rounds up to whole extents.
      'community.general.lvol': { vg: group, lv: name, size: `${bytes / 2 ** 20 + (replicas.length > 1 ? 4 : 0)}m` },
      when: `inventory_hostname in ${JSON.stringify(replicas)}`,
    })),
    ...replicated.flatMap(({ name, replication }) => drbdTasks(name, replication?.source ?? '')),
    ...copy(isDomain),
    ...Object.values(site.vms).flatMap(({ name, home }) => domainTasks(name, home)),
  ];
}

function drbdTasks(name: string, source: string): readonly Task[] {
  const running = `'${name}' in drbd_${slug(name)}.stdout`;
  const register = `drbd_${slug(name)}`;
  return [
    ask(['drbdsetup', 'status'], register),
    command(['drbdadm', '--force', 'create-md', name], `not (${running})`),
    command(['drbdadm', 'up', name], `not (${running})`),
    ask(['drbdadm', 'role', name], `${register}_role`),
    command(
      ['drbdadm', 'primary', '--force', name],
      `inventory_hostname == '${source}' and 'Primary' not in ${register}_role.stdout`,
    ),
  ];
}

function domainTasks(name: string, home: string): readonly Task[] {
  const register = `domain_${slug(name)}`;
  return [
    { ...ask(['xl', 'list', name], register), failed_when: false },
    command(['xl', 'create', `/etc/xen/${name}.cfg`], `inventory_hostname == '${home}' and ${register}.rc != 0`),
  ];
}

function ask(argv: readonly string[], register: string): Task {
  return { 'ansible.builtin.command': { argv }, register, changed_when: false };
}

function command(argv: readonly string[], when: string): Task {
  return { 'ansible.builtin.command': { argv }, when };
}

function slug(name: string): string {
  return name.replace(/\W/g, '_');
}
