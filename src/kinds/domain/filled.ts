/** No domain is started on a disk that an image is still to come onto, or that has only a part of it. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Guard } from '../../shell/command.ts';
import type { Vm, Volume } from '../site.ts';
import { isUnfilled, slicesOf } from '../volume/slices.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';
import type { World } from '../world.ts';
import type { Disk } from './devices.ts';
import * as refusals from './refusals.ts';

/** Half of it is of now, and half of a snapshot. */
export function disksBeingRestored(vm: Vm, disks: readonly Disk[], world: World): readonly Diagnostic[] {
  return volumesOf(disks, world)
    .filter((volume) => slicesOf(volume, world).some((slice) => slice.tags.includes(tags.restoring)))
    .map((volume) => refusals.diskBeingRestored(vm, volume));
}

/** By the tags that its slices have now, on any node. */
export function unfilledDisks(vm: Vm, disks: readonly Disk[], world: World): readonly Diagnostic[] {
  return volumesOf(disks, world).flatMap((volume) => {
    const nodes = slicesOf(volume, world).filter(isUnfilled);
    return nodes.length === 0
      ? []
      : [
          refusals.diskUnfilled(
            vm,
            volume,
            nodes.map(({ node }) => node),
          ),
        ];
  });
}

/** Of those that this plan, or another one, fills: asked in the shell of the start itself. */
export function disksAreFilled({ home }: Vm, disks: readonly Disk[], world: World): readonly Guard[] {
  return volumesOf(disks, world)
    .filter((volume) => volume.image !== undefined && volume.replicas.includes(home))
    .map(({ group, name }) => ({
      ask: volumesWhere('lv_name', called({ group, name }), `lv_tags!=${tags.unfilled}`),
      expect: { stdout: name },
      proves: `${group}/${name} is not one that an image is still to come onto (C5)`,
    }));
}

function volumesOf(disks: readonly Disk[], { site }: World): readonly Volume[] {
  return disks.flatMap(({ on, volume }) => (on === 'volume' ? (site.volumes[volume] ?? []) : []));
}
