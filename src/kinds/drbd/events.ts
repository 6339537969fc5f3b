/** `drbdsetup events2 --now --statistics` of DRBD 8.4 (its `status` has no JSON): one line for each object. Pure. */
import { whole } from '../reading.ts';
import type { Connection, PeerVolume, Running, RunningVolume } from './facts.ts';

interface Object84 {
  readonly is: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Undefined unless every line is known and the last one says that nothing is missing. */
export function parseEvents(text: string): Readonly<Record<string, Running>> | undefined {
  const lines = text.trimEnd().split('\n');
  if (lines.pop() !== 'exists -') return undefined;
  const objects = lines.map(parseLine);
  const running: Record<string, Running> = {};
  for (const object of objects) {
    if (object === undefined) return undefined;
    if (object.is !== 'resource') continue;
    const name = object.fields.get('name');
    const one =
      name === undefined
        ? undefined
        : resource(
            object,
            objects.filter((other) => other?.fields.get('name') === name),
          );
    if (name === undefined || one === undefined || Object.hasOwn(running, name)) return undefined;
    running[name] = one;
  }
  const orphan = objects.some((object) => !Object.hasOwn(running, object?.fields.get('name') ?? ''));
  return orphan ? undefined : running;
}

const objects84 = new Set(['resource', 'connection', 'device', 'peer-device']);

function parseLine(line: string): Object84 | undefined {
  const [exists, is, ...words] = line.split(' ');
  if (exists !== 'exists' || is === undefined || !objects84.has(is)) return undefined;
  const pairs = words.map((word): readonly [string, string] => {
    const at = word.indexOf(':');
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { is, fields: new Map(pairs) };
}

function resource(head: Object84, all: readonly (Object84 | undefined)[]): Running | undefined {
  const role = head.fields.get('role');
  const suspended = head.fields.get('suspended');
  if (role === undefined || suspended === undefined) return undefined;
  const of = (is: string): readonly Object84[] => all.flatMap((one) => (one?.is === is ? [one] : []));
  const devices = of('device').map(volume);
  const peers = of('peer-device').map(peerVolume);
  const connections = of('connection').map((one) => connection(one, peers));
  if ([...devices, ...peers, ...connections].includes(undefined)) return undefined;
  return {
    role,
    suspended,
    volumes: Object.fromEntries(devices.filter((one) => one !== undefined)),
    connections: connections.filter((one) => one !== undefined),
    port: undefined,
    twoPrimaries: undefined,
  };
}

/** Sizes are in KiB. */
function volume({ fields }: Object84): readonly [number, RunningVolume] | undefined {
  const number = whole(fields.get('volume'));
  const minor = whole(fields.get('minor'));
  const disk = fields.get('disk');
  if (number === undefined || minor === undefined || disk === undefined) return undefined;
  const size = whole(fields.get('size'));
  return [
    number,
    { minor, disk, bytes: size === undefined ? undefined : size * 1024, open: undefined, backing: undefined },
  ];
}

function peerVolume({ fields }: Object84): readonly [number, PeerVolume] | undefined {
  const number = whole(fields.get('volume'));
  const replication = fields.get('replication');
  const disk = fields.get('peer-disk');
  const resyncSuspended = fields.get('resync-suspended');
  const outOfSync = whole(fields.get('out-of-sync'));
  if (number === undefined || replication === undefined || disk === undefined) return undefined;
  if (resyncSuspended === undefined || outOfSync === undefined) return undefined;
  return [number, { replication, disk, resyncSuspended, outOfSyncBytes: outOfSync * 1024 }];
}

/** 8.4 has one peer; it calls it `peer`. */
function connection(
  { fields }: Object84,
  peers: readonly (readonly [number, PeerVolume] | undefined)[],
): Connection | undefined {
  const state = fields.get('connection');
  const role = fields.get('role');
  if (state === undefined || role === undefined) return undefined;
  return { peer: '', state, role, volumes: Object.fromEntries(peers.filter((one) => one !== undefined)) };
}
