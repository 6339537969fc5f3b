/** Exports, each by itself: who may import it, and what fits the way it goes. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { doubt, mistake } from '../problem.ts';
import type { ExportSpec } from '../schema/export.ts';
import { type Check, entries, groupOf, isReplicated, items, ownValue, type Subject, usedTwice } from './subject.ts';
import { type Used, type User, usedIn } from './users.ts';

type Draft = Partially<ExportSpec>;
type Rule = (name: string, spec: Draft, users: readonly User[], subject: Subject) => readonly Diagnostic[];

export const exports: Check = (subject) => {
  const all = entries(subject.draft.exports);
  const used = new Map<string, Used>();
  for (const one of usedIn(subject)) if (one.section === 'exports') used.set(one.name, one);
  const repeated = all.flatMap(([name, { to }]) =>
    items(to).map(([at, node]) => ({
      key: JSON.stringify([name, node]),
      what: `The node ${node}`,
      path: ['exports', name, 'to', at],
    })),
  );
  return [
    ...all.flatMap(([name, spec]) => rules.flatMap((rule) => rule(name, spec, used.get(name)?.users ?? [], subject))),
    ...usedTwice(subject, repeated, 'A node imports it once.'),
    ...authenticated(subject),
  ];
};

const rules: readonly Rule[] = [
  /** N4, G1: its page cache would wait for itself. */
  function notToItself(name, spec, _users, subject) {
    return items(spec.to)
      .filter(([, node]) => node === spec.from)
      .map(([at, node]) => {
        const detail = `\`exports.${name}\` is for ${node}, which serves it: importing it there deadlocks when memory is short (N4, G1).`;
        return mistake(
          'inventory/unsafe',
          subject.locate.value('exports', name, 'to', at),
          detail,
          locally(spec, subject),
        );
      });
  },

  function usersImport(name, spec, users, subject) {
    const { locate, names } = subject;
    const { from, to } = spec;
    return users.flatMap(({ node, place, path }) => {
      if (node === undefined || to === undefined || !names.nodes.known.has(node)) return [];
      const at = locate.value(...path);
      if (node === from)
        return [
          mistake(
            'inventory/unsafe',
            at,
            `${place}, which serves \`exports.${name}\` itself (N4, G1).`,
            locally(spec, subject),
          ),
        ];
      // Of one that no node has, something is said already: it may be the one.
      if (to.includes(node) || !to.every((one) => one !== undefined && names.nodes.known.has(one))) return [];
      const help = `It is for ${to.join(', ')}.`;
      return [mistake('inventory/not-on-node', at, `${place}, and \`exports.${name}\` is not for that node.`, help)];
    });
  },

  /** N7: whoever may import it may write it, and nothing on the wire keeps two from that. */
  function oneWriter(name, { to, readOnly }, users, { locate }) {
    if (readOnly !== false || to === undefined || to.length < 2 || users.some(({ is }) => is === 'vm')) return [];
    const detail = `\`exports.${name}\` is written, and ${to.length} nodes may import it: two at once destroy it (N7).`;
    const help = 'Name one node, or say `readOnly: true`. Only the disk of a VM may have more: its home imports it.';
    return [mistake('inventory/shared-volume', locate.key('exports', name, 'to'), detail, help)];
  },

  function readersRead(name, { readOnly }, users, { locate }) {
    if (readOnly !== true) return [];
    return users
      .filter((user) => !user.readOnly)
      .map(({ who, path }) =>
        mistake(
          'inventory/conflict',
          locate.value(...path),
          `\`exports.${name}\` is read-only, and ${who} would write it.`,
          'Let it be written, or say `readOnly: true` of the disk.',
        ),
      );
  },

  function fitsTheWay(name, { via }, _users, { locate }) {
    if (via === undefined) return [];
    const own =
      via === 'iscsi' ? (['connections', 'tls', 'port'] as const) : (['portals', 'multipath', 'chap'] as const);
    const ways = via === 'iscsi' ? 'nbd and gnbd' : 'iscsi';
    return own
      .filter((key) => locate.has('exports', name, key))
      .map((key) => {
        const detail = `\`exports.${name}\` goes via ${via}, and \`${key}\` is for ${ways}.`;
        return mistake('inventory/conflict', locate.key('exports', name, key), detail, `Leave out \`${key}\`.`);
      });
  },

  /** N5: the kernel sends what was not answered again over another connection, while the first may still be carried out. */
  function oneConnection(name, { readOnly, connections, via }, _users, { locate }) {
    if (readOnly !== false || via === undefined || via === 'iscsi' || (connections ?? 1) < 2) return [];
    const detail = `\`exports.${name}\` is written: over several connections, an older write could come after a newer one (N5).`;
    const help = 'Leave out `connections`: one. Several are for `readOnly: true`.';
    return [mistake('inventory/unsafe', locate.value('exports', name, 'connections'), detail, help)];
  },

  /** N6: errors end the file system of a guest, which has no other path to go on with. */
  function guestsWait(name, { timeout, via }, users, { draft, locate }) {
    const seconds = timeout ?? draft.defaults?.export?.timeout;
    if (via === undefined || via === 'iscsi' || seconds === undefined || seconds === 'none') return [];
    const guest = users.find((user) => user.is === 'vm' && !user.readOnly);
    if (guest === undefined) return [];
    const detail = `\`exports.${name}\`: ${guest.who} gets I/O errors once its only path has not answered for ${seconds} (N6).`;
    if (timeout === undefined)
      return [
        mistake(
          'inventory/unsafe',
          locate.value('defaults', 'export', 'timeout'),
          detail,
          `Say \`timeout: none\` in \`exports.${name}\`; or \`timeout: ${seconds}\` there, if its guest is meant to get them.`,
        ),
      ];
    return [doubt('inventory/guest-errors', locate.value('exports', name, 'timeout'), detail, 'With `none` it waits.')];
  },

  /** R6, N6: md waits on a leg that never fails. I6: so does everything above all paths of a LUN. */
  function failsInTime(name, { timeout, via }, users, { draft, locate }) {
    const array = users.find(({ is }) => is === 'array');
    if ((timeout ?? draft.defaults?.export?.timeout) !== 'none' || (array === undefined && via !== 'iscsi')) return [];
    const path = timeout === undefined ? ['defaults', 'export', 'timeout'] : ['exports', name, 'timeout'];
    const why =
      array === undefined
        ? 'goes via iscsi, where I/O that never fails hangs every program on it (I6)'
        : `is a member of ${array.who}, which would wait for it for ever instead of going on without it (R6, N6)`;
    return [
      mistake(
        'inventory/unsafe',
        locate.value(...path),
        `\`exports.${name}\` ${why}.`,
        'Give it a time such as `30s`.',
      ),
    ];
  },
];

