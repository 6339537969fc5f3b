/**
 * Which VMs leave a node, and where each of them goes, over one look at all nodes. Only that node gives memory free
 * meanwhile, and none of them goes there: what fits when all have come has fitted at every moment before. Pure.
 */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { unreadable } from '../../reading.ts';
import type { Vm } from '../../site.ts';
import type { World } from '../../world.ts';
import { censusOf, copiesOf } from '../census.ts';
import { type Copy, isDying } from '../copies.ts';
import type { Domain } from '../facts.ts';
import { type Found, findEverywhere, notSeen } from '../find.ts';
import { possibleNodes } from '../places.ts';
import { shrinkable } from './movable.ts';
import { mirrorsOf } from './path.ts';
import { type Load, type Placed, type Placing, place } from './placing.ts';
import * as refusals from './refusals.ts';
import * as staying from './staying.ts';

export interface Leaving extends Load {
  readonly vm: Vm;
}

export interface Evacuation {
  /** In their order. */
  readonly moves: readonly Placed<Leaving>[];
  /** Those for which there is no place, each with the reasons. */
  readonly stuck: readonly Stuck[];
  /** What is there besides: unknown to the inventory, or dying. */
  readonly stays: readonly Domain[];
  /** Why all of that is not known. */
  readonly unseen: readonly Diagnostic[];
}

export interface Stuck {
  readonly vm: Vm;
  readonly problems: readonly Diagnostic[];
  /** Where it could run, if there were room. */
  readonly targets: readonly NodeName[];
}

export function evacuation(node: NodeName, world: World): Evacuation {
  const unseen = notSeen(world);
  if (unseen.length > 0) return { moves: [], stuck: [], stays: [], unseen };
  const there = Object.values(world.site.vms).filter((vm) => livingOn(vm, node, world).length > 0);
  const found = there.map((vm) => leaving(vm, node, world));
  const loads = found.flatMap((one) => ('bytes' in one ? [one] : []));
  const free = freeOn(new Set(loads.flatMap(({ targets }) => targets)), world);
  const placing = place(loads, free);
  return {
    moves: placing.placed,
    stuck: [
      ...found.flatMap((one) => ('bytes' in one ? [] : [one])),
      ...placing.unplaced.map((load) => unplaced(load, free, placing, world)),
    ],
    stays: staysOn(node, there, world),
    unseen,
  };
}

function livingOn(vm: Vm, node: NodeName, world: World): readonly Copy[] {
  return copiesOf(vm, censusOf(world)).filter((copy) => copy.node === node && !isDying(copy.domain));
}

/** What is not one live domain there and nowhere else is a person's to decide (3.2). */
function leaving(vm: Vm, node: NodeName, world: World): Leaving | Stuck {
  const found = findEverywhere(vm, world);
  if (found.is !== 'running') return { vm, targets: [], problems: found.is === 'refused' ? found.problems : [] };
  const targets = possibleNodes(world.site, vm, world).filter((one) => one !== node);
  if (targets.length > 0)
    return { vm, home: vm.home, bytes: found.copy.domain.memoryBytes ?? vm.memory.bytes, targets };
  const hvm = vm.type === 'hvm' ? [refusals.hvm(vm)] : [];
  const { problems } = mirrorsOf(vm, world);
  return { vm, targets, problems: problems.length > 0 ? [...hvm, ...problems] : [...hvm, staying.noTarget(vm, node)] };
}

/** What is not known is no room. */
function freeOn(nodes: ReadonlySet<NodeName>, world: World): ReadonlyMap<NodeName, number> {
  const free = new Map<NodeName, number>();
  for (const node of nodes) {
    const { xen } = world.have('host', node);
    if (xen.known && xen.value !== 'absent') free.set(node, xen.value.freeMemoryBytes);
  }
  return free;
}

function unplaced(
  { vm, bytes, targets }: Leaving,
  free: ReadonlyMap<NodeName, number>,
  { left }: Placing<Leaving>,
  world: World,
): Stuck {
  const unread = targets.flatMap((node) => {
    const { xen } = world.have('host', node);
    return xen.known ? [] : [unreadable('host', node, xen.why)];
  });
  const rooms = targets.flatMap((node) => {
    const [freeBytes, leftBytes] = [free.get(node), left.get(node)];
    if (freeBytes === undefined || leftBytes === undefined) return [];
    return [{ node, freeBytes, leftBytes, smaller: shrinkable(node, world) }];
  });
  return { vm, targets, problems: [...unread, staying.noRoom(vm, bytes, rooms)] };
}

function staysOn(node: NodeName, vms: readonly Vm[], world: World): readonly Domain[] {
  const { domains } = world.have('domain', node);
  const own = new Set(vms.flatMap((vm) => livingOn(vm, node, world)).map(({ domain }) => domain));
  return domains.known ? domains.value.filter((one) => !own.has(one)) : [];
}

export interface Standing {
  readonly vm: string;
  /** `refused`: not clear. */
  readonly is: Found['is'];
  /** Where it runs. */
  readonly node?: NodeName;
}

/** Where each of them is now. */
export function standings(moves: Evacuation['moves'], world: World): readonly Standing[] {
  return moves.map(({ load: { vm } }) => {
    const found = findEverywhere(vm, world);
    return { vm: vm.name, is: found.is, ...(found.is === 'running' ? { node: found.copy.node } : {}) };
  });
}
