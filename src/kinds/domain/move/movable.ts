/** All that speaks against moving a VM now, at once (W2): each finding has its code, its reason and its way out. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { custodyOf } from '../../cluster/has.ts';
import * as stay from '../../cluster/stay.ts';
import { checkContent } from '../../export/things.ts';
import { blockScriptPath, domainPath, drbdPath, exportCheckPath, importHolderPath } from '../../file/paths.ts';
import type { XenFacts } from '../../host/facts.ts';
import { sshCommand } from '../../host/trust.ts';
import { holderContent } from '../../import/things.ts';
import { type Reading, unreadable } from '../../reading.ts';
import type { Node, Vm } from '../../site.ts';
import type { Check } from '../../verb.ts';
import type { World } from '../../world.ts';
import { notRunning } from '../checks.ts';
import { memoryMiB, renderDomain } from '../config.ts';
import type { Copy } from '../copies.ts';
import { isLive } from '../copies.ts';
import type { Disk } from '../devices.ts';
import { differences } from '../drift.ts';
import { findEverywhere } from '../find.ts';
import { askedNodes } from '../places.ts';
import { usersOf } from '../stop.ts';
import { everyNode, vmParameter } from '../verbs.ts';
import {
  isReceiver,
  missingBridgesOn,
  missingFilesOn,
  moveAsks,
  moveReads,
  moversOn,
  nobodySends,
  whyNoWay,
} from './asks.ts';
import { blockScript } from './block.ts';
import * as ofDisk from './disk-refusals.ts';
import * as ofHost from './host-refusals.ts';
import { handedBy, importProblems } from './imports.ts';
import { againstHandover } from './lists.ts';
import { mirrorProblems } from './mirrors.ts';
import { configOf, mirrorsOf, notPossible } from './path.ts';
import * as refusals from './refusals.ts';

export const toParameter = { type: 'node', means: 'the node where it is to run' } as const;

type OfMove = Check<{ vm: typeof vmParameter; to: typeof toParameter }>;

export const movable: OfMove = {
  summary: 'nothing speaks against moving it now: where it runs, its disks, the other node, the way there',
  takes: { vm: vmParameter, to: toParameter },
  nodes: everyNode,
  reads: moveReads,
  asks: ({ vm, to }, site) => moveAsks(vm, to, site),
  check: ({ vm, to }, world) => {
    const custody = custodyOf(vm, world);
    if (custody.is === 'refused') return custody.problems;
    const found = findEverywhere(vm, world);
    const copy = found.is === 'running' ? found.copy : undefined;
    const { disks, windows, problems } = mirrorsOf(vm, world);
    const never = notPossible(vm, to, world);
    const goes = never.length === 0 && copy !== undefined && copy.node !== to.name;
    return [
      ...(found.is === 'refused' ? found.problems : []),
      ...(found.is === 'nowhere' ? [notRunning(vm)] : []),
      ...(copy?.node === to.name ? [refusals.alreadyThere(vm, to.name)] : []),
      ...(vm.type === 'hvm' ? [refusals.hvm(vm)] : []),
      ...never,
      ...problems,
      ...(problems.length > 0 ? [] : configOf(vm, disks, windows, world).problems),
      ...windows.flatMap((window) => mirrorProblems(vm, window, copy?.node, world)),
      ...moving(vm, world),
      ...(custody.is === 'cluster' && never.length === 0 ? stay.against(vm, copy?.node, to.name, world) : []),
      // Of a node that can never run it, nothing else is worth a word.
      ...(never.length > 0
        ? []
        : there(vm, to, copy, windows.length > 0 || handedBy(vm, world.site).length > 0, world)),
      ...(goes ? onTheWay(vm, copy, to, disks, world) : []),
    ];
  },
};

/** On any node that may have something of it. */
export function moving(vm: Vm, world: World): readonly Diagnostic[] {
  const read = askedNodes(world.site, vm).map((node) => ({ node, movers: moversOn(vm, node, world) }));
  const all = read.flatMap(({ movers }) => (movers.known ? movers.value : []));
  const orphaned = read.every(({ movers }) => movers.known) && all.every(isReceiver) && nobodySends(world);
  return read.flatMap(({ node, movers }) => {
    if (!movers.known) return [unreadable(`domain/${vm.name}`, node, movers.why)];
    if (movers.value.length === 0) return [];
    return [orphaned ? refusals.orphan(vm, node, movers.value) : refusals.underWay(vm, node, movers.value)];
  });
}

