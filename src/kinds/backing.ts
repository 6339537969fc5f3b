/** The device of a disk on a node, whatever it stands on, and what must be done before anybody may use it. Pure. */
import type { NodeName } from '../step.ts';
import { devicePath, slicePath } from './drbd/resource.ts';
import { placeOf } from './drbd/things.ts';
import { known, type Reading } from './reading.ts';
import type { Backing } from './site/backing.ts';
import type { Export } from './site/exports.ts';
import type { Site } from './site.ts';
import type { World } from './world.ts';

/** Links that the units of sanctl make once what stands behind them is proven, and take away with it. */
export const importFolder = '/dev/gnbd';
export const imageFolder = '/dev/sanctl/image';

/** Of an import, by whatever way it comes. The same on every node. */
export function importPath({ name, via }: Pick<Export, 'name' | 'via'>): string {
  return via === 'iscsi' ? `/dev/mapper/${name}` : `${importFolder}/${name}`;
}

/** Of an image, through a loop device. */
export function imagePath(name: string): string {
  return `${imageFolder}/${name}`;
}

/** As mdadm and its udev rules link it (R8). */
export function arrayPath(name: string): string {
  return `/dev/md/${name}`;
}

/** On a node that has it or imports it. Why it cannot be named: a mirror whose numbers are not known. */
export function deviceOf(on: Backing, site: Site, world: World): Reading<string> {
  if ('image' in on) return known(imagePath(on.image));
  if ('array' in on) return known(arrayPath(on.array));
  if ('export' in on) return known(importPath(found(site.exports, on.export)));
  const volume = found(site.volumes, on.volume);
  if (volume.replicas.length < 2) return known(slicePath(volume));
  const place = placeOf(volume.name, site, world);
  return place.known ? known(devicePath(place.value.minor)) : place;
}

/** The thing that makes the device on that node, as an address (`Thing.needs`). */
export function thingOf(on: Backing, node: NodeName, site: Site): string {
  if ('image' in on) return `image/${on.image}@${node}`;
  if ('array' in on) return `array/${on.array}@${node}`;
  if ('export' in on) {
    const kind = found(site.exports, on.export).via === 'iscsi' ? 'initiator' : 'import';
    return `${kind}/${on.export}@${node}`;
  }
  const { name, replicas } = found(site.volumes, on.volume);
  return `${replicas.length > 1 ? 'drbd' : 'volume'}/${name}`;
}

/** The inventory was checked: a name that is not there is our own mistake. */
function found<T>(all: Readonly<Record<string, T>>, name: string): T {
  const one = all[name];
  if (one === undefined) throw new Error(`the inventory let a reference to ${name} through, which does not exist`);
  return one;
}
