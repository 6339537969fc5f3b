/** Arrays: as many members as the level needs, of one size, each of which may fail. */
import type { Diagnostic } from '../../diagnostic.ts';
import { formatSize, parseSize } from '../../quantity.ts';
import type { Partially } from '../draft.ts';
import { doubt, mistake } from '../problem.ts';
import type { ArraySpec, MemberSpec } from '../schema/array.ts';
import { type Check, entries, items, ownValue, type Subject, usedTwice } from './subject.ts';

type Draft = Partially<ArraySpec>;
type Rule = (name: string, spec: Draft, subject: Subject) => readonly Diagnostic[];

export const arrays: Check = (subject) => {
  const all = entries(subject.draft.arrays);
  const mounts = all.flatMap(([name, { node, filesystem }]) =>
    node === undefined || filesystem?.mount === undefined
      ? []
      : [
          {
            key: JSON.stringify([node, filesystem.mount]),
            what: `${filesystem.mount} on ${node}`,
            path: ['arrays', name, 'filesystem', 'mount'],
          },
        ],
  );
  return [
    ...all.flatMap(([name, spec]) => rules.flatMap((rule) => rule(name, spec, subject))),
    ...usedTwice(subject, mounts, 'One file system is mounted in one place.'),
  ];
};

/** mdadm would make RAID 5 of two and RAID 6 of three (`Create.c`); neither is what anybody means by it. */
const fewest: Readonly<Record<number, number>> = { 0: 2, 1: 2, 5: 3, 6: 4, 10: 2 };

const rules: readonly Rule[] = [
  function enoughMembers(name, { level, members }, { locate }) {
    const least = fewest[level ?? 0] ?? 2;
    if (level === undefined || members === undefined || members.length >= least) return [];
    const detail = `\`arrays.${name}\` has ${members.length} members, and RAID ${level} needs ${least}.`;
    return [mistake('inventory/conflict', locate.key('arrays', name, 'members'), detail)];
  },

  function fitsTheLevel(name, { level, bitmap }, { locate }) {
    const key = level === 1 ? 'chunk' : level === 0 && bitmap === 'internal' ? 'bitmap' : undefined;
    if (key === undefined || !locate.has('arrays', name, key)) return [];
    const detail = `\`arrays.${name}\` has RAID level ${level}, which has no ${key}.`;
    return [mistake('inventory/conflict', locate.key('arrays', name, key), detail, `Leave out \`${key}\`.`)];
  },

  /** R4: a blip of the network would be a full resync. */
  function remembers(name, { level, bitmap, members }, { locate }) {
    const far = items(members).find(([, member]) => member.export !== undefined)?.[1].export;
    if (bitmap !== 'none' || level === undefined || level === 0 || far === undefined) return [];
    const detail = `\`arrays.${name}\` has no bitmap: when \`exports.${far}\` was away for a moment, all of it is copied again (R4).`;
    return [
      doubt('inventory/no-bitmap', locate.value('arrays', name, 'bitmap'), detail, 'Leave out `bitmap`: `internal`.'),
    ];
  },

  /** The smallest counts: mdadm(8). */
  function oneSize(name, { members }, subject) {
    const sizes = items(members).flatMap(([, member]) => bytesOf(member, subject) ?? []);
    const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
    if (sizes.length === 0 || smallest === largest) return [];
    const wasted = sizes.reduce((sum, bytes) => sum + bytes - smallest, 0);
    const at = subject.locate.key('arrays', name, 'members');
    const detail = `Of the members of \`arrays.${name}\` the smallest has ${formatSize(smallest)}, the largest ${formatSize(largest)}: ${formatSize(wasted)} are wasted.`;
    return smallest < largest * 0.9
      ? [mistake('inventory/conflict', at, detail, 'Give them one size, within a tenth.')]
      : [doubt('inventory/waste', at, detail)];
  },
];

/** Undefined: not known here, as of an array that is exported. */
function bytesOf(member: Partially<MemberSpec>, { draft }: Subject): number | undefined {
  const exported = ownValue(draft.exports, member.export);
  const { volume, image } = exported ?? member;
  const size = ownValue(draft.volumes, volume)?.size ?? ownValue(draft.images, image)?.size;
  return size === undefined ? undefined : parseSize(size);
}
