/** What two nodes see (L6): without a lock between them each would overwrite what the other one writes. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { World } from '../world.ts';
import type { NewDisk } from './disk.ts';
import type { Device, GroupState, PhysicalVolume } from './facts.ts';

/** Who sees what, gathered once for a whole plan: compared node by node, planning would grow with their square. */
interface Sightings {
  /** By uuid of LVM: volume groups and physical volumes. */
  readonly byUuid: ReadonlyMap<string, ReadonlySet<NodeName>>;
  readonly byName: ReadonlyMap<string, readonly { readonly node: NodeName; readonly device: Device }[]>;
}

const sightingsByWorld = new WeakMap<World, Sightings>();

function sightingsOf(world: World): Sightings {
  let sightings = sightingsByWorld.get(world);
  if (sightings === undefined) {
    sightings = gather(world);
    sightingsByWorld.set(world, sightings);
  }
  return sightings;
}

function gather(world: World): Sightings {
  const byUuid = new Map<string, Set<NodeName>>();
  const byName = new Map<string, { node: NodeName; device: Device }[]>();
  for (const node of Object.keys(world.site.nodes)) {
    const { groups, physicalVolumes, devices } = world.have('volumeGroup', node);
    const known = [...(groups.known ? groups.value : []), ...(physicalVolumes.known ? physicalVolumes.value : [])];
    for (const { uuid } of known) byUuid.set(uuid, (byUuid.get(uuid) ?? new Set()).add(node));
    for (const one of Object.values(devices)) {
      if (!one.known || one.value === 'absent' || one.value.wwn === '') continue;
      const list = byName.get(one.value.wwn) ?? [];
      list.push({ node, device: one.value });
      byName.set(one.value.wwn, list);
    }
  }
  return { byUuid, byName };
}

/** A group, or a physical volume of it, whose uuid another node sees too: one LUN, or a copy of a whole disk (L7). */
export function sharedGroup(
  node: NodeName,
  group: GroupState,
  pvs: readonly PhysicalVolume[],
  world: World,
): readonly Diagnostic[] {
  const uuids = [group.uuid, ...pvs.filter((pv) => pv.groupUuid === group.uuid).map(({ uuid }) => uuid)];
  const also = new Set(uuids.flatMap((uuid) => othersWith(uuid, node, world)));
  return also.size === 0 ? [] : [shared(`${group.name} on ${node} (${group.uuid})`, 'volume group', [...also])];
}

/** Of disks that would be written. */
export function sharedDisks(node: NodeName, fresh: readonly NewDisk[], world: World): readonly Diagnostic[] {
  return fresh.flatMap((disk) => {
    const label = disk.is === 'labelled' ? othersWith(disk.uuid, node, world) : [];
    const also = new Set([...label, ...othersWithDisk(disk.device, node, world)]);
    const name = disk.device.wwn === '' ? 'its label' : disk.device.wwn;
    return also.size === 0 ? [] : [shared(`${disk.path} on ${node} (${name})`, 'disk', [...also])];
  });
}

function othersWith(uuid: string, node: NodeName, world: World): readonly NodeName[] {
  return [...(sightingsOf(world).byUuid.get(uuid) ?? [])].filter((one) => one !== node);
}

/** Alike in world wide name and size. Makers who give all their disks one name still number them. */
function othersWithDisk({ wwn, serial, bytes }: Device, node: NodeName, world: World): readonly NodeName[] {
  return (sightingsOf(world).byName.get(wwn) ?? [])
    .filter((one) => one.node !== node && one.device.bytes === bytes)
    .filter(({ device }) => device.serial === serial || device.serial === '' || serial === '')
    .map((one) => one.node);
}

function shared(which: string, what: string, also: readonly NodeName[]): Diagnostic {
  const detail = `${which} is also a ${what} of ${also.join(' and ')}; without a lock between them each would overwrite what the other writes (L6).`;
  return error('volumeGroup/shared-disk', 'Two nodes see one disk', detail, {
    help: 'Name disks that only one node sees; sanctl replicates between nodes and shares no disk among them. If they are copies of one disk, and it is not in use: `vgchange --uuid`, then `pvchange --uuid` of its disks, on one of the nodes.',
  });
}
