/** Exports by iSCSI: names that LIO and device-mapper take, portals, and proofs. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Partially } from '../draft.ts';
import { mistake } from '../problem.ts';
import type { ExportSpec } from '../schema/export.ts';
import { canonical } from './nodes.ts';
import { type Check, entries, groupOf, items, type Subject, usedTwice } from './subject.ts';

type Draft = Partially<ExportSpec>;
type Rule = (name: string, spec: Draft, subject: Subject) => readonly Diagnostic[];

export const iscsi: Check = (subject) => {
  const all = entries(subject.draft.exports).filter(([, { via }]) => via === 'iscsi');
  const portals = all.flatMap(([name, spec]) =>
    items(spec.portals).map(([at, address]) => ({
      key: JSON.stringify([name, canonical(address)]),
      what: `The portal ${address}`,
      path: ['exports', name, 'portals', at],
    })),
  );
  return [
    ...all.flatMap(([name, spec]) => rules.flatMap((rule) => rule(name, spec, subject))),
    ...usedTwice(subject, portals, 'Two paths over one address are one path.'),
  ];
};

const rules: readonly Rule[] = [
  /** RFC 7143, 4.2.7.2 has lower case only; rtslib refuses `_` (`utils.py`). `/dev/mapper/control` is device-mapper's own. */
  function nameFits(name, _spec, { locate }) {
    if (/^(?!control$)[a-z0-9.-]+$/.test(name)) return [];
    const detail = `\`${name}\` cannot be the name of an iSCSI target and of a device: small letters, digits and . -, not \`control\`.`;
    return [mistake('inventory/wrong-value', locate.key('exports', name), detail, 'Take another name.')];
  },

  /** The map stands among those of LVM in `/dev/mapper`. */
  function nameIsFree(name, _spec, subject) {
    return entries(subject.draft.volumes)
      .filter(([volume, spec]) => mapped(groupOf(subject, spec) ?? '', volume) === name)
      .map(([volume]) => {
        const detail = `\`exports.${name}\` and \`volumes.${volume}\` would both be /dev/mapper/${name}.`;
        return mistake('inventory/duplicate', subject.locate.key('exports', name), detail, 'Take another name.');
      });
  },

  function portalsAreIts(name, { from, portals }, { draft, locate }) {
    const owners = new Map(
      entries(draft.nodes).flatMap(([node, { address }]) =>
        address === undefined ? [] : [[canonical(address), node]],
      ),
    );
    return items(portals).flatMap(([at, address]) => {
      const owner = owners.get(canonical(address));
      if (owner === undefined || owner === from || from === undefined) return [];
      const detail = `\`exports.${name}\` is served from ${from}, and ${address} is the address of ${owner}.`;
      return [mistake('inventory/not-on-node', locate.value('exports', name, 'portals', at), detail)];
    });
  },

  function pathsForMultipath(name, { portals }, { locate }) {
    const at = ['exports', name, 'multipath'];
    if (!locate.has(...at) || (portals?.length ?? 1) > 1) return [];
    const detail = `\`exports.${name}\` has multipath, and one portal: that is one path.`;
    return [
      mistake('inventory/conflict', locate.key(...at), detail, 'Name a portal in each network, or leave it out.'),
    ];
  },

  /** RFC 7143, 9.2.1: whoever knows one secret could send the other side its own challenge back. */
  function twoSecrets(name, { chap }, { locate }) {
    const [own, other] = [chap?.password, chap?.mutual?.password];
    if (own === undefined || other === undefined || JSON.stringify(own) !== JSON.stringify(other)) return [];
    const detail = `\`exports.${name}.chap\` has one secret for both directions.`;
    const at = locate.value('exports', name, 'chap', 'mutual', 'password');
    return [mistake('inventory/unsafe', at, detail, 'Take a secret of its own for `mutual`.')];
  },
];

/** As device-mapper names a logical volume. */
function mapped(group: string, volume: string): string {
  return `${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`;
}
