/** All that speaks against emptying a node, of all its VMs at once: one that cannot move keeps all of them there. Pure. */
import { type Diagnostic, failed, hasErrors, ok, type Result } from '../../../diagnostic.ts';
import type { Probe } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import type { Site, Vm } from '../../site.ts';
import type { Asks } from '../../verb.ts';
import type { World } from '../../world.ts';
import { askedNodes } from '../places.ts';
import { type Evacuation, evacuation } from './evacuate.ts';
import { movable } from './movable.ts';
import * as staying from './staying.ts';

/** Which of the VMs run there is not known yet: of each that could, on the way to each node where it could go. */
export function evacuationAsks(node: NodeName, site: Site): Asks {
  const all = new Map<NodeName, readonly Probe[]>();
  for (const vm of Object.values(site.vms)) {
    const nodes = askedNodes(site, vm);
    const targets = nodes.includes(node) ? nodes.filter((one) => one !== node) : [];
    for (const to of targets.flatMap((one) => site.nodes[one] ?? []))
      for (const [asked, probes] of movable.asks?.({ vm, to }, site) ?? [])
        all.set(asked, [...(all.get(asked) ?? []), ...probes]);
  }
  return all;
}

export function evacuable(node: NodeName, world: World): Result<Evacuation> {
  const found = evacuation(node, world);
  const { moves, stuck, stays, unseen } = found;
  const kept = [
    ...stuck.map(({ vm, targets, problems }) => ({ vm, problems: [...problems, ...besides(vm, targets[0], world)] })),
    ...moves.map(({ load: { vm }, to }) => ({ vm, problems: against(vm, to, world) })),
  ].filter(({ problems }) => hasErrors(problems));
  const vms = kept.map(({ vm }) => vm);
  const said = stays.length === 0 ? [] : [staying.stays(node, stays)];
  if (unseen.length > 0) return failed(...unseen);
  if (vms.length === 0) return ok(found, said);
  return failed(...kept.flatMap(({ problems }) => problems), staying.refused(node, vms), ...said);
}

/** Whoever makes room for it is to know what comes next. */
function besides(vm: Vm, to: NodeName | undefined, world: World): readonly Diagnostic[] {
  return to === undefined ? [] : against(vm, to, world).filter(({ code }) => code !== 'move/no-memory');
}

function against(vm: Vm, to: NodeName, world: World): readonly Diagnostic[] {
  const target = world.site.nodes[to];
  return target === undefined ? [] : movable.check({ vm, to: target }, world);
}
