/**
 * When a mirror lost its peer, and whether it had all that the peer had until then: the kernel of this side says it, and nobody
 * else can. `UpToDate` does not: it is what a side calls itself that slept while its peer went on (D2, D12). Lines of 8.4.11,
 * as the lab printed them. Pure.
 */
import { command, type Guard, type Probe } from '../../shell/command.ts';
import { known, type Reading, read, success } from '../reading.ts';
import type { World } from '../world.ts';
import { state } from './ask.ts';

/** From the sources (drbd 8.4, drbd_receiver.c, conn_connect and drbd_do_auth) until a node has said it. */
export const unauthenticated = 'Authentication of peer failed|expected Auth(Challenge|Response) packet';

/** Of this boot: what was before, this side has not seen. */
const logScript = `said=$(dmesg) || exit
cat /proc/uptime || exit
printf '%s\\n' "$said" | grep -E 'drbd.* (conn\\( |${unauthenticated})' | tail -n 2000
true`;
export const lostProbe: Probe = { name: 'drbd.lost', command: command('sh', '-c', logScript, 'sh') };

/** How a mirror lost its peer. */
export type Loss =
  | { readonly is: 'whole'; readonly ageSeconds: number }
  /** It may lack what its peer has; a clause. */
  | { readonly is: 'partial'; readonly why: string };

interface Log {
  readonly uptimeSeconds: number;
  readonly lines: readonly string[];
}

export function lossOn(node: string, resource: string, minor: number, world: World): Reading<Loss> {
  const log = logOn(node, world);
  return log.known ? { known: true, value: lossIn(log.value, resource, minor) } : log;
}

/** Since its last meeting with its peer this side has seen the two refuse each other by their secrets. */
export function refusedBySecret(node: string, resource: string, world: World): Reading<boolean> {
  const log = logOn(node, world);
  if (!log.known) return log;
  const lines = log.value.lines.filter((line) => line.includes(`] drbd ${resource}: `));
  const refused = lines.findLastIndex((line) => new RegExp(unauthenticated).test(line));
  // It comes after the proof of both sides.
  return known(refused > lines.findLastIndex((line) => line.includes('-> WFReportParams ')));
}

function logOn(node: string, world: World): Reading<Log> {
  return read(success(world.answers(node), lostProbe.name), lostProbe.name, parseLog);
}

function parseLog(text: string): Log | undefined {
  const [first = '', ...lines] = text.split('\n');
  const uptime = /^(\d+\.\d+) \d+\.\d+$/.exec(first)?.[1];
  return uptime === undefined ? undefined : { uptimeSeconds: Number(uptime), lines };
}

interface Turn {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** What the peer was before, where the line tells. */
  readonly peerWas: string;
}

/** All is with this side as well: what is written goes to both, whoever copies from it. */
const together = new Set(['Connected', 'SyncSource', 'PausedSyncS', 'VerifyS', 'VerifyT']);
/** This side got what it lacked. */
const behind = new Set(['SyncTarget', 'PausedSyncT', 'WFBitMapT', 'WFSyncUUID', 'Behind']);
const comings = new Set([
  ...together,
  ...behind,
  'WFReportParams',
  'StartingSyncS',
  'StartingSyncT',
  'WFBitMapS',
  'Ahead',
]);
/** Somebody said so: `drbdadm disconnect` or `down`, here or there. */
const orderly = new Set(['Disconnecting', 'TearDown']);

function lossIn({ uptimeSeconds, lines }: Log, resource: string, minor: number): Loss {
  const begins = [`drbd ${resource}: `, `block drbd${minor}: `];
  const turns = lines.flatMap((line): readonly Turn[] => {
    const [, time = '', rest = ''] = /^\[ *(\d+\.\d+)\] (.*)$/.exec(line) ?? [];
    const [, from, to] = /conn\( (\w+) -> (\w+) \)/.exec(rest) ?? [];
    if (from === undefined || to === undefined || !begins.some((begin) => rest.startsWith(begin))) return [];
    return [{ at: Number(time), from, to, peerWas: /peer\( (\w+) -> \w+ \)/.exec(rest)?.[1] ?? 'Unknown' }];
  });
  const last = turns.findLastIndex(({ from, to }) => (together.has(from) || behind.has(from)) && !comings.has(to));
  const loss = turns[last];
  if (loss === undefined)
    return { is: 'partial', why: 'since this node booted, its kernel has not seen the two sides together' };
  const ageSeconds = Math.max(0, uptimeSeconds - loss.at);
  if (!together.has(loss.from)) return { is: 'partial', why: `it was still getting what it lacked (${loss.from})` };
  if (orderly.has(loss.to) && loss.peerWas !== 'Secondary')
    return { is: 'partial', why: 'it was disconnected by hand while the other side was in use' };
  // Alive after that, and not together any more: what it wrote then is not here.
  const again = turns.slice(last + 1).some(({ to }) => to === 'WFReportParams' || to === 'StandAlone');
  if (again) return { is: 'partial', why: 'after that the other side was heard again, and they did not come together' };
  return { is: 'whole', ageSeconds };
}

/** Right before it is promoted without its peer: its own data are whole, and the peer is still away (D12). */
export function isAlone(resource: string, role: 'Primary' | 'Secondary'): Guard {
  return {
    ask: state(resource),
    expect: { matches: `^WFConnection UpToDate/(DUnknown|Outdated) ${role}/Unknown$` },
    proves: `${resource} is up to date and ${role} here, and its other side is away (D2, D12)`,
  };
}
