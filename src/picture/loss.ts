/** What would be lost, or go on with fewer copies, if nodes died: by the inventory alone, with everything well before. Pure. */
import { mayLose } from '../kinds/array/running.ts';
import { nameOf, usableOn } from '../kinds/reach.ts';
import type { RaidArray } from '../kinds/site/array.ts';
import type { Backing } from '../kinds/site/backing.ts';
import type { Site, Vm } from '../kinds/site.ts';
import type { NodeName } from '../step.ts';
import type { Mark } from './picture.ts';

type Dead = ReadonlySet<NodeName>;

/** Of what a disk stands on, for whoever uses it on a node that lives. */
export function lossOf(on: Backing, site: Site, dead: Dead): Mark {
  if ('volume' in on) return volumeLoss(site.volumes[on.volume]?.replicas ?? [], dead);
  if ('image' in on) return dead.has(site.images[on.image]?.node ?? '') ? 'lost' : 'plain';
  if ('array' in on) {
    const array = site.arrays[on.array];
    return array === undefined ? 'plain' : arrayLoss(array, site, dead);
  }
  const exported = site.exports[on.export];
  if (exported === undefined) return 'plain';
  return dead.has(exported.from) ? 'lost' : lossOf(exported.backing, site, dead);
}

export function volumeLoss(replicas: readonly NodeName[], dead: Dead): Mark {
  const left = replicas.filter((node) => !dead.has(node));
  if (left.length === replicas.length) return 'plain';
  return left.length === 0 ? 'lost' : 'degraded';
}

export function arrayLoss({ node, level, members }: RaidArray, site: Site, dead: Dead): Mark {
  const losses = members.map((member) => lossOf(member, site, dead));
  const gone = losses.filter((one) => one === 'lost').length;
  if (dead.has(node) || gone > mayLose(level, members.length)) return 'lost';
  return gone > 0 || losses.includes('degraded') ? 'degraded' : 'plain';
}

/** Nodes that live on which a VM could use all of its disks as they are. */
export function survivors({ disks }: Vm, site: Site, dead: Dead): readonly NodeName[] {
  if (disks.some((disk) => lossOf(disk, site, dead) === 'lost')) return [];
  const living = Object.keys(site.nodes).filter((node) => !dead.has(node));
  return living.filter((node) => disks.every((disk) => usableOn(disk, site).includes(node)));
}

export function vmLoss(vm: Vm, site: Site, dead: Dead): Mark {
  if (dead.has(vm.home)) return survivors(vm, site, dead).length > 0 ? 'stops' : 'lost';
  const losses = vm.disks.map((disk) => lossOf(disk, site, dead));
  if (losses.includes('lost')) return 'lost';
  return losses.includes('degraded') ? 'degraded' : 'plain';
}

/** For people: what each VM would do, in one line. */
export function vmOutcome(vm: Vm, site: Site, dead: Dead): string | undefined {
  switch (vmLoss(vm, site, dead)) {
    case 'stops':
      return `stops; may be started on ${survivors(vm, site, dead).join(', ')}`;
    case 'lost': {
      const bad = vm.disks.filter((disk) => lossOf(disk, site, dead) === 'lost').map(nameOf);
      return bad.length > 0 ? `lost with ${bad.join(', ')}` : 'lost with its home';
    }
    case 'degraded':
      return 'goes on with fewer copies';
    default:
      return undefined;
  }
}
