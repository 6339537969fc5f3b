/** What a domain needs, from where it is seen over all nodes at once: a start, a word, or hands off. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { heldByCluster } from '../cluster/has.ts';
import { isManaged } from '../cluster/members.ts';
import { promoteSteps } from '../drbd/promote.ts';
import type { Thing } from '../kind.ts';
import { type Reading, unreadable } from '../reading.ts';
import type { Vm } from '../site.ts';
import { asWished, refuse, type Verdict } from '../verdict.ts';
import { isUnfilled, slicesOf } from '../volume/slices.ts';
import type { World } from '../world.ts';
import type { Copy } from './copies.ts';
import { type Disk, isSame } from './devices.ts';
import { drift } from './drift.ts';
import type { Domain, DomainDisk } from './facts.ts';
import { disksAreFilled, disksBeingRestored, unfilledDisks } from './filled.ts';
import { find, notSeen } from './find.ts';
import { lint } from './lint.ts';
import { askedNodes, lastAsked } from './places.ts';
import { openPlainDisks, plainDisksAreFree, servedDisks } from './plain.ts';
import * as refusals from './refusals.ts';
import { lookElsewhere, start } from './steps.ts';

export interface DomainWant {
  readonly vm: Vm;
  /** Why there are none, when a volume could not be given its device. */
  readonly disks: Reading<readonly Disk[]>;
  /** Undefined when a disk has no device. */
  readonly file: Content | undefined;
}

export function plan({ nodes, want: { vm, disks, file } }: Thing<DomainWant>, world: World): Verdict {
  if (!disks.known) return refuse(refusals.noDevice(vm, disks.why));
  const unsafe = lint(vm, disks.value, file ?? []);
  if (unsafe.length > 0) return refuse(...unsafe);
  const unread = nodes.flatMap((node) => {
    const { domains } = world.have('domain', node);
    return domains.known ? [] : [unreadable(`domain/${vm.name}`, node, domains.why)];
  });
  if (unread.length > 0) return refuse(...unread);
  const found = find(vm, world);
  switch (found.is) {
    case 'refused':
      return refuse(...found.problems);
    case 'running':
      return { steps: [], diagnostics: remarks(vm, disks.value, found.copy, world) };
    case 'nowhere':
      // The cluster starts its own.
      return vm.state === 'stopped' || isManaged(world.site, vm)
        ? asWished
        : planStart(vm, disks.value, world, 'filled before');
  }
}

function remarks(vm: Vm, disks: readonly Disk[], copy: Copy, world: World): readonly Diagnostic[] {
  return [
    ...withoutDisk(vm, disks, copy, world),
    ...drift(vm, disks, copy),
    ...(vm.state === 'stopped' && !isManaged(world.site, vm) ? [refusals.shouldStop(vm, copy.node)] : []),
    ...(copy.node === vm.home ? [] : [refusals.notAtHome(vm, copy.node)]),
  ];
}

/** `xl create` lets a guest run on a device that is not Primary, and it waits for its disk for ever (tried, Xen 4.17). */
function withoutDisk(vm: Vm, disks: readonly Disk[], { node }: Copy, world: World): readonly Diagnostic[] {
  const { running } = world.have('drbd', node);
  if (!running.known) return [];
  const idle = disks.filter(({ volume, replicated }) => replicated && running.value[volume]?.role !== 'Primary');
  return idle.map(({ volume }) => refusals.diskNotPrimary(vm, node, volume));
}

/** Of a domain that is nowhere. `filled before`: the same plan fills what is not filled yet, and starts it after that. */
export function planStart(vm: Vm, disks: readonly Disk[], world: World, fills?: 'filled before'): Verdict {
  const held = heldByCluster(vm, world);
  if (held.length > 0) return refuse(...held);
  const others = lastAsked(world.site, vm, world).filter((node) => node !== vm.home);
  const promotions = disks.flatMap(({ volume, replicated }) => {
    const found = world.site.volumes[volume];
    if (!replicated || found === undefined) return [];
    const demoted = fills !== undefined && slicesOf(found, world).some(isUnfilled) ? 'demoted before' : undefined;
    return [promoteSteps(found, vm.home, world, demoted)];
  });
  const used = usedByOthers(vm, disks, world);
  const problems = [
    ...notSeen(world),
    // Whoever has it open is named where he is known.
    ...(used.length > 0 ? used : openPlainDisks(vm, disks, world)),
    ...servedDisks(vm, disks, world),
    ...disksBeingRestored(vm, disks, world),
    ...(fills === undefined ? unfilledDisks(vm, disks, world) : []),
    ...memory(vm, world),
    ...promotions.flatMap((one) => one.problems),
  ];
  if (problems.length > 0) return refuse(...problems);
  const looked = others.map((node) => `${node}#absent`);
  const promoted = promotions.flatMap((one) => one.steps).map((draft) => ({ ...draft, needs: looked }));
  return {
    steps: [
      ...others.map((node) => lookElsewhere(vm, disks, node)),
      ...promoted,
      start(vm, disks, others, [...plainDisksAreFree(vm, disks, world), ...disksAreFilled(vm, disks, world)]),
    ],
    diagnostics: world.leftOut.length > 0 ? [refusals.notAsked(world.leftOut)] : [],
  };
}

/** Two domains may read one volume; with a writer among them it is corrupted (X1). */
export function usedByOthers(vm: Vm, disks: readonly Disk[], world: World): readonly Diagnostic[] {
  return askedNodes(world.site, vm).flatMap((node) => {
    const { domains } = world.have('domain', node);
    // What is not read is refused beside this.
    return (domains.known ? domains.value : []).flatMap((other) =>
      other.disks === undefined
        ? [refusals.noConfiguration({ node, domain: other })]
        : other.disks.flatMap((its) => disks.flatMap((disk) => use(vm, disk, { node, other, its }, world))),
    );
  });
}

function use(
  vm: Vm,
  disk: Disk,
  { node, other, its }: { readonly node: NodeName; readonly other: Domain; readonly its: DomainDisk },
  world: World,
): readonly Diagnostic[] {
  const { target } = its;
  const same = isSame(disk, target, node, world);
  // Who only reads destroys nothing: not beside a reader, nor where it may be anything (an image in its CD drive).
  if (same === false || (its.readOnly && (disk.readOnly || same === 'unclear'))) return [];
  return same === true
    ? [refusals.diskInUse(vm, node, other.name, disk.path, target)]
    : [refusals.diskUnclear(vm, node, other.name, [disk.path, ...disk.below.slice(0, 1)], target)];
}

/** What is free is Xen's own figure; dom0 is not asked to shrink. */
function memory(vm: Vm, world: World): readonly Diagnostic[] {
  const { xen } = world.have('host', vm.home);
  if (!xen.known || xen.value === 'absent') return [];
  return xen.value.freeMemoryBytes < vm.memory.bytes ? [refusals.tooLittleMemory(vm, xen.value.freeMemoryBytes)] : [];
}
