/** What two halves of a DRBD 8.4 resource do together: handshake, resync, loss of the line. After drbd_receiver.c, 8.4. */
import { copy } from './content.ts';
import type { Half } from './drbd.ts';
import { justCreated, none, usableBytes } from './drbd-metadata.ts';

/** Who becomes what at a handshake: positive, this side is the source; 2, of everything. */
type Verdict = 0 | 1 | 2 | -1 | -2 | 'split brain' | 'unrelated';

/** `drbd_uuid_compare`. */
export function compareGenerations(self: Half, peer: Half): Verdict {
  const mine = self.metadata;
  const theirs = peer.metadata;
  if (mine.current === justCreated && theirs.current === justCreated) return 0;
  if (mine.current === justCreated) return -2;
  if (theirs.current === justCreated) return 2;
  if (mine.current === theirs.current) return afterCrash(mine.crashedPrimary, theirs.crashedPrimary);
  if (mine.current === theirs.bitmap) return -1;
  if (theirs.history.includes(mine.current)) return -2;
  if (mine.bitmap === theirs.current) return 1;
  if (mine.history.includes(theirs.current)) return 2;
  if (mine.bitmap === theirs.bitmap && mine.bitmap !== none) return 'split brain';
  const old = [mine.bitmap, ...mine.history].filter((one) => one !== none);
  return old.some((one) => [theirs.bitmap, ...theirs.history].includes(one)) ? 'split brain' : 'unrelated';
}

function afterCrash(mine: boolean, theirs: boolean): Verdict {
  if (mine === theirs) return 0;
  return mine ? 1 : -1;
}

/** Both wait for each other and the line is up. */
export function handshake(self: Half, peer: Half): void {
  const verdict = discarding(withStates(compareGenerations(self, peer), self, peer), self, peer);
  if (!compatible(self, peer) || typeof verdict === 'string' || impossible(verdict, self, peer)) {
    self.connection = 'StandAlone';
    peer.connection = 'StandAlone';
    return;
  }
  join(self, peer);
  if (verdict === 0) agree(self, peer);
  else startSync(verdict > 0 ? self : peer, verdict > 0 ? peer : self, Math.abs(verdict) === 2);
}

/** A person has said whose changes go (drbd_asb_recover, by drbdsetup(8); not seen). */
function discarding(verdict: Verdict, self: Half, peer: Half): Verdict {
  if (verdict !== 'split brain' || self.discards === peer.discards) return verdict;
  return self.discards ? -1 : 1;
}

/** Two Primaries, a Primary that would be overwritten, or a source without good data. */
function impossible(verdict: number, self: Half, peer: Half): boolean {
  if (self.role === 'Primary' && peer.role === 'Primary') return !self.allowsTwoPrimaries || verdict !== 0;
  if (verdict === 0) return false;
  const [source, target] = verdict > 0 ? [self, peer] : [peer, self];
  return target.role === 'Primary' || source.disk === 'Inconsistent';
}

/** An inconsistent disk is always the target of one that is not. */
function withStates(verdict: Verdict, self: Half, peer: Half): Verdict {
  if ((self.disk === 'Inconsistent') === (peer.disk === 'Inconsistent')) return verdict;
  if (verdict === 'unrelated') return verdict;
  const whole = verdict === 'split brain' || verdict === 2 || verdict === -2;
  if (self.disk === 'Inconsistent') return whole ? -2 : -1;
  return whole ? 2 : 1;
}

/** Unequal settings drop the connection for good (D17). */
function compatible(self: Half, peer: Half): boolean {
  const keys = [
    'protocol',
    'shared-secret',
    'cram-hmac-alg',
    'allow-two-primaries',
    'data-integrity-alg',
    'after-sb-0pri',
    'after-sb-1pri',
    'after-sb-2pri',
  ];
  return keys.every((key) => self.config.net.get(key) === peer.config.net.get(key));
}

function join(self: Half, peer: Half): void {
  const bytes = Math.min(usableBytes(self.lower), usableBytes(peer.lower), Math.max(self.bytes, peer.bytes));
  for (const [one, other] of [
    [self, peer],
    [peer, self],
  ] as const) {
    one.peer = other;
    one.connection = 'Connected';
    one.bytes = bytes;
    one.metadata.agreedBytes = bytes;
    one.metadata.crashedPrimary = false;
    one.discards = false;
  }
}

function agree(self: Half, peer: Half): void {
  for (const one of [self, peer]) if (one.disk === 'Consistent') one.disk = 'UpToDate';
  self.remember();
  peer.remember();
}

/** `drbd_start_resync`: the source says by which generation the target will know where it stopped. */
export function startSync(source: Half, target: Half, whole: boolean): void {
  const all = source.metadata.outOfSync;
  for (const { start, end } of target.metadata.outOfSync.list) all.add(start, end);
  if (whole) all.add(0, source.bytes);
  if (source.metadata.bitmap === justCreated) {
    source.metadata.history = [justCreated, source.metadata.history[0] ?? none];
    source.metadata.bitmap = none;
  }
  if (source.metadata.bitmap === none) source.metadata.bitmap = source.generate();
  target.metadata.current = source.metadata.bitmap;
  target.metadata.bitmap = none;
  target.metadata.outOfSync.clear();
  for (const { start, end } of all.list) target.metadata.outOfSync.add(start, end);
  if (source.disk === 'Consistent') source.disk = 'UpToDate';
  target.disk = 'Inconsistent';
  source.connection = 'SyncSource';
  target.connection = 'SyncTarget';
  source.remember();
  target.remember();
  if (all.bytes === 0) finishSync(source, target);
}

/** Copies so many bytes of what is out of sync. */
export function syncSome(source: Half, target: Half, bytes: number): void {
  let left = bytes;
  while (left > 0) {
    const [next] = target.metadata.outOfSync.list;
    if (next === undefined) break;
    const end = Math.min(next.end, next.start + left);
    copy(source.lower, target.lower, next.start, end);
    source.metadata.outOfSync.remove(next.start, end);
    target.metadata.outOfSync.remove(next.start, end);
    left -= end - next.start;
  }
  if (target.metadata.outOfSync.bytes === 0) finishSync(source, target);
}

function finishSync(source: Half, target: Half): void {
  source.metadata.history = [source.metadata.bitmap, source.metadata.history[0] ?? none];
  source.metadata.bitmap = none;
  target.metadata.current = source.metadata.current;
  target.metadata.bitmap = none;
  target.metadata.history = [...source.metadata.history];
  target.disk = 'UpToDate';
  source.connection = 'Connected';
  target.connection = 'Connected';
  source.remember();
  target.remember();
}

/** The line is gone, or the other side went down, which it says: then its sockets hold nothing. */
export function lose(half: Half, now: number, said = false): void {
  half.peer = undefined;
  half.connection = 'WFConnection';
  half.waitingSince = now;
  half.lostAt = now;
  if (!said) half.cutAt = now;
  half.remember();
  half.divergeFromPeer();
}
