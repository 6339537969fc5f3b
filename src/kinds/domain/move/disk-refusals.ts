/** Why a VM does not move: one of its disks. The reason, and the way out. */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import type { Vm } from '../../site.ts';
import type { Disk } from '../devices.ts';
import type { Domain } from '../facts.ts';

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

/** N7: whose export cannot be handed over in the middle of a move. `why`: a clause. */
export function onImport({ name }: Vm, { volume, as }: Disk, why: string): Diagnostic {
  return error(
    'move/import-disk',
    'A disk of a VM is imported by one node',
    `domain/${name} has the export ${volume} as ${as}, which the other node cannot take over while it runs: ${why} (N7, docs/decisions/0016).`,
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
    `${volume}, a disk of domain/${name}, is used on ${node} by ${others.map((one) => one.name).join(', ')} as well, or may be: that node could not let go of it afterwards (X1).`,
    { help: 'Stop the other one, or take the disk away from it.' },
  );
}
