/** The configuration of a cluster, against what Pacemaker itself says of it. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { findEverywhere } from '../domain/find.ts';
import { volumesOf } from '../reach.ts';
import type { Cluster, Site, Vm } from '../site.ts';
import { asWished, refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { managedVms } from './members.ts';
import { isEnabled } from './membership.ts';
import { nPlusOne } from './n-plus-one.ts';
import { mirrorId, vmId } from './names.ts';
import * as no from './refusals.ts';
import * as step from './steps.ts';

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
    ...leaving(first, world),
  ];
  if (problems.length > 0) return refuse(...problems);
  return {
    steps: [step.commit(first, world.site, cluster, joining)],
    diagnostics: [no.consequences(first.consequences, joining)],
  };
}

/** What ties a VM to its mirrors goes with it: they would be taken away under a guest that still shuts down, and its node be shot (P7). */
function leaving({ changes, consequences }: Seen, { site }: World): readonly Diagnostic[] {
  const goes = (vm: string): boolean =>
    changes.some(({ operation, what }) => operation === 'delete' && what === `primitive ${vmId(vm)}`);
  const running = (vm: string): boolean => consequences.some((line) => line.startsWith(`Stop ${vmId(vm)} `));
  const early = Object.keys(site.vms).filter((vm) => goes(vm) && running(vm));
  return [...early.map(no.stillRuns), ...untied(changes, site)];
}

/** A VM that stays in the cluster stays with its mirrors (P4), also one that the inventory no longer names. */
function untied(changes: Prospect['changes'], { vms, volumes }: Site): readonly Diagnostic[] {
  const gone = changes.filter(({ operation }) => operation === 'delete').map(({ what }) => what);
  const leave = Object.values(vms).filter(({ name }) => gone.includes(`primitive ${vmId(name)}`));
  const free = leave.flatMap(volumesOf);
  return Object.keys(volumes)
    .filter(
      (volume) =>
        gone.includes(`rsc_colocation with-${mirrorId(volume)}`) || gone.includes(`clone ${mirrorId(volume)}`),
    )
    .filter((volume) => !free.includes(volume))
    .map(no.untied);
}

/** X1: the cluster starts what it does not find by its own, weaker look. */
function joins(vm: Vm, world: World): readonly Diagnostic[] {
  const found = findEverywhere(vm, world);
  if (found.is === 'refused') return found.problems;
  return found.is === 'running' ? [no.runsAlready(vm, found.copy.node)] : [];
}
