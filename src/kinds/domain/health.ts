/** Where every VM is, and what would become of them if a node went away. Pure. */
import { type Diagnostic, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import { figure, type Health, type Level, type Looked, type Row } from '../health.ts';
import { reachOf, usableOn, volumesOf } from '../reach.ts';
import type { Site, Vm } from '../site.ts';
import { notRunning } from './checks.ts';
import { type Load, place } from './move/placing.ts';
import { type Guest, roster, windowsIn } from './roster.ts';

export function health(looked: Looked): Health {
  const { site, facts, held } = looked;
  const { guests, problems } = roster(site, facts);
  // Under a sanctl that is at work, a window is a migration (D1).
  const moving = Object.values(site.vms).filter((vm) =>
    volumesOf(vm).some((volume) => site.volumes[volume]?.replicas.some((node) => held.has(node))),
  );
  const windows = new Set(moving.flatMap((vm) => windowsIn(vm, facts)).map(({ detail }) => detail));
  const down = guests.flatMap((guest) => {
    const vm = site.vms[guest.name];
    return vm !== undefined && isDown(guest, vm) && !held.has(vm.home) ? [notRunning(vm)] : [];
  });
  return {
    rows: guests.map((guest) => rowOf(guest, looked)),
    findings: [...problems.filter(({ detail }) => !windows.has(detail)), ...down, ...noRoom(guests, looked)],
  };
}

function isDown({ state, home }: Guest, vm: Vm): boolean {
  return state === 'stopped' && home !== undefined && vm.state === 'running';
}

function rowOf(guest: Guest, { site, held }: Looked): Row {
  const { name, state, nodes, home, memoryBytes } = guest;
  const vm = home === undefined ? undefined : site.vms[name];
  const unseen = vm === undefined ? [] : unseenOf(guest, vm, site);
  const away = home !== undefined && nodes.length > 0 && !nodes.includes(home);
  const clauses = [
    ...(nodes.length === 0 ? [] : [`on ${nodes.join(' and ')}`]),
    ...(away ? [`away from its home ${home}`] : []),
    ...(home === undefined ? ['undeclared'] : []),
    ...(unseen.length === 0 ? [] : [`not seen on ${unseen.join(' and ')}`]),
    ...(vm?.state === 'stopped' && state === 'running' ? ['should be stopped'] : []),
    ...(memoryBytes === undefined ? [] : [formatSize(memoryBytes)]),
  ];
  const [only] = nodes;
  const running = state === 'running' && only !== undefined;
  return {
    section: 'vm',
    name: home === undefined ? `${name}@${nodes.join('+')}` : name,
    nodes,
    level: levelOf(guest, vm, unseen, held),
    state,
    detail: clauses,
    figures: [
      ...(running ? [figure('vm_running', true, only)] : []),
      ...(state === 'stopped' && home !== undefined ? [figure('vm_running', false, home)] : []),
      ...(running && home !== undefined ? [figure('vm_at_home', only === home)] : []),
    ],
  };
}

/** Where it could run as well, and nobody could look (X1). */
function unseenOf({ unread, nodes }: Guest, { home, disks }: Vm, site: Site): readonly NodeName[] {
  const near = new Set([home, ...disks.flatMap((disk) => reachOf(disk, site))]);
  return nodes.length === 0 ? unread : unread.filter((node) => near.has(node));
}

function levelOf(guest: Guest, vm: Vm | undefined, unseen: readonly NodeName[], held: Looked['held']): Level {
  const busy = [...guest.nodes, ...(vm === undefined ? [] : [vm.home])].some((node) => held.has(node));
  switch (guest.state) {
    case 'runs twice':
      return 'broken';
    case 'unknown':
      return 'unknown';
    case 'unclear':
      return busy ? 'busy' : 'broken';
    case 'stopped':
      return vm === undefined || !isDown(guest, vm) ? 'fine' : busy ? 'busy' : 'broken';
    case 'running':
      return unseen.length > 0 ? 'unknown' : 'fine';
  }
}

interface Displaced extends Load {
  readonly name: string;
}

/** N+1, for VMs whose disks are elsewhere as well: on what every other node has free now. Where a node is not known, nothing is said. */
function noRoom(guests: readonly Guest[], { site, facts }: Looked): readonly Diagnostic[] {
  const free = new Map<NodeName, number>();
  for (const [
    node,
    {
      host: { xen },
    },
  ] of facts)
    if (xen.known && xen.value !== 'absent') free.set(node, xen.value.freeMemoryBytes);
  const unread = [...facts.values()].filter(({ host }) => !host.xen.known);
  if (facts.size < Object.keys(site.nodes).length || unread.length > 0) return [];
  return [...free.keys()].flatMap((node) => {
    const loads = guests.flatMap((guest) => displaced(guest, node, site));
    const { unplaced } = place(loads, free);
    return unplaced.length === 0 ? [] : [noSpare(node, unplaced, site)];
  });
}

function displaced({ name, state, nodes, home, memoryBytes }: Guest, node: NodeName, site: Site): readonly Displaced[] {
  const vm = site.vms[name];
  if (home === undefined || vm === undefined || state !== 'running' || nodes[0] !== node) return [];
  const targets = Object.keys(site.nodes).filter(
    (one) => one !== node && vm.disks.length > 0 && vm.disks.every((disk) => usableOn(disk, site).includes(one)),
  );
  return targets.length === 0 ? [] : [{ name, bytes: memoryBytes ?? vm.memory.bytes, targets, home }];
}

function noSpare(node: NodeName, left: readonly Displaced[], site: Site): Diagnostic {
  const names = left.map(({ name, bytes }) => `${name} (${formatSize(bytes)})`).join(', ');
  const others = Object.keys(site.nodes).filter((one) => left.some(({ targets }) => targets.includes(one)));
  return warning(
    'domain/no-spare',
    'If a node went away, not all of its VMs could run elsewhere',
    `Without ${node}, there would be no room for ${names} on ${others.join(', ')}.`,
    { help: 'Give guests less memory, or nodes more; `sanctl status` shows what is free on each.' },
  );
}
