/**
 * What a lost link or a lost node leaves of a mirror inside a window (D17). Ends that disagree drop the connection, and on
 * 8.4 both forget all options with it. Where at most one of them is Primary, they are made equal and connected: DRBD knows by
 * its generations who has the newer data, and drops a split brain again (`after-sb-*` is `disconnect`, D5). Pure.
 */
import type { NodeName } from '../../../step.ts';
import * as windows from '../../drbd/window.ts';
import type { Vm } from '../../site.ts';
import { refuse, type StepDraft, type Verdict } from '../../verdict.ts';
import { removeNote } from './block.ts';
import { type End, isDown, type Mirror } from './ends.ts';
import type { Outcome } from './outcome.ts';
import * as undecided from './undecided.ts';

export function reconnect(
  vm: Vm,
  cut: readonly Mirror[],
  whole: readonly Mirror[],
  found: Outcome,
  looked: (drafts: readonly StepDraft[]) => readonly StepDraft[],
): Verdict {
  const problems = cut.flatMap(({ window, ends }) => {
    const primaries = ends.filter(({ role }) => role === 'Primary').map(({ node }) => node);
    if (primaries.length > 1) return [undecided.splitBrain(vm, window, primaries)];
    return ends.every(isTrying) && agree(ends) ? [undecided.cut(vm, window, ends)] : [];
  });
  if (problems.length > 0) return refuse(...problems);
  const down = cut.filter(({ ends }) => ends.some(isDown));
  const isOpen = whole.some(({ ends }) => ends.some(({ twoPrimaries }) => twoPrimaries));
  const isLeft = isOpen || 'remnant' in found || found.row === 'M8';
  return {
    steps: looked(cut.flatMap(joined)),
    diagnostics: [
      ...down.map(({ window, ends }) => undecided.down(window, ends)),
      ...(isLeft ? [undecided.again(vm)] : []),
    ],
  };
}

/** It comes back by itself, once the network does. */
function isTrying(end: End): boolean {
  return !standsAlone(end) && !isDown(end);
}

function standsAlone({ connection }: End): boolean {
  return connection === 'StandAlone' || connection === 'without connection';
}

/** Beside an end that is down: it waits for that from now on, and an apply that brings it up finds nothing to refuse. */
export function waiting({ window, ends }: Mirror): readonly StepDraft[] {
  return ends.some(isDown) ? ends.filter(standsAlone).map(({ node }) => connects(window, node)) : [];
}

function agree(ends: readonly End[]): boolean {
  return new Set(ends.map(({ twoPrimaries }) => twoPrimaries)).size === 1;
}

/** With a node that is down there is nothing to connect to. */
function joined({ window, ends }: Mirror): readonly StepDraft[] {
  const equal = ends.filter(({ twoPrimaries }) => twoPrimaries).map(({ node }) => equalised(window, node));
  if (ends.some(isDown)) return equal;
  const made = equal.map(({ node, verb }) => `${node}#${verb}`);
  const joins = ends.filter((end) => !isTrying(end)).map(({ node }) => connects(window, node, made));
  const begun = [...made, ...joins.map(({ node, verb }) => `${node}#${verb}`)];
  return [...equal, ...joins, ...ends.map(({ node }) => connected(window, node, begun))];
}

function equalised(window: windows.Window, node: NodeName): StepDraft {
  return {
    verb: `close-${window.resource}`,
    node,
    title: `forbid two Primaries of ${window.resource} on ${node}`,
    danger: 'none',
    guards: [],
    actions: [
      ...windows.closeAll(window, node),
      windows.untilClosed(window),
      windows.stopTimer(window),
      removeNote(window.device),
    ],
    reason: 'ends that disagree never connect again (D17)',
  };
}

function connects(window: windows.Window, node: NodeName, needs: readonly string[] = []): StepDraft {
  return {
    verb: `connect-${window.resource}`,
    node,
    title: `connect ${window.resource} again`,
    needs,
    danger: 'none',
    guards: [],
    actions: [windows.reconnect(window)],
    reason: 'it stands alone, at most one node is Primary, and its ends agree now',
  };
}

function connected(window: windows.Window, node: NodeName, needs: readonly string[]): StepDraft {
  return {
    verb: `connected-${window.resource}`,
    node,
    title: `wait until ${window.resource} is connected`,
    needs,
    danger: 'none',
    guards: [],
    actions: [windows.untilConnected(window), windows.stopTimer(window), removeNote(window.device)],
  };
}
