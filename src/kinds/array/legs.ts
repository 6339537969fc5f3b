/**
 * Which members of an array may be put together (R2, R7). The same rule stands in templates/array/array.hbs, where the node applies it
 * by itself, and a test holds one against the other. mdadm 4.2 would do worse: it starts with one half of a split brain and
 * ends with 0, and it takes the other half in again without copying what differs (tried).
 */

export interface Leg {
  /** Digits only. */
  readonly uuid: string;
  /** As it stands in the superblock; anybody may have written it (R3). */
  readonly name: string;
  readonly events: number;
  /** Undefined: a spare. */
  readonly role?: number;
  /** `AA.A`: what it last knew of each member. */
  readonly state: string;
}

export type Comparison<T extends Leg> =
  | { readonly ok: true; readonly use: readonly T[]; readonly stale: readonly T[] }
  | { readonly ok: false; readonly split: readonly [T, T] }
  | { readonly ok: false; readonly why: string };

/** A crash may leave one event between members that were written together; the kernel allows as much. */
const crashEvents = 1;

/** The newest must all call each other active; one that is older must have called all that are used active. */
export function compare<T extends Leg>(legs: readonly T[]): Comparison<T> {
  if (new Set(legs.map(({ uuid }) => uuid)).size > 1) return no('they belong to different arrays');
  const roles = legs.flatMap(({ role }) => role ?? []);
  if (new Set(roles).size < roles.length) return no('two of them say that they are the same member');
  if (legs.some(({ state }) => state.includes('R'))) return no('one of them is being replaced');
  const newest = Math.max(...legs.map(({ events }) => events));
  const heads = legs.filter(({ events }) => events === newest);
  const split = deniedBy(heads, heads);
  if (split !== undefined) return { ok: false, split };
  const use = legs.filter((leg) => leg.events + crashEvents >= newest && heads.every((head) => isActive(head, leg)));
  const stale = legs.filter((leg) => !use.includes(leg));
  const own = deniedBy(stale, use);
  return own === undefined ? { ok: true, use, stale } : { ok: false, split: own };
}

/** Whether `by` knew that `of` was in. */
export function isActive(by: Leg, of: Leg): boolean {
  return of.role === undefined || by.state[of.role] === 'A';
}

function deniedBy<T extends Leg>(judges: readonly T[], all: readonly T[]): readonly [T, T] | undefined {
  for (const by of judges) for (const of of all) if (!isActive(by, of)) return [by, of];
  return undefined;
}

function no(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
