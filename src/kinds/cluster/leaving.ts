/** Why something may not leave the cluster, or come back into its hands, as it is now. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import { find } from '../domain/find.ts';
import { volumesOf } from '../reach.ts';
import type { Site } from '../site.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { mirrorsOf } from './members.ts';
import { mirrorId, vmId } from './names.ts';
import * as no from './refusals.ts';
import { usedStill } from './uses.ts';

/** What ties a VM to its mirrors goes with it: they would be taken away under a guest that still shuts down, and its node be shot (P7). */
export function leaving({ changes, consequences }: Prospect, world: World): readonly Diagnostic[] {
  const gone = Object.values(world.site.vms).filter(({ name }) =>
    changes.some(({ operation, what }) => operation === 'delete' && what === `primitive ${vmId(name)}`),
  );
  // In maintenance the cluster would stop nothing now, and later all the same.
  const early = gone.filter(
    (vm) => consequences.some((line) => line.startsWith(`Stop ${vmId(vm.name)} `)) || find(vm, world).is === 'running',
  );
  const mirrors = gone.flatMap((vm) => mirrorsOf(vm, world.site));
  return [
    ...early.map(({ name }) => no.stillRuns(name)),
    ...mirrors.flatMap((volume) => usedStill(volume, world)),
    ...untied(changes, world.site),
  ];
}

/** A VM that stays in the cluster stays with its mirrors (P4), also one that the inventory no longer names. */
function untied(changes: Prospect['changes'], { vms, volumes }: Site): readonly Diagnostic[] {
  const gone = changes.filter(({ operation }) => operation === 'delete').map(({ what }) => what);
  const leave = Object.values(vms).filter(({ name }) => gone.includes(`primitive ${vmId(name)}`));
  const free = leave.flatMap(volumesOf);
  return Object.keys(volumes)
    .filter(
      (volume) =>
        gone.includes(`rsc_colocation with-${mirrorId(volume)}`) || gone.includes(`clone ${mirrorId(volume)}`),
    )
    .filter((volume) => !free.includes(volume))
    .map(no.untied);
}
