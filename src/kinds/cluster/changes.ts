/** The configuration of a cluster, against what Pacemaker itself says of it. */
import type { NodeName } from '../../step.ts';
import type { Cluster } from '../site/cluster.ts';
import { asWished, refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { joins, tiesOf } from './joining.ts';
import { leaving } from './leaving.ts';
import { maintained } from './maintenance.ts';
import { managedVms } from './members.ts';
import { isEnabled } from './membership.ts';
import { nPlusOne } from './n-plus-one.ts';
import { vmId } from './names.ts';
import * as no from './refusals.ts';
import * as step from './steps.ts';
import { usedByAnother } from './uses.ts';

export function planConfiguration(cluster: Cluster, world: World): Verdict {
  const shortages = nPlusOne(world.site);
  const prospects = cluster.nodes.flatMap((node) => {
    const { prospect } = world.have('cluster', node);
    return prospect.known && prospect.value !== 'stopped' ? [{ node, ...prospect.value }] : [];
  });
  const [first, ...others] = prospects;
  const verdict = first === undefined ? planFirst(cluster, world) : planChange(cluster, first, others, world);
  return { ...verdict, diagnostics: [...shortages, ...verdict.diagnostics] };
}

/** Of a new cluster, which has nothing in it yet; one that was there before comes back with what it had. */
function planFirst(cluster: Cluster, world: World): Verdict {
  if (cluster.nodes.some((node) => isEnabled(node, world))) return { steps: [], diagnostics: [no.comesBack()] };
  const vms = managedVms(world.site);
  const problems = vms.flatMap((vm) => joins(vm, world));
  if (problems.length > 0) return refuse(...problems);
  const [node = ''] = cluster.nodes;
  return { steps: [step.commitFirst(node, world.site, cluster, vms)], diagnostics: [no.firstStart(vms)] };
}

type Seen = Prospect & { readonly node: NodeName };

function planChange(cluster: Cluster, first: Seen, others: readonly Seen[], world: World): Verdict {
  const epochs = [first, ...others].map(({ node, adminEpoch, epoch }) => ({ node, at: `${adminEpoch}.${epoch}` }));
  if (new Set(epochs.map(({ at }) => at)).size > 1)
    return refuse(no.notAgreed(epochs.map(({ node, at }) => `${at} on ${node}`)));
  if (first.changes.length === 0) return asWished;
  const fences = first.consequences.filter((line) => line.startsWith('Fence '));
  const created = first.changes.filter(({ operation }) => operation === 'create').map(({ what }) => what);
  const joining = managedVms(world.site).filter(({ name }) => created.includes(`primitive ${vmId(name)}`));
  const problems = [
    ...(first.verified.is === 'invalid' ? [no.invalid(first.verified.said)] : []),
    ...(fences.length > 0 ? [no.wouldFence(fences)] : []),
    ...joining.flatMap((vm) => joins(vm, world)),
    ...joining.flatMap((vm) => tiesOf(vm, first, world)),
    ...managedVms(world.site).flatMap((vm) => (joining.includes(vm) ? [] : usedByAnother(vm, world))),
    ...leaving(first, world),
    ...maintained(first, world.site),
  ];
  if (problems.length > 0) return refuse(...problems);
  return {
    steps: [step.commit(first, world.site, cluster, joining)],
    diagnostics: [no.consequences(first.consequences, joining)],
  };
}
