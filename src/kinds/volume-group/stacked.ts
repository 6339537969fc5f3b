/** Volume groups of the node itself on devices that sanctl's settings hide (L1): LVM would lose them while they are in use. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { sliceNames } from '../domain/devices.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import type { PhysicalVolume } from './facts.ts';
import { rejected } from './filter.ts';

const hidden = rejected.map((pattern) => new RegExp(pattern));

/** One that nobody has open is a guest's own, and to hide that is what they are for. A host that scans its own volumes may stand on one. */
export function stackedGroups(
  node: NodeName,
  pvs: readonly PhysicalVolume[],
  volumes: readonly LogicalVolume[],
): readonly Diagnostic[] {
  const open = new Set(volumes.filter((one) => one.open).map(({ groupUuid }) => groupUuid));
  const own = new Set(volumes.filter((one) => !one.hidden).flatMap((one) => [one.path, ...sliceNames(one)]));
  return pvs
    .filter(({ groupUuid }) => open.has(groupUuid))
    .filter(({ path }) => own.has(path) || hidden.some((pattern) => pattern.test(path)))
    .map(({ group, path }) => stacked(node, group, path));
}

function stacked(node: NodeName, group: string, path: string): Diagnostic {
  return error(
    'volumeGroup/stacked',
    'A volume group in use stands on what LVM must not see',
    `${group} on ${node} is in use and stands on ${path}, which the lvmlocal.conf that sanctl writes would hide (L1).`,
    {
      help: `sanctl puts DRBD on logical volumes, not logical volumes on DRBD. Move what is on ${group} first, or leave ${node} out of the inventory.`,
    },
  );
}
