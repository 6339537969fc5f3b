/** Why a VM does not move now: where it is, how it runs, and the way between the nodes. The reason, and the way out. */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { attachableOn, nameOf } from '../../reach.ts';
import type { VmDisk } from '../../site/vm.ts';
import type { Site, Vm } from '../../site.ts';
import { logOf, unitOf } from './unit.ts';

export function alreadyThere({ name }: Vm, node: NodeName): Diagnostic {
  return error('move/already-there', 'A VM is where it is to move', `domain/${name} runs on ${node}.`, {
    help: `Name another node. If a move broke off, \`sanctl migrate ${name} --cleanup\` puts right what it left.`,
  });
}

export function notPossible(vm: Vm, node: NodeName, site: Site): Diagnostic {
  const lacking = vm.disks.filter((disk) => !attachableOn(disk, site).includes(node));
  const of = (which: (disk: VmDisk) => boolean, text: string): readonly string[] => {
    const names = lacking.filter(which).map(nameOf);
    return names.length === 0 ? [] : [`${text} ${names.join(', ')}`];
  };
  const why = [
    ...of((disk) => 'volume' in disk, 'it has no replica of'),
    ...of((disk) => 'export' in disk, 'it may not import'),
    ...of((disk) => 'array' in disk, 'it may not assemble'),
  ];
  return error(
    'move/not-possible',
    'A node cannot run a VM',
    `domain/${vm.name} cannot run on ${node}: ${vm.disks.length === 0 ? 'a VM without disks stays at home' : why.join(', ') || 'it has no hypervisor'}.`,
    {
      help: `Name a node that has \`xl\` and each of its disks.`,
    },
  );
}

export function noWay(source: NodeName, target: NodeName, ssh: string, address: string, why: string): Diagnostic {
  return error(
    'move/no-way',
    'A node does not reach another one as root',
    `\`xl migrate\` would go from ${source} to ${target} by \`${ssh} root@${address}\`. Tried with \`xl info\`:\n${why}`,
    {
      help: `With \`defaults: { migration: { trust: managed } }\` in the inventory, apply sets it up: host keys known, each for nothing but a move. By hand: a key of root on ${source} that ${target} accepts without a question, and its host key in /root/.ssh/known_hosts. Never StrictHostKeyChecking=no (X3).`,
    },
  );
}

/** Of a receiver whose sender is nowhere: it does not notice that the line is gone, for hours (seen). */
export function orphan({ name }: Pick<Vm, 'name'>, node: NodeName, receivers: readonly string[]): Diagnostic {
  const pids = receivers.map((line) => line.split(' ')[0] ?? '');
  return error(
    'move/orphan',
    'A receiver waits for a move that nobody makes',
    `On ${node}, and \`xl migrate\` is at work on no node:\n${receivers.join('\n')}`,
    {
      help: `If nobody moves a VM to ${node} from anywhere else: \`kill ${pids.join(' ')}\` there; then \`sanctl migrate ${name} --cleanup\` clears away what it leaves.`,
    },
  );
}

export function underWay(vm: Pick<Vm, 'name'>, node: NodeName, movers: readonly string[]): Diagnostic {
  return error('move/under-way', 'A guest is on its way', `On ${node} a move is at work:\n${movers.join('\n')}`, {
    help: `It goes on by itself: \`systemctl status ${unitOf(vm)}\` and ${logOf(vm)} on ${node} tell how far it is. When it has ended, \`sanctl migrate ${vm.name} --cleanup\` finds out where ${vm.name} is, and closes what is open. Never kill \`xl migrate\` itself, its guest may stand still for good; if it hangs, kill the \`ssh\` that it started: xl then resumes the guest.`,
  });
}

export function filesDiffer(path: string, where: readonly string[]): Diagnostic {
  return error(
    'move/file-differs',
    'A file is not the same on both nodes of a move',
    `${path}: ${where.join(', ')} (X6, D9).`,
    { help: '`sanctl apply` writes it on both; then try again.' },
  );
}

export function differs({ name }: Vm, node: NodeName, found: readonly string[]): Diagnostic {
  return error(
    'move/differs',
    'A running VM differs from its file',
    `domain/${name} on ${node}: ${found.join('; ')}. Its file goes with it, and must be what it is (X6).`,
    {
      help: 'Make the guest as its file says (`xl block-detach`, `xl network-detach`, `xl mem-set`, `xl vcpu-set`), or write into the inventory what it is, apply, and start it anew.',
    },
  );
}

/** Of a template of the user's own. */
export function noConfig({ name }: Vm): Diagnostic {
  return error(
    'move/no-config',
    'The file of a VM cannot go with it',
    `domain/${name}: each of its mirrors and imports must stand in its file once, as \`target=/dev/drbdN\` or \`target=/dev/gnbd/NAME\` at the end of its text, and no secret.`,
    { help: 'Put it right in your template `templates/domain/domain.cfg`, and apply.' },
  );
}

export function hvm({ name }: Vm): Diagnostic {
  return error(
    'move/hvm',
    'An hvm guest does not move yet',
    `domain/${name} is hvm: when its emulator opens the disks on the other node, nobody has seen yet (unproven).`,
    { help: `Stop it, and start it on the other node.` },
  );
}
