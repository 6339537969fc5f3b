/** What speaks against working on a node: it is another machine than the inventory means, or one that sanctl does not know. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { unreadable } from '../reading.ts';
import type { World } from '../world.ts';
import type { HostFacts } from './facts.ts';

/** `xen`: domains of the inventory need a hypervisor here; `key`: other nodes are to know it by its host key. */
export function problemsOf(
  node: NodeName,
  { xen, key }: { readonly xen: boolean; readonly key: boolean },
  world: World,
): readonly Diagnostic[] {
  const have = world.have('host', node);
  return [
    ...strangeness(node, world),
    ...wrongSystem(node, have),
    ...(xen ? noXen(node, have) : []),
    ...(key ? noKey(node, have) : []),
  ];
}

/** That it may be another machine than the inventory means (T4). */
export function strangeness(node: NodeName, world: World): readonly Diagnostic[] {
  const have = world.have('host', node);
  return [...wrongName(node, have), ...sharedIdentity(node, have, world)];
}

export function wrongName(node: NodeName, { nodeName }: HostFacts): readonly Diagnostic[] {
  if (!nodeName.known) return [unreadable('host', node, nodeName.why)];
  if (nodeName.value === node) return [];
  const detail = `The inventory calls it ${node}; its own name (\`uname -n\`) is ${JSON.stringify(nodeName.value)}.`;
  return [
    error(
      'host/wrong-name',
      'A node has another name',
      `${detail} DRBD would not find itself in its files, or this is another machine.`,
      {
        help: 'Check the `ssh` address of the node; otherwise give the node its own name in the inventory, or set it with `hostnamectl set-hostname`.',
      },
    ),
  ];
}

const machinesByWorld = new WeakMap<World, ReadonlyMap<string, readonly NodeName[]>>();

function nodesByMachine(world: World): ReadonlyMap<string, readonly NodeName[]> {
  let machines = machinesByWorld.get(world);
  if (machines === undefined) {
    machines = gatherMachines(world);
    machinesByWorld.set(world, machines);
  }
  return machines;
}

function gatherMachines(world: World): ReadonlyMap<string, readonly NodeName[]> {
  const machines = new Map<string, NodeName[]>();
  for (const node of Object.keys(world.site.nodes)) {
    const { machineId } = world.have('host', node);
    if (!machineId.known) continue;
    const list = machines.get(machineId.value);
    if (list === undefined) machines.set(machineId.value, [node]);
    else list.push(node);
  }
  return machines;
}

/** One machine reached under two names, or a clone that kept its identity (T4). */
function sharedIdentity(node: NodeName, { machineId }: HostFacts, world: World): readonly Diagnostic[] {
  if (!machineId.known) return [unreadable('host', node, machineId.why)];
  const all = nodesByMachine(world).get(machineId.value) ?? [];
  return all.length < 2 ? [] : [twins(all)];
}

export function twins(nodes: readonly NodeName[]): Diagnostic {
  return error(
    'host/same-machine',
    'Two nodes are one machine',
    `${nodes.toSorted().join(' and ')} have the same /etc/machine-id.`,
    {
      help: 'Check their `ssh` addresses; on a clone: `rm /etc/machine-id && systemd-machine-id-setup`, then reboot it.',
    },
  );
}

function wrongSystem(node: NodeName, { os }: HostFacts): readonly Diagnostic[] {
  if (!os.known) return [unreadable('host', node, os.why)];
  if ([os.value.id, ...os.value.like].includes('debian')) return [];
  return [
    error('host/not-debian', 'A node does not run Debian', `${node} runs ${os.value.id} ${os.value.version}.`, {
      help: 'sanctl knows the packages and files of Debian and what derives from it only.',
    }),
  ];
}

function noXen(node: NodeName, { xen }: HostFacts): readonly Diagnostic[] {
  if (!xen.known) return [unreadable('host', node, xen.why)];
  if (xen.value !== 'absent') return [];
  return [
    error(
      'host/no-xen',
      'A node has no hypervisor',
      `Virtual machines have their home on ${node}, but \`xl\` is not there.`,
      {
        help: 'Install it by hand, because the node must boot into it: `apt-get install xen-system-amd64`, then reboot and plan again.',
      },
    ),
  ];
}

/** X3: without it the others could only trust whoever answers at its address. */
function noKey(node: NodeName, { key }: HostFacts): readonly Diagnostic[] {
  if (key.known) return [];
  return [
    error('host/no-key', 'The host key of a node could not be read', `${node}: ${key.why}.`, {
      help: `With \`trust: managed\` the other nodes know it by its ed25519 host key. \`ssh-keygen -A\` makes the host keys that are missing, and leaves the others.`,
    }),
  ];
}
