/**
 * A plain disk is a slice, and Xen tells of guests only: DRBD, a mount or a copy that still runs would write beneath the
 * guest just the same. So nobody at all may have it open (C2, X1).
 */
import type { Diagnostic } from '../../diagnostic.ts';
import { command, type Guard } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { servers } from '../export/wire.ts';
import { servedUnit } from '../file/paths.ts';
import { unitOf } from '../initiator/names.ts';
import type { Site, Vm, Volume } from '../site.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { called, volumesWhere } from '../volume/where.ts';
import type { World } from '../world.ts';
import type { Disk } from './devices.ts';
import * as refusals from './refusals.ts';

/** What LVM says now, so that a plan does not run into its own guards. */
export function openPlainDisks(vm: Vm, disks: readonly Disk[], world: World): readonly Diagnostic[] {
  const open = written(disks, world).filter((volume) => sliceOf(volume, vm.home, world)?.open === true);
  return open.map((volume) => refusals.diskOpen(vm, volume));
}

/** X1, N7: a server opens a volume when somebody connects: until then nobody has it open, on any node that has a copy. */
export function servedDisks(vm: Vm, disks: readonly Disk[], world: World): readonly Diagnostic[] {
  return disks.flatMap(({ on, volume: name, readOnly }) => {
    const volume = on === 'volume' ? world.site.volumes[name] : undefined;
    return (volume?.replicas ?? []).flatMap((node) => {
      const marks = volume === undefined ? [] : (sliceOf(volume, node, world)?.tags ?? []);
      const [server] = servers(marks, world.site, readOnly);
      return volume === undefined || server === undefined ? [] : [refusals.diskServed(vm, volume, node, server)];
    });
  });
}

/** What a start has to prove of its disks that are no mirrors. */
export function plainDisksAreFree(vm: Vm, disks: readonly Disk[], world: World): readonly Guard[] {
  const others = disks.filter(({ on, readOnly }) => on !== 'volume' && !readOnly);
  const imported = disks.filter(({ on }) => on === 'export');
  return [
    ...slicesAreFree(vm, disks, world),
    ...imported.map((disk) => isProven(disk, world.site)),
    ...others.map(isBare),
  ];
}

/**
 * S3, I2: its unit is active while what answers is proven. The name of an import by NBD is a link, which may lead to another's
 * device where somebody disconnected it by hand.
 */
const isWhatItSays = `systemctl is-active --quiet "$1" && [ -b "$2" ] || exit
[ -z "$3" ] || [ "$(cut -d / -f 1 "/sys/class/block/$(basename "$(readlink -f "$2")")/backend")" = "$3" ] && echo proven`;

export function isProven({ volume: name, path }: Pick<Disk, 'volume' | 'path'>, site: Site): Guard {
  const exported = site.exports[name];
  const nbd = exported === undefined || exported.via === 'iscsi' ? undefined : exported;
  const unit = nbd === undefined ? unitOf(name) : servedUnit('import', name);
  return {
    ask: command('sh', '-c', isWhatItSays, 'sh', unit, path, nbd?.wireName ?? ''),
    expect: { stdout: 'proven' },
    proves: `${path} is connected to what it is called, and ${unit} has proven it (S3)`,
  };
}

/** Partitions are the guest's own: the kernel finds them on imports and arrays, and nobody uses them here. */
const builtOn = `said=$(lsblk -n -r -o TYPE,MOUNTPOINTS "$1") || exit
printf '%s\\n' "$said" | sed -E '/^(disk|mpath|raid[0-9]+|part) *$/d'`;

/** Of an import or an array LVM tells nothing; who else has it open, the kernel tells nobody. */
function isBare({ path }: Disk): Guard {
  return {
    ask: command('sh', '-c', builtOn, 'sh', path),
    expect: { stdout: '' },
    proves: `${path} is there, and nothing is mounted from it or built on it (C2)`,
  };
}

/** Exactly this slice where it was there at plan time (C3). */
function slicesAreFree(vm: Vm, disks: readonly Disk[], world: World): readonly Guard[] {
  return written(disks, world).map(({ group, name }) => {
    const slice = sliceOf({ group, name }, vm.home, world);
    const identity = slice === undefined ? [] : [`lv_uuid=${slice.uuid}`];
    return {
      ask: volumesWhere('lv_name', called({ group, name }), ...identity, 'lv_device_open=0'),
      expect: { stdout: name },
      proves: `${group}/${name} is ${slice === undefined ? 'there' : 'the slice that the plan saw'} and open to nobody (C2, C3)`,
    };
  });
}

/** Who only reads does no harm. */
function written(disks: readonly Disk[], { site }: World): readonly Volume[] {
  const plain = disks.filter(({ on, replicated, readOnly }) => on === 'volume' && !replicated && !readOnly);
  return plain.flatMap(({ volume }) => site.volumes[volume] ?? []);
}

function sliceOf(
  { group, name }: Pick<Volume, 'group' | 'name'>,
  node: NodeName,
  world: World,
): LogicalVolume | undefined {
  const { volumes } = world.have('volume', node);
  return volumes.known ? volumes.value.find((one) => one.group === group && one.name === name) : undefined;
}
