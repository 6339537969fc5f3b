/**
 * Minors, ports and node ids (D10). What a node has stays as it is; otherwise the inventory's word; otherwise the lowest
 * that is free on every node of the site. The choice is remembered in the `.res` files themselves, nowhere else. Pure.
 */

import type { NodeName } from '../../step.ts';
import { known, type Reading, unknown } from '../reading.ts';
import type { Site, Volume } from '../site.ts';
import type { ConfiguredHost, DrbdFacts } from './facts.ts';

export interface Place {
  readonly minor: number;
  readonly port: number;
  /** By replica; DRBD 9 only. It never changes once there is metadata. */
  readonly nodeIds: Readonly<Record<NodeName, number>>;
}

/** The User's Guide counts from here. Below the ports that the kernel gives to outgoing connections (32768 and up). */
const ports = { first: 7789, last: 32767 };
/** 20 bits of a device number; the kernel's own limit. */
const minors = { first: 0, last: 2 ** 20 - 1 };
/** DRBD 9 has 32 node ids in its metadata. */
const nodeIds = { first: 0, last: 31 };

/** For every replicated volume, in the order of the inventory, so that the same inventory gives the same numbers. */
export function allocate(site: Site, have: (node: NodeName) => DrbdFacts): ReadonlyMap<string, Reading<Place>> {
  const volumes = Object.values(site.volumes).filter(({ replicas }) => replicas.length > 1);
  const nodes = new Set(volumes.flatMap(({ replicas }) => replicas));
  const facts = new Map([...nodes].map((node) => [node, have(node)]));
  const unreadable = whyUnreadable(facts);
  if (unreadable !== undefined) return new Map(volumes.map(({ name }) => [name, unknown(unreadable)]));
  const kept = new Map(volumes.map((volume) => [volume.name, keep(volume, facts)]));
  const free = pools(volumes, [...facts.values()], kept);
  return new Map(volumes.map((volume) => [volume.name, placeOf(volume, kept.get(volume.name) ?? [], free)]));
}

/** A number is free only if every node could be asked. */
function whyUnreadable(facts: ReadonlyMap<NodeName, DrbdFacts>): string | undefined {
  for (const [node, { configured, running, ports: listening }] of facts) {
    for (const reading of [configured, running, listening]) if (!reading.known) return `on ${node}, ${reading.why}`;
  }
  return undefined;
}

type Kept = readonly (readonly [NodeName, ConfiguredHost])[];

/** What the nodes know of this resource: each host's part, as each node's files have it, and the minor in the kernel. */
function keep({ name, replicas }: Volume, facts: ReadonlyMap<NodeName, DrbdFacts>): Kept {
  return replicas.flatMap((node): Kept => {
    const { configured, running } = facts.get(node) ?? {};
    const hosts = configured?.known ? Object.entries(configured.value[name]?.hosts ?? {}) : [];
    const now = running?.known ? running.value[name] : undefined;
    const inKernel = { minor: now?.volumes['0']?.minor, port: now?.port, nodeId: undefined, disk: undefined };
    return now === undefined ? hosts : [...hosts, [node, inKernel]];
  });
}

/** Numbers of one sort: those in use on some node, those given to a volume too, and where to look for the next one. */
interface Pool {
  readonly what: string;
  readonly used: ReadonlySet<number>;
  readonly taken: Set<number>;
  readonly last: number;
  next: number;
}

function pool(what: string, { first, last }: typeof ports, used: Numbers, given: Numbers): Pool {
  return { what, used: new Set(present(used)), taken: new Set(present([...used, ...given])), next: first, last };
}

function pools(volumes: readonly Volume[], facts: readonly DrbdFacts[], kept: ReadonlyMap<string, Kept>) {
  const used = facts.map(usedOn);
  const hosts = [...kept.values()].flat().map(([, host]) => host);
  const pins = volumes.map(({ replication }) => replication);
  return {
    minor: pool(
      'minor',
      minors,
      used.flatMap((one) => one.minors),
      [...pins, ...hosts].map((one) => one?.minor),
    ),
    port: pool(
      'port',
      ports,
      used.flatMap((one) => one.ports),
      [...pins, ...hosts].map((one) => one?.port),
    ),
  };
}

function usedOn({ configured, running, ports: listening }: DrbdFacts) {
  const hosts = configured.known ? Object.values(configured.value).flatMap((one) => Object.values(one.hosts)) : [];
  const kernel = running.known ? Object.values(running.value) : [];
  const volumes = kernel.flatMap((one) => Object.values(one.volumes));
  return {
    minors: [...hosts.map((host) => host.minor), ...volumes.map((volume) => volume.minor)],
    // A resource of 8.4 no longer listens once it is connected.
    ports: [
      ...hosts.map((host) => host.port),
      ...kernel.map((one) => one.port),
      ...(listening.known ? listening.value : []),
    ],
  };
}

type Numbers = readonly (number | undefined)[];

function present(list: Numbers): readonly number[] {
  return list.filter((one) => one !== undefined);
}

function placeOf(
  volume: Volume,
  kept: Kept,
  { minor: minorPool, port: portPool }: ReturnType<typeof pools>,
): Reading<Place> {
  const minor = choose(
    minorPool,
    volume.replication?.minor,
    kept.map(([, host]) => host.minor),
  );
  if (!minor.known) return minor;
  const port = choose(
    portPool,
    volume.replication?.port,
    kept.map(([, host]) => host.port),
  );
  if (!port.known) return port;
  const ids = nodeIdsOf(volume.replicas, kept);
  return ids.known ? known({ minor: minor.value, port: port.value, nodeIds: ids.value }) : ids;
}

/** A number that is in use never changes: neither by the inventory nor because two nodes disagree. */
function choose(from: Pool, pinned: number | undefined, kept: Numbers): Reading<number> {
  const { what, used, last } = from;
  const [have, other] = new Set(present(kept));
  if (other !== undefined) return unknown(`its nodes disagree on its ${what}: ${have} and ${other}`);
  if (have !== undefined && pinned !== undefined && have !== pinned) {
    return unknown(`the inventory gives it ${what} ${pinned}, but it has ${have}, and a number in use never changes`);
  }
  if (have === undefined && pinned !== undefined && used.has(pinned)) {
    return unknown(`the inventory gives it ${what} ${pinned}, which something else on a node uses`);
  }
  const chosen = have ?? pinned ?? lowestFree(from);
  return chosen === undefined ? unknown(`no ${what} up to ${last} is free`) : known(chosen);
}

/** Numbers are never given back, so each search begins where the last one ended. */
function lowestFree(from: Pool): number | undefined {
  while (from.taken.has(from.next)) from.next++;
  if (from.next > from.last) return undefined;
  from.taken.add(from.next);
  return from.next;
}

function nodeIdsOf(replicas: readonly NodeName[], kept: Kept): Reading<Readonly<Record<NodeName, number>>> {
  const found = new Map<NodeName, number>();
  for (const [node, { nodeId }] of kept) {
    if (nodeId === undefined) continue;
    if ((found.get(node) ?? nodeId) !== nodeId) return unknown(`its nodes disagree on the node id of ${node}`);
    found.set(node, nodeId);
  }
  const free = pool('node id', nodeIds, [...found.values()], []);
  const ids = replicas.map((node) => [node, found.get(node) ?? lowestFree(free)] as const);
  const given = ids.filter((one): one is readonly [NodeName, number] => one[1] !== undefined);
  return given.length === ids.length ? known(Object.fromEntries(given)) : unknown('no node id is free');
}
