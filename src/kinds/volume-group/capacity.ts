/** Whether all that the inventory wants from a volume group fits into it: before the first byte is written. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { formatSize, roundUp } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { onNode } from '../on-node.ts';
import type { Site } from '../site.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { extentBytes, sliceBytes } from '../volume/size.ts';

/** Where the first extent of a physical volume begins (lvm.conf(5), `default_data_alignment`). */
const firstExtentBytes = 2 ** 20;

/** Bytes in whole extents that a disk brings to a group. */
export function usableBytes(diskBytes: number, extent: number): number {
  return Math.max(0, Math.floor((diskBytes - firstExtentBytes) / extent) * extent);
}

/**
 * Free bytes that this group on this node must have for what is missing or grows. Volumes in a thin pool take theirs
 * from the pool, whose own metadata exists twice (lvmthin(7): a spare of the same size).
 */
export function neededBytes(
  site: Site,
  node: NodeName,
  group: string,
  have: readonly LogicalVolume[],
  extent: number,
): number {
  const existing = new Map(have.filter((one) => one.group === group).map((one) => [one.name, one.bytes]));
  const more = (name: string, bytes: number): number => Math.max(0, bytes - (existing.get(name) ?? 0));
  const thick = onNode(site, node)
    .volumes.filter((one) => one.group === group)
    .filter((one) => one.state === 'present' && one.thinPool === undefined)
    .map((volume) => more(volume.name, sliceBytes(volume, extent)));
  const pools = Object.entries(site.volumeGroups[group]?.thinPools ?? {}).map(([name, { bytes }]) => {
    const metadata = existing.has(name) ? 0 : 2 * roundUp(Math.max(bytes / 1024, 2 ** 21), extent);
    return more(name, roundUp(bytes, extent)) + metadata;
  });
  return [...thick, ...pools].reduce((sum, bytes) => sum + bytes, 0);
}

/** What `--offline` takes a disk to have: enough. */
export function enoughBytes(site: Site, node: NodeName): number {
  const needed = onNode(site, node).groups.map(({ name }) => neededBytes(site, node, name, [], extentBytes));
  return firstExtentBytes + roundUp(Math.max(...needed, 2 ** 30), extentBytes);
}

export function tooSmall(node: NodeName, group: string, needed: number, free: number): Diagnostic {
  const detail = `${group} on ${node} has ${formatSize(free)} free, and the inventory needs ${formatSize(needed)} more of it.`;
  return error('volumeGroup/too-small', 'A volume group is too small', detail, {
    help: `Add a disk to \`volumeGroups.${group}\`, or ask for less. A replicated volume also needs room for DRBD's metadata.`,
  });
}
