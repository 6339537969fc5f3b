/** From where to where a VM moves, and over which disks; or why that cannot be said. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import type { NodeName } from '../../../step.ts';
import { importPath } from '../../backing.ts';
import { type Window, windowOf } from '../../drbd/window.ts';
import { unreadable } from '../../reading.ts';
import type { Node, Vm } from '../../site.ts';
import { refuse, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { notRunning } from '../checks.ts';
import { renderDomain } from '../config.ts';
import type { Copy } from '../copies.ts';
import type { Disk } from '../devices.ts';
import { findEverywhere } from '../find.ts';
import { lint } from '../lint.ts';
import { disksOf, possibleNodes } from '../places.ts';
import { noDevice } from '../refusals.ts';
import { withScript } from './block.ts';
import * as ofDisk from './disk-refusals.ts';
import { handedBy, whyItStays } from './imports.ts';
import * as refusals from './refusals.ts';

export interface Path {
  /** Where it runs. */
  readonly copy: Copy;
  readonly source: NodeName;
  readonly target: NodeName;
  readonly disks: readonly Disk[];
  /** One for each mirror among them. */
  readonly windows: readonly Window[];
}

export interface Disks {
  readonly disks: readonly Disk[];
  readonly windows: readonly Window[];
  readonly problems: readonly Diagnostic[];
}

/** Its disks, each of which must be a mirror, or an import that can be handed over. */
export function mirrorsOf(vm: Vm, world: World): Disks {
  const disks = disksOf(world.site, vm, world);
  if (!disks.known) return { disks: [], windows: [], problems: [noDevice(vm, disks.why)] };
  const problems: Diagnostic[] = [];
  const windows = disks.value.flatMap((disk) => {
    const volume = disk.on === 'volume' ? world.site.volumes[disk.volume] : undefined;
    if (volume === undefined || !disk.replicated) {
      problems.push(...cannotMove(vm, disk, world));
      return [];
    }
    const window = windowOf(volume, disk.path, world);
    if (!window.known) problems.push(unreadable(`drbd/${disk.volume}`, vm.home, window.why));
    return window.known ? [window.value] : [];
  });
  return { disks: disks.value, windows, problems };
}

function cannotMove(vm: Vm, disk: Disk, { site }: World): readonly Diagnostic[] {
  if (disk.on === 'array') return [ofDisk.onArray(vm, disk)];
  const exported = disk.on === 'export' ? site.exports[disk.volume] : undefined;
  if (exported === undefined) return [ofDisk.plainDisk(vm, disk)];
  const why = whyItStays(exported, site);
  return why === undefined ? [] : [ofDisk.onImport(vm, disk, why)];
}

/** Once it is about what can be closed only: any other disk keeps a VM from moving, and nothing else. */
export function ofMirrors(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  return problems.filter(({ code }) => !/^move\/(plain|array|import)-disk$/.test(code));
}

/** What goes with it: its file, but for who attaches its mirrors and imports. Undefined with the reason why it cannot. */
export function configOf(
  vm: Vm,
  disks: readonly Disk[],
  windows: readonly Window[],
  world: World,
): { readonly text: string | undefined; readonly problems: readonly Diagnostic[] } {
  const content = renderDomain(vm, disks, world);
  const unsafe = lint(vm, disks, content);
  const devices = [...windows.map(({ device }) => device), ...handedBy(vm, world.site).map(importPath)];
  const pieces = content.map((piece) => (typeof piece === 'string' ? piece : undefined));
  const text = pieces.includes(undefined) ? undefined : withScript(pieces.join(''), devices);
  if (unsafe.length > 0) return { text: undefined, problems: unsafe };
  return { text, problems: text === undefined ? [refusals.noConfig(vm)] : [] };
}

/** Where it may not go, whatever the state of things. */
export function notPossible(vm: Vm, { name }: Node, world: World): readonly Diagnostic[] {
  return possibleNodes(world.site, vm, world).includes(name) ? [] : [refusals.notPossible(vm, name, world.site)];
}

/** The steps of a verb, over what every verb of a move must know. It is there already: nothing to do. */
export function along(vm: Vm, to: Node, world: World, steps: (path: Path) => Verdict): ReadonlyMap<string, Verdict> {
  return new Map([[vm.name, decide(vm, to, world, steps)]]);
}

function decide(vm: Vm, to: Node, world: World, steps: (path: Path) => Verdict): Verdict {
  const { disks, windows, problems } = mirrorsOf(vm, world);
  const found = findEverywhere(vm, world);
  const all = [...problems, ...notPossible(vm, to, world)];
  if (found.is === 'refused') return refuse(...found.problems, ...all);
  if (found.is === 'nowhere') return refuse(notRunning(vm), ...all);
  const { copy } = found;
  if (copy.node === to.name) return refuse(refusals.alreadyThere(vm, to.name), ...all);
  if (all.length > 0) return refuse(...all);
  return steps({ copy, source: copy.node, target: to.name, disks, windows });
}
