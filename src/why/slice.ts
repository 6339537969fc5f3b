/** A logical volume of the inventory on a node. Pure. */
import type { LogicalVolume } from '../kinds/volume/facts.ts';
import type { NodeName } from '../step.ts';
import { type Cause, cause, here, on, type State, state, way } from './cause.ts';
import { logOf } from './log.ts';
import type { Subject } from './subject.ts';
import type { View } from './view.ts';

/** Undefined: it cannot be told. */
export function sliceOn(
  node: NodeName,
  group: string,
  name: string,
  { facts }: View,
): LogicalVolume | 'absent' | undefined {
  const volumes = facts.get(node)?.volume.volumes;
  if (volumes?.known !== true) return undefined;
  return volumes.value.find((one) => one.group === group && one.name === name && !one.hidden) ?? 'absent';
}

/** L8. */
export function missingDisks(node: NodeName, group: string, view: View): readonly Cause[] {
  const have = view.facts.get(node)?.volumeGroup;
  const groups = have?.groups.known === true ? have.groups.value.filter(({ name }) => name === group) : [];
  const gone = groups.filter(({ missingPvs }) => missingPvs > 0);
  const disks = have?.physicalVolumes.known === true ? have.physicalVolumes.value.filter(({ missing }) => missing) : [];
  if (gone.length === 0) return [];
  const errors = logOf(view, node).filter((line) => /I\/O error, dev/.test(line));
  const evidence = [
    ...gone.map(({ missingPvs }) => ({
      node,
      source: 'vgs',
      line: `${group}: ${missingPvs} of its physical volumes missing`,
    })),
    ...disks.map(({ path, uuid }) => ({ node, source: 'pvs', line: `${path} ${uuid} missing` })),
    ...errors.slice(-3).map((line) => ({ node, source: 'kernel log', line })),
  ];
  const detail = `The volume group ${group} on ${node} lacks a disk; what lay on it cannot be read there. Nothing in it is to be removed before it is known whether the disk comes back.`;
  const ways = [
    way(
      'Look for the disk: cable, power, bus; LVM finds it again by itself',
      on(node, `lsblk; pvs -a; dmesg | grep -i error`),
    ),
  ];
  return [cause('disk-missing', 'proven', { detail, evidence, ways })];
}

/** Of every replica: a mirror is not up without its slice, and a plain volume is nothing else. */
export function sliceStates(subject: Subject, view: View): readonly State[] {
  const volume = view.site.volumes[subject.name];
  if (volume === undefined || volume.state === 'absent') return [];
  const { group, name } = volume;
  const found = (is: (slice: LogicalVolume | 'absent') => boolean): readonly NodeName[] =>
    volume.replicas.filter((node) => {
      const slice = sliceOn(node, group, name, view);
      return slice !== undefined && is(slice);
    });
  const absent = found((slice) => slice === 'absent');
  const bad = found((slice) => slice !== 'absent' && (!slice.active || slice.health !== ''));
  return [
    ...(absent.length === 0
      ? []
      : [
          state(
            'slice-absent',
            subject,
            absent,
            absent.map((node) => lvs(node, `no ${group}/${name}`)),
          ),
        ]),
    ...(bad.length === 0
      ? []
      : [
          state(
            'slice-unusable',
            subject,
            bad,
            bad.map((node) => lvs(node, lineOf(sliceOn(node, group, name, view)))),
          ),
        ]),
  ];
}

function lvs(node: NodeName, line: string) {
  return { node, source: 'lvs', line };
}

function lineOf(slice: LogicalVolume | 'absent' | undefined): string {
  if (slice === undefined || slice === 'absent') return '';
  return `${slice.group}/${slice.name}: ${slice.active ? 'active' : 'not active'}${slice.health === '' ? '' : `, health ${slice.health}`}`;
}

export function sliceAbsent({ about, nodes }: State, view: View): readonly Cause[] {
  const volume = view.site.volumes[about.name];
  if (volume === undefined) return [];
  return nodes.flatMap((node) => {
    const missing = missingDisks(node, volume.group, view);
    if (missing.length > 0) return missing;
    const slices = view.facts.get(node)?.volume.volumes;
    const others =
      slices?.known === true ? slices.value.filter(({ group, hidden }) => group === volume.group && !hidden) : [];
    const detail = `${volume.group}/${about.name} is not on ${node}. Either the inventory was not applied since it asks for it, or it was removed by hand: then its data are gone with it.`;
    const ways = [
      way('See what would be made; nothing is made over what is there', here('sanctl plan'), here('sanctl apply')),
    ];
    const evidence = [lvs(node, `${volume.group} has ${others.map(({ name }) => name).join(', ') || 'no volume'}`)];
    return [cause('not-applied', 'likely', { detail, evidence, ways })];
  });
}

export function sliceUnusable({ about, nodes }: State, view: View): readonly Cause[] {
  const volume = view.site.volumes[about.name];
  if (volume === undefined) return [];
  const { group, name } = volume;
  return nodes.flatMap((node) => {
    const missing = missingDisks(node, group, view);
    if (missing.length > 0) return missing;
    const slice = sliceOn(node, group, name, view);
    if (slice === undefined || slice === 'absent') return [];
    const evidence = [lvs(node, lineOf(slice))];
    if (!slice.active) {
      const detail = `${group}/${name} is there on ${node}, and has no device.`;
      const ways = [way('To activate it', on(node, `lvchange --activate y ${group}/${name}`))];
      return [cause('inactive', 'proven', { detail, evidence, ways })];
    }
    const detail = `LVM says \`${slice.health}\` of ${group}/${name} on ${node}.`;
    return [
      cause('unhealthy', 'proven', {
        detail,
        evidence,
        ways: [way('Look at it', on(node, `lvs -a -o +lv_health_status ${group}`))],
      }),
    ];
  });
}
