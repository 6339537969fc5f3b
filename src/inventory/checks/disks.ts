/** Who uses which volume: the rules that keep a disk from having two writers (X1, D1, D11). */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { mistake } from '../problem.ts';
import type { VolumeSpec } from '../schema/volume.ts';
import { type Check, entries, isReplicated, items, ownValue, type Subject } from './subject.ts';

interface User {
  readonly vm: string;
  readonly index: number;
  readonly home: string | undefined;
  readonly readOnly: boolean;
}

export const disks: Check = (subject) =>
  [...usersOf(subject)].flatMap(([name, users]) => checkVolume(subject, name, users));

function usersOf({ draft }: Subject): Map<string, User[]> {
  const users = new Map<string, User[]>();
  for (const [vm, { home, disks }] of entries(draft.vms))
    for (const [index, { volume, readOnly }] of items(disks)) {
      if (volume === undefined) continue;
      const all = users.get(volume) ?? [];
      users.set(volume, all);
      // Always there, by the schema's default, unless it was refused; then nothing follows from it.
      all.push({ vm, index, home, readOnly: readOnly ?? true });
    }
  return users;
}

function checkVolume(subject: Subject, name: string, users: readonly User[]): readonly Diagnostic[] {
  const volume = ownValue(subject.draft.volumes, name);
  const found = sharing(subject, name, users);
  if (volume === undefined) return found;
  return [
    ...found,
    ...users.flatMap((user) => placement(subject, name, volume, user)),
    ...homes(subject, name, volume, users),
    ...waits(subject, name, volume),
  ];
}

/** One writer, or readers only: Xen refuses a reader beside a writer, and only within one host (X1). */
function sharing({ locate }: Subject, name: string, [first, ...others]: readonly User[]): readonly Diagnostic[] {
  if (first === undefined) return [];
  const reads = (user: User): string => (user.readOnly ? 'read' : 'written');
  const clash = others.filter((user) => !user.readOnly || !first.readOnly);
  return clash.map((user) => {
    const twice = first.vm === user.vm;
    const detail = twice
      ? `\`volumes.${name}\` is a disk of ${user.vm} twice.`
      : `\`volumes.${name}\` is ${reads(first)} by ${first.vm} and ${reads(user)} by ${user.vm}.`;
    const at = locate.value('vms', user.vm, 'disks', user.index, 'volume');
    return mistake(
      'inventory/shared-volume',
      at,
      detail,
      twice ? 'Name it once.' : 'A volume has one writer and no readers, or only readers (`readOnly: true`).',
    );
  });
}

function placement(
  { locate, names }: Subject,
  name: string,
  volume: Partially<VolumeSpec>,
  user: User,
): readonly Diagnostic[] {
  const path = ['vms', user.vm, 'disks', user.index, 'volume'];
  const absent = volume.state === 'absent';
  const gone = absent
    ? [
        mistake(
          'inventory/conflict',
          locate.value(...path),
          `\`volumes.${name}\` is absent, and ${user.vm} uses it.`,
          'Take the disk from the VM first.',
        ),
      ]
    : [];
  const { replicas } = volume;
  if (user.home === undefined || replicas === undefined || !names.nodes.known.has(user.home)) return gone;
  if (replicas.includes(user.home) || replicas.includes(undefined)) return gone;
  const detail = `${user.vm} lives on ${user.home}, and \`volumes.${name}\` has no replica there.`;
  return [
    ...gone,
    mistake('inventory/not-on-node', locate.value(...path), detail, `It is on ${[...new Set(replicas)].join(', ')}.`),
  ];
}

/** Readers on two hosts would need DRBD Primary on both, which is never rendered (D1). */
function homes(
  { locate }: Subject,
  name: string,
  volume: Partially<VolumeSpec>,
  [first, ...others]: readonly User[],
): readonly Diagnostic[] {
  if (first === undefined || !isReplicated(volume)) return [];
  return others
    .filter((user) => user.home !== undefined && first.home !== undefined && user.home !== first.home)
    .map((user) => {
      const detail = `\`volumes.${name}\` is used by ${first.vm} on ${first.home} and by ${user.vm} on ${user.home}: DRBD would have to be Primary on both (D1).`;
      return mistake(
        'inventory/shared-volume',
        locate.value('vms', user.vm, 'disks', user.index, 'volume'),
        detail,
        'Give them one home, or a volume each.',
      );
    });
}

/** D11: with A and B the other side may lack what the guest was told is written. */
function waits({ draft, locate }: Subject, name: string, volume: Partially<VolumeSpec>): readonly Diagnostic[] {
  const protocol = volume.protocol ?? draft.defaults?.replication?.protocol ?? 'C';
  if (!isReplicated(volume) || protocol === 'C') return [];
  const path = volume.protocol === undefined ? ['defaults', 'replication', 'protocol'] : ['volumes', name, 'protocol'];
  const detail = `\`volumes.${name}\` is the disk of a VM, and with protocol ${protocol} the other side may lack writes that have ended (D11).`;
  return [mistake('inventory/unsafe', locate.value(...path), detail, 'Take protocol C.')];
}
