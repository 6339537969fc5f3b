/**
 * The exports that a VM writes are handed from the node where it runs to the one where it goes (docs/decisions/0016): opened before the
 * move, closed after it. Each verb is nothing where it has none.
 */

import type { Guard } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import { importPath } from '../../backing.ts';
import { heldByCluster } from '../../cluster/has.ts';
import { nobodyMoves } from '../../drbd/timer.ts';
import * as server from '../../export/handover.ts';
import type { Handing } from '../../export/list.ts';
import type { NbdExport } from '../../site/exports.ts';
import type { Node, Vm } from '../../site.ts';
import type { Verb } from '../../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { notRunning } from '../checks.ts';
import type { Copy } from '../copies.ts';
import { findEverywhere } from '../find.ts';
import { askedNodes } from '../places.ts';
import { isProven } from '../plain.ts';
import { everyNode, vmParameter } from '../verbs.ts';
import { moveReads } from './asks.ts';
import { importNote, mayRunScript, removeNote } from './block.ts';
import { hasArrived, isNotHere, isStill } from './guards.ts';
import { addressOf, handedBy } from './imports.ts';
import { againstHandover } from './lists.ts';
import { toParameter } from './movable.ts';
import { mirrorsOf } from './path.ts';
import { alreadyThere } from './refusals.ts';

type OfMove = Verb<{ vm: typeof vmParameter; to: typeof toParameter }>;

/** An export, and the note of its server. */
export interface Open {
  readonly one: NbdExport;
  readonly move: Handing;
}

interface Handover {
  readonly copy: Copy;
  readonly source: NodeName;
  readonly target: NodeName;
  readonly exports: readonly NbdExport[];
}

function verb(summary: string, plan: (vm: Vm, handover: Handover, world: World) => Verdict): OfMove {
  return {
    summary,
    takes: { vm: vmParameter, to: toParameter },
    nodes: everyNode,
    reads: moveReads,
    plan: ({ vm, to }, world) => new Map([[vm.name, decide(vm, to, world, (all) => plan(vm, all, world))]]),
  };
}

function decide(vm: Vm, to: Node, world: World, plan: (handover: Handover) => Verdict): Verdict {
  const exports = handedBy(vm, world.site);
  if (exports.length === 0) return asWished;
  const held = heldByCluster(vm, world);
  if (held.length > 0) return refuse(...held);
  const found = findEverywhere(vm, world);
  if (found.is === 'refused') return refuse(...found.problems);
  if (found.is === 'nowhere') return refuse(notRunning(vm));
  const { copy } = found;
  if (copy.node === to.name) return refuse(alreadyThere(vm, to.name));
  return plan({ copy, source: copy.node, target: to.name, exports });
}

export const openHandover = verb(
  'where it writes exports: let the other node take them over from this one, once, with a timer on their servers',
  (vm, handover, world) => {
    const { source, target, exports } = handover;
    const { problems: never } = mirrorsOf(vm, world);
    const problems = [...never, ...exports.flatMap((one) => againstHandover(vm, one, source, target, world))];
    return problems.length > 0 ? refuse(...problems) : steps(...opened(vm, handover, world));
  },
);

