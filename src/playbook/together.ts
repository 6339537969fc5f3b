/** Several playbooks bound to one site, played as one. Pure. */
import type { Bound, BoundAct } from './bind.ts';

/**
 * Those of a group side by side, step by step; group after group. Each is the same playbook. What all of them require holds
 * before the first begins, and what they verify is looked at when the last has ended.
 */
export function together(look: Bound, groups: readonly (readonly Bound[])[]): Bound {
  const all = groups.flat();
  return {
    ...look,
    require: [...look.require, ...all.flatMap(({ require }) => require)],
    steps: groups.flatMap(sideBySide),
    verify: [...look.verify, ...all.flatMap(({ verify }) => verify)],
  };
}

function sideBySide(group: readonly Bound[]): readonly BoundAct[] {
  const [first] = group;
  return (first?.steps ?? []).flatMap((_, line) =>
    group.flatMap(({ steps }, at) =>
      steps[line] === undefined ? [] : [at === 0 ? steps[line] : { ...steps[line], together: true }],
    ),
  );
}
