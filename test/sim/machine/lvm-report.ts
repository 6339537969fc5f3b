/** Reports of pvs(8), vgs(8) and lvs(8), as LVM 2.03.16 printed them on the lab. */
import { type Answer, fail, silent, UnknownCommand } from './answer.ts';
import type { Arguments } from './arguments.ts';
import type { Disk } from './disk.ts';
import { extentBytes, freeExtents, type Group, type LogicalVolume, type PhysicalVolume } from './lvm.ts';
import type { Machine } from './machine.ts';

/** A row answers for a field; undefined: the model does not know that field. */
export type Row = (field: string) => string | undefined;

export const reportFlags = ['-a', '--all', '--nosuffix', '--noheadings', '--readonly', '--unbuffered'];
export const reportValues = [
  '-o',
  '--options',
  '--reportformat',
  '--units',
  '-S',
  '--select',
  '--separator',
  '-O',
  '--sort',
  '--config',
];

/** The rows that `--select` leaves, in the format that was asked for. */
export function report(section: string, all: readonly Row[], given: Arguments, argv: readonly string[]): Answer {
  const fields = [...given.all('-o'), ...given.all('--options')].flatMap((list) => list.split(','));
  const value = (row: Row, field: string): string => {
    const found = row(field);
    if (found === undefined) throw new UnknownCommand(`${argv.join(' ')}: the model does not know the field ${field}`);
    return found;
  };
  const chosen = select(all, given.one('-S') ?? given.one('--select'), value, argv);
  if (given.one('--reportformat') === 'json') return { ...silent, stdout: asJson(section, chosen, fields, value) };
  if (!given.has('--noheadings')) throw new UnknownCommand(`${argv.join(' ')}: headings`);
  return {
    ...silent,
    stdout: chosen
      .map((row) =>
        plain(
          fields.map((field) => value(row, field)),
          given,
        ),
      )
      .join(''),
  };
}

function asJson(
  section: string,
  rows: readonly Row[],
  fields: readonly string[],
  value: (row: Row, field: string) => string,
): string {
  const lines = rows.map(
    (row) => `                  {${fields.map((name) => `"${name}":"${value(row, name)}"`).join(', ')}}`,
  );
  const body = lines.length > 0 ? `${lines.join(',\n')}\n` : '';
  return `  {
      "report": [
          {
              "${section}": [
${body}              ]
          }
      ]
  }
`;
}

/** Columns are padded for people; what follows the last one on a line is blank. */
function plain(values: readonly string[], given: Arguments): string {
  return `  ${values.join(given.one('--separator') ?? ' ')}\n`;
}

/** `field=value`, `field=""`, `field<number`, `lv_tags=word` and `lv_device_open=0`, joined by `&&`. */
function select(
  rows: readonly Row[],
  text: string | undefined,
  value: (row: Row, field: string) => string,
  argv: readonly string[],
): readonly Row[] {
  if (text === undefined) return rows;
  const terms = text.split(/\s*&&\s*/).map((term) => /^([a-z_]+)\s*(!?=|<)\s*"?([^"]*)"?$/.exec(term));
  const holds = (row: Row, field: string, want: string): boolean => {
    const have = value(row, field);
    if (field.endsWith('_tags')) return have.split(',').includes(want);
    if (field === 'lv_device_open') return (have === '' ? '0' : '1') === want;
    return (field === 'lv_name' ? have.replace(/^\[|\]$/g, '') : have) === want;
  };
  return rows.filter((row) =>
    terms.every((term) => {
      if (term === null) throw new UnknownCommand(`${argv.join(' ')}: selection`);
      const [, field = '', sign, want = ''] = term;
      return sign === '<' ? Number(value(row, field)) < Number(want) : holds(row, field, want) === (sign === '=');
    }),
  );
}

export function pvRow(disk: Disk, pv: PhysicalVolume | undefined): Row {
  const used = pv?.group?.volumes.flatMap((one) => one.segments).filter((one) => one.pv === pv) ?? [];
  const free = ((pv?.extents ?? 0) - used.reduce((sum, one) => sum + one.count, 0)) * extentBytes;
  const size = pv === undefined ? 0 : pv.group === undefined ? disk.bytes : pv.extents * extentBytes;
  const fields: Readonly<Record<string, string>> = {
    pv_name: disk.path,
    pv_fmt: pv === undefined ? '' : 'lvm2',
    pv_uuid: pv?.uuid ?? '',
    dev_size: String(disk.bytes),
    pv_size: String(size),
    pv_free: String(pv === undefined ? 0 : pv.group === undefined ? disk.bytes : free),
    pv_missing: '',
    pv_duplicate: '',
    pv_in_use: pv?.group === undefined ? '' : 'used',
    pv_tags: '',
    pe_start: pv === undefined ? '0' : '1048576',
    vg_name: pv?.group?.name ?? '',
    vg_uuid: pv?.group?.uuid ?? '',
  };
  return (field) => fields[field];
}