/** What to take on the node that serves it. */
function locally({ volume, image, array }: Draft, subject: Subject): string {
  const tell = (path: string, on: string): string => `There, take the device itself: ${path} (\`${on}\`).`;
  if (image !== undefined) return tell(String(ownValue(subject.draft.images, image)?.path), `{ image: ${image} }`);
  if (array !== undefined) return tell(`/dev/md/${array}`, `{ array: ${array} }`);
  const found = ownValue(subject.draft.volumes, volume);
  if (found === undefined) return 'There, take what it exports.';
  const path = isReplicated(found) ? `/dev/drbd/by-res/${volume}/0` : `/dev/${groupOf(subject, found)}/${volume}`;
  return tell(path, `{ volume: ${volume} }`);
}

/** One warning, however many. `tls: none` in so many words is a decision; CHAP has no such word. */
function authenticated({ draft, locate }: Subject): readonly Diagnostic[] {
  const open = entries(draft.exports).filter(([name, { via }]) =>
    via === 'iscsi'
      ? !locate.has('exports', name, 'chap')
      : via !== undefined && !locate.has('exports', name, 'tls') && !locate.has('defaults', 'export', 'tls'),
  );
  const [first] = open;
  if (first === undefined) return [];
  const more = open.length === 1 ? '' : ` and ${open.length - 1} more`;
  const [name, { via }] = first;
  const detail = `\`exports.${name}\`${more}: no proof is asked for, and whoever takes the address of an importer has the data.`;
  const help =
    via === 'iscsi'
      ? 'Give it `chap` with a `user` and a `password`.'
      : 'Take `tls: mutual`, or say `tls: none` where only these nodes are on the network.';
  return [doubt('inventory/open-export', locate.key('exports', name), detail, help)];
}
