/** What lvs(8) answers. A volume with several segments has a row for each; hidden ones stand in brackets. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { every, read, success } from '../reading.ts';
import { fields, list, type Row, rows } from '../volume-group/report.ts';
import type { LogicalVolume, VolumeFacts } from './facts.ts';

const texts = [
  'lv_name',
  'lv_uuid',
  'vg_name',
  'vg_uuid',
  'lv_path',
  'lv_tags',
  'segtype',
  'pool_lv',
  'origin',
  'lv_active',
  'lv_device_open',
  'lv_health_status',
  'zero',
  'seg_monitor',
] as const;
const numbers = ['lv_size', 'stripes'] as const;
const format = ['--reportformat', 'json', '--units', 'b', '--nosuffix'] as const;

export const probe: Probe = {
  name: 'volume.lvs',
  command: command('lvs', '-a', ...format, '-o', [...texts, ...numbers].join(',')),
};

export function parse(outputs: ProbeOutputs): VolumeFacts {
  return {
    volumes: read(success(outputs, probe.name), probe.name, (text) => {
      const all = rows(text, 'lv');
      const segments = all === undefined ? undefined : every(all, segment);
      return segments === undefined ? undefined : joined(segments);
    }),
  };
}

function segment(row: Row): LogicalVolume | undefined {
  const found = fields(row, texts, numbers);
  if (found === undefined || found.lv_uuid === '' || found.vg_uuid === '') return undefined;
  const hidden = found.lv_name.startsWith('[');
  return {
    name: hidden ? found.lv_name.slice(1, -1) : found.lv_name,
    uuid: found.lv_uuid,
    group: found.vg_name,
    groupUuid: found.vg_uuid,
    bytes: found.lv_size,
    path: found.lv_path,
    tags: list(found.lv_tags),
    segmentTypes: [found.segtype],
    stripes: found.stripes,
    pool: found.pool_lv,
    origin: found.origin,
    active: found.lv_active === 'active',
    // LVM does not look at one that is not active: nobody can have that open.
    open: found.lv_active === 'active' && found.lv_device_open !== '',
    health: found.lv_health_status,
    zeroes: found.zero === 'zero',
    monitored: found.seg_monitor !== 'not monitored',
    hidden,
  };
}

function joined(segments: readonly LogicalVolume[]): readonly LogicalVolume[] {
  const byUuid = new Map<string, LogicalVolume>();
  for (const one of segments) {
    const before = byUuid.get(one.uuid);
    const types = [...(before?.segmentTypes ?? []), ...one.segmentTypes];
    byUuid.set(one.uuid, { ...(before ?? one), segmentTypes: types });
  }
  return [...byUuid.values()];
}
