/** What an inventory says of a logical volume besides its name: which group, how large, of which shape. Pure. */
import { metadataBytes } from '../kinds/drbd/size.ts';
import type { LogicalVolume } from '../kinds/volume/facts.ts';
import { extentBytes, sliceBytes } from '../kinds/volume/size.ts';
import { tags } from '../kinds/volume/tags.ts';
import type { NodeName } from '../step.ts';
import type { Reason } from './findings.ts';
import type { Look } from './look.ts';

export interface Shape {
  readonly stripes: number;
  readonly thinPool?: string;
}

export interface DraftVolume extends Shape {
  readonly name: string;
  readonly group: string;
  readonly bytes: number;
  readonly replicas: readonly NodeName[];
  /** Of a mirror. */
  readonly mirror?: DraftMirror;
}

export interface DraftMirror {
  readonly protocol: 'A' | 'B' | 'C';
  readonly maxRate: number;
  readonly minor: number;
  /** The peers prove themselves to each other. */
  readonly secret: boolean;
}

/** Or why an inventory has no words for it. */
export function shapeOf(volume: LogicalVolume, looks: readonly Look[]): Shape | Reason {
  const { segmentTypes, stripes, pool, origin, group } = volume;
  if (volume.tags.includes(tags.unfinished))
    return { why: 'its making by sanctl broke off', way: 'Finish it with the inventory that it was made by.' };
  const [type, ...more] = new Set(segmentTypes);
  const plain = more.length === 0 && origin === '';
  if (plain && type === 'linear') return { stripes: 1 };
  if (plain && type === 'striped') return { stripes };
  if (plain && type === 'thin' && isEverywhere(group, pool, looks)) return { stripes: 1, thinPool: pool };
  const why =
    type === 'thin' && origin === ''
      ? `its thin pool ${group}/${pool} is not on every node that has a volume group ${group}, or not of one size`
      : `LVM calls it ${[...new Set(segmentTypes)].join(', ')}${origin === '' ? '' : `, a snapshot of ${origin}`}`;
  return { why, way: 'An inventory has linear, striped and thin volumes; `lvconvert` may make it one of them.' };
}

/** A group of an inventory has its pools on each of its nodes. */
export function isEverywhere(group: string, pool: string, looks: readonly Look[]): boolean {
  const sizes = looks
    .filter(({ groups }) => groups.some(({ name }) => name === group))
    .map(({ volumes }) => volumes.find((one) => one.group === group && one.name === pool)?.bytes);
  return new Set(sizes).size === 1 && sizes[0] !== undefined;
}

export function extentOf(look: Look, group: string): number {
  return look.groups.find(({ name }) => name === group)?.extentBytes ?? extentBytes;
}

interface Mirrored extends Shape {
  /** Of the slice on each node. */
  readonly slice: number;
  /** What DRBD says of it; undefined where it does not run. */
  readonly usable: number | undefined;
  readonly extent: number;
  readonly peers: number;
}

/**
 * The usable bytes for which sanctl would make just this slice: in whole extents where that comes to the same, because
 * nobody asks for a mirror of 1048508 KiB. Undefined: the slice is larger or smaller than DRBD's part of it explains.
 */
export function mirrorBytes({ slice, usable, extent, peers, ...shape }: Mirrored): number | undefined {
  const most = usable ?? slice - metadataBytes(slice, peers);
  const choices = [extent, 4096].map((unit) => Math.floor(most / unit) * unit);
  const replicas = Array.from({ length: peers + 1 }, () => '');
  return choices.find(
    (bytes) =>
      bytes > 0 && sliceBytes({ name: '', group: '', state: 'present', replicas, bytes, ...shape }, extent) === slice,
  );
}
