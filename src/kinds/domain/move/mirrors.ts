/** Whether a mirror is as it must be before both its nodes become Primary (D2, W2), from the facts. Pure. */
import type { Diagnostic } from '../../../diagnostic.ts';
import { formatSize } from '../../../quantity.ts';
import type { NodeName } from '../../../step.ts';
import type { Running } from '../../drbd/facts.ts';
import type { Window } from '../../drbd/window.ts';
import { unreadable } from '../../reading.ts';
import type { Vm } from '../../site.ts';
import type { World } from '../../world.ts';
import * as ofDisk from './disk-refusals.ts';

/** `source`: where its VM runs, if that is known. */
export function mirrorProblems(
  vm: Vm,
  { resource, replicas }: Window,
  source: NodeName | undefined,
  world: World,
): readonly Diagnostic[] {
  const protocol = world.site.volumes[resource]?.replication?.protocol ?? 'C';
  return [
    ...(protocol === 'C' ? [] : [ofDisk.otherProtocol(resource, protocol)]),
    ...replicas.flatMap((node) => {
      const role = source === undefined ? undefined : node === source ? 'Primary' : 'Secondary';
      return onNode(vm, resource, node, { others: replicas.length - 1, role }, world);
    }),
  ];
}

interface Wanted {
  readonly others: number;
  readonly role: string | undefined;
}

function onNode(vm: Vm, resource: string, node: NodeName, wanted: Wanted, world: World): readonly Diagnostic[] {
  const { running, halves } = world.have('drbd', node);
  const adjust = halves[resource]?.adjust;
  if (!running.known) return [unreadable(`drbd/${resource}`, node, running.why)];
  const now = running.value[resource];
  if (now === undefined) return [ofDisk.diskNotReady(resource, node, ['it does not run'])];
  if (now.twoPrimaries === undefined) return [unreadable(`drbd/${resource}`, node, 'its options could not be read')];
  // What `adjust` would do then is to close it (W6).
  if (now.twoPrimaries) return [ofDisk.windowIsOpen(vm, resource, node)];
  if (adjust?.known !== true) return [unreadable(`drbd/${resource}`, node, adjust?.why ?? 'it was not asked for')];
  if (now.volumes['0']?.disk === 'Diskless') return [ofDisk.diskless(resource, node)];
  const follows = adjust.value.length === 0 ? [] : ['it does not run as its file says (D17)'];
  const why = [...whyNot(now, wanted), ...follows];
  return why.length === 0 ? [] : [ofDisk.diskNotReady(resource, node, why)];
}

/** Each a clause; none: it is connected, good on every node, in sync, and in its role. */
function whyNot({ role, suspended, volumes, connections }: Running, wanted: Wanted): readonly string[] {
  const disk = volumes['0']?.disk;
  const cut = connections.filter(({ state }) => state !== 'Connected');
  const peers = connections.flatMap((one) => Object.values(one.volumes));
  return [
    ...(wanted.role === undefined || role === wanted.role ? [] : [`it is ${role}, not ${wanted.role}`]),
    ...(suspended === 'no' ? [] : [`its writes are held back (${suspended})`]),
    ...(disk === 'UpToDate' ? [] : [`its disk is ${disk ?? 'not there'}`]),
    ...cut.map(({ state }) => `its connection is ${state}`),
    ...(connections.length >= wanted.others
      ? []
      : [`it is connected to ${connections.length} of ${wanted.others} other replicas`]),
    ...(cut.length > 0
      ? []
      : peers.flatMap(({ disk: peer, replication, outOfSyncBytes, resyncSuspended }) => [
          ...(peer === 'UpToDate' ? [] : [`the disk of its peer is ${peer}`]),
          ...(replication === 'Established' ? [] : [`it is ${replication}`]),
          ...(outOfSyncBytes === 0 ? [] : [`${formatSize(outOfSyncBytes)} are out of sync`]),
          ...(resyncSuspended === 'no' ? [] : [`its resync is paused (${resyncSuspended})`]),
        ])),
  ];
}
