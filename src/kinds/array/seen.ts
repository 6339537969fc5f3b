/** An array of the inventory beside what its node says of each member. */
import { unknown } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { ArrayFacts, Member } from './facts.ts';
import type { Leg } from './legs.ts';

export interface Seen {
  readonly array: RaidArray;
  readonly members: readonly SeenMember[];
  /** A uuid, or `absent`. */
  readonly record: string;
}

export interface SeenMember extends Member {
  readonly path: string;
  readonly on: RaidArray['members'][number];
}

/** A leg with the path of its device. */
export type LegAt = Leg & { readonly path: string };

/** `paths` are those of its members, in their order. */
export function seenOf(array: RaidArray, facts: ArrayFacts, record: string, paths: readonly string[]): Seen {
  const nothing: Member = { device: unknown('it was not asked for'), leg: unknown('it was not asked for') };
  const members = array.members.map((on, at) => {
    const path = paths[at] ?? '';
    return { ...(facts.members[path] ?? nothing), on, path };
  });
  return { array, members, record };
}

/** wipefs sees what mdadm reads, and nothing else. */
export function legAt({ path, device, leg }: SeenMember): readonly LegAt[] {
  if (!leg.known || leg.value === 'none' || !device.known || device.value === 'absent') return [];
  const [signature, ...more] = device.value.signatures;
  return signature?.type === 'linux_raid_member' && more.length === 0 ? [{ ...leg.value, path }] : [];
}