export function vgRow(group: Group): Row {
  const total = group.pvs.reduce((sum, pv) => sum + pv.extents, 0);
  const free = freeExtents(group);
  const fields: Readonly<Record<string, string>> = {
    vg_name: group.name,
    vg_uuid: group.uuid,
    vg_attr: 'wz--n-',
    vg_size: String(total * extentBytes),
    vg_free: String(free * extentBytes),
    vg_extent_size: String(extentBytes),
    vg_extent_count: String(total),
    vg_free_count: String(free),
    vg_missing_pv_count: '0',
    vg_tags: [...group.tags].join(','),
    vg_systemid: '',
    vg_lock_type: '',
    vg_shared: '',
    vg_exported: '',
    vg_partial: '',
    vg_clustered: '',
    pv_count: String(group.pvs.length),
    lv_count: String(group.volumes.filter((one) => !one.hidden).length),
  };
  return (field) => fields[field];
}

const segmentTypes: Readonly<Record<string, string>> = {
  snapshot: 'linear',
  'pool-data': 'linear',
  'pool-metadata': 'linear',
  'pool-spare': 'linear',
};

export function lvRow(machine: Machine, volume: LogicalVolume): Row {
  const { group, name, layout, hidden } = volume;
  const open = isOpen(machine, volume);
  const used = layout === 'thin' || layout === 'thin-pool';
  const above = group.volumes.some((one) => one.layout === 'snapshot' && one.origin === volume);
  const fields: Readonly<Record<string, string | undefined>> = {
    lv_name: hidden ? `[${name}]` : name,
    lv_full_name: `${group.name}/${name}`,
    lv_uuid: volume.uuid,
    lv_path: hidden || layout === 'thin-pool' ? '' : `/dev/${group.name}/${name}`,
    lv_dm_path: dmPath(volume),
    lv_size: String(layout === 'snapshot' ? volume.extents * extentBytes : volume.bytes),
    lv_tags: [...volume.tags].sort().join(','),
    lv_active: volume.active ? 'active' : '',
    lv_device_open: open ? 'open' : '',
    lv_health_status: '',
    // Of a thick snapshot and its origin nobody has recorded it.
    lv_attr: layout === 'snapshot' || above ? undefined : attributes(volume, open),
    lv_role: hidden ? 'private' : 'public',
    lv_layout: layout,
    segtype: segmentTypes[layout] ?? layout,
    stripes: layout === 'thin' ? '0' : String(volume.stripes),
    seg_count: '1',
    pool_lv: volume.layout === 'thin' ? (volume.pool?.name ?? '') : '',
    origin: volume.origin?.name ?? '',
    // By its source; of one that overflowed nothing is known here (docs/unproven.md, B-a).
    lv_snapshot_invalid: layout === 'snapshot' ? '0' : '-1',
    data_percent: used ? '0.00' : '',
    metadata_percent: layout === 'thin-pool' ? '10.00' : '',
    seg_monitor: layout === 'thin-pool' || layout === 'snapshot' ? 'monitored' : '',
    zero: layout === 'thin-pool' ? 'zero' : layout === 'thin' ? '' : 'unknown',
    lv_read_ahead: 'auto',
    lv_kernel_minor: String(volume.dm),
    vg_name: group.name,
    vg_uuid: group.uuid,
  };
  return (field) => fields[field];
}

export function dmName(volume: LogicalVolume): string {
  return `${volume.group.name.replaceAll('-', '--')}-${volume.name.replaceAll('-', '--')}`;
}

export function dmPath(volume: LogicalVolume): string {
  return `/dev/mapper/${dmName(volume)}`;
}

function attributes(volume: LogicalVolume, open: boolean): string {
  const type = {
    linear: '-',
    striped: '-',
    snapshot: 's',
    thin: 'V',
    'thin-pool': 't',
    'pool-data': 'T',
    'pool-metadata': 'e',
    'pool-spare': 'e',
  }[volume.layout];
  const target = volume.layout.startsWith('thin') ? 't' : '-';
  return `${type}wi-${volume.active ? 'a' : '-'}${open ? 'o' : '-'}${target}${target === 't' ? 'z' : '-'}--`;
}

/** A DRBD half stands on it, or a domain has it. */
export function isOpen(machine: Machine, volume: LogicalVolume): boolean {
  const path = `/dev/${volume.group.name}/${volume.name}`;
  if ([...machine.halves.values()].some((half) => half.lower === volume && half.disk !== 'Diskless')) return true;
  if (machine.arrays.some(({ legs }) => legs.some(({ device }) => device === volume))) return true;
  if (machine.sessions.some(({ child, device }) => child.alive && device.below === volume)) return true;
  return machine.domains.some((domain) =>
    domain.disks.some((disk) => disk.target === path || disk.target === dmPath(volume)),
  );
}

export function unknownVolume(name: string): Answer {
  const [group = ''] = name.split('/');
  return fail(5, `  Failed to find logical volume "${name}"`, ...(group === '' ? [] : []));
}
