/**
 * After a move that broke off: its exports first, because what is dying on a node holds all its disks for as long as one of them waits for its
 * server (docs/decisions/0016); then what is left of it, and its mirrors. Where one of the two is not certain, neither is touched. Pure.
 */
import { hasErrors } from '../../../diagnostic.ts';
import type { Vm } from '../../site.ts';
import type { Verb } from '../../verb.ts';
import { refuse, type Verdict } from '../../verdict.ts';
import type { World } from '../../world.ts';
import { everyNode, vmParameter } from '../verbs.ts';
import { movementAsks, moveReads } from './asks.ts';
import { settleRest } from './settle.ts';
import { settleHandover } from './settle-handover.ts';

export const settleMove: Verb<{ vm: typeof vmParameter }> = {
  summary:
    'after a move that broke off: find out where it is, leave its exports to that node, and close what is open; hands off what is not certain',
  takes: { vm: vmParameter },
  nodes: everyNode,
  reads: moveReads,
  asks: ({ vm }, site) => movementAsks(vm, site),
  plan: ({ vm }, world) => new Map([[vm.name, plan(vm, world)]]),
};

function plan(vm: Vm, world: World): Verdict {
  const [exports, rest] = [settleHandover(vm, world), settleRest(vm, world)];
  const diagnostics = [...exports.diagnostics, ...rest.diagnostics];
  if (hasErrors(diagnostics)) return refuse(...diagnostics);
  const first = exports.steps.map(({ node, verb }) => `${node}#${verb}`);
  const after = rest.steps.map(({ needs = [], ...draft }) => ({ ...draft, needs: [...first, ...needs] }));
  return { steps: [...exports.steps, ...after], diagnostics };
}
