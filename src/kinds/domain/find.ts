/** Where a VM is, as far as sanctl acts on it: what is ambiguous is refused, and a person's to decide (3.2). Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { Vm } from '../site.ts';
import type { World } from '../world.ts';
import { censusOf, copiesOf } from './census.ts';
import { isDying, type Whereabouts, whereabouts } from './copies.ts';
import { askedNodes } from './places.ts';
import * as refusals from './refusals.ts';

export type Found =
  | Extract<Whereabouts, { is: 'nowhere' | 'running' }>
  | { readonly is: 'refused'; readonly problems: readonly Diagnostic[] };

/** On the nodes that could be read. */
export function find(vm: Vm, world: World): Found {
  const copies = copiesOf(vm, censusOf(world));
  const where = whereabouts(vm, copies);
  if (where.is === 'twice') return refused(refusals.twice(vm, where.copies));
  const hidden = copies.filter(
    ({ domain }) => domain.disks === undefined && domain.name === vm.name && !isDying(domain),
  );
  if (hidden.length > 0) return refused(...hidden.map(refusals.noConfiguration));
  if (where.is === 'unclear') return refused(refusals.unclear(vm, where.copies));
  // What it writes there is nothing that this inventory knows.
  if (where.is === 'running' && vm.disks.length > 0 && !askedNodes(world.site, vm).includes(where.copy.node))
    return refused(refusals.onForeignNode(vm, where.copy.node));
  return where;
}

/** On every node: while one of them is not seen, nothing is known (X1, M9). */
export function findEverywhere(vm: Vm, world: World): Found {
  const problems = notSeen(world);
  return problems.length > 0 ? refused(...problems) : find(vm, world);
}

/** Why what was not found may be there all the same: a node is unread, or another machine (T4). */
export function notSeen(world: World): readonly Diagnostic[] {
  const { unread, strangers } = censusOf(world);
  return unread.length > 0 ? [...strangers, refusals.notSeenEverywhere(unread)] : strangers;
}

function refused(...problems: readonly Diagnostic[]): Found {
  return { is: 'refused', problems };
}
