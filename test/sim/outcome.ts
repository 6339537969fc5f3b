/** Where a move stands, read from the model itself: the table of 3.2, written a second time, to hold sanctl's own against it. */
import type { Domain } from './machine/xen.ts';
import { isLive } from './machine/xen.ts';
import type { Room } from './room.ts';

export type Row = 'M1' | 'M2' | 'M3' | 'M4' | 'M5' | 'M6' | 'M7' | 'M8' | 'M9';

/** What one machine has of a VM: nothing, or its copy with its name's ending and whether its guest runs. What is dying is no more. */
function copyOn(room: Room, node: string, uuid: string): string {
  const copies = room.machines.get(node)?.domains.filter((one) => one.uuid === uuid && !one.state.includes('d')) ?? [];
  return copies.map(said).join(' and ') || 'nothing';
}

function said(domain: Domain): string {
  const ending = /--[a-z]+$/.exec(domain.name)?.[0] ?? '';
  return `X${ending} ${isLive(domain) ? 'live' : 'stopped'}`;
}

const rows: readonly (readonly [source: RegExp, target: RegExp, row: Row])[] = [
  [/^nothing$/, /^X live$/, 'M1'],
  [/^X live$/, /^nothing$/, 'M2'],
  [/^X live$/, /^X--incoming stopped$/, 'M3'],
  [/^X--migratedaway stopped$/, /^X live$/, 'M4'],
  [/^X--migratedaway stopped$/, /^(nothing|X stopped|X--incoming stopped)$/, 'M5'],
  [/^X live$/, /^X live$/, 'M6'],
  [/^X stopped$/, /^/, 'M7'],
  // The source lost its power in the middle: what had arrived.
  [/^nothing$/, /^X--incoming stopped$/, 'M5'],
  [/^nothing$/, /^nothing$/, 'M8'],
];

/** The row by the lists alone: whether the movers have ended and the volumes are connected is not looked at. */
export function rowOf(room: Room, uuid: string, source: string, target: string): Row {
  const [here, there] = [copyOn(room, source, uuid), copyOn(room, target, uuid)];
  return rows.find(([one, other]) => one.test(here) && other.test(there))?.[2] ?? 'M9';
}

/** The same where nobody knows any more which was which: what says more comes first. */
export function rowBetween(room: Room, uuid: string, one: string, other: string): Row {
  const there = rowOf(room, uuid, one, other);
  const [first = there] = [there, rowOf(room, uuid, other, one)].sort();
  return first;
}
