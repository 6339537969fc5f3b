/** Which VMs go home, live, and what each of them waits for: a sync that runs is waited for, anything else is a person's. Pure. */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import type { Probe } from '../../../shell/command.ts';
import type { NodeName } from '../../../step.ts';
import type { Site, Vm } from '../../site.ts';
import type { Asks } from '../../verb.ts';
import type { World } from '../../world.ts';
import type { Copy } from '../copies.ts';
import { findEverywhere, notSeen } from '../find.ts';
import { shrinking } from './host-refusals.ts';
import { movable, shrinkable } from './movable.ts';
import { mirrorsOf } from './path.ts';
import { type Load, type Placed, place } from './placing.ts';

export interface Returning extends Load {
  readonly vm: Vm;
  readonly from: NodeName;
}

/** A mirror whose side at home still gets what it lacks. */
export interface Sync {
  readonly volume: string;
  readonly home: NodeName;
  readonly leftBytes: number;
  readonly bytes: number;
}

export interface Failback {
  /** In their order, the largest first. */
  readonly moves: readonly Placed<Returning>[];
  readonly syncs: readonly Sync[];
  /** What speaks against it, syncs aside. */
  readonly problems: readonly Diagnostic[];
}

/** Those with that home; of all nodes where none is named. */
export function homing(node: NodeName | undefined, site: Site): readonly Vm[] {
  return Object.values(site.vms).filter(({ home }) => node === undefined || home === node);
}

/** Which of them are away is not known yet. */
export function failbackAsks(vms: readonly Vm[], site: Site): Asks {
  const all = new Map<NodeName, readonly Probe[]>();
  for (const vm of vms) {
    const to = site.nodes[vm.home];
    if (to === undefined || vm.disks.length === 0) continue;
    for (const [asked, probes] of movable.asks?.({ vm, to }, site) ?? [])
      all.set(asked, [...(all.get(asked) ?? []), ...probes]);
  }
  return all;
}

/** Of these, those that are away. */
export function failback(vms: readonly Vm[], world: World): Failback {
  const unseen = notSeen(world);
  if (unseen.length > 0) return { moves: [], syncs: [], problems: unseen };
  const found = vms.map((vm) => ({ vm, where: findEverywhere(vm, world) }));
  const unclear = found.flatMap(({ where }) => (where.is === 'refused' ? where.problems : []));
  const away = found.flatMap(({ vm, where }) =>
    where.is === 'running' && where.copy.node !== vm.home ? [returning(vm, where.copy)] : [],
  );
  const { placed, unplaced } = place(away, freeAt(away, world));
  const syncs = away.flatMap((one) => syncsOf(one, world));
  return {
    moves: placed,
    syncs: [...new Map(syncs.map((one) => [one.volume, one])).values()],
    problems: [
      ...unclear,
      ...unplaced.map((one) => noRoom(one, world)),
      ...away.flatMap((one) => against(one, syncs, world)),
    ],
  };
}

function returning(vm: Vm, { node: from, domain }: Copy): Returning {
  return { vm, from, home: vm.home, targets: [vm.home], bytes: domain.memoryBytes ?? vm.memory.bytes };
}

function freeAt(away: readonly Returning[], world: World): ReadonlyMap<NodeName, number> {
  return new Map(
    away.flatMap(({ home }) => {
      const { xen } = world.have('host', home);
      return xen.known && xen.value !== 'absent' ? [[home, xen.value.freeMemoryBytes] as const] : [];
    }),
  );
}

/** From the side where it runs, which is whole. */
function syncsOf({ vm, from, home }: Returning, world: World): readonly Sync[] {
  const { running } = world.have('drbd', from);
  return mirrorsOf(vm, world).windows.flatMap(({ resource }): readonly Sync[] => {
    const now = running.known ? running.value[resource] : undefined;
    if (now?.volumes['0']?.disk !== 'UpToDate' || now.suspended !== 'no') return [];
    const [peer] = now.connections.flatMap(({ state, volumes }) =>
      state === 'Connected' ? Object.values(volumes) : [],
    );
    if (peer === undefined || !under.has(peer.replication) || peer.resyncSuspended !== 'no') return [];
    const bytes = now.volumes['0'].bytes ?? peer.outOfSyncBytes;
    return [{ volume: resource, home, leftBytes: peer.outOfSyncBytes, bytes }];
  });
}

/** It runs, or is about to. */
const under = new Set(['SyncSource', 'WFBitMapS', 'StartingSyncS']);

/** What a sync explains is no reason: it passes. */
function against({ vm, home }: Returning, syncs: readonly Sync[], world: World): readonly Diagnostic[] {
  const to = world.site.nodes[home];
  const passes = ({ code, detail }: Diagnostic): boolean =>
    code === 'move/disk-not-ready' && syncs.some(({ volume }) => detail.startsWith(`drbd/${volume} on `));
  // Room for all of them together is looked at beside this.
  const all = to === undefined ? [] : movable.check({ vm, to }, world);
  return all.filter((one) => !passes(one) && one.code !== 'move/no-memory');
}

function noRoom({ vm, home, bytes }: Returning, world: World): Diagnostic {
  const { xen } = world.have('host', home);
  const free = xen.known && xen.value !== 'absent' ? xen.value.freeMemoryBytes : 0;
  const { more, commands } = shrinking(shrinkable(home, world));
  return error(
    'failback/no-room',
    'A VM finds no room at home',
    `domain/${vm.name} has ${formatSize(bytes)}; ${home} has ${formatSize(free)} free for all that come home, and ${more}.`,
    {
      help: commands === '' ? `Stop or move a VM that is a guest on ${home}.` : `On ${home}: ${commands}; then again.`,
    },
  );
}