/** What both nodes must show is asked in the wave before the first server opens. */
function opened(vm: Vm, { copy, source, target, exports }: Handover, { site }: World): readonly StepDraft[] {
  const asked = [`${source}#leaving`, `${target}#standing-by`];
  const words = exports.map(({ name }) => name).join(', ');
  return [
    {
      verb: 'leaving',
      node: source,
      title: `make sure that ${vm.name} still runs on ${source}, and that nobody moves it`,
      danger: 'none',
      guards: [
        isStill(copy.domain, 'live'),
        nobodyMoves,
        ...exports.map((one) => isProven({ volume: one.name, path: importPath(one) }, site)),
      ],
      actions: [],
      reason: 'what it writes is handed over from here',
    },
    {
      verb: 'standing-by',
      node: target,
      title: `make sure that ${target} could import ${words}, and does not; and note it for the moment when ${vm.name} comes`,
      danger: 'none',
      guards: [nobodyMoves, mayRunScript, ...exports.map(server.isStandby)],
      actions: [server.reload, ...exports.flatMap(importNote)],
      reason: 'it begins with a device of its own (N7)',
    },
    ...exports.map(
      (one): StepDraft => ({
        verb: `let-in-${one.name}`,
        node: one.from,
        title: `let ${target} take ${one.name} over from ${source}, once`,
        needs: asked,
        danger: 'none',
        guards: [],
        actions: server.letIn(one, addressOf(source, site), addressOf(target, site), copy.domain.id),
        reason: `${vm.name} is to move: its disk is attached there while it stands still (N7)`,
      }),
    ),
  ];
}

export const closeHandover = verb(
  'where it has arrived and is nowhere else: leave its exports to that node, and have the one that it left let go of them',
  (vm, { copy, source, target, exports }, world) => {
    const [from, to] = [addressOf(source, world.site), addressOf(target, world.site)];
    const move: Handing = { source: from, target: to, domain: copy.domain.id, state: 'come' };
    const elsewhere = askedNodes(world.site, vm).filter((node) => node !== target);
    const asked = [`${target}#has-come`, ...elsewhere.map((node) => `${node}#has-gone`)];
    return steps(
      evident('has-come', target, `make sure that ${vm.name} runs on ${target}`, hasArrived(vm)),
      ...elsewhere.map((node) =>
        evident('has-gone', node, `make sure that nothing of ${vm.name} is on ${node}`, [isNotHere(vm)]),
      ),
      ...exports.flatMap((one) => left({ one, move }, target, [source], asked, world, isNotHere(vm))),
    );
  },
);

function evident(verb: string, node: NodeName, title: string, guards: StepDraft['guards']): StepDraft {
  return {
    verb,
    node,
    title,
    danger: 'none',
    guards,
    actions: [],
    reason: 'that `xl migrate` succeeded proves nothing (3.2)',
  };
}

/**
 * Who is not to have it lets go first, while the note keeps it out: what its device still has under way would otherwise wait there
 * until it is let in again, for whatever reason, and come over what was written since. Of a guest that was there its domain stays, dying,
 * with all its other disks, until then.
 */
export function left(
  { one, move }: Open,
  keeper: NodeName,
  others: readonly NodeName[],
  needs: readonly string[],
  { site }: World,
  mayLetGo: Guard,
): readonly StepDraft[] {
  const gone = others.map((node) => `${node}#let-go-${one.name}`);
  return [
    {
      verb: `see-${one.name}`,
      node: one.from,
      title: `make sure that ${one.name} is handed over as far as it was`,
      needs,
      danger: 'none',
      guards: [server.isNoted(one, move)],
      actions: [],
    },
    ...others.map(
      (node): StepDraft => ({
        verb: `let-go-${one.name}`,
        node,
        title: `have ${node} let go of ${one.name}; what it still has under way fails`,
        needs: [`${one.from}#see-${one.name}`],
        danger: 'none',
        guards: [mayLetGo],
        actions: [...server.letGo(one), removeNote(importPath(one))],
        reason: `${keeper} is to have it alone (N7)`,
      }),
    ),
    {
      verb: `leave-${one.name}`,
      node: one.from,
      title: `let nobody but ${keeper} import ${one.name}`,
      needs: gone,
      danger: 'none',
      guards: [],
      actions: server.leaveTo(one, addressOf(keeper, site)),
      reason: 'of what is written there is one importer (N7)',
    },
    {
      verb: `keep-${one.name}`,
      node: keeper,
      title: `import ${one.name} on ${keeper} at boot`,
      needs: [`${one.from}#leave-${one.name}`],
      danger: 'none',
      guards: [],
      actions: [server.keep(one), removeNote(importPath(one))],
    },
  ];
}
