/** The three verbs of a move, in their order (3.1): each a wave or two over both nodes, demanding by guards what came before. */
import { formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import { nobodyMoves } from '../../drbd/timer.ts';
import * as windows from '../../drbd/window.ts';
import { windowsOpen } from '../../drbd/windows.ts';
import { sshCommand } from '../../host/trust.ts';
import type { Node, Vm } from '../../site.ts';
import type { Verb } from '../../verb.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { deviceBelongs } from '../guards.ts';
import { askedNodes } from '../places.ts';
import { everyNode, vmParameter } from '../verbs.ts';
import { hasArrived, isNotHere, isStill } from './guards.ts';
import { toParameter } from './movable.ts';
import { along, type Path } from './path.ts';
import { forget, result, startUnit, untilEnded } from './unit.ts';

type OfMove = Verb<{ vm: typeof vmParameter; to: typeof toParameter }>;

function verb(summary: string, plan: (vm: Vm, to: Node, path: Path, world: World) => Verdict): OfMove {
  return {
    summary,
    takes: { vm: vmParameter, to: toParameter },
    nodes: everyNode,
    plan: ({ vm, to }, world) => along(vm, to, world, (path) => plan(vm, to, path, world)),
  };
}

/** W3 to W5. */
export const openWindow = verb(
  'let both nodes of its mirrors be Primary, for the time of a move, with a timer on each that closes what is forgotten',
  (vm, _to, path, world) => {
    const open = path.disks.flatMap(({ volume }) => {
      const found = world.site.volumes[volume];
      return found === undefined ? [] : windowsOpen(found, world);
    });
    return open.length > 0 ? refuse(...open) : steps(opened(vm, path), promoted(vm, path));
  },
);

const whyOpen = 'xl attaches the disks there while the guest still has them here';

/** All guards of all disks come before the first of them opens. */
function opened(vm: Vm, { copy, source, target, ...path }: Path): StepDraft {
  return {
    verb: 'open-window',
    node: source,
    title: `let ${target} be Primary for ${names(path)} as well`,
    danger: 'none',
    guards: [
      isStill(copy.domain, 'live'),
      nobodyMoves,
      ...path.disks.map(deviceBelongs),
      ...path.windows.flatMap((window) => windows.mayOpen(window, target)),
    ],
    actions: [
      ...path.windows.flatMap((window) => [
        ...windows.startTimer(window, source, target),
        windows.open(window, source, target),
      ]),
      ...path.windows.map((window) => windows.untilOpen(window, 60)),
    ],
    reason: `${vm.name} is to move: ${whyOpen}`,
  };
}

/** At the same time: it waits for the option to come over the connection. */
function promoted(vm: Vm, { source, target, ...path }: Path): StepDraft {
  return {
    verb: 'open-window',
    node: target,
    title: `make ${target} Primary for ${names(path)} beside ${source}`,
    danger: 'none',
    guards: [nobodyMoves, ...path.disks.map(deviceBelongs)],
    actions: [
      ...path.windows.map((window) => windows.untilOpen(window, 120)),
      ...path.windows.flatMap((window) => windows.startTimer(window, target, source)),
      ...path.windows.flatMap((window) => windows.promote(window, source)),
    ],
    reason: `${vm.name} is to move: ${whyOpen}`,
  };
}

function names({ disks }: Pick<Path, 'disks'>): string {
  return disks.map(({ volume }) => volume).join(', ');
}

/** W7. */
export const migrate = verb('move its memory and then itself, by `xl migrate`', (vm, to, path, world) => {
  const { copy, source, target } = path;
  return steps({
    verb: 'migrate',
    node: source,
    title: `move ${vm.name} (domain ${copy.domain.id}) to ${target}`,
    danger: 'none',
    guards: [
      isStill(copy.domain, 'live'),
      nobodyMoves,
      ...path.windows.flatMap((window) => windows.are(window, target, ['Primary', 'Primary'])),
    ],
    actions: [
      forget(vm),
      startUnit(vm, copy.domain, sshCommand(world.site), to),
      untilEnded(vm, copy.domain),
      result(vm),
      forget(vm),
    ],
    reason: `${formatSize(copy.domain.memoryBytes ?? vm.memory.bytes)} of memory are copied while it runs; it stands still for the last of them`,
  });
});

/** W9 to W11, once it is proven by a look everywhere that it is there and nowhere else (M1). */
export const closeWindow = verb(
  'where it has arrived and is nowhere else: make the node that it left Secondary, and forbid two Primaries again',
  (vm, _to, path, world) => {
    const { source, target } = path;
    const others = [target, ...askedNodes(world.site, vm).filter((node) => node !== source && node !== target)];
    return steps(...others.map((node) => seen(vm, node, target)), closed(vm, path, others), {
      verb: 'close-window',
      node: target,
      title: `see that ${target} alone may be Primary for ${names(path)}`,
      needs: [`${source}#close-window`],
      danger: 'none',
      guards: [],
      actions: path.windows.flatMap((window) => [windows.untilClosed(window), windows.stopTimer(window)]),
    });
  },
);

/** What other nodes know, asked in the wave right before. */
function seen(vm: Vm, node: NodeName, target: NodeName): StepDraft {
  const isTarget = node === target;
  return {
    verb: isTarget ? 'arrived' : 'left',
    node,
    title: isTarget
      ? `make sure that ${vm.name} runs on ${node}`
      : `make sure that nothing of ${vm.name} is on ${node}`,
    danger: 'none',
    guards: isTarget ? hasArrived(vm) : [isNotHere(vm)],
    actions: [],
    reason: 'that `xl migrate` succeeded proves nothing (3.2)',
  };
}

function closed(vm: Vm, { source, target, ...path }: Path, others: readonly NodeName[]): StepDraft {
  return {
    verb: 'close-window',
    node: source,
    title: `make ${source} Secondary for ${names(path)}, and let nobody but ${target} be Primary`,
    needs: others.map((node) => `${node}#${node === target ? 'arrived' : 'left'}`),
    danger: 'none',
    guards: [isNotHere(vm)],
    actions: path.windows.flatMap((window) => [
      windows.demote(window),
      windows.close(window, source, target),
      windows.untilClosed(window),
      windows.stopTimer(window),
    ]),
    reason: `${vm.name} has moved; a window that stays open is the next split brain (D1)`,
  };
}
