/** Why a node is not emptied: which VM keeps it from that, and what a person can do. All is said at once. */
import { type Diagnostic, error, warning } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import { nameOf } from '../../reach.ts';
import type { Vm } from '../../site.ts';
import { isDying } from '../copies.ts';
import type { Domain } from '../facts.ts';
import { type Shrinkable, shrinking } from './host-refusals.ts';

export interface Room {
  readonly node: NodeName;
  readonly freeBytes: number;
  /** Of that, when all that fit there have come. */
  readonly leftBytes: number;
  readonly smaller: readonly Shrinkable[];
}

export function noTarget({ name, disks }: Vm, node: NodeName): Diagnostic {
  const volumes = disks.map(nameOf).join(', ');
  const why =
    disks.length === 0 ? 'a VM without disks stays at home' : `no other node has a hypervisor and could use ${volumes}`;
  return error('evacuate/no-target', 'A VM can run on no other node', `domain/${name} runs on ${node}: ${why}.`, {
    help: `\`sanctl vm stop ${name}\``,
  });
}

/** `rooms`: of every node that may run it. */
export function noRoom({ name }: Vm, bytes: number, rooms: readonly Room[]): Diagnostic {
  const text = ({ node, freeBytes, leftBytes, smaller }: Room): string => {
    const taken = leftBytes === freeBytes ? '' : ` (${formatSize(freeBytes)} now, and others of this node go there)`;
    return `${node} has ${formatSize(leftBytes)} left${taken}, and ${shrinking(smaller).more}`;
  };
  const ways = rooms.flatMap(({ node, leftBytes, smaller }) => {
    const { bytes: more, commands } = shrinking(smaller);
    return more > 0 && leftBytes + more >= bytes ? [`On ${node}: ${commands}.`] : [];
  });
  return error(
    'evacuate/no-room',
    'A VM fits on no other node',
    `domain/${name} has ${formatSize(bytes)}. ${rooms.map(text).join('; ')}.`,
    {
      help: [...ways, `${ways.length === 0 ? 'Stop' : 'Or stop'} a VM: \`sanctl vm stop ${name}\`, or one there.`].join(
        ' ',
      ),
    },
  );
}

/** Said last: one VM that cannot move keeps all of them where they are. */
export function refused(node: NodeName, vms: readonly Vm[]): Diagnostic {
  const names = vms.map(({ name }) => name);
  return error(
    'evacuate/refused',
    'A node cannot be emptied',
    `${names.join(', ')} cannot leave ${node}, for the reasons above. Nothing moves.`,
    {
      help: `Remove the reasons, move what can move one by one (\`sanctl migrate VM HOST\`), or stop what cannot: ${names.map((name) => `\`sanctl vm stop ${name}\``).join(', ')}. Then again.`,
    },
  );
}

export function stays(node: NodeName, domains: readonly Domain[]): Diagnostic {
  const text = (domain: Domain): string =>
    `${domain.name} (domain ${domain.id}, ${isDying(domain) ? 'dying' : memoryText(domain)})`;
  return warning(
    'evacuate/stays',
    'A node keeps domains that the inventory does not know',
    `${node}: ${domains.map(text).join(', ')}.`,
    { help: 'sanctl moves the VMs of the inventory. Stop or move these by hand.' },
  );
}

/** A node does one thing after the other: what has arrived is not closed before it has seen the others arrive. */
export function longWindows(node: NodeName, parallel: number): Diagnostic {
  return warning(
    'evacuate/long-windows',
    'Two Primaries for longer than the last seconds of a move',
    `Up to ${parallel} VMs leave ${node} at the same time: the disks of one that has arrived stay Primary on both nodes until all of its turn have. A link that is lost then is a split brain (D1).`,
    { help: 'Without `--parallel` one moves after the other, and each is closed at once.' },
  );
}

function memoryText({ memoryBytes }: Domain): string {
  return memoryBytes === undefined ? 'memory unknown' : formatSize(memoryBytes);
}