/** What the target must have (X4). */
function there(
  vm: Vm,
  { name: node }: Node,
  copy: Copy | undefined,
  byScript: boolean,
  world: World,
): readonly Diagnostic[] {
  const listed = (
    read: Reading<readonly string[]>,
    refusal: (missing: readonly string[]) => Diagnostic,
  ): readonly Diagnostic[] => {
    if (!read.known) return [unreadable(`domain/${vm.name}`, node, read.why)];
    return read.value.length === 0 ? [] : [refusal(read.value)];
  };
  return [
    ...listed(missingFilesOn(vm, node, world), (missing) => ofHost.missingThere(vm, node, missing)),
    ...listed(missingBridgesOn(vm, node, world), (missing) => ofHost.noBridge(vm, node, missing)),
    ...(byScript ? compare(blockScriptPath, [node], world.digest([blockScript]), world) : []),
    ...memory(vm, node, copy, world),
  ];
}

/** Its own memory, as it is now. What is free is Xen's own figure; dom0 is not asked to shrink. */
function memory(vm: Vm, node: NodeName, copy: Copy | undefined, world: World): readonly Diagnostic[] {
  const { xen } = world.have('host', node);
  if (!xen.known) return [unreadable('host', node, xen.why)];
  const need = copy?.domain.memoryBytes ?? vm.memory.bytes;
  if (xen.value === 'absent' || copy?.node === node || xen.value.freeMemoryBytes >= need) return [];
  return [ofHost.noMemory(vm, node, need, xen.value.freeMemoryBytes, shrinkable(node, world))];
}

/** How much less the VMs of the inventory there could do with. */
export function shrinkable(node: NodeName, world: World): readonly ofHost.Shrinkable[] {
  const { domains } = world.have('domain', node);
  return Object.values(world.site.vms).flatMap(({ uuid, memory: { minimumBytes } }) => {
    const domain = domains.known ? domains.value.find((one) => one.uuid === uuid && isLive(one)) : undefined;
    const bytes = (domain?.memoryBytes ?? 0) - minimumBytes;
    if (domain === undefined || bytes <= 0) return [];
    return [{ bytes, command: `xl mem-set ${domain.id} ${memoryMiB(minimumBytes)}` }];
  });
}

/** What concerns both ends: versions, the way, files, what it really has. */
function onTheWay(vm: Vm, copy: Copy, to: Node, disks: readonly Disk[], world: World): readonly Diagnostic[] {
  const { node: source, domain } = copy;
  const why = whyNoWay(source, to, world);
  // Where its disks have no device, that is said already.
  const unlike = disks.length < vm.disks.length ? [] : differences(vm, disks, domain);
  const shared = [source, to.name].flatMap((node) => disks.flatMap((disk) => usedBesides(vm, disk, node, world)));
  return [
    ...shared,
    ...handing(vm, source, to.name, world),
    ...(disks.length === 0 ? [] : sameFiles(vm, source, to.name, disks, world)),
    ...(unlike.length === 0 ? [] : [refusals.differs(vm, source, unlike)]),
    ...versions(vm, source, to.name, world),
    ...(why === undefined ? [] : [refusals.noWay(source, to.name, sshCommand(world.site), to.address, why)]),
  ];
}

