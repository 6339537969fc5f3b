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
  /** The member whose place it takes, while that one is copied (`mdadm --replace`). */
  readonly replaces?: number;
  /** `AA.A`: what it last knew of each member; `R`: it is there, and is being replaced. */
  readonly state: string;
}

export type Comparison<T extends Leg> =
  | {
      readonly ok: true;
      readonly use: readonly T[];
      readonly stale: readonly T[];
      /** Others have their places: nobody takes them in again. */
      readonly gone: readonly T[];
      /** Every place of the array has a leg in `use`: whatever else is listed is no member of it, not yet or not any more. */
      readonly whole: boolean;
    }
  | { readonly ok: false; readonly split: readonly [T, T] }
  | { readonly ok: false; readonly why: string };

/** A crash may leave one event between members that were written together; the kernel allows as much. */
const crashEvents = 1;

/** The newest must all call each other active; one that is older must have called all that are used active. */
export function compare<T extends Leg>(legs: readonly T[]): Comparison<T> {
  if (new Set(legs.map(({ uuid }) => uuid)).size > 1) return no('they belong to different arrays');
  const rest = legs.filter((leg) => !isOut(leg, legs));
  const newest = newestOf(rest);
  const heads = rest.filter(({ events }) => events === newest);
  const split = deniedBy(heads, heads);
  if (split !== undefined) return { ok: false, split };
  const use = rest.filter((leg) => leg.events + crashEvents >= newest && heads.every((head) => isActive(head, leg)));
  if (hasTwice(use)) return no('two of them say that they are the same member');
  if (heads.some((head) => lacksReplacement(head, use)))
    return no('one of them is being replaced, and what takes its place is not there');
  const others = legs.filter((leg) => !use.includes(leg));
  const own = deniedBy(others, use);
  if (own !== undefined) return { ok: false, split: own };
  const gone = others.filter((leg) => isOut(leg, legs) || use.some((one) => sameRole(one, leg)));
  const stale = others.filter((leg) => !gone.includes(leg));
  if (hasTwice(stale)) return no('two of them say that they are the same member');
  const [head] = heads;
  const whole = head !== undefined && [...head.state].every((_, at) => use.some(({ role }) => role === at));
  return { ok: true, use, stale, gone, whole };
}

/** Whether `by` knew that `of` was in. */
export function isActive(by: Leg, of: Leg): boolean {
  return of.role === undefined || ['A', 'R'].includes(by.state[of.role] ?? '');
}

/**
 * A member that was being replaced when it was last written to, and is not any more by the word of the newest: another has
 * its place, even when one event alone is between them. Or one that was to take a place, and was left behind.
 */
function isOut(leg: Leg, legs: readonly Leg[]): boolean {
  const newest = newestOf(legs);
  const heads = legs.filter(({ events }) => events === newest);
  const { role, replaces } = leg;
  if (role !== undefined) return leg.state[role] === 'R' && heads.some(({ state }) => state[role] === 'A');
  if (replaces === undefined) return false;
  return leg.events + crashEvents < newest || heads.some(({ state }) => state[replaces] !== 'R');
}

function lacksReplacement({ state }: Leg, use: readonly Leg[]): boolean {
  return [...state].some((is, at) => is === 'R' && !use.some(({ replaces }) => replaces === at));
}

function newestOf(legs: readonly Leg[]): number {
  return Math.max(...legs.map(({ events }) => events));
}

function sameRole(one: Leg, other: Leg): boolean {
  return one.role !== undefined && one.role === other.role;
}

function hasTwice(legs: readonly Leg[]): boolean {
  const roles = legs.flatMap(({ role }) => role ?? []);
  return new Set(roles).size < roles.length;
}

function deniedBy<T extends Leg>(judges: readonly T[], all: readonly T[]): readonly [T, T] | undefined {
  for (const by of judges) for (const of of all) if (!isActive(by, of)) return [by, of];
  return undefined;
}

function no(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
