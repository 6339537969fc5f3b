/**
 * How nodes reach each other as root (X3). Managed: the ed25519 host key of each is also its identity towards the others,
 * so nothing is generated, nothing secret travels, and all is known when the plan is made. Pure.
 */
import type { NodeName } from '../../step.ts';
import { authorizedKeysPath, knownHostsPath } from '../file/paths.ts';
import type { FileWant } from '../file/thing.ts';
import { onNode, startsAlone } from '../on-node.ts';
import { reachOf } from '../reach.ts';
import type { Node, Site } from '../site.ts';
import type { World } from '../world.ts';

const identity = '/etc/ssh/ssh_host_ed25519_key';
export const publicKeyPath = `${identity}.pub`;

/** It never asks, knows whom it talks to, and does not wait for ever for one who is gone. */
const sure = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'ConnectTimeout=10',
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
];
const managed = ['IdentitiesOnly=yes', `UserKnownHostsFile=${knownHostsPath}`, 'GlobalKnownHostsFile=/dev/null'];

/** With which a node reaches another as root, to be followed by `root@ADDRESS`: words that no shell reads otherwise. */
export function sshCommand({ migration }: Pick<Site, 'migration'>): string {
  const options = (list: readonly string[]): string => list.map((option) => ` -o ${option}`).join('');
  return migration.trust === 'managed' ? `ssh -i ${identity}${options([...sure, ...managed])}` : `ssh${options(sure)}`;
}

/** Nodes that may hand a VM to this one or take one from it, or that one of the two asks before it starts one at boot. */
export function trusted(site: Site, node: NodeName): readonly Node[] {
  if (site.migration.trust === 'manual') return [];
  const near = onNode(site, node).vms.flatMap(({ disks }) => disks.flatMap((disk) => reachOf(disk, site)));
  return [...new Set([...near, ...askers(site, node)])]
    .filter((name) => name !== node)
    .sort()
    .flatMap((name) => site.nodes[name] ?? []);
}

/** A VM without disks may run anywhere: its home asks every node, and every node is asked. */
function askers(site: Site, node: NodeName): readonly NodeName[] {
  const homes = Object.values(site.vms).flatMap((vm) => (vm.disks.length === 0 && startsAlone(vm) ? [vm.home] : []));
  return homes.includes(node) ? Object.keys(site.nodes) : homes;
}

/**
 * What the key of another node may have run here: `xl migrate-receive` with the flags that `xl migrate` adds (xl_migrate.c of
 * 4.17; `-T` is newer), and a look at host and domains. Each text that passes is known to the letter, so the split
 * of `$c` is safe. No double quote and no backslash: it stands between double quotes in a file of sshd's.
 */
export const gate = [
  "c=$SSH_ORIGINAL_COMMAND; case $c in 'xl info'|'xl list -v'|'xl list -l') exec $c;; 'xl '*)",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  'r=${c#xl}; r=${r# -t}; r=${r# -T}; r=${r% -p}; r=${r% -d}; r=${r% -e};',
  `case $r in ${['', ' -v', ' -vv', ' -vvv', ' -vvvv'].map((flag) => `'${flag} migrate-receive'`).join('|')}) exec $c;; esac;; esac;`,
  "echo 'sanctl: this key may not run that here' >&2; exit 1",
].join(' ');

/** On a node: who the others are, and what they may do. Undefined while the key of one of them is not known. */
export function trustFiles(site: Site, node: NodeName, world: World): readonly FileWant[] | undefined {
  const peers = trusted(site, node).map(({ name, address }) => ({ name, address, key: world.have('host', name).key }));
  if (peers.some(({ key }) => !key.known)) return undefined;
  const view = {
    peers: peers.map(({ name, address, key }) => ({ name, address, key: key.known ? key.value : '', gate })),
  };
  if (view.peers.length === 0) return [];
  const check = ['ssh-keygen', '-lf', '{}'] as const;
  return [
    {
      path: knownHostsPath,
      content: world.render('host/known_hosts', view),
      mode: '0644',
      folder: '0755',
      check,
    },
    {
      path: authorizedKeysPath,
      content: world.render('host/authorized_keys2', view),
      mode: '0600',
      folder: '0700',
      check,
    },
  ];
}
