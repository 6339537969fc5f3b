/** How the lab's nodes are reached: what `up` writes for ssh, for people, and for the rest of sanctl. Pure. */
import { fenceOf } from './ipmi/simulator.ts';
import type { LabNode } from './nodes.ts';
import { guestMemory } from './qemu.ts';

export interface Reachable {
  readonly node: LabNode;
  /** On 127.0.0.1, forwarded to the node's port 22. */
  readonly sshPort: number;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** UDP port of its power switch. */
  readonly ipmiPort?: number | undefined;
}

export interface AccessFiles {
  readonly identity: string;
  readonly knownHosts: string;
  /** The password of the power switches. */
  readonly ipmiPassword: string;
}

/** For `ssh -F`. Host keys are verified: they were made here, before the nodes first started. */
export function renderSshConfig(nodes: readonly Reachable[], files: AccessFiles): string {
  const hosts = nodes.map(
    ({ node, sshPort }) => `Host ${node.name}
  HostName 127.0.0.1
  Port ${sshPort}
`,
  );
  return `${hosts.join('')}Host *
  User root
  IdentityFile "${files.identity}"
  IdentitiesOnly yes
  UserKnownHostsFile "${files.knownHosts}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ServerAliveInterval 15
  ServerAliveCountMax 8
`;
}

/** Each key under the node's name, its forwarded port, and its address on the data segment, for use between nodes. */
export function renderKnownHosts(nodes: readonly Reachable[]): string {
  return nodes
    .map(({ node, sshPort, hostKey }) => `[127.0.0.1]:${sshPort},${node.name},${node.address} ${hostKey}\n`)
    .join('');
}

/** The inventory fragment: its `nodes` go into any inventory. A JSON string is a YAML string. */
export function renderInventory(nodes: readonly Reachable[], files: AccessFiles): string {
  const entries = nodes.map(
    ({ node, sshPort, ipmiPort }) => `  ${node.name}:
    address: ${node.address}
    ssh:
      host: 127.0.0.1
      port: ${sshPort}
      user: root
      identityFile: ${JSON.stringify(files.identity)}
      knownHostsFile: ${JSON.stringify(files.knownHosts)}
${clusterLines(node, ipmiPort, files)}`,
  );
  return `version: 1\nnodes:\n${entries.join('')}`;
}

/** What a cluster wants to know of a node. Xen itself takes a part of what dom0 leaves. */
function clusterLines({ ring1 }: LabNode, port: number | undefined, { ipmiPassword }: AccessFiles): string {
  if (port === undefined) return '';
  return `    ring1: ${ring1}
    guestMemory: ${guestMemory}
    fence: ${JSON.stringify(fenceOf(port, ipmiPassword))}
`;
}
