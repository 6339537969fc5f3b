/** What a cluster needs: quiet packages, all members, and then its configuration, against what Pacemaker itself says of it. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { find } from '../domain/find.ts';
import { authkeyPath, corosyncPath } from '../file/paths.ts';
import type { Thing } from '../kind.ts';
import { isMissing } from '../package/index.ts';
import { unknown, unreadable } from '../reading.ts';
import type { Cluster, Vm } from '../site.ts';
import { asWished, refuse, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import type { Prospect } from './facts.ts';
import { lint } from './lint.ts';
import { managedVms } from './members.ts';
import { nPlusOne } from './n-plus-one.ts';
import { vmId } from './names.ts';
import { clusterUnits } from './parse.ts';
import * as no from './refusals.ts';
import * as step from './steps.ts';
import { membershipFiles } from './things.ts';

export function plan({ name, nodes, want }: Thing<Cluster>, world: World): Verdict {
  const unread = nodes.flatMap((node) => unreadOn(name, node, world));
  if (unread.length > 0) return refuse(...unread);
  if (name === 'quiet') return planQuiet(nodes, world);
  return name === 'membership' ? planMembership(want, world) : planConfiguration(want, world);
}

function unreadOn(name: string, node: NodeName, world: World): readonly Diagnostic[] {
  const { units, prospect } = world.have('cluster', node);
  if (!units.known) return [unreadable(`cluster/${name}`, node, units.why)];
  return name === 'configuration' && !prospect.known ? [unreadable(`cluster/${name}`, node, prospect.why)] : [];
}

/** Debian starts both when it installs them, with a configuration of its own, as a cluster of one. */
function planQuiet([node]: readonly NodeName[], world: World): Verdict {
  if (node === undefined || !isMissing(world, node, 'corosync')) return asWished;
  return steps(step.silence(node));
}

function planMembership(cluster: Cluster, world: World): Verdict {
  const { nodes } = cluster;
  const running = nodes.filter((node) => isActive(node, world));
  const files = membershipFiles(world.site, cluster, world);
  const changes = (path: string) => nodes.filter((node) => differs(path, node, files, world));
  const unsafe = lint(cluster, files.find(({ path }) => path === corosyncPath)?.content ?? []);
  if (unsafe.length > 0) return refuse(...unsafe);
  const strange = running.filter((node) => world.adopt.has(corosyncPath) === false && isForeign(node, world));
  if (strange.length > 0) return refuse(no.notOurs(strange));
  const rekeyed = changes(authkeyPath).filter((node) => running.includes(node));
  if (rekeyed.length > 0) return refuse(no.otherKey(rekeyed));
  const stopped = nodes.filter((node) => !running.includes(node));
  const enabled = running.filter((node) => !isEnabled(node, world)).map(step.enable);
  const [first] = running;
  const reloads =
    first !== undefined && changes(corosyncPath).some((node) => running.includes(node)) ? [step.reload(first)] : [];
  const starts =
    stopped.length === 0
      ? []
      : [
          ...stopped.map(step.startCorosync),
          ...stopped.map((node) => step.startPacemaker(node, stopped)),
          step.awaitMembers(stopped[0] ?? '', cluster, stopped),
        ];
  return {
    steps: [...enabled, ...reloads, ...starts],
    diagnostics: running.length > 0 && stopped.length > 0 ? [no.halfRunning(running, stopped)] : [],
  };
}

/** Of a file that is there: it is another one than this plan writes. */
function differs(path: string, node: NodeName, files: ReturnType<typeof membershipFiles>, world: World): boolean {
  const have = world.have('file', node).files[path] ?? unknown('it was not asked for');
  const content = files.find((file) => file.path === path)?.content ?? [];
  const wanted = world.digest(content);
  return wanted !== undefined && have.known && have.value !== 'absent' && have.value.sha256 !== wanted;
}

/** Not what sanctl wrote there last: Debian's own, or somebody's. */
function isForeign(node: NodeName, world: World): boolean {
  const { files, written } = world.have('file', node);
  const have = files[corosyncPath];
  if (have?.known !== true || have.value === 'absent' || !written.known) return false;
  return have.value.sha256 !== written.value[corosyncPath];
}

function isActive(node: NodeName, world: World): boolean {
  const { units } = world.have('cluster', node);
  return units.known && clusterUnits.every((unit) => units.value[unit]?.active === 'active');
}

function isEnabled(node: NodeName, world: World): boolean {
  const { units } = world.have('cluster', node);
  return units.known && clusterUnits.every((unit) => units.value[unit]?.enabled === true);
}

function planConfiguration(cluster: Cluster, world: World): Verdict {
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

/** What ties it to its mirrors goes with it: they would be taken away under a guest that still shuts down, and its node be shot. */
function leaving({ changes, consequences }: Seen, { site }: World): readonly Diagnostic[] {
  const gone = Object.values(site.vms).filter(({ name }) =>
    changes.some(({ operation, what }) => operation === 'delete' && what === `primitive ${vmId(name)}`),
  );
  return gone
    .filter(({ name }) => consequences.some((line) => line.startsWith(`Stop ${vmId(name)} `)))
    .map(no.stillRuns);
}

/** X1: the cluster starts what it does not find by its own, weaker look. */
function joins(vm: Vm, world: World): readonly Diagnostic[] {
  const found = find(vm, world);
  if (found.is === 'refused') return found.problems;
  return found.is === 'running' ? [no.runsAlready(vm, found.copy.node)] : [];
}
