/** What is asked of a node about its disks and volume groups. */
import { command, type Probe } from '../../shell/command.ts';
import { contentQuestion } from './gate.ts';

const json = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o'] as const;
const settings = [
  'devices/global_filter',
  'devices/scan_lvs',
  'devices/allow_changes_with_duplicate_pvs',
  'devices/use_devicesfile',
];
const groupFields =
  'vg_name,vg_uuid,vg_size,vg_extent_size,vg_free_count,vg_missing_pv_count,vg_tags,vg_systemid,vg_exported';
const pvFields = 'pv_name,pv_uuid,vg_name,vg_uuid,pv_size,pv_missing,pv_duplicate';

/** Reading all samples of a slow disk takes a while. */
const contentSeconds = 120;

/**
 * Also of a node that has no disk for a group in the inventory: what it has may be what the others look for (L7, T3).
 * `filters`: LVM is to be kept from disks there.
 */
export function probes(devices: readonly string[], filters: boolean): readonly Probe[] {
  const config = { name: 'volumeGroup.settings', command: command('lvmconfig', '--typeconfig', 'full', ...settings) };
  return [
    ...(filters ? [config] : []),
    { name: 'volumeGroup.groups', command: command('vgs', ...json, groupFields) },
    { name: 'volumeGroup.pvs', command: command('pvs', ...json, pvFields) },
    ...devices.flatMap((device) => deviceProbes(device)),
  ];
}

/** Without NAME, lsblk lists what is built on the disk beside it instead of below it (tried, util-linux 2.38.1). */
export function deviceProbes(device: string, kind = 'volumeGroup'): readonly Probe[] {
  const columns = 'NAME,KNAME,TYPE,SIZE,RO,SERIAL,WWN,MOUNTPOINTS';
  return [
    { name: `${kind}.lsblk:${device}`, command: command('lsblk', '-J', '-b', '-o', columns, device) },
    { name: `${kind}.wipefs:${device}`, command: command('wipefs', '--no-act', '--json', device) },
    {
      name: `${kind}.content:${device}`,
      command: command(...contentQuestion(device)),
      timeoutSeconds: contentSeconds,
    },
  ];
}
