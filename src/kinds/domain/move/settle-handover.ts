/** After a move that broke off: whose an export is by where the guest is, and by whether the target has come (docs/decisions/0016). */
import type { NodeName } from '../../../step.ts';
import { heldByCluster } from '../../cluster/has.ts';
import { nobodyMoves } from '../../drbd/timer.ts';
import { type Admitted, type Handing, listOf } from '../../export/list.ts';
import { unreadable } from '../../reading.ts';
import type { NbdExport } from '../../site/exports.ts';
import type { Site, Vm } from '../../site.ts';
import { asWished, refuse, type StepDraft, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { censusOf, copiesOf } from '../census.ts';
import type { Copy } from '../copies.ts';
import { askedNodes } from '../places.ts';
import { isAsSeen, isNotLiveHere } from './guards.ts';
import { left, type Open } from './handover.ts';
import { notClosed } from './handover-refusals.ts';
import { addressOf, handedBy } from './imports.ts';
import { certainOutcome } from './settle.ts';

/** Nothing where none is open. */
export function settleHandover(vm: Vm, world: World): Verdict {
  const all = handedBy(vm, world.site).map((one) => ({ one, list: listOf(one, world) }));
  const unread = all.flatMap(({ one, list }) =>
    list.known ? [] : [unreadable(`export/${one.name}`, one.from, list.why)],
  );
  if (unread.length > 0) return refuse(...unread);
  const open = all.flatMap(({ one, list }) => (list.known ? openOf(one, list.value) : []));
  if (open.length === 0) return asWished;
  const held = heldByCluster(vm, world);
  if (held.length > 0) return refuse(...held);
  const found = certainOutcome(vm, world);
  if (found === undefined)
    return refuse(...open.map(({ one, move }) => notClosed(vm, one, move, `where ${vm.name} is, is not certain`)));
  const at = 'at' in found ? found.at : undefined;
  const judged = open.map((each) => ({ ...each, keeper: keeperOf(each, at, world.site) }));
  const problems = judged.flatMap(({ one, move, keeper }) =>
    'why' in keeper ? [notClosed(vm, one, move, keeper.why)] : [],
  );
  if (problems.length > 0) return refuse(...problems);
  const looks = looksFor(vm, world);
  const asked = looks.map(({ node, verb }) => `${node}#${verb}`);
  const drafts = judged.flatMap(({ one, move, keeper }) =>
    'node' in keeper
      ? left({ one, move }, keeper.node, otherOf(one, move, keeper.node, world.site), asked, world, isNotLiveHere(vm))
      : [],
  );
  return { steps: [...looks, ...drafts], diagnostics: [] };
}

function openOf(one: NbdExport, { move }: Admitted): readonly Open[] {
  return move === undefined ? [] : [{ one, move }];
}

type Keeper = { readonly node: NodeName } | { readonly why: string };

/**
 * By the table (3.2): M1 and M4 need that the target has come. The source gets it back while nobody has come, or as the very domain that was
 * left: nobody has run at the target then. Of a guest that runs nowhere, whoever came last wrote last.
 */
function keeperOf({ one, move }: Open, at: Copy | undefined, site: Site): Keeper {
  const [source, target] = [nodeAt(move.source, one, site), nodeAt(move.target, one, site)];
  if (source === undefined || target === undefined) return { why: 'its addresses are of no node that may import it' };
  if (at === undefined) return { node: move.state === 'come' ? target : source };
  if (at.node === target)
    return move.state === 'come' ? { node: target } : { why: `the guest is on ${target}, which never came` };
  if (at.node !== source) return { why: `the guest is on ${at.node}` };
  if (move.state === 'come' && at.domain.id !== move.domain)
    return { why: `the guest on ${source} is not the domain that was left: ${target} may have written` };
  return { node: source };
}

function nodeAt(address: string, { to }: NbdExport, site: Site): NodeName | undefined {
  return to.find((node) => addressOf(node, site) === address);
}

function otherOf(one: NbdExport, { source, target }: Handing, keeper: NodeName, site: Site): readonly NodeName[] {
  return [source, target].flatMap((address) => nodeAt(address, one, site) ?? []).filter((node) => node !== keeper);
}

/** On every node that may have something of it, over six seconds. */
function looksFor(vm: Vm, world: World): readonly StepDraft[] {
  const copies = copiesOf(vm, censusOf(world));
  return askedNodes(world.site, vm).map((node) => ({
    verb: 'look-first',
    node,
    title: `make sure that ${vm.name} is as it was seen on ${node}, and that nobody moves it`,
    danger: 'none',
    guards: [nobodyMoves, isAsSeen(vm, node, copies)],
    actions: [],
    reason: 'who may write follows from it (N7)',
  }));
}
