/** The steps that make a volume group or add disks to it. */
import { formatSize } from '../../quantity.ts';
import { command, type Guard, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import type { StepDraft } from '../verdict.ts';
import { extentBytes } from '../volume/size.ts';
import { tags } from '../volume/tags.ts';
import type { NewDisk } from './disk.ts';
import type { GroupState } from './facts.ts';
import { gate } from './gate.ts';
import { noGuestHas } from './guests.ts';

/**
 * Labels and group in one step: what breaks off between leaves labelled disks, which the next plan takes up. pvcreate
 * and vgcreate have no force flag here: each asks itself again whether the disk is free, and a question is a no (C10).
 */
export function create(node: NodeName, group: string, disks: readonly NewDisk[]): StepDraft {
  const paths = disks.map(({ path }) => path);
  const extent = ['--physicalextentsize', `${extentBytes}b`];
  return {
    verb: 'create',
    node,
    title: `create volume group ${group} on ${named(disks)}`,
    danger: 'none',
    guards: [
      {
        ask: command('vgs', '--noheadings', '-o', 'vg_uuid', '--select', `vg_name=${group}`),
        expect: { stdout: '' },
        proves: `there is no volume group ${group} (L7)`,
      },
      ...gates(disks),
    ],
    actions: [...labels(disks), run('vgcreate', ...extent, '--addtag', tags.ours, group, ...paths)],
    reason: `the inventory asks for a volume group that ${node} does not have`,
  };
}

export function extend(node: NodeName, group: GroupState, disks: readonly NewDisk[]): StepDraft {
  return {
    verb: 'extend',
    node,
    title: `add ${named(disks)} to volume group ${group.name}`,
    danger: 'none',
    guards: [
      {
        ask: command('vgs', '--noheadings', '-o', 'vg_uuid', '--select', `vg_name=${group.name}`),
        expect: { stdout: group.uuid },
        proves: `${group.name} is the group that the plan saw (C3)`,
      },
      ...gates(disks),
    ],
    actions: [...labels(disks), run('vgextend', group.name, ...disks.map(({ path }) => path))],
    reason: 'the inventory names disks that the group does not have',
  };
}

function gates(disks: readonly NewDisk[]): readonly Guard[] {
  const each = disks.flatMap((disk) => gate(disk.path, disk.device, disk.is === 'labelled' ? disk.uuid : undefined));
  return [...each, noGuestHas(disks)];
}

function labels(disks: readonly NewDisk[]) {
  return disks.filter((disk) => disk.is === 'blank').map(({ path }) => run('pvcreate', path));
}

function named(disks: readonly NewDisk[]): string {
  return disks.map(({ path, device }) => `${path} (${formatSize(device.bytes)})`).join(', ');
}
