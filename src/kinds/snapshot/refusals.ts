/** Why no snapshot is made, removed or gone back to, and what to do. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import type { Copy } from '../domain/copies.ts';
import type { Disk } from '../domain/devices.ts';
import type { Vm, Volume } from '../site.ts';
import type { Slice } from '../volume/slices.ts';
import type { Snapshot } from './sets.ts';

export function badName(set: string): Diagnostic {
  return error('snapshot/bad-name', 'A set of snapshots cannot be called so', `\`${set}\``, {
    help: 'Letters, digits and _ -, at most 32, beginning with a letter or digit.',
  });
}

export function noDevice({ name }: Vm, why: string): Diagnostic {
  return error('snapshot/no-device', 'The disks of a VM are not known', `snapshot/${name}: ${why}.`);
}

export function otherDisks({ name }: Vm, disks: readonly Pick<Disk, 'on' | 'volume'>[]): Diagnostic {
  const list = disks.map(({ on, volume }) => `${on} ${volume}`).join(', ');
  return error(
    'snapshot/other-disks',
    'A disk of a VM is no volume of its node',
    `snapshot/${name}: ${list} cannot be snapshotted together with the others.`,
    { help: 'Snapshots are of volumes. What is imported is snapshotted where it is served.' },
  );
}

export function noDisks({ name }: Vm): Diagnostic {
  return error('snapshot/no-disks', 'A VM has no disk to snapshot', `snapshot/${name} has no volume among its disks.`);
}

export function isThere({ name }: Vm, set: string, found: readonly Snapshot[]): Diagnostic {
  const where = [...new Set(found.map(({ node }) => node))].join(' and ');
  const half = found.some(({ whole }) => !whole);
  return error(
    'snapshot/is-there',
    'There is a set of snapshots of that name',
    `snapshot/${name}: ${set} is on ${where}${half ? ', and was not made whole' : ''}.`,
    { help: `Take another name, or remove it: \`sanctl snapshot remove ${name} ${set}\`.` },
  );
}

export function noSlice({ name }: Vm, node: NodeName): Diagnostic {
  return error(
    'snapshot/no-slice',
    'A disk has no slice where its VM is',
    `snapshot/${name}: not every disk has a slice on ${node}.`,
    { help: `\`sanctl plan\` shows what is missing.` },
  );
}

export function unfit({ name }: Vm, { group, name: volume, node }: Slice): Diagnostic {
  return error(
    'snapshot/unfit',
    'A disk is in no state to be snapshotted',
    `snapshot/${name}: ${group}/${volume} on ${node} is inactive, not healthy, or not filled yet.`,
    { help: '`sanctl status` and `sanctl verify` say what is wrong.' },
  );
}

export function noRoom({ name }: Vm, node: NodeName, group: string, needed: number, free: number): Diagnostic {
  return error(
    'snapshot/no-room',
    'A volume group has no room for a snapshot',
    `snapshot/${name}: ${group} on ${node} has ${formatSize(free)} free; the snapshots need ${formatSize(needed)}, room for all that may still be written (L5).`,
    { help: `Add a disk to \`volumeGroups.${group}\`, remove older snapshots, or put the volumes into a thin pool.` },
  );
}

export function noSet({ name }: Vm, set: string, all: readonly Snapshot[]): Diagnostic {
  const names = [...new Set(all.map((one) => one.set))];
  return error('snapshot/no-set', 'There is no such set of snapshots', `snapshot/${name}: no ${set}.`, {
    help: names.length === 0 ? `${name} has none.` : `It has ${names.join(', ')}.`,
  });
}

/** X1: it would read one half from before and one from after. */
export function runs({ name }: Vm, { node }: Copy): Diagnostic {
  return error('snapshot/runs', 'A VM runs, and its disks are not put back beneath it', `${name} runs on ${node}.`, {
    help: `\`sanctl vm stop ${name}\`, then again.`,
  });
}

export function notInSet({ name }: Vm, volume: Volume): Diagnostic {
  return error(
    'snapshot/not-in-set',
    'A disk is not in the set',
    `snapshot/${name}: ${volume.name} was no disk of it then. Its disks would be of different moments.`,
    { help: 'Choose another set, or copy by hand what you need: a snapshot can be mounted read-only.' },
  );
}

export function notWhole({ name }: Vm, { set, origin, node }: Snapshot): Diagnostic {
  return error(
    'snapshot/not-whole',
    'A set of snapshots is not of one moment',
    `snapshot/${name}: ${set} of ${origin} on ${node} was not made whole, or is there twice.`,
    { help: `Only \`sanctl snapshot remove ${name} ${set}\` takes it.` },
  );
}

export function grown({ name }: Vm, volume: Volume): Diagnostic {
  return error(
    'snapshot/grown',
    'A disk is not as large as it was',
    `snapshot/${name}: ${volume.name} has another size than its snapshot, or is not where the snapshot is.`,
    { help: 'Copy by hand what you need: a snapshot can be mounted read-only.' },
  );
}

/** Behind the data of a mirror stands DRBD's metadata: restored into a disk, it would be rubbish in it. */
export function sizeUnknown({ name }: Vm, { origin, node }: Snapshot): Diagnostic {
  return error(
    'snapshot/size-unknown',
    'How large a disk was is not known',
    `snapshot/${name}: ${origin} has another size on ${node} than when it was snapshotted, or is a mirror that does not run there.`,
    { help: `\`sanctl status\` says how it is. \`drbdadm up ${origin}\` on ${node} starts a mirror that is down.` },
  );
}
