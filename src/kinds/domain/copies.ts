/** Where a domain is, seen over all nodes at once (3.2): by uuid and by every name that Xen gives it on the way. Pure. */
import type { NodeName } from '../../step.ts';
import type { Vm } from '../site.ts';
import type { Domain } from './facts.ts';

export interface Copy {
  readonly node: NodeName;
  readonly domain: Domain;
  readonly live: boolean;
}

export type Whereabouts =
  | { readonly is: 'nowhere' }
  /** One live domain under its own name and uuid, and nothing else: all is well, wherever it is. */
  | { readonly is: 'running'; readonly copy: Copy }
  /** Two writers may be at work (M6). */
  | { readonly is: 'twice'; readonly copies: readonly Copy[] }
  /** Something is there, but not one live domain: stopped, renamed, on its way, or somebody else with this name (M3 to M9). */
  | { readonly is: 'unclear'; readonly copies: readonly Copy[] };

/** X10: live is what is neither paused, nor shut down, nor dying, nor crashed. */
export function isLive({ state }: Domain): boolean {
  return !/[pscd]/.test(state);
}

/** Ended, and not yet taken apart: it does nothing any more, but may hold its disks (seen, as `(null)`). */
export function isDying({ state }: Domain): boolean {
  return state.endsWith('d');
}

/** What `xl migrate` calls it while it moves. */
export function namesOf(name: string): readonly string[] {
  return [name, `${name}--incoming`, `${name}--migratedaway`];
}

/** From all that bears its uuid or one of its names. */
export function whereabouts({ name, uuid }: Vm, copies: readonly Copy[]): Whereabouts {
  if (copies.length === 0) return { is: 'nowhere' };
  if (copies.filter(({ live }) => live).length > 1) return { is: 'twice', copies };
  // What is dying makes a guest that runs no less clear; without one, what it still holds is not known.
  const [copy, ...more] = copies.filter(({ domain }) => !isDying(domain));
  const itself = copy?.live === true && copy.domain.name === name && copy.domain.uuid === uuid;
  return itself && more.length === 0 ? { is: 'running', copy } : { is: 'unclear', copies };
}
