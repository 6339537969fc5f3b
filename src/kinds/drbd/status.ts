/**
 * `drbdsetup status --json --statistics` of DRBD 9 (drbdsetup-status(8)). Written from its documentation and source:
 * no machine of the lab runs DRBD 9, so this is unproven at run time, and says "unreadable" to all it does not know.
 */
import { every, isRecord, json } from '../reading.ts';
import type { Connection, PeerVolume, Running, RunningVolume } from './facts.ts';

type Json = Readonly<Record<string, unknown>>;

export function parseStatus(text: string): Readonly<Record<string, Running>> | undefined {
  const list = objects(json(text), resource);
  return list === undefined ? undefined : Object.fromEntries(list);
}

function resource(one: Json): readonly [string, Running] | undefined {
  const name = word(one['name']);
  const role = word(one['role']);
  const volumes = objects(one['devices'], volume);
  const connections = objects(one['connections'], connection);
  const suspended = one['suspended'];
  if (name === undefined || role === undefined || volumes === undefined || connections === undefined) return undefined;
  if (typeof suspended !== 'boolean') return undefined;
  return [
    name,
    {
      role,
      suspended: suspended ? reasons(one) : 'no',
      volumes: Object.fromEntries(volumes),
      connections,
      port: undefined,
      twoPrimaries: undefined,
    },
  ];
}

/** `suspended-fencing`, `suspended-quorum` and their like; older versions lack them. */
function reasons(one: Json): string {
  const found = Object.keys(one).filter((key) => key.startsWith('suspended-') && one[key] === true);
  return found.length === 0 ? 'yes' : found.map((key) => key.slice('suspended-'.length)).join(',');
}

/** `size` is in KiB; `quorum: false` freezes or fails all writes and is shown as a state of the disk that is not good. */
function volume(one: Json): readonly [number, RunningVolume] | undefined {
  const number = count(one['volume']);
  const minor = count(one['minor']);
  const disk = word(one['disk-state']);
  if (number === undefined || minor === undefined || disk === undefined) return undefined;
  const size = count(one['size']);
  const open = one['open'];
  return [
    number,
    {
      minor,
      disk: one['quorum'] === false ? `${disk} without quorum` : disk,
      bytes: size === undefined ? undefined : size * 1024,
      open: typeof open === 'boolean' ? open : undefined,
      backing: undefined,
    },
  ];
}

function connection(one: Json): Connection | undefined {
  const peer = word(one['name']);
  const state = word(one['connection-state']);
  const role = word(one['peer-role']);
  const volumes = objects(one['peer_devices'], peerVolume);
  if (peer === undefined || state === undefined || role === undefined || volumes === undefined) return undefined;
  return { peer, state, role, volumes: Object.fromEntries(volumes) };
}

/** A peer without a disk on purpose (`peer-client`) holds no copy. */
function peerVolume(one: Json): readonly [number, PeerVolume] | undefined {
  const number = count(one['volume']);
  const replication = word(one['replication-state']);
  const disk = word(one['peer-disk-state']);
  const resyncSuspended = word(one['resync-suspended']);
  const outOfSync = count(one['out-of-sync']);
  if (number === undefined || replication === undefined || disk === undefined) return undefined;
  if (resyncSuspended === undefined || outOfSync === undefined) return undefined;
  return [number, { replication, disk, resyncSuspended, outOfSyncBytes: outOfSync * 1024 }];
}

function objects<To>(value: unknown, reader: (one: Json) => To | undefined): readonly To[] | undefined {
  return Array.isArray(value) ? every(value, (one) => (isRecord(one) ? reader(one) : undefined)) : undefined;
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
