/** Why a VM does not move now: the reason, and the way out. All that is wrong is said at once. */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import type { XenFacts } from '../../host/facts.ts';
import { nameOf, usableOn } from '../../reach.ts';
import type { Site, Vm, VmDisk } from '../../site.ts';
import type { Disk } from '../devices.ts';
import type { Domain } from '../facts.ts';
import { logOf, unitOf } from './unit.ts';

export function alreadyThere({ name }: Vm, node: NodeName): Diagnostic {
  return error('move/already-there', 'A VM is where it is to move', `domain/${name} runs on ${node}.`, {
    help: `Name another node. If a move broke off, \`sanctl migrate ${name} --cleanup\` puts right what it left.`,
  });
}

export function notPossible(vm: Vm, node: NodeName, site: Site): Diagnostic {
  const lacking = vm.disks.filter((disk) => !usableOn(disk, site).includes(node));
  const of = (which: (disk: VmDisk) => boolean, text: string): readonly string[] => {
    const names = lacking.filter(which).map(nameOf);
    return names.length === 0 ? [] : [`${text} ${names.join(', ')}`];
  };
  const why = [
    ...of((disk) => 'volume' in disk, 'it has no replica of'),
    ...of((disk) => 'export' in disk, 'it does not import'),
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

export function plainDisk({ name }: Vm, { volume, as }: Disk): Diagnostic {
  return error(
    'move/plain-disk',
    'A disk of a VM is on one node only',
    `domain/${name} has ${volume} as ${as}, which has no second replica: its data cannot be where the VM goes.`,
    {
      help: `Stop it (\`sanctl vm stop ${name}\`) and copy its data, or give the volume a second replica.`,
    },
  );
}

/** R5: two hosts that assemble one array write over each other’s superblocks and bitmap. */
export function onArray({ name }: Vm, { volume, as }: Disk): Diagnostic {
  return error(
    'move/array-disk',
    'A disk of a VM is on an array',
    `domain/${name} has the array ${volume} as ${as}, which only one node may assemble at a time: it cannot be open on both (R5).`,
    {
      help: `Stop it (\`sanctl vm stop ${name}\`), let another node take over the array, and start it there.`,
    },
  );
}

/** N7: a second importer that may write exists only inside a journaled window. */
export function onImport({ name }: Vm, { volume, as }: Disk): Diagnostic {
  return error(
    'move/import-disk',
    'A disk of a VM is imported by one node',
    `domain/${name} has the export ${volume} as ${as}: the other node would have to import it as well, and sanctl does not do that for a move yet (N7).`,
    {
      help: `Stop it (\`sanctl vm stop ${name}\`), give it another \`home\` of those that \`exports.${volume}.to\` names, and apply.`,
    },
  );
}

export function windowIsOpen({ name }: Pick<Vm, 'name'>, volume: string, node: NodeName): Diagnostic {
  return error(
    'move/window-open',
    'A WINDOW FOR TWO PRIMARIES IS OPEN: a lost link is a split brain',
    `drbd/${volume}, a disk of domain/${name}, allows two primaries on ${node}: a move is under way, or one broke off (D1).`,
    { help: `When no move runs: \`sanctl migrate ${name} --cleanup\` finds out where ${name} is, and closes it.` },
  );
}

/** `why`: each a clause. */
export function diskNotReady(volume: string, node: NodeName, why: readonly string[]): Diagnostic {
  return error(
    'move/disk-not-ready',
    'A disk is not as it must be for a move',
    `drbd/${volume} on ${node}: ${why.join('; ')} (D2).`,
    {
      help: 'Repair the replication network, wait for a sync to end (`cat /proc/drbd`), or apply; then try again.',
    },
  );
}

export function diskless(volume: string, node: NodeName): Diagnostic {
  return error(
    'move/diskless',
    'A replica has lost its disk',
    `drbd/${volume} on ${node} is Diskless: its data are on the other node only.`,
    {
      help: `Do not disconnect it. If the disk is good, \`drbdadm attach ${volume}\` there, and wait for the sync. sanctl does not move a VM away from a lost disk yet: stop it and start it on the other node.`,
    },
  );
}

export function otherProtocol(volume: string, protocol: string): Diagnostic {
  return error(
    'move/protocol',
    'A volume is not replicated by protocol C',
    `drbd/${volume} is replicated by protocol ${protocol}: its peer may lack what was written last (D11).`,
    { help: 'Set `replication.protocol: C`, apply, and try again.' },
  );
}

export function diskShared({ name }: Vm, volume: string, node: NodeName, others: readonly Domain[]): Diagnostic {
  return error(
    'move/disk-shared',
    'A disk of a VM is also that of another one',
    `drbd/${volume}, a disk of domain/${name}, is used on ${node} by ${others.map((one) => one.name).join(', ')} as well, or may be: it could not be made Secondary there afterwards (X1).`,
    { help: 'Stop the other one, or take the disk away from it.' },
  );
}

export function versionsApart(source: NodeName, from: XenFacts, target: NodeName, to: XenFacts): Diagnostic {
  const text = ({ major, minor }: XenFacts): string => `${major}.${minor}`;
  return error(
    'move/xen-version',
    'Two versions of Xen do not fit',
    `${source} has Xen ${text(from)}, ${target} has ${text(to)}: a running guest moves to the same version, or to the next minor one (X4).`,
    { help: `Stop it and start it on ${target}, or bring ${target} to the version of ${source}.` },
  );
}

export function noShadow({ name }: Vm, source: NodeName): Diagnostic {
  return error(
    'move/no-shadow',
    'A hypervisor cannot track the memory of a PV guest',
    `domain/${name} is a PV guest, and Xen on ${source} lacks \`shadow\` among its \`virt_caps\`: \`xl migrate\` would fail there ("Failed to enable logdirty").`,
    { help: 'Boot a Xen that was built with shadow paging, or stop the VM and start it elsewhere.' },
  );
}

/** What a guest could give back, and the command. */
export interface Shrinkable {
  readonly bytes: number;
  readonly command: string;
}

/** What all guests of a node could give back: as a clause, and by which commands. */
export function shrinking(all: readonly Shrinkable[]) {
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  const more =
    bytes === 0 ? 'no VM there can be made smaller' : `its VMs at their minimum would free ${formatSize(bytes)} more`;
  return { bytes, more, commands: all.map(({ command }) => `\`${command}\``).join(', ') };
}

export function noMemory(
  { name }: Vm,
  node: NodeName,
  need: number,
  free: number,
  shrinkable: readonly Shrinkable[],
): Diagnostic {
  const { bytes, more, commands } = shrinking(shrinkable);
  return error(
    'move/no-memory',
    'A node has too little free memory for a VM',
    `domain/${name} has ${formatSize(need)}; ${node} has ${formatSize(free)} free, and ${more}.`,
    {
      help:
        free + bytes >= need && bytes > 0
          ? `On ${node}: ${commands}; then try again.`
          : 'Stop or move another VM, or give dom0 less memory.',
    },
  );
}

export function missingThere({ name }: Vm, node: NodeName, files: readonly string[]): Diagnostic {
  return error(
    'move/no-kernel',
    'A node lacks the kernel of a VM',
    `domain/${name} is started from ${files.join(' and ')}, not there on ${node}: it would move, and not come back from a reboot.`,
    { help: `Copy ${files.length === 1 ? 'it' : 'them'} there.` },
  );
}

export function noBridge({ name }: Vm, node: NodeName, bridges: readonly string[]): Diagnostic {
  return error(
    'move/no-bridge',
    'A node lacks a bridge of a VM',
    `domain/${name} has a card on ${bridges.join(' and on ')}; ${node} has no such bridge.`,
    { help: `Make it on ${node}, as it is on the node where it runs.` },
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
    `domain/${name}: each of its mirrors must stand in its file once, as \`target=/dev/drbdN\` at the end of its text, and no secret.`,
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
