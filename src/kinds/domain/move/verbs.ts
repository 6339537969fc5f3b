/** The three verbs of a move, in their order (3.1): each a wave or two over both nodes, demanding by guards what came before. */
import { formatSize } from '../../../quantity.ts';
import type { Guard } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import { nobodyMoves } from '../../drbd/timer.ts';
import * as windows from '../../drbd/window.ts';
import { windowsOpen } from '../../drbd/windows.ts';
import { sshCommand } from '../../host/trust.ts';
import type { Node, Vm } from '../../site.ts';
import type { Verb } from '../../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { deviceBelongs } from '../guards.ts';
import { askedNodes } from '../places.ts';
import { everyNode, vmParameter } from '../verbs.ts';
import { moveReads } from './asks.ts';
import { mayRunScript, note, putConfig, removeNote } from './block.ts';
import { hasArrived, isNotHere, isStill } from './guards.ts';
import { toParameter } from './movable.ts';
import { along, configOf, type Path } from './path.ts';
import { forget, mayBegin, result, startUnit, untilEnded } from './unit.ts';

type OfMove = Verb<{ vm: typeof vmParameter; to: typeof toParameter }>;

function verb(summary: string, plan: (vm: Vm, to: Node, path: Path, world: World) => Verdict): OfMove {
  return {
    summary,
    takes: { vm: vmParameter, to: toParameter },
    nodes: everyNode,
    reads: moveReads,
    plan: ({ vm, to }, world) => along(vm, to, world, (path) => plan(vm, to, path, world)),
  };
}

/** W3, W4. */
export const openWindow = verb(
  'allow two Primaries of its mirrors for the time of a move, with a timer on each node that forbids it when all is forgotten',
  (vm, _to, path, world) => {
    if (path.windows.length === 0) return asWished;
    const open = path.windows.flatMap(({ resource }) => {
      const found = world.site.volumes[resource];
      return found === undefined ? [] : windowsOpen(found, world);
    });
    return open.length > 0 ? refuse(...open) : steps(opened(vm, path), confirmed(vm, path));
  },
);

const whyOpen = 'xl attaches its disks there while the guest, standing still, has them here as well';

/** All guards of all disks come before the first of them opens. */
function opened(vm: Vm, { copy, source, target, ...path }: Path): StepDraft {
  return {
    verb: 'open-window',
    node: source,
    title: `allow two Primaries of ${names(path)}, ${source} and ${target}`,
    danger: 'none',
    guards: [
      isStill(copy.domain, 'live'),
      nobodyMoves,
      ...path.windows.map(belongs),
      ...path.windows.flatMap((window) => windows.mayOpen(window, target)),
    ],
    actions: [
      ...path.windows.flatMap((window) => [
        ...windows.startTimer(window, source, target),
        windows.open(window, source, target),
      ]),
      ...path.windows.map(windows.untilOpen),
    ],
    reason: `${vm.name} is to move: ${whyOpen}`,
  };
}

/**
 * At the same time: it waits for the option to come over the connection. It stays Secondary until the guest stands still:
 * then Xen runs our script, which finds the note.
 */
function confirmed(vm: Vm, { source, target, ...path }: Path): StepDraft {
  return {
    verb: 'open-window',
    node: target,
    title: `see that ${target} may be Primary for ${names(path)}, and note it for the moment when ${vm.name} comes`,
    danger: 'none',
    guards: [nobodyMoves, ...path.windows.map(belongs), mayRunScript],
    actions: [
      ...path.windows.flatMap((window) => windows.untilReady(window, source)),
      ...path.windows.flatMap((window) => windows.startTimer(window, target, source)),
      ...path.windows.flatMap(note),
    ],
    reason: `${vm.name} is to move: ${whyOpen}`,
  };
}

function belongs({ resource, device }: windows.Window): Guard {
  return deviceBelongs({ volume: resource, path: device });
}

function names({ windows: all }: Pick<Path, 'windows'>): string {
  return all.map(({ resource }) => resource).join(', ');
}

/** W7; W5 is in it: the target becomes Primary by our block script. Two steps: another VM may be begun between them. */
export const migrate = verb('move its memory and then itself, by `xl migrate`', (vm, to, path, world) => {
  const { copy, source, target } = path;
  const { text = '', problems } = configOf(vm, path.disks, path.windows, world);
  if (problems.length > 0) return refuse(...problems);
  const size = formatSize(copy.domain.memoryBytes ?? vm.memory.bytes);
  return steps(
    {
      verb: 'launch',
      node: source,
      title: `begin to move ${vm.name} (domain ${copy.domain.id}) to ${target}`,
      danger: 'none',
      guards: [
        isStill(copy.domain, 'live'),
        ...mayBegin(vm),
        ...path.windows.flatMap((window) => [
          ...windows.are(window, target, ['Primary', 'Secondary']),
          windows.stillOpen(window),
        ]),
      ],
      actions: [...putConfig(vm.name, text), forget(vm), startUnit(vm, copy.domain, sshCommand(world.site), to)],
      reason: `${size} of memory are copied while it runs; it stands still for the last of them`,
    },
    {
      verb: 'migrate',
      node: source,
      title: `move ${vm.name} to ${target}`,
      danger: 'none',
      guards: [],
      actions: [untilEnded(vm, copy.domain), result(vm), forget(vm)],
    },
  );
});

/** W9 to W11, once it is proven by a look everywhere that it is there and nowhere else (M1). */
export const closeWindow = verb(
  'where it has arrived and is nowhere else: make the node that it left Secondary, and forbid two Primaries again',
  (vm, _to, path, world) => {
    if (path.windows.length === 0) return asWished;
    const { source, target } = path;
    const others = askedNodes(world.site, vm).filter((node) => node !== source && node !== target);
    return steps(arrived(vm, path), ...others.map((node) => left(vm, node)), closed(vm, path, others), {
      verb: 'close-window',
      node: target,
      title: `see that ${target} alone may be Primary for ${names(path)}`,
      needs: [`${source}#close-window`],
      danger: 'none',
      guards: [],
      actions: path.windows.flatMap((window) => [
        windows.untilClosed(window),
        windows.stopTimer(window),
        removeNote(window.device),
      ]),
    });
  },
);

const evidence = 'that `xl migrate` succeeded proves nothing (3.2)';

/** What other nodes know, asked in the wave right before: that it is there, with all its data. */
function arrived(vm: Vm, { source, target, windows: mirrors }: Path): StepDraft {
  return {
    verb: 'arrived',
    node: target,
    title: `make sure that ${vm.name} runs on ${target}`,
    danger: 'none',
    guards: [...hasArrived(vm), ...mirrors.flatMap((window) => windows.are(window, source, ['Primary', 'Primary']))],
    actions: [],
    reason: evidence,
  };
}

function left(vm: Vm, node: NodeName): StepDraft {
  return {
    verb: 'left',
    node,
    title: `make sure that nothing of ${vm.name} is on ${node}`,
    danger: 'none',
    guards: [isNotHere(vm)],
    actions: [],
    reason: evidence,
  };
}

function closed(vm: Vm, { source, target, ...path }: Path, others: readonly NodeName[]): StepDraft {
  return {
    verb: 'close-window',
    node: source,
    title: `make ${source} Secondary for ${names(path)}, and let nobody but ${target} be Primary`,
    needs: [`${target}#arrived`, ...others.map((node) => `${node}#left`)],
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
