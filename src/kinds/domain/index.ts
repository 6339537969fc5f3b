/** Xen domains: their files on every node that could run them, and a start at home. Never a second one; an apply stops none. */
import type { Content } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { domainPath } from '../file/paths.ts';
import { fileThing } from '../file/thing.ts';
import { thingsBelow } from '../fill/things.ts';
import { hostAddress } from '../host/index.ts';
import type { Kind, Thing, Undeclared } from '../kind.ts';
import { packageAddress } from '../package/index.ts';
import { standbysOf, volumesOf } from '../reach.ts';
import { known } from '../reading.ts';
import type { Site, Vm } from '../site.ts';
import type { World } from '../world.ts';
import { bootThings } from './boot.ts';
import { checksOf } from './checks.ts';
import { renderDomain } from './config.ts';
import { isLive } from './copies.ts';
import type { Domain, DomainFacts } from './facts.ts';
import { settleTakeOver, takeOver, tookOver } from './failover/verbs.ts';
import { health } from './health.ts';
import { inMaintenance, unmanaged } from './managed.ts';
import { blockScriptFile } from './move/block.ts';
import { oneImporter, onePrimary, runsOn } from './move/checks.ts';
import { settleMove } from './move/cleanup.ts';
import { closeHandover, openHandover } from './move/handover.ts';
import { handedBy } from './move/imports.ts';
import { movable } from './move/movable.ts';
import { closeWindow, migrate, openWindow } from './move/verbs.ts';
import { parse, probes } from './parse.ts';
import { askedNodes, disksOf, possibleNodes } from './places.ts';
import { type DomainWant, plan } from './plan.ts';
import { verbs } from './verbs.ts';

export const domain: Kind<DomainWant, DomainFacts> = {
  name: 'domain',
  summary: 'Xen domains: their file on every node that could run them, and a start at home',
  expand: (site, world) => [
    ...Object.values(site.vms).flatMap((vm) => things(vm, site, world)),
    ...bootThings(site, world),
  ],
  // Of every node: one that the inventory no longer connects with a domain may still run it (X1).
  probes: () => probes,
  parse,
  blank: () => ({ domains: known([]) }),
  stable: ({ domains }) => (domains.known ? domains.value.map(identity) : domains),
  plan,
  undeclared: (site, _node, { domains }) => (domains.known ? undeclared(site, _node, domains.value) : []),
  health,
  verbs: {
    start: unmanaged(verbs.start),
    shutdown: unmanaged(verbs.shutdown),
    destroy: unmanaged(verbs.destroy),
    settle: unmanaged(verbs.settle),
    openWindow: inMaintenance(openWindow),
    migrate: inMaintenance(migrate),
    closeWindow: inMaintenance(closeWindow),
    settleMove: inMaintenance(settleMove),
    openHandover,
    closeHandover,
    takeOver,
    settleTakeOver,
  },
  checks: { ...checksOf(things), movable, runsOn, onePrimary, oneImporter, tookOver },
};

function things(vm: Vm, site: Site, world: World): readonly Thing[] {
  const disks = disksOf(site, vm, world);
  const content = disks.known ? renderDomain(vm, disks.value, world) : undefined;
  const files =
    content === undefined ? [] : possibleNodes(site, vm, world).map((node) => configFile(vm, content, node));
  const want: DomainWant = { vm, disks, file: content };
  const needs = [
    hostAddress(vm.home),
    ...vm.disks.flatMap((disk) => thingsBelow(disk, vm.home, site)),
    ...files.map((file) => `${file.kind}/${file.name}@${file.nodes[0]}`),
  ];
  const scripts = moves(vm, site) ? possibleNodes(site, vm, world).map(blockScriptFile) : [];
  return [...files, ...scripts, { kind: 'domain', name: vm.name, nodes: askedNodes(site, vm), want, needs }];
}

/** It has a disk that another node can have as well, by our script. */
function moves(vm: Vm, site: Site): boolean {
  const mirrored = volumesOf(vm).some((volume) => (site.volumes[volume]?.replicas.length ?? 1) > 1);
  return mirrored || handedBy(vm, site).some((one) => standbysOf(one, site).length > 0);
}

/** `xl create -n` reads the file and makes nothing. */
function configFile(vm: Vm, content: Content, node: NodeName): Thing {
  const check = ['xl', 'create', '-n', '{}'] as const;
  const want = { path: domainPath(vm.name), content, mode: '0600', check };
  return fileThing(node, want, [hostAddress(node), packageAddress(node)]);
}

/** Neither running nor blocked nor the memory of the moment. */
function identity(one: Domain): unknown {
  const { name, uuid, disks } = one;
  return [name, uuid, isLive(one) ? 'live' : one.state.replace(/[^pscd]/g, ''), disks];
}

function undeclared(site: Site, node: NodeName, domains: readonly Domain[]): readonly Undeclared[] {
  const wanted = new Set(Object.values(site.vms).map(({ uuid }) => uuid));
  return domains
    .filter(({ uuid }) => !wanted.has(uuid))
    .map(({ name, uuid, state }) => ({ kind: 'domain', name, node, detail: `${uuid}, ${state}` }));
}
