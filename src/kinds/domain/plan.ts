/** What a domain needs, from where it is seen over all nodes at once: a start, a word, or hands off. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { promoteSteps } from '../drbd/promote.ts';
import type { Thing } from '../kind.ts';
import { type Reading, unreadable } from '../reading.ts';
import type { Vm } from '../site.ts';
import { refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { censusOf, copiesOf } from './census.ts';
import { type Copy, whereabouts } from './copies.ts';
import type { Disk } from './devices.ts';
import { isSame } from './devices.ts';
import { drift } from './drift.ts';
import type { Domain } from './facts.ts';
import { lint } from './lint.ts';
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
  /** Of the nodes that could write to its disks. */
  const domains = new Map<NodeName, readonly Domain[]>();
  const problems: Diagnostic[] = [];
  for (const node of nodes) {
    const reading = world.have('domain', node).domains;
    if (reading.known) domains.set(node, reading.value);
    else problems.push(unreadable(`domain/${vm.name}`, node, reading.why));
  }
  return problems.length > 0 ? refuse(...problems) : decide(vm, disks.value, domains, world);
}

function decide(
  vm: Vm,
  disks: readonly Disk[],
  domains: ReadonlyMap<NodeName, readonly Domain[]>,
  world: World,
): Verdict {
  const copies = copiesOf(vm, censusOf(world));
  const where = whereabouts(vm, copies);
  if (where.is === 'twice') return refuse(refusals.twice(vm, where.copies));
  const hidden = copies.filter(({ domain }) => domain.disks === undefined && domain.name === vm.name);
  if (hidden.length > 0) return refuse(...hidden.map(refusals.noConfiguration));
  if (where.is === 'unclear') return refuse(refusals.unclear(vm, where.copies));
  if (where.is === 'running') {
    // What it writes there is nothing that this inventory knows.
    if (disks.length > 0 && !domains.has(where.copy.node)) return refuse(refusals.onForeignNode(vm, where.copy.node));
    return { steps: [], diagnostics: remarks(vm, disks, where.copy, world) };
  }
  return vm.state === 'stopped' ? { steps: [], diagnostics: [] } : planStart(vm, disks, domains, world);
}

function remarks(vm: Vm, disks: readonly Disk[], copy: Copy, world: World): readonly Diagnostic[] {
  return [
    ...withoutDisk(vm, disks, copy, world),
    ...drift(vm, disks, copy),
    ...(vm.state === 'stopped' ? [refusals.shouldStop(vm, copy.node)] : []),
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

function planStart(
  vm: Vm,
  disks: readonly Disk[],
  domains: ReadonlyMap<NodeName, readonly Domain[]>,
  world: World,
): Verdict {
  const others = [...domains.keys()].filter((node) => node !== vm.home);
  const promotions = disks.flatMap(({ volume, replicated }) => {
    const found = world.site.volumes[volume];
    return replicated && found !== undefined ? [promoteSteps(found, vm.home, world)] : [];
  });
  const { unread } = censusOf(world);
  const problems = [
    ...(unread.length > 0 ? [refusals.notSeenEverywhere(unread)] : []),
    ...usedByOthers(vm, disks, domains, world),
    ...memory(vm, world),
    ...promotions.flatMap((one) => one.problems),
  ];
  if (problems.length > 0) return refuse(...problems);
  const looked = others.map((node) => `${node}#absent`);
  const promoted = promotions.flatMap((one) => one.steps).map((draft) => ({ ...draft, needs: looked }));
  return {
    steps: [...others.map((node) => lookElsewhere(vm, disks, node)), ...promoted, start(vm, disks, others)],
    diagnostics: world.leftOut.length > 0 ? [refusals.notAsked(world.leftOut)] : [],
  };
}

/** Two domains may read one volume; with a writer among them it is corrupted (X1). */
function usedByOthers(
  vm: Vm,
  disks: readonly Disk[],
  domains: ReadonlyMap<NodeName, readonly Domain[]>,
  world: World,
): readonly Diagnostic[] {
  return [...domains].flatMap(([node, list]) =>
    list.flatMap((other) =>
      other.disks === undefined
        ? [refusals.noConfiguration({ node, domain: other })]
        : other.disks.flatMap(({ target }) => disks.flatMap((disk) => use(vm, disk, { node, other, target }, world))),
    ),
  );
}

function use(
  vm: Vm,
  disk: Disk,
  { node, other, target }: { readonly node: NodeName; readonly other: Domain; readonly target: string },
  world: World,
): readonly Diagnostic[] {
  const same = isSame(disk, target, node, world);
  if (same === false) return [];
  const said = same === true ? refusals.diskInUse : refusals.diskUnclear;
  return [said(vm, node, other.name, disk.path, target)];
}

/** What is free is Xen's own figure; dom0 is not asked to shrink. */
function memory(vm: Vm, world: World): readonly Diagnostic[] {
  const { xen } = world.have('host', vm.home);
  if (!xen.known || xen.value === 'absent') return [];
  return xen.value.freeMemoryBytes < vm.memory.bytes ? [refusals.tooLittleMemory(vm, xen.value.freeMemoryBytes)] : [];
}
