/** What could not be looked at: unknown is not well, and never absent (C5). */

import { importersOf } from '../kinds/reach.ts';
import type { Reading } from '../kinds/reading.ts';
import type { NodeFacts } from '../kinds/world.ts';
import type { NodeName } from '../step.ts';
import { type Evidence, type State, state } from './cause.ts';
import type { Subject } from './subject.ts';
import { isUnreached, type View, whyUnreached } from './view.ts';

/** Of all of them, each node that did not answer and that one of them is about; said once, after what is known. */
export function unreachedStates(subjects: readonly Subject[], view: View): readonly State[] {
  const away = subjects.flatMap((one) => nodesOf(one, view)).filter((node) => isUnreached(node, view));
  return [...new Set(away)].map((node) =>
    state('unreached', { kind: 'node', name: node }, [node], [whyUnreached(node, view)]),
  );
}

/** A thing whose own facts could not be read on a node that answered. */
export function unreadableStates(subject: Subject, view: View): readonly State[] {
  const blind = nodesOf(subject, view).flatMap((node): readonly Evidence[] => {
    const have = view.facts.get(node);
    if (have === undefined) return [];
    return readings(subject, node, have, view).flatMap(([source, one]) =>
      one.known ? [] : [{ node, source, line: one.why }],
    );
  });
  return blind.length === 0 ? [] : [state('unreadable', subject, [...new Set(blind.map(({ node }) => node))], blind)];
}

/** A VM may run on any node (X1). */
function nodesOf({ kind, name }: Subject, { site }: View): readonly NodeName[] {
  if (kind === 'node') return [name];
  if (kind === 'vm') return Object.keys(site.nodes);
  if (kind === 'volume') return site.volumes[name]?.replicas ?? [];
  if (kind === 'array') return site.arrays[name] === undefined ? [] : [site.arrays[name].node];
  const exported = site.exports[name];
  return exported === undefined ? [] : [...new Set([exported.from, ...importersOf(exported, site)])];
}

function readings(
  { kind, name }: Subject,
  node: NodeName,
  have: NodeFacts,
  { site }: View,
): readonly (readonly [string, Reading<unknown>])[] {
  if (kind === 'node') return [];
  if (kind === 'vm') return [['domains', have.domain.domains]];
  if (kind === 'array') return [['arrays', have.array.assembled]];
  if (kind === 'volume') {
    const mirrored = (site.volumes[name]?.replicas.length ?? 0) > 1;
    return [['volumes', have.volume.volumes], ...(mirrored ? [['drbd', have.drbd.running] as const] : [])];
  }
  const exported = site.exports[name];
  if (exported?.via === 'iscsi')
    return node === exported.from ? [['target', have.target.live]] : [['initiator', have.initiator.live]];
  return node === exported?.from
    ? [['export', have.export.units]]
    : [
        ['import', have.import.units],
        ['import', have.import.devices],
      ];
}
