/** A link that was lost inside a window can leave ends that disagree, and those never connect again (D17). Pure. */
import type { NodeName } from '../../../step.ts';
import { connected } from '../../drbd/ask.ts';
import * as windows from '../../drbd/window.ts';
import type { Vm } from '../../site.ts';
import { refuse, type StepDraft, type Verdict } from '../../verdict.ts';
import type { End, Mirror } from './ends.ts';
import type { Outcome } from './outcome.ts';
import * as undecided from './undecided.ts';

/**
 * Ends that disagree never connect again. They are made equal where at most one of them writes; whatever else keeps them
 * apart is no business of a move.
 */
export function reconnect(
  vm: Vm,
  cut: readonly Mirror[],
  found: Outcome,
  looked: (drafts: readonly StepDraft[]) => readonly StepDraft[],
): Verdict {
  const problems = cut.flatMap(({ window, ends }) => {
    const primaries = ends.filter(({ role }) => role === 'Primary').map(({ node }) => node);
    if (primaries.length > 1) return [undecided.splitBrain(vm, window, primaries)];
    return new Set(ends.map(({ twoPrimaries }) => twoPrimaries)).size === 2 ? [] : [undecided.cut(vm, window, ends)];
  });
  if (problems.length > 0) return refuse(...problems);
  const left = 'remnant' in found ? [undecided.again(vm)] : [];
  return { steps: looked(cut.flatMap(joined)), diagnostics: left };
}

function joined({ window, ends }: Mirror): readonly StepDraft[] {
  const { resource } = window;
  const equal = ends.filter(({ twoPrimaries }) => twoPrimaries).map(({ node }) => equalised(window, node, ends));
  const made = equal.map(({ node, verb }) => `${node}#${verb}`);
  const alone = ends.filter(({ connection }) => connection === 'StandAlone' || connection === 'without connection');
  const joins = alone.map(
    ({ node }): StepDraft => ({
      verb: `connect-${resource}`,
      node,
      title: `connect ${resource} again`,
      needs: made,
      danger: 'none',
      guards: [],
      actions: [windows.reconnect(window)],
      reason: 'its ends agree now (D17)',
    }),
  );
  const begun = [...made, ...joins.map(({ node, verb }) => `${node}#${verb}`)];
  const waits = ends.map(
    ({ node }): StepDraft => ({
      verb: `connected-${resource}`,
      node,
      title: `wait until ${resource} is connected`,
      needs: begun,
      danger: 'none',
      guards: [],
      actions: [connected(resource, window.dialect), windows.untilClosed(window), windows.stopTimer(window)],
    }),
  );
  return [...equal, ...joins, ...waits];
}

function equalised(window: windows.Window, node: NodeName, ends: readonly End[]): StepDraft {
  const peers = ends.map((end) => end.node).filter((one) => one !== node);
  return {
    verb: `close-${window.resource}`,
    node,
    title: `forbid two Primaries of ${window.resource} on ${node}, as on ${peers.join(', ')}`,
    danger: 'none',
    guards: [],
    actions: [...windows.closeAll(window, node), windows.untilClosed(window)],
    reason: 'ends that disagree never connect again (D17)',
  };
}
