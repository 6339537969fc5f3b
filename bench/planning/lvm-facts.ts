/** Facts about LVM of one node of the fleet, as `pvs`, `vgs` and `lvs` would tell them. */

import { known } from '../../src/kinds/reading.ts';
import type { Volume } from '../../src/kinds/site.ts';
import type { LogicalVolume } from '../../src/kinds/volume/facts.ts';
import { tags } from '../../src/kinds/volume/tags.ts';
import type { VolumeGroupFacts } from '../../src/kinds/volume-group/facts.ts';

export const group = 'vg0';
export const extentBytes = 4 * 2 ** 20;
const diskBytes = 2 ** 40;

/** `at` is the number of the node. */
export function groupFacts(at: number): VolumeGroupFacts {
  const [uuid, groupUuid] = [`pv-${at}`, `vg-${at}`];
  const pv = { path: '/dev/vdb', uuid, group, groupUuid, bytes: diskBytes, missing: false, duplicate: false };
  return {
    lvm: 'present',
    settings: known({
      globalFilter: ['a|.*|'],
      scanLvs: false,
      allowChangesWithDuplicatePvs: false,
      useDevicesFile: false,
    }),
    groups: known([
      {
        name: group,
        uuid: groupUuid,
        bytes: diskBytes,
        extentBytes,
        freeExtents: diskBytes / extentBytes / 2,
        missingPvs: 0,
        tags: [tags.ours],
        systemId: '',
        exported: false,
      },
    ]),
    physicalVolumes: known([pv]),
    devices: {
      '/dev/vdb': known({
        kernelName: 'vdb',
        bytes: diskBytes,
        type: 'disk',
        readOnly: false,
        serial: `serial-${at}`,
        wwn: '',
        signatures: [{ type: 'LVM2_member', offset: '0x218', uuid }],
        children: ['dm-0'],
        mountpoints: [],
        content: { is: 'data', at: 512 },
      }),
    },
  };
}

export function volumeFacts(volume: Volume, bytes: number, at: number): LogicalVolume {
  return {
    name: volume.name,
    uuid: `lv-${at}-${volume.name}`,
    group,
    groupUuid: `vg-${at}`,
    bytes,
    path: `/dev/${group}/${volume.name}`,
    tags: volume.replicas.length > 1 ? [tags.ours, tags.seeded] : [tags.ours],
    segmentTypes: ['linear'],
    stripes: 1,
    pool: '',
    origin: '',
    active: true,
    open: volume.replicas.length > 1,
    health: '',
    zeroes: false,
    monitored: true,
    hidden: false,
  };
}