/** N7: what the servers say, both nodes, and the programs by which it is handed over. */
function handing(vm: Vm, source: NodeName, target: NodeName, world: World): readonly Diagnostic[] {
  const handed = handedBy(vm, world.site);
  const holder = world.digest(holderContent(world));
  const servers = [...new Set(handed.map(({ from }) => from))];
  return [
    ...handed.flatMap((one) => againstHandover(vm, one, source, target, world)),
    ...importProblems(vm, source, target, world),
    ...(handed.length === 0 ? [] : compare(importHolderPath, [source, target], holder, world)),
    ...servers.flatMap((node) => compare(exportCheckPath, [node], world.digest(checkContent(node, world)), world)),
  ];
}

/** All domains are known by now. Who only reads an import may do so beside others. */
function usedBesides(vm: Vm, disk: Disk, node: NodeName, world: World): readonly Diagnostic[] {
  const handed = disk.on === 'export' && handedBy(vm, world.site).some(({ name }) => name === disk.volume);
  const others = disk.replicated || handed ? usersOf(vm, disk, node, world) : [];
  return others.length === 0 ? [] : [ofDisk.diskShared(vm, disk.volume, node, others)];
}

function versions(vm: Vm, source: NodeName, target: NodeName, world: World): readonly Diagnostic[] {
  const from = xenOn(source, world);
  const to = xenOn(target, world);
  const fits = from === undefined || to === undefined || isNextOf(from, to);
  const needsShadow = vm.type === 'pv' && from !== undefined && !from.capabilities.includes('shadow');
  return [
    ...(fits ? [] : [ofHost.versionsApart(source, from, target, to)]),
    ...(needsShadow ? [ofHost.noShadow(vm, source)] : []),
  ];
}

/** What is not known is refused elsewhere: of the source, domains run there; of the target, its memory. */
function xenOn(node: NodeName, world: World): XenFacts | undefined {
  const { xen } = world.have('host', node);
  return xen.known && xen.value !== 'absent' ? xen.value : undefined;
}

/** As Ganeti does it (`VersionsSafeForMigration`, hv_xen.py). */
function isNextOf(from: XenFacts, to: XenFacts): boolean {
  return from.major === to.major && (to.minor === from.minor || to.minor === from.minor + 1);
}

/** X6: from which it would be started there; D9: by which its disks run. */
function sameFiles(
  vm: Vm,
  source: NodeName,
  target: NodeName,
  disks: readonly Disk[],
  world: World,
): readonly Diagnostic[] {
  const wanted = world.digest(renderDomain(vm, disks, world));
  const own = compare(domainPath(vm.name), [source, target], wanted, world);
  const mirrors = disks.filter(({ replicated }) => replicated);
  return [...own, ...mirrors.flatMap(({ volume }) => compare(drbdPath(volume), [source, target], undefined, world))];
}

/** `wanted`: what it should be; as on the first node where that is not said. */
function compare(
  path: string,
  nodes: readonly NodeName[],
  wanted: string | undefined,
  world: World,
): readonly Diagnostic[] {
  const found = nodes.map((node) => ({ node, state: world.have('file', node).files[path] }));
  const unread = found.flatMap(({ node, state }) =>
    state === undefined || state.known ? [] : [unreadable(`file ${path}`, node, state.why)],
  );
  if (unread.length > 0) return unread;
  const hashes = found.map(({ state }) => (state?.known && state.value !== 'absent' ? state.value.sha256 : undefined));
  const right = wanted ?? hashes[0];
  if (right !== undefined && hashes.every((hash) => hash === right)) return [];
  const where = found.map(
    ({ node }, at) => `${hashes[at] === undefined ? 'absent' : `sha256 ${hashes[at]?.slice(0, 12)}…`} on ${node}`,
  );
  const asked = wanted === undefined ? [] : [`the inventory asks for ${wanted.slice(0, 12)}…`];
  return [refusals.filesDiffer(path, [...where, ...asked])];
}
