/**
 * Growing a replicated volume (safety.md 3.4): its slices, then the resource. DRBD's metadata stand at the end of a slice,
 * so between `lvextend` and `drbdadm resize` they are not where DRBD looks for them after a reboot. Hence a slice that
 * DRBD has written on grows only where the resize can follow at once, and where a slice that then seems empty is still
 * known to be seeded. What is not so yet, this plan makes so, and the next one grows. Pure.
 */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { Volume } from '../site.ts';
import type { World } from '../world.ts';
import { isRunning, isSeeded, type Side } from './side.ts';
import { readSides } from './sides.ts';
import { metadataBytes } from './size.ts';

/** `free`: DRBD has nothing on any slice yet. `later`: not in this plan. `now`: slices and resource, in this plan. */
export type Growth = 'free' | 'none' | 'later' | 'now';

export function growthOf(volume: Volume, sides: readonly Side[]): Growth {
  if (sides.every(({ metadata, running }) => metadata === 'none' && running === undefined)) return 'free';
  if (!sides.some((side) => isSmall(volume, side))) return 'none';
  return sides.every((side) => isRunning(side) && isSeeded(side)) ? 'now' : 'later';
}

/** Whether the volume kind may make the slices larger; what cannot be read, the drbd kind refuses. */
export function slicesMayGrow(volume: Volume, world: World): Growth {
  if (volume.replicas.length < 2) return 'free';
  const read = readSides({ volume, file: undefined }, world);
  return 'problems' in read ? 'none' : growthOf(volume, read.sides);
}

/** In the kernel's word where it runs; where it does not, the slice tells. */
function isSmall({ bytes, replicas }: Volume, side: Side): boolean {
  const { running, slice } = side;
  const usable = isRunning(side) ? running?.volumes['0']?.bytes : undefined;
  if (usable !== undefined) return usable < bytes;
  return slice !== undefined && slice.bytes < bytes + metadataBytes(bytes, replicas.length - 1);
}

export function growsLater({ name, bytes }: Volume, sides: readonly Side[]): Diagnostic {
  const down = sides.filter((side) => !isRunning(side)).map(({ node }) => node);
  const first =
    down.length > 0
      ? `it does not run on ${down.join(' and ')} yet, and this plan brings it up`
      : 'its slices are not marked as seeded yet, and this plan does that';
  const detail = `drbd/${name} is to grow to ${formatSize(bytes)}: ${first}.`;
  return warning('drbd/grows-later', 'A resource grows in the next run only', detail, {
    help: 'Apply this plan; once every replica is up to date, plan again.',
  });
}
