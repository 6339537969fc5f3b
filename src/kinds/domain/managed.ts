/** Verbs of a VM, as long as the cluster does not have it (P6). */
import { heldByCluster } from '../cluster/has.ts';
import type { Verb } from '../verb.ts';
import { refuse } from '../verdict.ts';
import type { vmParameter } from './verbs.ts';

type OfVm = { vm: typeof vmParameter };

export function unmanaged<T extends OfVm>(verb: Verb<T>): Verb<T> {
  return {
    ...verb,
    plan: (given, world) => {
      const held = heldByCluster(given.vm, world);
      return held.length > 0 ? new Map([[given.vm.name, refuse(...held)]]) : verb.plan(given, world);
    },
  };
}
