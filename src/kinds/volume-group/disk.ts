/** What a disk is to a volume group of the inventory: a member, blank, half made, or none of sanctl's business. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { type Reading, unreadable } from '../reading.ts';
import type { Device, PhysicalVolume } from './facts.ts';
import { foundOn } from './found.ts';

export type Disk =
  | { readonly is: 'member'; readonly path: string }
  | { readonly is: 'blank'; readonly path: string; readonly device: Device }
  /** A physical volume in no group with nothing behind its label: what a making that broke off leaves. */
  | { readonly is: 'labelled'; readonly path: string; readonly device: Device; readonly uuid: string }
  | { readonly is: 'refused'; readonly why: Diagnostic };

/** A disk which may become a physical volume, or already is an empty one. */
export type NewDisk = Extract<Disk, { is: 'blank' | 'labelled' }>;

export interface Place {
  readonly node: NodeName;
  readonly path: string;
  readonly group: string;
}

/** `pvs` is undefined when the node has no LVM yet. */
export function judge(
  place: Place,
  reading: Reading<Device | 'absent'>,
  pvs: readonly PhysicalVolume[] | undefined,
): Disk {
  const { node, path, group } = place;
  if (!reading.known) return refused(unreadable(`volumeGroup/${group}`, node, reading.why));
  const device = reading.value;
  if (device === 'absent') return refused(noDisk(place));
  const [signature, ...more] = device.signatures;
  if (signature === undefined) return blankOrNot(place, device);
  const labelled = signature.type === 'LVM2_member' && more.length === 0;
  if (!labelled) return refused(occupied(place, device));
  if (pvs === undefined) return refused(needsLvm(place));
  const [pv, ...twins] = pvs.filter((one) => one.uuid === signature.uuid);
  if (pv === undefined) return refused(unseen(place));
  if (twins.length > 0 || pv.duplicate) return refused(duplicate(place));
  if (pv.group === group) return { is: 'member', path };
  if (pv.group !== '') return refused(taken(place, pv.group));
  const empty = device.content.is === 'zero after 1 MiB' && unused(device);
  return empty ? { is: 'labelled', path, device, uuid: pv.uuid } : refused(leftOver(place));
}

function refused(why: Diagnostic): Disk {
  return { is: 'refused', why };
}

function unused(device: Device): boolean {
  return device.children.length === 0 && device.mountpoints.length === 0 && !device.readOnly;
}

function blankOrNot(place: Place, device: Device): Disk {
  const blank = device.content.is === 'zero' && unused(device);
  return blank ? { is: 'blank', path: place.path, device } : refused(occupied(place, device));
}

const look = 'If nothing on it is needed any more, erase it by hand';

function occupied({ node, path }: Place, device: Device): Diagnostic {
  const detail = `${path} on ${node} (${formatSize(device.bytes)}) is not blank: ${foundOn(device).join('; ')}.`;
  return error('volumeGroup/not-blank', 'A disk is not blank', detail, {
    help: `${look}: \`wipefs --all ${path}\`, then \`blkdiscard --zeroout ${path}\`; and plan again.`,
  });
}

function noDisk({ node, path }: Place): Diagnostic {
  return error('volumeGroup/no-disk', 'A disk is not there', `${node} has no block device ${path}.`, {
    help: `\`lsblk\` on ${node} lists its disks; names below /dev/disk/by-id stay the same when disks move.`,
  });
}

function needsLvm({ node, path }: Place): Diagnostic {
  return error(
    'volumeGroup/lvm-missing',
    'A disk bears a physical volume, but LVM is not installed',
    `${path} on ${node} belonged to LVM before, and without lvm2 nobody can tell what is on it.`,
    {
      help: `Install it by hand, \`apt-get install lvm2\` on ${node}, and plan again.`,
    },
  );
}

function unseen({ node, path }: Place): Diagnostic {
  return error(
    'volumeGroup/unseen',
    'LVM does not see a physical volume',
    `${path} on ${node} bears the label of a physical volume that \`pvs\` does not list.`,
    {
      help: '`pvs --all`, `lvmconfig devices/global_filter` and `lvmdevices` tell why: a filter, a devices file or a damaged label.',
    },
  );
}

function duplicate({ node, path }: Place): Diagnostic {
  return error(
    'volumeGroup/duplicate',
    'A physical volume exists twice',
    `LVM on ${node} sees the physical volume of ${path} on two devices (L1, L7).`,
    {
      help: 'One is a copy or another path to the same data: take it away, or let `global_filter` reject it.',
    },
  );
}

function taken({ node, path }: Place, group: string): Diagnostic {
  return error(
    'volumeGroup/taken',
    'A disk belongs to another volume group',
    `${path} on ${node} belongs to ${group}.`,
    {
      help: `Correct the device in the inventory, or free the disk by hand with \`vgreduce ${group} ${path}\`, which needs it to be empty.`,
    },
  );
}

function leftOver({ node, path }: Place): Diagnostic {
  return error(
    'volumeGroup/left-over',
    'A physical volume is in no group but may hold data',
    `${path} on ${node} was in a volume group before: there are bytes behind its label.`,
    {
      help: `\`vgcfgrestore --list\` may know the group. ${look}: \`pvremove ${path}\`, then \`blkdiscard --zeroout ${path}\`; and plan again.`,
    },
  );
}
