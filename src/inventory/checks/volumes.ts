/** Volumes: what LVM and DRBD would refuse, or what would lose data. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { missingKey } from '../explain.ts';
import { doubt, mistake } from '../problem.ts';
import type { VolumeSpec } from '../schema/volume.ts';
import {
  type Check,
  devicesOn,
  entries,
  groupOf,
  isReplicated,
  items,
  ownValue,
  type Subject,
  type Use,
  usedTwice,
} from './subject.ts';

type Draft = Partially<VolumeSpec>;

export const volumes: Check = (subject) => {
  const all = entries(subject.draft.volumes);
  return [
    ...all.flatMap(([name, volume]) => rules.flatMap((rule) => rule(name, volume, subject))),
    ...usedTwice(subject, repeatedReplicas(all), 'A node holds one replica.'),
    ...usedTwice(subject, pinned(all, 'minor'), 'A minor is used once on a node (D10).'),
    ...usedTwice(subject, [...pinned(all, 'port'), ...exportPorts(subject)], 'A port is used once on a node (D10).'),
  ];
};

type Rule = (name: string, volume: Draft, subject: Subject) => readonly Diagnostic[];

const rules: readonly Rule[] = [
  function hasGroup(name, volume, subject) {
    if (groupOf(subject, volume) !== undefined || subject.locate.has('volumes', name, 'group')) return [];
    return [
      missingKey(['volumes', name], 'group', subject.locate, 'Or give all volumes one: `defaults.volume.group`.'),
    ];
  },

  /** drbdadm checks no name at all (safety.md 4.3). */
  function drbdName(name, volume, { locate }) {
    if (!isReplicated(volume) || (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name) && name !== 'all')) return [];
    const detail = `\`${name}\` cannot be the name of a DRBD resource: letters, digits and _ . -, at most 64, beginning with a letter or digit, not \`all\`.`;
    return [
      mistake(
        'inventory/wrong-value',
        locate.key('volumes', name),
        detail,
        'Volumes with two or more replicas are DRBD resources.',
      ),
    ];
  },

  /** K1, K2: only what reads as zero by construction is equal without a copy. */
  function skipOnlyThin(name, volume, { draft, locate }) {
    const path = volume.firstSync === undefined ? ['defaults', 'volume', 'firstSync'] : ['volumes', name, 'firstSync'];
    const firstSync = volume.firstSync ?? draft.defaults?.volume?.firstSync;
    if (firstSync !== 'skip' || !isReplicated(volume) || locate.has('volumes', name, 'thinPool')) return [];
    const detail = `\`volumes.${name}\` is thick: its replicas begin with whatever was on the disks, and would differ for ever (K1).`;
    return [
      mistake(
        'inventory/unsafe',
        locate.value(...path),
        detail,
        'Take `zero` for zeros on all sides, or `full` for a copy.',
      ),
    ];
  },

  function stripes(name, volume, subject) {
    const { draft, locate } = subject;
    const count = volume.stripes ?? draft.defaults?.volume?.stripes ?? 1;
    const at = locate.value(...(volume.stripes === undefined ? ['volumes', name] : ['volumes', name, 'stripes']));
    if (volume.thinPool !== undefined && (volume.stripes ?? 1) > 1)
      return [
        mistake(
          'inventory/conflict',
          at,
          `\`volumes.${name}\` is thin; stripes belong to its pool.`,
          'Leave out `stripes`.',
        ),
      ];
    const group = ownValue(draft.volumeGroups, groupOf(subject, volume));
    if (count === 1 || volume.thinPool !== undefined || group?.devices === undefined) return [];
    const short = items(volume.replicas).filter(([, node]) => devicesOn(group, node).length < count);
    return short.slice(0, 1).map(([, node]) => {
      const detail = `\`volumes.${name}\` has ${count} stripes, and its volume group has fewer devices on ${node}.`;
      return mistake('inventory/conflict', at, detail, 'A stripe needs a device of its own.');
    });
  },

  function onlyForReplicated(name, volume, { locate }) {
    if (volume.replicas === undefined || isReplicated(volume)) return [];
    return (['firstSync', 'minor', 'port', 'protocol', 'maxRate'] as const)
      .filter((key) => volume[key] !== undefined)
      .map((key) =>
        doubt(
          'inventory/no-effect',
          locate.key('volumes', name, key),
          `\`volumes.${name}\` has one replica: there is no DRBD resource that \`${key}\` could belong to.`,
        ),
      );
  },
];

function repeatedReplicas(all: readonly [string, Draft][]): readonly Use[] {
  return all.flatMap(([name, { replicas }]) =>
    items(replicas).map(([at, node]) => ({
      key: JSON.stringify([name, node]),
      what: `The node ${node}`,
      path: ['volumes', name, 'replicas', at],
    })),
  );
}

function pinned(all: readonly [string, Draft][], what: 'minor' | 'port'): readonly Use[] {
  return all.flatMap(([name, volume]) => {
    const number = volume[what];
    if (number === undefined || !isReplicated(volume)) return [];
    return [...new Set(items(volume.replicas).map(([, node]) => node))].map((node) => ({
      key: JSON.stringify([node, number]),
      what: `The ${what} ${number} on ${node}`,
      path: ['volumes', name, what],
    }));
  });
}

/** DRBD and nbd-server listen side by side. */
function exportPorts({ draft }: Subject): readonly Use[] {
  return entries(draft.exports).flatMap(([name, { from, port }]) =>
    from === undefined || port === undefined
      ? []
      : [
          {
            key: JSON.stringify([from, port]),
            what: `The port ${port} on ${from}`,
            path: ['exports', name, 'port'],
          },
        ],
  );
}
