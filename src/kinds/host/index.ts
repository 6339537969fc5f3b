/**
 * A node itself: that it is the machine that the inventory means, and one that sanctl knows how to work on. It has no
 * steps; everything else on a node needs it, so that nothing is planned on a machine that is not the right one (T4).
 */
import type { Probe } from '../../shell/command.ts';
import { command } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { fileThing } from '../file/thing.ts';
import type { Kind, Thing } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import { asWished, refuse } from '../verdict.ts';
import type { World } from '../world.ts';
import { silent } from './death.ts';
import type { HostFacts } from './facts.ts';
import { fence } from './fence.ts';
import { health } from './health.ts';
import { parse } from './parse.ts';
import { problemsOf } from './problems.ts';
import { boot } from './reboot.ts';
import { publicKeyPath, trusted, trustFiles } from './trust.ts';

interface HostWant {
  /** Whether domains of the inventory need a hypervisor on this node. */
  readonly xen: boolean;
  /** Whether other nodes are to know it by its host key. */
  readonly key: boolean;
}

/** What a thing on a node needs so that it is only planned on the right machine. */
export function hostAddress(node: NodeName): string {
  return `host/${node}`;
}

export const host: Kind<HostWant, HostFacts> = {
  name: 'host',
  summary: 'Which machine a node is: name, identity, distribution, hypervisor',
  expand(site, world) {
    const homes = new Set(Object.values(site.vms).map((vm) => vm.home));
    return Object.keys(site.nodes).flatMap((node) => [
      {
        kind: 'host',
        name: node,
        nodes: [node],
        want: { xen: homes.has(node), key: trusted(site, node).length > 0 },
        needs: [],
      },
      ...trustThings(site, node, world),
    ]);
  },
  probes: () => probes,
  parse,
  blank,
  stable: ({ nodeName, machineId, os, xen, key }) => ({
    nodeName,
    machineId,
    os,
    key,
    xen: xen.known && xen.value !== 'absent' ? [xen.value.major, xen.value.minor] : xen,
  }),
  plan(thing, world) {
    const problems = thing.nodes.flatMap((node) => problemsOf(node, thing.want, world));
    return problems.length === 0 ? asWished : refuse(...problems);
  },
  health,
  verbs: { fence, boot },
  checks: { silent },
};

/** Of the whole site: with a node left out of a run, they would lose it. Each rests on the machines of all (T4). */
function trustThings(site: Site, node: NodeName, world: World): readonly Thing[] {
  const files = world.leftOut.length > 0 ? [] : (trustFiles(site, node, world) ?? []);
  const needs = [node, ...trusted(site, node).map(({ name }) => name)].map(hostAddress);
  return files.map((want) => fileThing(node, want, needs));
}

const probes: readonly Probe[] = [
  // First, so that all nodes are asked for it at about the same time.
  { name: 'host.clock', command: command('date', '+%s') },
  { name: 'host.uname', command: command('uname', '-nr') },
  { name: 'host.machine', command: command('cat', '/etc/machine-id') },
  { name: 'host.os', command: command('cat', '/etc/os-release') },
  { name: 'host.xen', command: command('xl', 'info') },
  { name: 'host.boot', command: command('cat', '/proc/sys/kernel/random/boot_id') },
  { name: 'host.uptime', command: command('cat', '/proc/uptime') },
  { name: 'host.key', command: command('cat', publicKeyPath) },
  { name: 'host.memory', command: command('grep', '^MemTotal:', '/proc/meminfo') },
];

/** Offline, a node is taken for what the inventory demands: its own name, Debian 12, Xen running. */
function blank(site: Site, node: NodeName): HostFacts {
  const memory = 2 ** 40;
  return {
    nodeName: known(node),
    machineId: known(offlineIdentity(Object.keys(site.nodes).indexOf(node))),
    kernel: known('6.1.0'),
    os: known({ id: 'debian', like: [], version: '12' }),
    xen: known({
      major: 4,
      minor: 17,
      totalMemoryBytes: memory,
      freeMemoryBytes: memory,
      processors: 1024,
      capabilities: [],
    }),
    bootId: known('00000000-0000-0000-0000-000000000000'),
    uptimeSeconds: known(0),
    clockSeconds: known(0),
    memoryBytes: known(memory),
    key: known(offlineKey),
  };
}

/** A key without a key in it, which every ssh refuses: a file that was rendered offline lets nobody in. */
const offlineKey = 'AAAAC3NzaC1lZDI1NTE5AAAAAA==';

function offlineIdentity(index: number): string {
  return index.toString(16).padStart(32, '0');
}
