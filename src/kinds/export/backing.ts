/** What an export stands on, on the node that serves it: how it is found there at each start, and what marks it as the one. Pure. */

import { arrayPath } from '../backing.ts';
import { devicePath } from '../drbd/resource.ts';
import { placeOf } from '../drbd/things.ts';
import { known, type Reading, unknown } from '../reading.ts';
import type { NbdExport } from '../site/exports.ts';
import type { Site, Volume } from '../site.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { orNothing } from '../volume-group/want.ts';
import type { World } from '../world.ts';
import type { ServedLast } from './facts.ts';
import { tagOf } from './wire.ts';

/** The slice or mirror that it serves, if that is what it serves. */
export function volumeOf({ backing }: NbdExport, site: Site): Volume | undefined {
  return 'volume' in backing ? site.volumes[backing.volume] : undefined;
}

/** At least as many bytes are served; of an array, as many as its members give. */
export function bytesOf(exported: NbdExport, site: Site): number {
  const { backing } = exported;
  if ('image' in backing) return site.images[backing.image]?.bytes ?? 0;
  return volumeOf(exported, site)?.bytes ?? 0;
}

/** The words of the start check (templates/export/check.hbs). */
export function checkWords(exported: NbdExport, site: Site, world: World): Reading<readonly string[]> {
  const { backing, readOnly } = exported;
  const only = readOnly ? ['shared'] : [];
  if ('array' in backing) return known(['array', arrayPath(backing.array), ...only]);
  if ('image' in backing) {
    const image = site.images[backing.image];
    return image === undefined
      ? unknown('it has no image')
      : known(['image', String(image.bytes), image.path, ...only]);
  }
  const volume = volumeOf(exported, site);
  if (volume === undefined) return unknown('it has no volume');
  const slice = [volume.group, volume.name, tagOf(exported)];
  if (volume.replicas.length < 2) return known(['slice', ...slice, ...only]);
  const place = placeOf(volume.name, site, world);
  return place.known ? known(['mirror', ...slice, devicePath(place.value.minor), ...only]) : place;
}

/** The slice below it, on its node: undefined when there is none yet. */
export function sliceBelow(volume: Volume, { from }: NbdExport, world: World): Reading<LogicalVolume | undefined> {
  const all = orNothing(world.have('volume', from).volumes, world, from);
  return all.known ? known(all.value.find(({ group, name }) => group === volume.group && name === volume.name)) : all;
}

/** S3: whether it is what the export served last, as far as the plan can tell; the start check knows the rest. */
export function isServedLast(
  last: ServedLast,
  exported: NbdExport,
  slice: LogicalVolume | undefined,
  site: Site,
): boolean {
  const { backing } = exported;
  if ('volume' in backing) return last.sort === 'volume' && last.id === slice?.uuid;
  if ('image' in backing) return last.sort === 'image' && last.path === site.images[backing.image]?.path;
  return last.sort === 'array' && last.path === arrayPath(backing.array);
}
