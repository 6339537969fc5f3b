/** An array of the inventory beside what its node says of each member. */
import type { RaidArray } from '../site.ts';
import type { Member } from './facts.ts';
import type { Leg } from './legs.ts';

export interface Seen {
  readonly array: RaidArray;
  readonly members: readonly SeenMember[];
  readonly record: string | 'absent';
}

export interface SeenMember extends Member {
  readonly path: string;
  readonly on: RaidArray['members'][number];
}

/** A leg with the path of its device. */
export type LegAt = Leg & { readonly path: string };

/** wipefs sees what mdadm reads, and nothing else. */
export function legAt({ path, device, leg }: SeenMember): readonly LegAt[] {
  if (!leg.known || leg.value === 'none' || !device.known || device.value === 'absent') return [];
  const [signature, ...more] = device.value.signatures;
  return signature?.type === 'linux_raid_member' && more.length === 0 ? [{ ...leg.value, path }] : [];
}
