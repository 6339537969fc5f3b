/** Whether the LVM of a node keeps away from the disks of guests (L1), as far as its files decide that. */
import { type Diagnostic, error, warning } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { lvmPath } from '../file/paths.ts';
import { unreadable } from '../reading.ts';
import type { World } from '../world.ts';
import { faultsOf, rejectsAll } from './filter.ts';
import { filterContent, lacksLvm, writesFilter } from './want.ts';

/** L1. Where sanctl writes the filter, it is that file, and what it cannot decide, that are looked at. */
export function settingsProblems(node: NodeName, world: World): readonly Diagnostic[] {
  const unsafe = writesFilter(world, node) ? faultsOf(textOf(filterContent(node, world))) : [];
  if (unsafe.length > 0) return [unsafeFile(node, unsafe)];
  if (lacksLvm(world, node)) return [];
  const { settings } = world.have('volumeGroup', node);
  if (!settings.known) return [unreadable('volumeGroup', node, settings.why)];
  const { globalFilter, scanLvs, allowChangesWithDuplicatePvs, useDevicesFile } = settings.value;
  if (useDevicesFile) return [devicesFile(node)];
  if (writesFilter(world, node)) return [];
  if (rejectsAll(globalFilter) && !scanLvs && !allowChangesWithDuplicatePvs) return [];
  return [looseFilter(node, globalFilter)];
}

function textOf(content: Content): string {
  return content.map((piece) => (typeof piece === 'string' ? piece : 'x')).join('');
}

/** The initramfs has its own copy of LVM's configuration, which matters when the root file system is on LVM. */
export function bootNote(node: NodeName, world: World): readonly Diagnostic[] {
  const root = Object.values(world.have('volumeGroup', node).devices).some(
    (one) => one.known && one.value !== 'absent' && one.value.mountpoints.includes('/'),
  );
  if (!root || !writesFilter(world, node)) return [];
  return [
    warning(
      'volumeGroup/initramfs',
      'The boot image has its own LVM filter',
      `The root file system of ${node} is on a volume group of the inventory.`,
      {
        help: `After the filter was written: \`update-initramfs -u\` on ${node}.`,
      },
    ),
  ];
}

function unsafeFile(node: NodeName, faults: readonly string[]): Diagnostic {
  return error(
    'volumeGroup/unsafe-file',
    'A filter of LVM would risk data',
    `${lvmPath} for ${node} is refused: ${faults.join('; ')} (L1).`,
    { help: 'Put it right in your template `templates/volume-group/lvmlocal.conf`.' },
  );
}

function devicesFile(node: NodeName): Diagnostic {
  return error(
    'volumeGroup/devices-file',
    'LVM uses a devices file',
    `\`use_devicesfile\` is on on ${node}; sanctl does not keep devices files.`,
    {
      help: 'Set `devices/use_devicesfile=0` in lvm.conf (Debian’s default).',
    },
  );
}

function looseFilter(node: NodeName, filter: readonly string[]): Diagnostic {
  return error(
    'volumeGroup/lvm-filter',
    'LVM may look into the disks of guests',
    `The LVM of ${node} has a filter of its own, ${JSON.stringify(filter)}, which does not keep it away from DRBD and NBD devices under all their names (L1).`,
    {
      help: 'Write your filter into your own template `volume-group/lvmlocal.conf` and use `--adopt /etc/lvm/lvmlocal.conf`, or reject `^/dev/drbd` and `^/dev/nbd` without any accepting pattern, with scan_lvs=0 and allow_changes_with_duplicate_pvs=0.',
    },
  );
}
