/** All members, by one file and one key; a cluster that runs is only ever added to. */
import type { NodeName } from '../../step.ts';
import { authkeyPath, corosyncPath } from '../file/paths.ts';
import type { FileWant } from '../file/thing.ts';
import { unknown } from '../reading.ts';
import type { Cluster } from '../site/cluster.ts';
import { refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { membersIn } from './corosync.ts';
import { lint } from './lint.ts';
import { clusterUnits } from './parse.ts';
import * as no from './refusals.ts';
import * as step from './steps.ts';
import { membershipFiles } from './things.ts';

export function planMembership(cluster: Cluster, world: World): Verdict {
  const { nodes } = cluster;
  const running = nodes.filter((node) => isActive(node, world));
  // It talks to the others by its file and its key, whether or not Pacemaker runs on it.
  const talking = nodes.filter((node) => !isSilent(node, world));
  const files = membershipFiles(world.site, cluster, world);
  const changes = (path: string) => nodes.filter((node) => differs(path, node, files, world));
  const unsafe = lint(cluster, files.find(({ path }) => path === corosyncPath)?.content ?? []);
  if (unsafe.length > 0) return refuse(...unsafe);
  const strange = talking.filter((node) => world.adopt.has(corosyncPath) === false && isForeign(node, world));
  if (strange.length > 0) return refuse(no.notOurs(strange));
  const rekeyed = changes(authkeyPath).filter((node) => talking.includes(node));
  if (rekeyed.length > 0) return refuse(no.otherKey(rekeyed));
  const bound = nodes.filter((node) => talking.includes(node) || !isForeign(node, world));
  const lost = bound.flatMap((node) => lostFrom(node, cluster, world));
  if (lost.length > 0) return refuse(no.renumbered([...new Set(lost)]));
  const stopped = nodes.filter((node) => !running.includes(node));
  const enabled = running.filter((node) => !isEnabled(node, world)).map(step.enable);
  const [first] = talking;
  const reloads =
    first !== undefined && changes(corosyncPath).some((node) => talking.includes(node)) ? [step.reload(first)] : [];
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
function differs(path: string, node: NodeName, files: readonly FileWant[], world: World): boolean {
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

/**
 * P9: members that its file has, and that would go or get another number. To those that run it would be another one, and be shot; the
 * configuration of Pacemaker knows each by its number, also while nothing runs.
 */
function lostFrom(node: NodeName, { nodes }: Cluster, world: World): readonly string[] {
  const have = world.have('file', node).files[corosyncPath];
  if (have?.known !== true || have.value === 'absent') return [];
  return membersIn(have.value.text ?? '')
    .filter(({ name, id }) => nodes[Number(id) - 1] !== name)
    .map(({ name, id }) => `${name} (nodeid ${id})`);
}

function isSilent(node: NodeName, world: World): boolean {
  const { units } = world.have('cluster', node);
  const active = units.known ? units.value['corosync.service']?.active : undefined;
  return active === 'inactive' || active === 'failed';
}

function isActive(node: NodeName, world: World): boolean {
  const { units } = world.have('cluster', node);
  return units.known && clusterUnits.every((unit) => units.value[unit]?.active === 'active');
}

/** Set up before, by whomever. */
export function isEnabled(node: NodeName, world: World): boolean {
  const { units } = world.have('cluster', node);
  return units.known && clusterUnits.every((unit) => units.value[unit]?.enabled === true);
}
