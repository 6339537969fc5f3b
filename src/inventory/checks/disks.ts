/** Who uses which volume, image, array and export: the rules that keep a disk from having two writers (X1, N7, D1, D11). */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { mistake } from '../problem.ts';
import type { VolumeSpec } from '../schema/volume.ts';
import { type Check, isReplicated, ownValue, type Subject } from './subject.ts';
import { type Used, type User, usedIn } from './users.ts';

export const disks: Check = (subject) =>
  usedIn(subject).flatMap((used) => [
    ...sharing(subject, used),
    ...onVolume(subject, used),
    ...onOneNode(subject, used),
  ]);

const nouns = { volumes: 'A volume', images: 'An image', exports: 'An export', arrays: 'An array' } as const;

/** One writer, or readers only: Xen refuses a reader beside a writer, and only within one host (X1). */
function sharing({ locate }: Subject, { section, name, users: [first, ...others] }: Used): readonly Diagnostic[] {
  if (first === undefined) return [];
  const reads = (user: User): string => (user.readOnly ? 'read' : 'written');
  const clash = others.filter((user) => !user.readOnly || !first.readOnly);
  return clash.map((user) => {
    const twice = first.is === user.is && first.name === user.name;
    const part = user.is === 'vm' ? 'a disk' : 'a member';
    const detail = twice
      ? `\`${section}.${name}\` is ${part} of ${first.who} twice.`
      : `\`${section}.${name}\` is ${reads(first)} by ${first.who} and ${reads(user)} by ${user.who}.`;
    return mistake(
      'inventory/shared-volume',
      locate.value(...user.path),
      detail,
      twice
        ? 'Name it once.'
        : `${nouns[section]} has one writer and no readers, or only readers (\`readOnly: true\`).`,
    );
  });
}

function onVolume(subject: Subject, { section, name, users }: Used): readonly Diagnostic[] {
  const volume = section === 'volumes' ? ownValue(subject.draft.volumes, name) : undefined;
  if (volume === undefined) return [];
  return [
    ...users.flatMap((user) => [
      ...gone(subject, name, volume, user),
      ...placement(subject, name, volume, user),
      ...mirrorInArray(subject, name, volume, user),
    ]),
    ...homes(subject, name, volume, users),
    ...waits(subject, name, volume, users),
  ];
}

function gone(
  { locate }: Subject,
  name: string,
  { state }: Partially<VolumeSpec>,
  { is, who, path }: User,
): readonly Diagnostic[] {
  if (state !== 'absent') return [];
  const help = is === 'vm' ? 'Take the disk from the VM first.' : 'Take it away there first.';
  return [
    mistake('inventory/conflict', locate.value(...path), `\`volumes.${name}\` is absent, and ${who} uses it.`, help),
  ];
}

function placement(
  { locate, names }: Subject,
  name: string,
  { replicas }: Partially<VolumeSpec>,
  { node, place, path }: User,
): readonly Diagnostic[] {
  if (node === undefined || replicas === undefined || !names.nodes.known.has(node)) return [];
  if (replicas.includes(node) || replicas.includes(undefined)) return [];
  const detail = `${place}, and \`volumes.${name}\` has no replica there.`;
  return [
    mistake('inventory/not-on-node', locate.value(...path), detail, `It is on ${[...new Set(replicas)].join(', ')}.`),
  ];
}

/** Users on two hosts would need DRBD Primary on both, which is never rendered (D1). */
function homes(
  { locate }: Subject,
  name: string,
  volume: Partially<VolumeSpec>,
  [first, ...others]: readonly User[],
): readonly Diagnostic[] {
  if (first === undefined || !isReplicated(volume)) return [];
  return others
    .filter((user) => user.node !== undefined && first.node !== undefined && user.node !== first.node)
    .map((user) => {
      const detail = `\`volumes.${name}\` is used by ${first.who} on ${first.node} and by ${user.who} on ${user.node}: DRBD would have to be Primary on both (D1).`;
      return mistake(
        'inventory/shared-volume',
        locate.value(...user.path),
        detail,
        'Give them one home, or a volume each.',
      );
    });
}

/** D11: with A and B the other side may lack what the guest was told is written, here or where it is imported. */
function waits(
  { draft, locate }: Subject,
  name: string,
  volume: Partially<VolumeSpec>,
  users: readonly User[],
): readonly Diagnostic[] {
  const protocol = volume.protocol ?? draft.defaults?.replication?.protocol ?? 'C';
  const user = users.find(({ is, readOnly }) => is === 'vm' || (is === 'export' && !readOnly));
  if (user === undefined || !isReplicated(volume) || protocol === 'C') return [];
  const path = volume.protocol === undefined ? ['defaults', 'replication', 'protocol'] : ['volumes', name, 'protocol'];
  const use = user.is === 'vm' ? 'the disk of a VM' : `written through ${user.who}`;
  const detail = `\`volumes.${name}\` is ${use}, and with protocol ${protocol} the other side may lack writes that have ended (D11).`;
  return [mistake('inventory/unsafe', locate.value(...path), detail, 'Take protocol C.')];
}

/** Two ways to mirror one leg, each with an opinion of its own about which copy counts. */
function mirrorInArray(
  { locate }: Subject,
  name: string,
  volume: Partially<VolumeSpec>,
  { is, who, path }: User,
): readonly Diagnostic[] {
  if (is !== 'array' || !isReplicated(volume)) return [];
  const detail = `\`volumes.${name}\` is mirrored by DRBD, and a member of ${who}.`;
  return [mistake('inventory/conflict', locate.value(...path), detail, 'Take a volume with one replica.')];
}

/** Images and arrays are on one node (R5). */
function onOneNode({ draft, locate, names }: Subject, { section, name, users }: Used): readonly Diagnostic[] {
  if (section !== 'images' && section !== 'arrays') return [];
  const node = ownValue<{ readonly node?: string }>(draft[section], name)?.node;
  const elsewhere = users.filter(
    (user) => user.node !== undefined && user.node !== node && names.nodes.known.has(user.node),
  );
  if (node === undefined) return [];
  return elsewhere.map(({ place, path }) =>
    mistake('inventory/not-on-node', locate.value(...path), `${place}, and \`${section}.${name}\` is on ${node}.`),
  );
}
