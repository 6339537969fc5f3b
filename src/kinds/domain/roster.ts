/** Every VM of the inventory and every domain that was found, for people who look. What nobody could read is unknown, never absent. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { wrongName } from '../host/problems.ts';
import { nameOf, volumesOf } from '../reach.ts';
import { unknown, unreadable } from '../reading.ts';
import type { Site, Vm } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import { type Census, censusIn, copiesOf } from './census.ts';
import { type Copy, namesOf, whereabouts } from './copies.ts';
import type { DomainFacts } from './facts.ts';
import { windowIsOpen } from './move/disk-refusals.ts';
import { twice } from './refusals.ts';

export interface Guest {
  readonly name: string;
  /** `unclear`: there, but not one live domain (paused, shutting down, on its way). */
  readonly state: 'running' | 'stopped' | 'unclear' | 'runs twice' | 'unknown';
  /** Where a domain of it was found. */
  readonly nodes: readonly NodeName[];
  /** Nodes that could have it as well, and did not answer. */
  readonly unread: readonly NodeName[];
  /** Undefined: the inventory does not name it. */
  readonly home: NodeName | undefined;
  readonly memoryBytes: number | undefined;
  /** Undefined: not known (X10). */
  readonly disks: readonly GuestDisk[] | undefined;
}

export interface GuestDisk {
  readonly name: string;
  /** DRBD's role by node; none for what is no mirror. */
  readonly roles: Readonly<Record<NodeName, string>>;
}

type Facts = ReadonlyMap<NodeName, NodeFacts>;

export interface Roster {
  readonly guests: readonly Guest[];
  /** What could not be read, what runs twice (M6), and what could (D1). */
  readonly problems: readonly Diagnostic[];
}

/** Looked for everywhere: somebody may have started it where it should not be (X1). */
export function roster(site: Site, facts: Facts): Roster {
  const vms = Object.values(site.vms);
  const census = censusIn(Object.keys(site.nodes), (node) => domainsOn(node, facts.get(node)));
  const guests = vms.map((vm) => guest(vm, census, site, facts));
  const problems = [
    ...unreadIn(facts),
    ...vms.flatMap((vm) => twiceIn(vm, census)),
    ...vms.flatMap((vm) => windowsIn(vm, facts)),
  ];
  return { guests: [...guests, ...strangersIn(census, vms).map(stranger)], problems };
}

/** What is absent on another machine than the one that is meant says nothing (T4). */
function domainsOn(node: NodeName, have: NodeFacts | undefined): DomainFacts['domains'] {
  if (have === undefined) return unknown('it did not answer');
  return wrongName(node, have.host).length > 0 ? unknown('it is another machine') : have.domain.domains;
}

function strangersIn({ byUuid }: Census, vms: readonly Vm[]): readonly Copy[] {
  const own = new Set(vms.flatMap(({ name, uuid }) => [uuid, ...namesOf(name)]));
  return [...byUuid.values()].flat().filter(({ domain }) => !own.has(domain.uuid) && !own.has(domain.name));
}

function unreadIn(facts: Facts): readonly Diagnostic[] {
  return [...facts].flatMap(([node, { domain, host }]) => [
    ...wrongName(node, host),
    ...(domain.domains.known ? [] : [unreadable('domains', node, domain.domains.why)]),
  ]);
}

function twiceIn(vm: Vm, census: Census): readonly Diagnostic[] {
  const where = whereabouts(vm, copiesOf(vm, census));
  return where.is === 'twice' ? [twice(vm, where.copies)] : [];
}

/** A move that goes on at this moment looks the same; whoever asks for the list is told all the same (D1). */
export function windowsIn(vm: Vm, facts: Facts): readonly Diagnostic[] {
  return volumesOf(vm).flatMap((volume) =>
    [...facts].flatMap(
      ([
        node,
        {
          drbd: { running },
        },
      ]) => (running.known && running.value[volume]?.twoPrimaries === true ? [windowIsOpen(vm, volume, node)] : []),
    ),
  );
}

function guest(vm: Vm, census: Census, site: Site, facts: Facts): Guest {
  const copies = copiesOf(vm, census);
  const where = whereabouts(vm, copies);
  const unread = census.unread.map(({ node }) => node);
  const states = { running: 'running', twice: 'runs twice', unclear: 'unclear', nowhere: 'stopped' } as const;
  return {
    name: vm.name,
    state: where.is === 'nowhere' && unread.length > 0 ? 'unknown' : states[where.is],
    nodes: copies.map(({ node }) => node),
    unread,
    home: vm.home,
    memoryBytes: copies[0]?.domain.memoryBytes ?? vm.memory.bytes,
    disks: vm.disks.map((disk) => ({
      name: nameOf(disk),
      roles: 'volume' in disk ? rolesOf(disk.volume, site, facts) : {},
    })),
  };
}

function rolesOf(name: string, site: Site, facts: Facts): Readonly<Record<NodeName, string>> {
  const replicas = site.volumes[name]?.replicas ?? [];
  if (replicas.length < 2) return {};
  return Object.fromEntries(replicas.map((node) => [node, roleOn(name, facts.get(node))]));
}

function roleOn(name: string, facts: NodeFacts | undefined): string {
  if (facts === undefined || !facts.drbd.running.known) return 'unknown';
  return facts.drbd.running.value[name]?.role ?? 'down';
}

function stranger({ node, domain, live }: Copy): Guest {
  return {
    name: domain.name,
    state: live ? 'running' : 'unclear',
    nodes: [node],
    unread: [],
    home: undefined,
    memoryBytes: domain.memoryBytes,
    disks: domain.disks?.map(({ target }) => ({ name: target, roles: {} })),
  };
}
