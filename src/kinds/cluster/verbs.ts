/** A VM of the cluster moves by sanctl, not behind its back (P5, P6): out of its hands before, and back when it is settled where it is. */
import type { NodeName } from '../../step.ts';
import { findEverywhere } from '../domain/find.ts';
import { movementAsks, moveReads } from '../domain/move/asks.ts';
import { hasArrived } from '../domain/move/guards.ts';
import { toParameter } from '../domain/move/movable.ts';
import { mirrorsOf } from '../domain/move/path.ts';
import { certainlyAt } from '../domain/move/settle.ts';
import { everyNode, vmParameter } from '../domain/verbs.ts';
import { isOnlyPrimary } from '../drbd/window.ts';
import type { Cluster } from '../site/cluster.ts';
import type { Vm } from '../site.ts';
import type { Check, Verb } from '../verb.ts';
import { asWished, refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import * as hand from './handing.ts';
import { custodyOf } from './has.ts';
import { hasFlags, isFlagged, isUnflagged, partsOf, setFlags } from './maintenance.ts';
import { leftBehind, noPlaceYet } from './refusals.ts';

type OfVm = { vm: typeof vmParameter };
type OfMove = { vm: typeof vmParameter; to: typeof toParameter };

/** Nothing, where the cluster does not have it. */
function ofCluster(vm: Vm, world: World, plan: (cluster: Cluster) => Verdict): ReadonlyMap<string, Verdict> {
  const custody = custodyOf(vm, world);
  const { cluster } = world.site;
  if (custody.is === 'refused') return new Map([[vm.name, refuse(...custody.problems)]]);
  return new Map([[vm.name, custody.is === 'free' || cluster === undefined ? asWished : plan(cluster)]]);
}

const intoMaintenance: Verb<OfMove> = {
  summary: 'where the cluster has it: put it and its mirrors in maintenance together, for the time of a move',
  takes: { vm: vmParameter, to: toParameter },
  nodes: everyNode,
  reads: moveReads,
  plan: ({ vm, to }, world) =>
    ofCluster(vm, world, (cluster) => {
      const found = findEverywhere(vm, world);
      if (found.is === 'refused') return refuse(...found.problems);
      // What else speaks against it, the verbs of the move themselves say.
      if (found.is === 'nowhere' || found.copy.node === to.name) return asWished;
      return hasFlags(vm, world) ? refuse(leftBehind(vm)) : steps(taken(vm, found.copy.node, cluster, world));
    }),
};

function taken(vm: Vm, node: NodeName, cluster: Cluster, { site }: World): StepDraft {
  return {
    verb: 'maintenance',
    node,
    title: `have the cluster leave ${partsOf(vm, site).join(' and ')} alone, for the time of the move`,
    danger: 'none',
    guards: [hand.isCalm, isUnflagged(vm, site), ...hand.knowsAt(vm, node, site)],
    actions: [
      setFlags(vm, site),
      ...hand.untilLeftAlone(vm, site),
      hand.untilIdle(cluster),
      ...hand.untilKnownAt(vm, node, site),
    ],
    reason: `it would see two Primaries and demote one (P5); until it has ${vm.name} back, it starts it nowhere else when a node dies`,
  };
}

const outOfMaintenance: Verb<OfMove> = {
  summary: 'where it has arrived, and the cluster would leave it there: give it and its mirrors back to the cluster',
  takes: { vm: vmParameter, to: toParameter },
  nodes: everyNode,
  reads: moveReads,
  plan: ({ vm, to }, world) =>
    ofCluster(vm, world, (cluster) => {
      const found = findEverywhere(vm, world);
      if (found.is !== 'running' || found.copy.node === to.name) return asWished;
      return steps(...given(vm, to.name, cluster, world));
    }),
};

const settleMaintenance: Verb<OfVm> = {
  summary:
    'after a move that broke off: give it back to the cluster, if sanctl took it, and it is certain where it runs',
  takes: { vm: vmParameter },
  nodes: everyNode,
  reads: moveReads,
  asks: ({ vm }, site) => movementAsks(vm, site),
  plan: ({ vm }, world) =>
    ofCluster(vm, world, (cluster) => {
      if (!hasFlags(vm, world)) return asWished;
      const at = certainlyAt(vm, world);
      if (at === undefined) return { steps: [], diagnostics: [noPlaceYet(vm, partsOf(vm, world.site))] };
      return steps(...given(vm, at.node, cluster, world));
    }),
};

/** Each proves anew that it is there, and that nobody else may write: what the cluster then keeps so. */
function given(vm: Vm, node: NodeName, cluster: Cluster, world: World): readonly StepDraft[] {
  const { site } = world;
  const { windows } = mirrorsOf(vm, world);
  const guards = [isFlagged(vm, site), ...hasArrived(vm), ...windows.flatMap(isOnlyPrimary)];
  return [
    {
      verb: 'look-anew',
      node,
      title: `have the cluster look anew where ${partsOf(vm, site).join(' and ')} are`,
      danger: 'none',
      guards,
      actions: [...hand.lookAnew(vm, site), hand.untilIdle(cluster), ...hand.untilKnownAt(vm, node, site)],
      reason: 'what moved in maintenance it still has where it was, and would start there',
    },
    {
      verb: 'give-back',
      node,
      title: `give ${vm.name} back to the cluster, if it leaves it on ${node}`,
      danger: 'none',
      guards,
      actions: [hand.giveBack(vm, node, site)],
      reason: 'crm_simulate must say that nothing begins by that; otherwise it stays in maintenance',
    },
  ];
}

const managed: Check<OfVm> = {
  summary: 'no move has left it in maintenance',
  takes: { vm: vmParameter },
  nodes: everyNode,
  reads: moveReads,
  check: ({ vm }, world) => (hasFlags(vm, world) ? [leftBehind(vm)] : []),
};

export const verbs = { intoMaintenance, outOfMaintenance, settleMaintenance };
export const checks = { managed };
