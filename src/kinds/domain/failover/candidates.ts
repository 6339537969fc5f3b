/** Which VMs of a dead node are started elsewhere, and where; and all that speaks against it, at once. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import { heldByCluster } from '../../cluster/has.ts';
import type { Node, Vm } from '../../site.ts';
import type { World } from '../../world.ts';
import type { Disk } from '../devices.ts';
import { findEverywhere } from '../find.ts';
import { type Load, place } from '../move/placing.ts';
import { askedNodes, disksOf, possibleNodes } from '../places.ts';
import { noDevice } from '../refusals.ts';
import { against } from './against.ts';
import { endOf } from './mirror.ts';
import * as refusals from './refusals.ts';
import type { Start } from './start.ts';

export interface Candidate extends Load {
  readonly vm: Vm;
  readonly disks: readonly Disk[];
}

export interface Failover {
  readonly starts: readonly Start[];
  /** Errors among them: none of them is started. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Of `vms`: all of them. */
export const allVms = 'all';

/** `vms`: names with commas between. `limitSeconds`: for how long a mirror may have been alone. */
export function failover(node: Node, vms: string, limitSeconds: number, world: World): Failover {
  const { found, diagnostics } = candidates(node, vms, world);
  const { placed, unplaced, left } = place(found, freeOn(found, world));
  const end = endOf(node.name, world);
  const starts = placed.map(({ load: { vm, disks }, to }) => ({ vm, to, disks }));
  const rooms = (one: Candidate): readonly string[] =>
    one.targets.map((target) => `${target} has ${formatSize(left.get(target) ?? 0)} left`);
  return {
    starts,
    diagnostics: [
      ...diagnostics,
      ...unplaced.map((one) => refusals.noRoom(one.vm, rooms(one))),
      ...starts.flatMap((start) => against(start, node.name, end, limitSeconds, world)),
    ],
  };
}

/** Those that the inventory wants running, that could have run there, and that run nowhere. */
export function candidates(
  { name: dead }: Node,
  vms: string,
  world: World,
): { readonly found: readonly Candidate[]; readonly diagnostics: readonly Diagnostic[] } {
  const names = vms === allVms ? Object.keys(world.site.vms) : vms.split(',');
  const diagnostics: Diagnostic[] = [];
  const found = [...new Set(names)].flatMap((name): readonly Candidate[] => {
    const vm = Object.hasOwn(world.site.vms, name) ? world.site.vms[name] : undefined;
    if (vm === undefined) diagnostics.push(refusals.noSuchVm(name, Object.keys(world.site.vms)));
    if (vm?.state !== 'running' || !askedNodes(world.site, vm).includes(dead)) return [];
    const where = findEverywhere(vm, world);
    if (where.is === 'refused') diagnostics.push(...where.problems);
    if (where.is !== 'nowhere') return [];
    const held = heldByCluster(vm, world);
    diagnostics.push(...held);
    const disks = disksOf(world.site, vm, world);
    if (!disks.known) diagnostics.push(noDevice(vm, disks.why));
    if (held.length > 0 || !disks.known) return [];
    const targets = possibleNodes(world.site, vm, world).filter((one) => one !== dead);
    const why = whyNever(disks.value, targets, dead);
    if (why === undefined) return [{ vm, disks: disks.value, bytes: vm.memory.bytes, home: vm.home, targets }];
    diagnostics.push(refusals.stays(vm, dead, why));
    return [];
  });
  return { found, diagnostics };
}

function whyNever(disks: readonly Disk[], targets: readonly NodeName[], dead: NodeName): string | undefined {
  if (disks.length === 0) return `without disks it stays at home, and that is ${dead}`;
  const bound = disks.filter(({ replicated }) => !replicated).map(({ volume }) => volume);
  if (bound.length > 0) return `its disk ${bound.join(', ')} is no mirror`;
  return targets.length > 0 ? undefined : 'no other node has a hypervisor and the other halves of its disks';
}

/** What is not known is no room. */
function freeOn(found: readonly Candidate[], world: World): ReadonlyMap<NodeName, number> {
  const nodes = new Set(found.flatMap(({ targets }) => targets));
  return new Map(
    [...nodes].flatMap((node) => {
      const { xen } = world.have('host', node);
      return xen.known && xen.value !== 'absent' ? [[node, xen.value.freeMemoryBytes] as const] : [];
    }),
  );
}
