/** Why a VM may not come into the cluster as it is now. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import { findEverywhere } from '../domain/find.ts';
import { promoteSteps } from '../drbd/promote.ts';
import type { Vm } from '../site.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { mirrorsOf } from './members.ts';
import { mirrorId } from './names.ts';
import * as no from './refusals.ts';
import { usedByAnother } from './uses.ts';

/** X1: the cluster starts what it does not find by its own, weaker look. */
export function joins(vm: Vm, world: World): readonly Diagnostic[] {
  const found = findEverywhere(vm, world);
  if (found.is === 'refused') return found.problems;
  if (found.is === 'running') return [no.runsAlready(vm, found.copy.node)];
  // D2, D12: what is Primary elsewhere somebody uses, and a mirror that is behind is nothing to begin with.
  const promotions = vm.state === 'stopped' ? [] : mirrorsOf(vm, world.site);
  return [
    ...usedByAnother(vm, world),
    ...promotions.flatMap((volume) => promoteSteps(volume, vm.home, world).problems),
  ];
}

/** P4: what ties a mirror is there already, to another VM. */
export function tiesOf(vm: Vm, { changes }: Prospect, { site }: World): readonly Diagnostic[] {
  const tied = mirrorsOf(vm, site).filter(({ name }) =>
    changes.some(({ operation, what }) => operation === 'modify' && what === `rsc_colocation with-${mirrorId(name)}`),
  );
  return tied.map(({ name }) => no.tiedToAnother(vm, name));
}
