/** A mirror as each of its nodes has it. Pure. */
import type { Connection, PeerVolume, Running, RunningVolume } from '../../kinds/drbd/facts.ts';
import type { Volume } from '../../kinds/site.ts';
import type { NodeName } from '../../step.ts';
import type { Evidence } from '../cause.ts';
import { type View, whyUnreached } from '../view.ts';

export interface Replica {
  readonly node: NodeName;
  /** Undefined: not up. */
  readonly running: Running | undefined;
  readonly device: RunningVolume | undefined;
}

export interface Mirror {
  readonly volume: Volume;
  /** Of the nodes that answered and could be read. */
  readonly replicas: readonly Replica[];
  /** Nodes that did not answer, or whose DRBD could not be read. */
  readonly unread: readonly NodeName[];
}

export function mirrorOf(name: string, view: View): Mirror | undefined {
  const volume = view.site.volumes[name];
  if (volume === undefined || volume.replicas.length < 2 || volume.state === 'absent') return undefined;
  const replicas = volume.replicas.flatMap((node): readonly Replica[] => {
    const running = view.facts.get(node)?.drbd.running;
    if (running?.known !== true) return [];
    const one = running.value[name];
    return [{ node, running: one, device: one?.volumes['0'] }];
  });
  const unread = volume.replicas.filter((node) => !replicas.some((one) => one.node === node));
  return { volume, replicas, unread };
}

export function connectionsOf({ running }: Replica): readonly Connection[] {
  return running?.connections ?? [];
}

export function peersOf(replica: Replica): readonly PeerVolume[] {
  return connectionsOf(replica).flatMap(({ volumes }) => volumes['0'] ?? []);
}

export function isPrimary({ running }: Replica): boolean {
  return running?.role === 'Primary';
}

/** By what each says of itself, or, where a node did not answer, by what its peer says of it. */
export function isPrimaryTwice({ replicas, unread }: Pick<Mirror, 'replicas' | 'unread'>): boolean {
  const primaries = replicas.filter(isPrimary);
  const heard = primaries.some((one) => connectionsOf(one).some(({ role }) => role === 'Primary'));
  return primaries.length > 1 || (unread.length > 0 && heard);
}

/** As one line, in the words of the kernel. */
export function stateLine(replica: Replica): Evidence {
  const { node, running, device } = replica;
  if (running === undefined) return { node, source: 'drbdsetup', line: 'not configured in the kernel' };
  const links = connectionsOf(replica).map(({ state, role, volumes }) => {
    const peer = volumes['0'];
    return `connection:${state} peer-role:${role}${peer === undefined ? '' : ` replication:${peer.replication} peer-disk:${peer.disk} out-of-sync:${peer.outOfSyncBytes / 1024} KiB`}`;
  });
  const line = [`role:${running.role} suspended:${running.suspended} disk:${device?.disk ?? 'none'}`, ...links].join(
    '; ',
  );
  return { node, source: 'drbdsetup', line };
}

export function outOfSyncBytes(replica: Replica): number {
  return peersOf(replica).reduce((sum, { outOfSyncBytes }) => sum + outOfSyncBytes, 0);
}

export function devicePathOf({ device }: Replica): string | undefined {
  return device === undefined ? undefined : `/dev/drbd${device.minor}`;
}

/** Why nothing is known of a replica: its node did not answer, or its DRBD could not be read. */
export function whyUnread(node: NodeName, view: View): Evidence {
  const running = view.facts.get(node)?.drbd.running;
  return running?.known === false ? { node, source: 'drbd', line: running.why } : whyUnreached(node, view);
}
