/** Snapshots by schedule: what no node could do, or what would be told only by a step that fails. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { mistake } from '../problem.ts';
import type { SnapshotPolicySpec } from '../schema/snapshot.ts';
import { type Check, entries, groupOf, items, ownValue, type Subject } from './subject.ts';

type Draft = Partially<SnapshotPolicySpec>;

export const snapshots: Check = (subject) =>
  entries(subject.draft.snapshots).flatMap(([name, policy]) => [
    ...backwards(name, policy, subject),
    ...items(policy.vms).flatMap(([at, vm]) => ofVm(name, at, vm, subject)),
  ]);

const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** systemd refuses `Sat..Mon` (252). */
function backwards(name: string, { schedule = '' }: Draft, { locate }: Subject): readonly Diagnostic[] {
  const ranges = [...schedule.matchAll(/(\w{3})\.\.(\w{3})/g)];
  return ranges
    .filter(([, from = '', to = '']) => week.indexOf(from) >= week.indexOf(to))
    .map(([range]) =>
      mistake(
        'inventory/bad-text',
        locate.value('snapshots', name, 'schedule'),
        `\`snapshots.${name}.schedule\` has the days ${range}; a week begins with Mon.`,
        'Name the days one by one: `Sat,Sun,Mon 03:00`.',
      ),
    );
}

function ofVm(name: string, at: number, vm: string, subject: Subject): readonly Diagnostic[] {
  const { draft, locate } = subject;
  const found = ownValue(draft.vms, vm);
  if (found === undefined) return [];
  const path = ['snapshots', name, 'vms', at];
  const say = (detail: string, help?: string) =>
    mistake('inventory/not-supported', locate.value(...path), `\`snapshots.${name}\` names ${vm}${detail}`, help);
  const disks = items(found.disks);
  const others = disks.filter(([disk]) => !locate.has('vms', vm, 'disks', disk, 'volume'));
  return [
    ...(found.highlyAvailable === true
      ? [say(', which the cluster runs: it would take the pause for a failure (P6).')]
      : []),
    ...(found.disks !== undefined && found.disks.length === 0 ? [say(', which has no disk.')] : []),
    ...(others.length > 0
      ? [say(', and not all of its disks are volumes.', 'What is imported is snapshotted where it is served.')]
      : []),
    ...disks.flatMap(([, { volume = '' }]) => (tooLong(volume, name, subject) ? [say(tooLongText(volume))] : [])),
  ];
}

/** The device mapper takes 127 characters, with the group's name before, and each hyphen twice (safety.md 4.3). */
function tooLong(volume: string, policy: string, subject: Subject): boolean {
  const group = groupOf(subject, ownValue(subject.draft.volumes, volume) ?? {}) ?? '';
  const snapshot = `${volume}.at.${policy}-20261122-030000`;
  return `${group}${snapshot}`.replaceAll('-', '--').length + 1 > 127;
}

function tooLongText(volume: string): string {
  return `: snapshots of its disk ${volume} would have a name that is too long for LVM.`;
}
