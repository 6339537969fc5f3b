/**
 * Snapshots by schedule (docs/snapshots.md): on every node that may run a VM of a policy stand a script, which is the same
 * everywhere, a list of what it is to do, and a timer. sanctl is not there when it is due; the script asks what a plan would.
 */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { command, type Guard, run } from '../../shell/command.ts';
import { nodeLayout } from '../../shell/layout.ts';
import { localLockText } from '../../shell/lock.ts';
import { quote } from '../../shell/quote.ts';
import type { NodeName } from '../../step.ts';
import { isManaged } from '../cluster/members.ts';
import { possibleNodes } from '../domain/places.ts';
import { snapshotPaths, snapshotRecords, snapshotScriptPath, snapshotUnits } from '../file/paths.ts';
import { type FileWant, fileAddress, fileThing } from '../file/thing.ts';
import { removeAnyway } from '../force.ts';
import { hostAddress } from '../host/index.ts';
import type { Thing } from '../kind.ts';
import { onNode } from '../on-node.ts';
import { packageAddress } from '../package/index.ts';
import { volumesOf } from '../reach.ts';
import { unknown, unreadable } from '../reading.ts';
import type { SnapshotPolicy } from '../site/snapshots.ts';
import type { Site, Vm } from '../site.ts';
import { unitSteps } from '../unit.ts';
import { refuse, type StepDraft, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { fullestPool, longestPauseSeconds, takeScript } from './create.ts';
import { snapshotsIn } from './sets.ts';

export interface ScheduleWant {
  readonly policy: string;
  /** `absent`: the inventory has it here no more. */
  readonly state: 'present' | 'absent';
}

/** For how long the script waits until nobody else is at work on the node. */
const patienceSeconds = 900;

/** They speak of the whole site: with a node left out of a run, they stay as they are. */
export function expand(site: Site, world: World): readonly Thing[] {
  if (world.leftOut.length > 0) return [];
  return Object.keys(site.nodes).flatMap((node) => {
    const here = onNode(site, node).policies.filter((policy) => vmsOn(policy, node, site, world).length > 0);
    const { policies } = world.have('snapshot', node);
    const names = new Set(here.map(({ name }) => name));
    const left = policies.known ? policies.value.filter((name) => !names.has(name)) : [];
    return [
      ...(here.length > 0 ? [scriptFile(node, world)] : []),
      ...here.flatMap((policy) => thingsOf(policy, node, site, world)),
      ...left.map((policy) => thing({ policy, state: 'absent' }, node, [])),
    ];
  });
}

/** Those that could run here. What the cluster runs is Pacemaker's (P6). */
function vmsOn({ vms }: SnapshotPolicy, node: NodeName, site: Site, world: World): readonly Vm[] {
  const all = vms.flatMap((name) => site.vms[name] ?? []);
  return all.filter((vm) => !isManaged(site, vm) && possibleNodes(site, vm, world).includes(node));
}

function thing(want: ScheduleWant, node: NodeName, files: readonly string[]): Thing<ScheduleWant> {
  const needs = [hostAddress(node), packageAddress(node), ...files];
  return { kind: 'snapshot', name: want.policy, nodes: [node], want, needs };
}

function thingsOf(policy: SnapshotPolicy, node: NodeName, site: Site, world: World): readonly Thing[] {
  const { name, schedule, keep } = policy;
  const paths = snapshotPaths(name);
  const vms = vmsOn(policy, node, site, world);
  const lines = vms.map((vm) => ({ name: vm.name, uuid: vm.uuid, words: wordsOf(vm, site) }));
  const list = world.render('snapshot/snapshot.list', { node, policy: name, keep, vms: lines });
  const view = { policy: name, schedule, script: snapshotScriptPath, list: paths.list };
  const calendar = ['systemd-analyze', 'calendar', schedule] as const;
  const wants: readonly FileWant[] = [
    { path: paths.list, content: list, mode: '0644', folder: '0755' },
    { path: paths.service, content: world.render('snapshot/sanctl-snapshot.service', view), mode: '0644' },
    { path: paths.timer, content: world.render('snapshot/sanctl-snapshot.timer', view), mode: '0644', check: calendar },
  ];
  const files = wants.map((want) => fileThing(node, want, [hostAddress(node)]));
  const addresses = [snapshotScriptPath, ...Object.values(paths)].map((path) => fileAddress(path, node));
  return [...files, thing({ policy: name, state: 'present' }, node, addresses)];
}

/** `slice=GROUP/NAME` or `mirror=GROUP/NAME`, and `/POOL` behind it when it is thin. */
function wordsOf(vm: Vm, site: Site): readonly string[] {
  return [...new Set(volumesOf(vm))].flatMap((volume) => {
    const found = site.volumes[volume];
    if (found === undefined) return [];
    const { group, name, replicas, thinPool } = found;
    const sort = replicas.length > 1 ? 'mirror' : 'slice';
    return [`${sort}=${group}/${name}${thinPool === undefined ? '' : `/${thinPool}`}`];
  });
}

function scriptFile(node: NodeName, world: World): Thing<FileWant> {
  const content = world.render('snapshot/snapshot', {
    path: nodeLayout.path,
    run: nodeLayout.run,
    uptime: nodeLayout.uptime,
    records: snapshotRecords,
    locked: localLockText,
    take: quote(takeScript),
    bound: longestPauseSeconds,
    fullest: fullestPool,
    patience: patienceSeconds,
    remove: `lvremove ${removeAnyway}`,
  });
  const want: FileWant = { path: snapshotScriptPath, content, mode: '0755', folder: '0755', check: ['sh', '-n', '{}'] };
  return fileThing(node, want, [hostAddress(node)]);
}

export function planSchedule({ nodes, want: { policy, state } }: Thing<ScheduleWant>, world: World): Verdict {
  const [node = ''] = nodes;
  if (state === 'absent') return { steps: [forget(policy, node)], diagnostics: kept(policy, node, world) };
  const unit = world.have('snapshot', node).units[policy] ?? unknown('it was not asked for');
  if (!unit.known) return refuse(unreadable(`snapshot/${policy}`, node, unit.why));
  return steps(...unitSteps(node, snapshotUnits(policy).timer, unit.value, `the schedule ${policy}`));
}

/** C8: only as sanctl wrote them. */
const oursScript = `for file; do
  [ -e "$file" ] || continue
  sum=$(sha256sum <"$file") && grep -Fqx "\${sum%% *}  $file" ${nodeLayout.state}/files.sha256 || exit
done`;

/** What was made stays (C11). A run that is under way comes to its end before, because it holds what a batch holds. */
function forget(policy: string, node: NodeName): StepDraft {
  const paths = Object.values(snapshotPaths(policy));
  const ours: Guard = {
    ask: command('sh', '-c', oursScript, 'sh', ...paths),
    expect: { exit: 0 },
    proves: `the files of the schedule ${policy} are as sanctl wrote them (C8)`,
  };
  return {
    verb: 'forget',
    node,
    title: `make no more snapshots by the schedule ${policy}`,
    danger: 'none',
    guards: [ours],
    actions: [
      run('systemctl', 'disable', '--now', snapshotUnits(policy).timer),
      // 1: one of them is gone already.
      { do: 'run', command: command('rm', '--', ...paths), accept: [0, 1] },
      run('systemctl', 'daemon-reload'),
    ],
    reason: 'the inventory has it here no more',
  };
}

function kept(policy: string, node: NodeName, { have }: World): readonly Diagnostic[] {
  const all = snapshotsIn(new Map([[node, { volume: have('volume', node) }]]));
  const own = all.flatMap(({ schedule, set }) => (schedule?.policy === policy ? [`${schedule.vm} ${set}`] : []));
  const sets = [...new Set(own)];
  const [first] = sets;
  if (first === undefined) return [];
  return [
    warning(
      'snapshot/kept',
      'A schedule goes, and what it made stays',
      `snapshot/${policy} on ${node}: from now on these go only by hand: ${sets.join(', ')}.`,
      { help: `\`sanctl snapshot remove ${first}\` when you do not need it.` },
    ),
  ];
}
