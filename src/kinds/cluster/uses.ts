/** Who else has the disks of VMs of the cluster open: it starts and stops by its own, weaker look (X1, C2). Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import { disksOf } from '../domain/places.ts';
import { usersOf } from '../domain/stop.ts';
import { unreadable } from '../reading.ts';
import type { Vm, Volume } from '../site.ts';
import type { World } from '../world.ts';
import { mirrorsOf } from './members.ts';
import { diskInUse } from './refusals.ts';

/** Of a VM that the cluster has or gets: any domain but itself. */
export function usedByAnother(vm: Vm, world: World): readonly Diagnostic[] {
  const what = `domain/${vm.name} is the cluster’s`;
  return mirrorsOf(vm, world.site).flatMap((volume) => usersOn(volume, vm.uuid, what, world));
}

/** Of a mirror that leaves the cluster: any domain. It would be stopped under its guest, fail to stop, and its node be shot. */
export function usedStill(volume: Volume, world: World): readonly Diagnostic[] {
  return usersOn(volume, '', `The mirror of ${volume.name} is to leave the cluster`, world);
}

function usersOn(volume: Volume, but: string, what: string, world: World): readonly Diagnostic[] {
  const disks = disksOf(world.site, { disks: [{ volume: volume.name, as: 'xvda', readOnly: false }] }, world);
  const [disk] = disks.known ? disks.value : [];
  // Without a device its own thing is refused.
  if (disk === undefined) return [];
  return volume.replicas.flatMap((node) => {
    const { domains } = world.have('domain', node);
    if (!domains.known) return [unreadable('cluster/configuration', node, domains.why)];
    const users = usersOf({ uuid: but }, disk, node, world);
    return users.length === 0
      ? []
      : [
          diskInUse(
            volume.name,
            node,
            users.map(({ name }) => name),
            what,
          ),
        ];
  });
}
