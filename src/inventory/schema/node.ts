import type { FromSchema } from 'json-schema-to-ts';
import { fence } from './cluster.ts';
import { secret } from './secret.ts';
import { memorySize } from './size.ts';
import { address, localPath, sshHost, sshJump, userName } from './text.ts';

/** What all nodes may share; `defaults.ssh` has exactly these. */
export const sshDefaults = {
  type: 'object',
  properties: {
    user: { ...userName, description: 'Who logs in. Anybody but root needs `sudo`.', examples: ['root'] },
    port: { type: 'integer', minimum: 1, maximum: 65535, description: 'TCP port of sshd.', examples: [22] },
    identityFile: { ...localPath, description: 'Private key on this machine.', examples: ['~/.ssh/id_ed25519'] },
    knownHostsFile: {
      ...localPath,
      description: 'Host keys to trust, instead of the files of `~/.ssh`.',
      examples: ['~/.ssh/known_hosts'],
    },
    configFile: {
      ...localPath,
      description: 'OpenSSH configuration to read instead of `~/.ssh/config`.',
      examples: ['~/.ssh/config'],
    },
    proxyJump: { ...sshJump, description: 'Hosts to go through.', examples: ['root@gateway.example.org'] },
    sudoPassword: {
      ...secret,
      description: 'Secret for `sudo`, when the user is not root and sudo asks for a password.',
      examples: ['sudo'],
    },
  },
  additionalProperties: false,
  description: 'How sanctl reaches the nodes. What stands nowhere is asked of `~/.ssh/config`.',
} as const;

const ssh = {
  type: 'object',
  properties: {
    host: {
      ...sshHost,
      description: 'Name, alias of `~/.ssh/config` or address. The name of the node unless given.',
      examples: ['127.0.0.1'],
    },
    hostKeyAlias: { ...sshHost, description: 'Name under which the host key is known.', examples: ['alpha'] },
    ...sshDefaults.properties,
  },
  additionalProperties: false,
  description: 'How sanctl reaches this node; what it leaves out comes from `defaults.ssh`, then from `~/.ssh/config`.',
} as const;

export const node = {
  type: 'object',
  properties: {
    address: {
      ...address,
      description: 'IP address on the replication and migration network.',
      examples: ['10.77.0.11'],
    },
    ssh,
    ring1: {
      ...address,
      description: 'Address on a second network: the cluster’s second ring. All of its members have one, or none.',
      examples: ['10.78.0.11'],
    },
    guestMemory: {
      ...memorySize,
      description: 'Memory for guests: what Xen has, without dom0’s. Each node of a cluster says it.',
      examples: ['12GiB'],
    },
    fence,
  },
  required: ['address'],
  additionalProperties: false,
  description: 'One Xen host. Its name is what `uname -n` says there.',
} as const;

export type SshDefaultsSpec = FromSchema<typeof sshDefaults>;
export type NodeSpec = FromSchema<typeof node>;
