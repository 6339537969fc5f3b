/** One replica of a resource, as its node's facts show it. */
import type { NodeName } from '../../step.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { tags } from '../volume/tags.ts';
import type { Configured, Generation, Running } from './facts.ts';

export interface Side {
  readonly node: NodeName;
  /** The slice; undefined when it is not there yet and this plan makes it. */
  readonly slice: LogicalVolume | undefined;
  /** Its metadata: none, fresh from `create-md`, or that of a volume which was seeded once. */
  readonly metadata: 'none' | 'just created' | 'data';
  readonly generation: Generation | null;
  /** Signatures on the slice that are not DRBD's. */
  readonly signatures: readonly string[];
  readonly running: Running | undefined;
  readonly configured: Configured | undefined;
  /** What `drbdadm adjust` would do with the file as it is now. */
  readonly adjust: readonly string[];
  /** This plan writes another file. */
  readonly fileChanges: boolean;
}

export function isSeeded({ slice }: Side): boolean {
  return slice?.tags.includes(tags.seeded) === true;
}

/** Made for this very replica, and never yet given metadata and data. A slice that this plan makes is so too. */
export function isUnseeded({ slice }: Side): boolean {
  return slice === undefined || (slice.tags.includes(tags.ours) && slice.tags.includes(tags.unseeded));
}

/** It holds no data yet. */
export function isNew({ metadata }: Side): boolean {
  return metadata !== 'data';
}

/**
 * Up with disk and connection. A replica without data that lacks one of them is half up: a making that broke off, begun
 * anew. One with data in that state lost its disk or its peer, which is for people to look at (D4, D5).
 */
export function isRunning(side: Side): boolean {
  return side.running !== undefined && !(isNew(side) && (isHalfUp(side.running) || mayAttach(side)));
}

/**
 * Its disk died and was replaced while the resource went on: Diskless, in either role, connected to peers with good data
 * only. A new slice is attached as it is, and DRBD copies everything to it (tried, 8.4.11; without the connection the
 * kernel of a Primary refuses).
 */
export function mayAttach(side: Side): boolean {
  const { running } = side;
  if (!isNew(side) || running === undefined || running.connections.length === 0) return false;
  const peers = running.connections.flatMap(({ volumes }) => Object.values(volumes));
  return (
    running.volumes['0']?.disk === 'Diskless' &&
    running.connections.every(({ state }) => state === 'Connected') &&
    peers.every(({ disk }) => disk === 'UpToDate')
  );
}

/** 8.4 shows a connection that was never made, or that was dropped, as StandAlone; 9 shows none. */
function isHalfUp({ role, volumes, connections }: Running): boolean {
  const disk = volumes['0']?.disk ?? 'Diskless';
  const joined = connections.length > 0 && connections.every(({ state }) => state !== 'StandAlone');
  return role === 'Secondary' && (disk === 'Diskless' || !joined);
}
