/** How every node is: whether it answers, and what it has to give. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { formatSeconds, formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { figure, type Health, type Looked, type Row } from '../health.ts';
import { usableOn } from '../reach.ts';
import { type Reading, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import type { XenFacts } from './facts.ts';
import { twins, wrongName } from './problems.ts';

export function health({ site, facts }: Looked): Health {
  return {
    rows: Object.keys(site.nodes).map((node) => rowOf(node, facts.get(node))),
    findings: [
      ...[...facts].flatMap(([node, { host }]) => wrongName(node, host)),
      ...[...facts].flatMap(
        ([
          node,
          {
            host: { xen },
          },
        ]) => (xen.known ? [] : [unreadable('host', node, xen.why)]),
      ),
      ...sameMachines(facts),
      ...xenVersions(site, facts),
      ...clocks(facts),
    ],
  };
}

function rowOf(node: NodeName, facts: NodeFacts | undefined): Row {
  const shared = { section: 'node', name: node, nodes: [node] } as const;
  if (facts === undefined)
    return { ...shared, level: 'unknown', state: 'unreachable', detail: [], figures: [figure('node_up', false)] };
  const { host, drbd } = facts;
  const xen = host.xen.known && host.xen.value !== 'absent' ? host.xen.value : undefined;
  const wrong = wrongName(node, host).length > 0;
  const module = drbd.kernel.known && drbd.kernel.value.loaded ? drbd.kernel.value.version : null;
  return {
    ...shared,
    level: wrong ? 'broken' : host.xen.known ? 'fine' : 'unknown',
    state: wrong ? 'another name' : host.xen.known ? 'up' : 'not readable',
    detail: [
      xenText(host.xen),
      ...(xen === undefined ? [] : [`${formatSize(xen.freeMemoryBytes)} of ${formatSize(xen.totalMemoryBytes)} free`]),
      ...(module === null ? [] : [`DRBD ${module}`]),
      ...(host.uptimeSeconds.known ? sinceBoot(host.uptimeSeconds.value) : []),
    ],
    figures: [
      figure('node_up', true),
      ...(xen === undefined
        ? []
        : [figure('node_memory_bytes', xen.totalMemoryBytes), figure('node_memory_free_bytes', xen.freeMemoryBytes)]),
    ],
  };
}

/** News only on its first day. */
function sinceBoot(seconds: number): readonly string[] {
  if (seconds >= 86_400) return [];
  return [`up ${formatSeconds(seconds < 3600 ? seconds : 60 * Math.floor(seconds / 60))}`];
}

function xenText(xen: Reading<XenFacts | 'absent'>): string {
  if (!xen.known) return 'Xen not readable';
  return xen.value === 'absent' ? 'no Xen' : `Xen ${xen.value.major}.${xen.value.minor}`;
}

/** T4. */
function sameMachines(facts: Looked['facts']): readonly Diagnostic[] {
  const nodes = new Map<string, NodeName[]>();
  for (const [
    node,
    {
      host: { machineId },
    },
  ] of facts)
    if (machineId.known) nodes.set(machineId.value, [...(nodes.get(machineId.value) ?? []), node]);
  return [...nodes.values()].filter(({ length }) => length > 1).map(twins);
}

/** X4: a guest moves between Xens of one major version, to the same minor or the next one. */
function xenVersions(site: Site, facts: Looked['facts']): readonly Diagnostic[] {
  const pairs = new Map<string, readonly [NodeName, NodeName]>();
  for (const { disks } of Object.values(site.vms)) {
    const able = Object.keys(site.nodes).filter((node) => disks.every((disk) => usableOn(disk, site).includes(node)));
    if (disks.length === 0) continue;
    for (const one of able) for (const other of able) if (one < other) pairs.set(`${one} ${other}`, [one, other]);
  }
  const versionOf = (node: NodeName): XenFacts | undefined => {
    const xen = facts.get(node)?.host.xen;
    return xen?.known && xen.value !== 'absent' ? xen.value : undefined;
  };
  return [...pairs.values()].flatMap(([one, other]) => {
    const [a, b] = [versionOf(one), versionOf(other)];
    if (a === undefined || b === undefined || (a.major === b.major && a.minor === b.minor)) return [];
    return [xenDiffers([`${a.major}.${a.minor} on ${one}`, `${b.major}.${b.minor} on ${other}`])];
  });
}

/** So much may lie between two answers of one look. */
const sameTimeSeconds = 30;

/** T6. */
function clocks(facts: Looked['facts']): readonly Diagnostic[] {
  const read = [...facts].flatMap(
    ([
      node,
      {
        host: { clockSeconds },
      },
    ]) => (clockSeconds.known ? [{ node, seconds: clockSeconds.value }] : []),
  );
  const [first, ...others] = read.toSorted((a, b) => a.seconds - b.seconds);
  const last = others.at(-1);
  if (first === undefined || last === undefined || last.seconds - first.seconds <= sameTimeSeconds) return [];
  return [clocksDiffer(first.node, last.node, last.seconds - first.seconds)];
}

function clocksDiffer(early: NodeName, late: NodeName, seconds: number): Diagnostic {
  return warning(
    'host/clocks-differ',
    'The clocks of nodes differ',
    `${early} is ${formatSeconds(seconds)} behind ${late}: their logs cannot be compared, and certificates may be refused (T6).`,
    { help: 'Let all of them follow a time server: `timedatectl` says whether one does.' },
  );
}

function xenDiffers(versions: readonly string[]): Diagnostic {
  return warning(
    'host/xen-differs',
    'Nodes that share VMs run different versions of Xen',
    `Xen is ${versions.join(' and ')}: a VM moves from the older to the newer at most, and not back (X4).`,
    { help: 'Bring them to one version, one node after the other: `sanctl evacuate NODE` empties it first.' },
  );
}
