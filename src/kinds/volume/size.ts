/** How large a slice must be for the usable bytes that the inventory asks for. */
import { roundUp } from '../../quantity.ts';
import { metadataBytes } from '../drbd/size.ts';
import type { Volume } from '../site.ts';

/** Of the groups that sanctl makes; vgcreate(8)'s default. */
export const extentBytes = 4 * 2 ** 20;

/**
 * With room for DRBD's metadata where the volume is replicated, and in whole extents of its group; a striped one in as
 * many for each stripe, because LVM rounds up to that itself.
 */
export function sliceBytes(volume: Volume, groupExtentBytes: number): number {
  const peers = volume.replicas.length - 1;
  const bytes = volume.bytes + (peers > 0 ? metadataBytes(volume.bytes, peers) : 0);
  return roundUp(bytes, groupExtentBytes * volume.stripes);
}
