/**
 * One device has many names, and xl tells the one that somebody wrote into a file: `/dev/vg0/web-root` is also
 * `/dev/mapper/vg0-web--root`. Two texts that differ prove nothing; the facts of the node decide, or nobody does. Pure.
 */
import type { NodeName } from '../../step.ts';
import { devicePath, slicePath } from '../drbd/resource.ts';
import type { Volume } from '../site.ts';
import type { LogicalVolume, VolumeFacts } from '../volume/facts.ts';
import type { World } from '../world.ts';

/** One of a domain, and all that may stand for it in the file of another. */
export interface Disk {
  readonly on: 'volume' | 'export' | 'array';
  /** The name of what it is on. */
  readonly volume: string;
  /** The one that its file has. */
  readonly path: string;
  /** All that are known for the device, this one among them. */
  readonly names: readonly string[];
  /** Of the slice below a replicated one, and of the volume behind an export. */
  readonly below: readonly string[];
  readonly as: string;
  readonly readOnly: boolean;
  readonly replicated: boolean;
}

type Slice = Pick<Volume, 'group' | 'name'>;

/** As LVM and its udev rules link it; device-mapper doubles the hyphens of both parts. */
export function sliceNames({ group, name }: Slice): readonly [path: string, ...more: string[]] {
  const mapped = `${group.replaceAll('-', '--')}-${name.replaceAll('-', '--')}`;
  return [slicePath({ group, name }), `/dev/mapper/${mapped}`, `/dev/disk/by-id/dm-name-${mapped}`];
}

/** Besides the path that follows from its minor. */
export function mirrorNames({ name }: Pick<Slice, 'name'>): readonly string[] {
  return [`/dev/drbd/by-res/${name}/0`];
}

/** Whether a domain's `target` on a node is the device of a disk, or the slice below it (X1). */
export function isSame(disk: Disk, target: string, node: NodeName, world: World): boolean | 'unclear' {
  if ([...disk.names, ...disk.below, ...namesAbove(disk, node, world)].includes(target)) return true;
  return isKnownOther(disk, target, node, world) || isIdle(disk, target, node, world) ? false : 'unclear';
}

/** Of whatever DRBD runs on it there, under any name: the inventory may not say so any more, or never did. */
function namesAbove({ names, below }: Disk, node: NodeName, world: World): readonly string[] {
  const { running } = world.have('drbd', node);
  const found = running.known ? Object.entries(running.value) : [];
  return found.flatMap(([resource, { volumes }]) =>
    Object.entries(volumes)
      .filter(([, { backing }]) => backing !== undefined && [...names, ...below].includes(backing))
      .flatMap(([volume, { minor }]) => [devicePath(minor), `/dev/drbd/by-res/${resource}/${volume}`]),
  );
}

/** A name whose device is certain, and another one. */
function isKnownOther(disk: Disk, target: string, node: NodeName, world: World): boolean {
  if (/^\/dev\/drbd(0|[1-9]\d*)$/.test(target)) return true;
  if (isOtherImport(disk, target, world)) return true;
  const [, resource = '', volume = ''] = /^\/dev\/drbd\/by-res\/([^/]+)\/(\d+)$/.exec(target) ?? [];
  const { running } = world.have('drbd', node);
  const minor = running.known ? running.value[resource]?.volumes[volume]?.minor : undefined;
  if (minor !== undefined) return !disk.names.includes(devicePath(minor));
  return namesOn(world.have('volume', node)).has(target);
}

/** Another export of the inventory, which stands on something else: its holder links its name to its own device (templates/import/import.hbs). */
function isOtherImport({ on, volume: name }: Disk, target: string, { site }: World): boolean {
  const other = site.exports[/^\/dev\/gnbd\/([^/]+)$/.exec(target)?.[1] ?? ''];
  if (other === undefined || other.via === 'iscsi') return false;
  const own = on === 'export' ? site.exports[name]?.backing : { [on]: name };
  return own !== undefined && JSON.stringify(own) !== JSON.stringify(other.backing);
}

/**
 * Nobody has it open, by whatever name. DRBD lets nobody open what is not Primary; 8.4 does not say who has what is. Of the
 * slice below, which DRBD itself has open, that says nothing: only a name that DRBD gives cannot mean the slice.
 */
function isIdle(disk: Disk, target: string, node: NodeName, world: World): boolean {
  // Who has an import or an array open, none of the facts tells.
  if (disk.on !== 'volume') return false;
  if (!disk.replicated) return isClosed(disk.names, world.have('volume', node));
  const { running } = world.have('drbd', node);
  if (!running.known) return false;
  const resource = running.value[disk.volume];
  if (resource === undefined) return isClosed(disk.below, world.have('volume', node));
  return target.startsWith('/dev/drbd') && (resource.role === 'Secondary' || resource.volumes['0']?.open === false);
}

function isClosed(names: readonly string[], { volumes }: VolumeFacts): boolean {
  return volumes.known && !volumes.value.some((one) => one.open && names.includes(one.path));
}

const namesByVolumes = new WeakMap<readonly LogicalVolume[], ReadonlySet<string>>();

/** All names of all volumes of a node. */
function namesOn({ volumes }: VolumeFacts): ReadonlySet<string> {
  if (!volumes.known) return new Set();
  let names = namesByVolumes.get(volumes.value);
  if (names === undefined) {
    names = new Set(volumes.value.filter(({ hidden }) => !hidden).flatMap(sliceNames));
    namesByVolumes.set(volumes.value, names);
  }
  return names;
}
