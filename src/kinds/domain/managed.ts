/** Verbs of a VM that the cluster may have (P6). */
import { custodyOf, heldByCluster } from '../cluster/has.ts';
import { isFlagged } from '../cluster/maintenance.ts';
import type { Verb } from '../verb.ts';
import { refuse, type StepDraft } from '../verdict.ts';
import type { vmParameter } from './verbs.ts';

type OfVm = { vm: typeof vmParameter };

/** As long as the cluster does not have it. */
export function unmanaged<T extends OfVm>(verb: Verb<T>): Verb<T> {
  return {
    ...verb,
    plan: (given, world) => {
      const held = heldByCluster(given.vm, world);
      return held.length > 0 ? new Map([[given.vm.name, refuse(...held)]]) : verb.plan(given, world);
    },
  };
}

/** Of a move, also where the cluster has it: as long as sanctl has it in maintenance, which each step that does something asks (P5). */
export function inMaintenance<T extends OfVm>(verb: Verb<T>): Verb<T> {
  return {
    ...verb,
    plan: (given, world) => {
      const { vm } = given;
      const custody = custodyOf(vm, world);
      if (custody.is === 'refused') return new Map([[vm.name, refuse(...custody.problems)]]);
      const verdicts = verb.plan(given, world);
      if (custody.is === 'free') return verdicts;
      const alone = isFlagged(vm, world.site);
      const guarded = (draft: StepDraft): StepDraft =>
        draft.actions.length === 0 ? draft : { ...draft, guards: [alone, ...draft.guards] };
      return new Map([...verdicts].map(([name, verdict]) => [name, { ...verdict, steps: verdict.steps.map(guarded) }]));
    },
  };
}
