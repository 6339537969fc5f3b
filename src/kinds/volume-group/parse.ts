/** What LVM answers about volume groups, physical volumes and its own configuration. */
import type { ProbeOutputs } from '../../shell/command.ts';
import { answer, every, notFound, read, success } from '../reading.ts';
import { parseDevice } from './device.ts';
import type { GroupState, LvmSettings, PhysicalVolume, VolumeGroupFacts } from './facts.ts';
import { fields, list, type Row, rows } from './report.ts';

export function parse(outputs: ProbeOutputs, devices: readonly string[]): VolumeGroupFacts {
  const asked = answer(outputs, 'volumeGroup.groups');
  return {
    lvm: !asked.known ? 'unknown' : asked.value.code === notFound ? 'absent' : 'present',
    settings: read(success(outputs, 'volumeGroup.settings'), 'volumeGroup.settings', parseSettings),
    groups: read(success(outputs, 'volumeGroup.groups'), 'volumeGroup.groups', (text) => {
      const all = rows(text, 'vg');
      return all === undefined ? undefined : every(all, group);
    }),
    physicalVolumes: read(success(outputs, 'volumeGroup.pvs'), 'volumeGroup.pvs', (text) => {
      const all = rows(text, 'pv');
      return all === undefined ? undefined : every(all, physicalVolume);
    }),
    devices: Object.fromEntries(devices.map((path) => [path, parseDevice(outputs, path)])),
  };
}

function group(row: Row): GroupState | undefined {
  const texts = ['vg_name', 'vg_uuid', 'vg_tags', 'vg_systemid', 'vg_exported'] as const;
  const numbers = ['vg_size', 'vg_extent_size', 'vg_free_count', 'vg_missing_pv_count'] as const;
  const found = fields(row, texts, numbers);
  if (found === undefined || found.vg_name === '' || found.vg_uuid === '' || found.vg_extent_size === 0)
    return undefined;
  return {
    name: found.vg_name,
    uuid: found.vg_uuid,
    bytes: found.vg_size,
    extentBytes: found.vg_extent_size,
    freeExtents: found.vg_free_count,
    missingPvs: found.vg_missing_pv_count,
    tags: list(found.vg_tags),
    systemId: found.vg_systemid,
    exported: found.vg_exported !== '',
  };
}

function physicalVolume(row: Row): PhysicalVolume | undefined {
  const texts = ['pv_name', 'pv_uuid', 'vg_name', 'vg_uuid', 'pv_missing', 'pv_duplicate'] as const;
  const found = fields(row, texts, ['pv_size']);
  if (found === undefined || found.pv_uuid === '') return undefined;
  return {
    path: found.pv_name,
    uuid: found.pv_uuid,
    group: found.vg_name,
    groupUuid: found.vg_uuid,
    bytes: found.pv_size,
    missing: found.pv_missing !== '',
    duplicate: found.pv_duplicate !== '',
  };
}

/** `global_filter=["a|.*|"]`, `scan_lvs=0`; a list of one may stand without brackets. */
function parseSettings(text: string): LvmSettings | undefined {
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
  const flag = (name: string): boolean | undefined => ({ '0': false, '1': true })[value(name) ?? ''];
  const globalFilter = parseList(value('global_filter'));
  const scanLvs = flag('scan_lvs');
  const allowChangesWithDuplicatePvs = flag('allow_changes_with_duplicate_pvs');
  const useDevicesFile = flag('use_devicesfile');
  if (globalFilter === undefined || scanLvs === undefined) return undefined;
  if (allowChangesWithDuplicatePvs === undefined || useDevicesFile === undefined) return undefined;
  return { globalFilter, scanLvs, allowChangesWithDuplicatePvs, useDevicesFile };
}

function parseList(text: string | undefined): readonly string[] | undefined {
  const inner = /^\[?((?:"(?:[^"\\]|\\.)*"(?:, *)?)*)\]?$/.exec(text ?? '[');
  if (inner === null || text === undefined) return undefined;
  return [...(inner[1] ?? '').matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? '').replace(/\\(.)/g, '$1'),
  );
}
