/** What is in order, but not as it should stay: said by a plan beside its steps, and by whoever looks. Pure. */
import { type Diagnostic, note, warning } from '../../diagnostic.ts';
import { formatSize } from '../../quantity.ts';
import type { NodeName } from '../../step.ts';
import type { Volume } from '../site.ts';
import type { PeerVolume, Running } from './facts.ts';

/** A replica that may run. */
export interface Seen {
  readonly node: NodeName;
  readonly running: Running | undefined;
}

/** 9 lists no connection that was never made, or that was dropped: what is missing is not connected. */
export function isConnected({ replicas }: Volume, { running }: Seen): boolean {
  const connections = running?.connections ?? [];
  return connections.length >= replicas.length - 1 && connections.every(({ state }) => state === 'Connected');
}

/** What it copies to others at this moment. */
export function givesTo({ running }: Seen): readonly PeerVolume[] {
  const peers = running?.connections.flatMap(({ volumes }) => Object.values(volumes)) ?? [];
  return peers.filter(
    ({ replication }) => replication.startsWith('SyncSource') || replication.startsWith('PausedSyncS'),
  );
}

export function degraded(name: string, lonely: readonly Seen[]): Diagnostic {
  const states = lonely.map(
    ({ node, running }) =>
      `${running?.connections.map(({ state }) => state).join(', ') || 'without connection'} on ${node}`,
  );
  return warning(
    'drbd/not-connected',
    'A resource is not connected',
    `${name} is ${states.join(' and ')}: only one copy is kept up to date.`,
    {
      help: 'Look at the replication network. It connects again by itself when the network is back.',
    },
  );
}

/** Said once, by the side that gives. */
export function syncing(name: string, side: Seen): readonly Diagnostic[] {
  return givesTo(side).map(({ outOfSyncBytes, resyncSuspended }) => {
    const paused = resyncSuspended === 'no' ? '' : ` (paused: ${resyncSuspended})`;
    const detail = `${name} still copies ${formatSize(outOfSyncBytes)} from ${side.node}${paused}; until then there is one good copy.`;
    return note('drbd/syncing', 'A resource is syncing', detail);
  });
}
