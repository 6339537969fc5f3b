/** Volume groups on whole disks: made on blank ones only, extended, never reduced. And LVM kept away from guests' disks. */
import type { NodeName } from '../../step.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import { tags } from '../volume/tags.ts';
import { enoughBytes } from './capacity.ts';
import type { Device, GroupState, VolumeGroupFacts } from './facts.ts';
import { health } from './health.ts';
import { parse } from './parse.ts';
import { plan } from './plan.ts';
import { probes } from './probes.ts';
import { verbs } from './verbs.ts';
import { devicesOf, expand, keepsLvmAway, type VolumeGroupWant } from './want.ts';

export const volumeGroup: Kind<VolumeGroupWant, VolumeGroupFacts> = {
  name: 'volumeGroup',
  summary: 'LVM volume groups and thin pools, and the filter that keeps LVM away from the disks of guests',
  expand,
  probes: (site, node) => probes(devicesOf(site, node), keepsLvmAway(site, node)),
  parse: (outputs, site, node) => parse(outputs, devicesOf(site, node)),
  blank,
  stable,
  plan,
  undeclared,
  health,
  verbs,
};

function blank(site: Site, node: NodeName): VolumeGroupFacts {
  const device: Device = {
    kernelName: 'disk',
    bytes: enoughBytes(site, node),
    type: 'disk',
    readOnly: false,
    serial: '',
    wwn: '',
    signatures: [],
    children: [],
    mountpoints: [],
    content: { is: 'zero' },
  };
  return {
    lvm: 'absent',
    settings: { known: false, why: 'offline' },
    groups: known([]),
    physicalVolumes: known([]),
    devices: Object.fromEntries(devicesOf(site, node).map((path) => [path, known(device)])),
  };
}

/** Not the free space, which a plan only needs enough of, and LVM itself refuses what does not fit. */
function stable({ lvm, settings, groups, physicalVolumes, devices }: VolumeGroupFacts): unknown {
  const identity = ({ name, uuid, missingPvs, exported }: GroupState) => [name, uuid, missingPvs, exported];
  return {
    lvm,
    settings,
    groups: groups.known ? groups.value.map(identity) : groups,
    physicalVolumes,
    devices: Object.entries(devices).map(([path, device]) => {
      if (!device.known || device.value === 'absent') return [path, device];
      const { bytes, type, readOnly, serial, wwn, signatures, content } = device.value;
      const used = signatures.length > 0 ? signatures : content;
      return [path, bytes, type, readOnly, serial, wwn, used];
    }),
  };
}

/** Disks of a group that the inventory no longer names, and groups that sanctl made and it does not name at all. */
function undeclared(site: Site, node: NodeName, have: VolumeGroupFacts): readonly Undeclared[] {
  const groups = have.groups.known ? have.groups.value : [];
  const pvs = have.physicalVolumes.known ? have.physicalVolumes.value : [];
  const named = (name: string): boolean => site.volumeGroups[name]?.devices[node] !== undefined;
  const labels = new Set(
    Object.values(have.devices).flatMap((one) =>
      one.known && one.value !== 'absent' ? one.value.signatures.map(({ uuid }) => uuid) : [],
    ),
  );
  const whole = groups
    .filter((group) => !named(group.name) && group.tags.includes(tags.ours))
    .map((group) => ({ kind: 'volumeGroup', name: group.name, node, detail: `volume group ${group.uuid}` }));
  const disks = pvs
    .filter((pv) => named(pv.group) && !labels.has(pv.uuid))
    .map((pv) => ({ kind: 'volumeGroup', name: pv.group, node, detail: `${pv.path} belongs to it, but is not named` }));
  return [...whole, ...disks];
}
