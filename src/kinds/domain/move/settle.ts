/**
 * After a move that broke off, or left a window open: what is there now is found out (3.2) and put right where that is
 * certain. Otherwise nothing is changed, and both ends and the commands are a person's. Pure.
 */
import { run } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import { nobodyMoves } from '../../drbd/timer.ts';
import * as windows from '../../drbd/window.ts';
import type { Vm } from '../../site.ts';
import { refuse, type StepDraft, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { censusOf, copiesOf } from '../census.ts';
import type { Copy } from '../copies.ts';
import type { Disk } from '../devices.ts';
import { notSeen } from '../find.ts';
import { askedNodes } from '../places.ts';
import { primaries, untilGone } from '../stop.ts';
import { hasEndedUnit } from './asks.ts';
import { removeNote } from './block.ts';
import { type End, endsOf, isCut, isDown, type Mirror } from './ends.ts';
import { isAsSeen, isStill } from './guards.ts';
import { moving } from './movable.ts';
import { type Outcome, outcome } from './outcome.ts';
import { mirrorsOf, ofMirrors } from './path.ts';
import { reconnect, waiting } from './reconnect.ts';
import * as undecided from './undecided.ts';
import { forget } from './unit.ts';

/** What was seen of a VM, and of its mirrors on every node. */
interface Seen {
  readonly vm: Vm;
  readonly copies: readonly Copy[];
  readonly disks: readonly Disk[];
  readonly mirrors: readonly Mirror[];
  readonly world: World;
}

/** All that was seen of a move, and what follows of it. */
function judge(vm: Vm, world: World) {
  const { disks, windows: all, problems } = mirrorsOf(vm, world);
  const read = all.map((window) => ({ window, ...endsOf(window, world) }));
  const unread = [...notSeen(world), ...ofMirrors(problems), ...read.flatMap((one) => one.problems)];
  const movers = moving(vm, world);
  const copies = copiesOf(vm, censusOf(world));
  const possible = askedNodes(world.site, vm);
  const found = outcome(vm, {
    copies,
    unread: unread.map(({ detail }) => detail),
    movers: movers.map(({ detail }) => detail),
    possible,
    good: possible.filter((node) => read.every(({ ends }) => isGood(ends, node))),
  });
  return { disks, read, unread, movers, copies, possible, found };
}

/** Where it runs, by what is certain (3.2); undefined: nowhere, or nobody can tell. */
export function certainlyAt(vm: Vm, world: World): Copy | undefined {
  const found = certainOutcome(vm, world);
  return found !== undefined && 'at' in found ? found.at : undefined;
}

/** A row that says what to do; undefined where it is a person's to decide, or nobody can tell. */
export function certainOutcome(vm: Vm, world: World): Certain | undefined {
  const { found } = judge(vm, world);
  return isCertain(found) ? found : undefined;
}

/** What is left of it, its mirrors, their windows. */
export function settleRest(vm: Vm, world: World): Verdict {
  const { disks, read, unread, movers, copies, possible, found } = judge(vm, world);
  // Each of these says more than the row does.
  const known = [...unread, ...movers];
  if (found.row === 'M9' && known.length > 0) return refuse(...known);
  if (!isCertain(found)) return refuse(undecided.of(vm, found, copies, possible));
  const without = 'at' in found ? read.filter(({ ends }) => !isPrimary(ends, found.at.node)) : [];
  if ('at' in found && without.length > 0) return refuse(undecided.withoutDisk(vm, found.at.node, without));
  const seen: Seen = { vm, copies, disks, mirrors: read, world };
  const cut = read.filter(({ ends }) => isCut(ends));
  // What is down is no end that could disagree: the other one is put right by itself, and an apply brings it up. A remnant
  // goes only where the mirrors are whole (3.2).
  const toJoin = cut.filter(({ ends }) => ('remnant' in found ? !ends.every(isDown) : !ends.some(isDown)));
  if (toJoin.length === 0) return putRight(seen, found);
  const whole = read.filter((mirror) => !toJoin.includes(mirror));
  return reconnect(vm, toJoin, whole, found, (drafts) => looked(seen, drafts));
}

function isGood(ends: readonly End[], node: NodeName): boolean {
  return ends.some((end) => end.node === node && end.role === 'Primary' && end.disk === 'UpToDate');
}

type Certain = Extract<Outcome, { row: 'M1/M2' | 'M3' | 'M4' | 'M8' }>;

function isCertain(found: Outcome): found is Certain {
  return !['M5', 'M6', 'M7', 'M9'].includes(found.row);
}

/** Remnant away, everybody but the one that has it Secondary, windows closed, in this order. */
function putRight(seen: Seen, found: Certain): Verdict {
  const { vm, mirrors, world } = seen;
  const owner = 'at' in found ? found.at.node : undefined;
  const nodes = askedNodes(world.site, vm);
  const drafts = [
    ...('remnant' in found ? [destroyed(vm, found.remnant)] : []),
    ...nodes.filter((node) => node !== owner).flatMap((node) => demoted(seen, node)),
    ...mirrors.flatMap((mirror) => closed(mirror, owner)),
    ...mirrors.flatMap(waiting).map((draft) => ({ ...draft, wave: 3 })),
    ...nodes.filter((node) => hasEndedUnit(vm, node, world)).map((node) => forgotten(vm, node)),
  ];
  const said = owner === undefined ? undecided.runsNowhere(vm) : undecided.runsThere(vm, owner);
  // Of nobody's disks that are down on every node, there is nothing to say.
  const down = mirrors.filter(({ ends }) => ends.some(isDown) && !ends.every(isDown));
  return {
    steps: looked(seen, inWaves(drafts)),
    diagnostics: [said, ...down.map(({ window, ends }) => undecided.down(window, ends))],
  };
}

function isPrimary(ends: readonly End[], node: NodeName): boolean {
  return ends.some((end) => end.node === node && end.role === 'Primary');
}

/** Every step of a verb needs all of the waves before it. */
interface Waved extends StepDraft {
  readonly wave: number;
}

function inWaves(drafts: readonly Waved[]): readonly StepDraft[] {
  return [...drafts]
    .sort((a, b) => a.wave - b.wave)
    .map(({ wave, ...draft }) => ({
      ...draft,
      needs: drafts.filter((other) => other.wave < wave).map(({ node, verb }) => `${node}#${verb}`),
    }));
}

/** A second look, over six seconds, on every node that may have something of it, in the wave right before. */
function looked({ vm, copies, world }: Seen, drafts: readonly StepDraft[]): readonly StepDraft[] {
  if (drafts.length === 0) return [];
  const looks = askedNodes(world.site, vm).map(
    (node): StepDraft => ({
      verb: 'look',
      node,
      title: `make sure that ${vm.name} is as it was seen on ${node}, and that nobody moves it`,
      danger: 'none',
      guards: [nobodyMoves, isAsSeen(vm, node, copies)],
      actions: [],
      reason: 'a move that ends at this moment would change it (3.2)',
    }),
  );
  const first = looks.map(({ node, verb }) => `${node}#${verb}`);
  return [...looks, ...drafts.map(({ needs = [], ...draft }) => ({ ...draft, needs: [...first, ...needs] }))];
}

function destroyed(vm: Vm, { node, domain }: Copy): Waved {
  return {
    wave: 1,
    verb: 'destroy-remnant',
    node,
    title: `destroy ${domain.name} (domain ${domain.id}), which stopped half-way`,
    danger: 'destroys',
    destroys: `the stopped ${domain.name} on ${node}, while ${vm.name} runs elsewhere`,
    guards: [isStill(domain, 'stopped')],
    actions: [run('xl', 'destroy', String(domain.id)), untilGone(domain, 60)],
  };
}

/** With all its mirrors, but for those that another domain there has as well. */
function demoted({ vm, mirrors, disks, world }: Seen, node: NodeName): readonly Waved[] {
  const held = new Set(primaries(vm, disks, node, world).map(({ volume }) => volume));
  const own = mirrors.map(({ window }) => window).filter(({ resource }) => held.has(resource));
  if (own.length === 0) return [];
  return [
    {
      wave: 2,
      verb: 'demote',
      node,
      title: `make ${node} Secondary for ${own.map(({ resource }) => resource).join(', ')}`,
      danger: 'none',
      guards: [],
      actions: own.map(windows.demote),
      reason: 'nobody uses it there any more (W9)',
    },
  ];
}

/** On one end, from where it reaches the other; then both are looked at. */
function closed({ window, ends }: Mirror, owner: NodeName | undefined): readonly Waved[] {
  const open = ends.filter(({ twoPrimaries }) => twoPrimaries).map(({ node }) => node);
  const closer = open.find((node) => node === owner) ?? open[0];
  if (closer === undefined) return [];
  const others = ends.filter((end) => end.node !== closer && !isDown(end)).map(({ node }) => node);
  const read = [windows.untilClosed(window), windows.stopTimer(window), removeNote(window.device)];
  const draft = (node: NodeName): Waved => ({
    wave: node === closer ? 3 : 4,
    verb: `close-${window.resource}`,
    node,
    title: `${node === closer ? 'forbid' : 'see that nobody allows'} two Primaries of ${window.resource}${node === closer ? '' : ` on ${node}`}`,
    danger: 'none',
    guards: [],
    actions: [...(node === closer ? windows.closeAll(window, node) : []), ...read],
    reason: 'a window that stays open is the next split brain (D1)',
  });
  return [draft(closer), ...others.map(draft)];
}

function forgotten(vm: Vm, node: NodeName): Waved {
  return {
    wave: 1,
    verb: 'forget',
    node,
    title: `forget how the move of ${vm.name} ended`,
    danger: 'none',
    guards: [],
    actions: [forget(vm)],
    reason: 'it has ended, and its service is remembered',
  };
}
