/**
 * Where a VM is after a move that ended or broke off: the table of safety.md 3.2, by what bears its uuid or one of its
 * names on any node. Exit statuses decide nothing; what is not in the table is unknown. That its mirrors are connected and
 * a second look shows the same, `settle.ts` sees to. Pure.
 */
import type { NodeName } from '../../../step.ts';
import type { Vm } from '../../site.ts';
import { type Copy, isDying, namesOf } from '../copies.ts';

export interface View {
  readonly copies: readonly Copy[];
  /** Why a list of domains is not known, or not that of the node which is meant. */
  readonly unread: readonly string[];
  /** Who still moves a guest, or why that cannot be told. */
  readonly movers: readonly string[];
  /** Nodes that may run it. */
  readonly possible: readonly NodeName[];
  /** Nodes where each of its mirrors is Primary and UpToDate. */
  readonly good: readonly NodeName[];
}

export type Outcome =
  /** It runs on that node, and nothing of it is elsewhere: to go or to stay, the rest is the same. */
  | { readonly row: 'M1/M2'; readonly at: Copy }
  /** M3, M4: it runs there, and a stopped remnant is elsewhere. */
  | { readonly row: 'M3' | 'M4'; readonly at: Copy; readonly remnant: Copy }
  /** Nobody runs, a person decides: M5 suspended in the middle, M7 stopped under its own name. */
  | { readonly row: 'M5' | 'M7'; readonly copies: readonly Copy[] }
  /** Two writers. */
  | { readonly row: 'M6'; readonly copies: readonly Copy[] }
  /** Nobody runs, nothing is left. */
  | { readonly row: 'M8' }
  | { readonly row: 'M9'; readonly why: readonly string[] };

/**
 * While somebody moves a guest, every pair of looks at two nodes may show it twice, or not at all: nothing is known. That two
 * are live otherwise is the loudest, whatever else is not known. What is dying is as good as gone: the kernel does not make
 * a node Secondary while it holds a disk.
 */
export function outcome(vm: Vm, view: View): Outcome {
  const copies = view.copies.filter(({ domain }) => !isDying(domain));
  const live = copies.filter((copy) => partOf(vm, copy) === 'itself live');
  if (live.length > 1 && view.movers.length === 0) return { row: 'M6', copies };
  const unknown = [...view.unread, ...view.movers];
  if (unknown.length > 0) return { row: 'M9', why: unknown };
  const strange = copies.flatMap((copy) => strangeness(vm, copy, view));
  if (strange.length > 0) return { row: 'M9', why: strange };
  if (new Set(copies.map(({ node }) => node)).size < copies.length)
    return { row: 'M9', why: ['a node has more than one of them'] };
  return byParts(vm, copies, view);
}

type Name = 'itself' | 'incoming' | 'away';
type State = 'live' | 'stopped' | 'between';
type Part = `${Name} ${State}`;

/** In the order of the letters, so that a pair is one key. */
function byParts(vm: Vm, copies: readonly Copy[], { good }: View): Outcome {
  const parts = copies.map((copy) => ({ copy, part: partOf(vm, copy) })).sort((a, b) => (a.part < b.part ? -1 : 1));
  const [first, second] = parts.map(({ copy }) => copy);
  const found = parts.map(({ part }) => part).join(' + ');
  if (first === undefined) return { row: 'M8' };
  if (second === undefined) {
    if (found === 'itself live') return { row: 'M1/M2', at: first };
    // The latter: what had arrived when its source lost its power.
    if (found === 'away stopped' || found === 'incoming stopped') return { row: 'M5', copies };
  } else {
    if (found === 'incoming stopped + itself live') return { row: 'M3', at: second, remnant: first };
    if (found === 'away stopped + itself live' && good.includes(second.node))
      return { row: 'M4', at: second, remnant: first };
    if (found === 'away stopped + incoming stopped' || found === 'away stopped + itself stopped')
      return { row: 'M5', copies };
  }
  if (parts.length <= 2 && parts.some(({ part }) => part === 'itself stopped')) return { row: 'M7', copies };
  return { row: 'M9', why: ['that is no situation in which a move can end'] };
}

function partOf(vm: Vm, { domain, live }: Copy): Part {
  const name = (['itself', 'incoming', 'away'] as const)[namesOf(vm.name).indexOf(domain.name)] ?? 'itself';
  return `${name} ${live ? 'live' : isStopped(domain.state) ? 'stopped' : 'between'}`;
}

/** X10. Suspended is `---ss-` (seen); neither crashed nor dying is stopped. */
export function isStopped(state: string): boolean {
  return /^[r-][b-](p[s-]|-s)[rs-]-$/.test(state);
}

/**
 * Identity is the uuid, not the name; whose configuration nobody has, is not known (X10). But for one that was on its way in
 * and stopped there: libxl writes its configuration when it is whole, so that a receiver that was killed always leaves one
 * without (seen), which never ran.
 */
function strangeness(vm: Vm, copy: Copy, { possible }: View): readonly string[] {
  const { node, domain } = copy;
  const what = `${domain.name} (domain ${domain.id}) on ${node}`;
  const hidden = domain.disks === undefined && partOf(vm, copy) !== 'incoming stopped';
  return [
    ...(domain.uuid === vm.uuid ? [] : [`${what} is another domain: its uuid is ${domain.uuid}`]),
    ...(namesOf(vm.name).includes(domain.name) ? [] : [`${what} has its uuid, and a name that no move gives`]),
    ...(hidden ? [`${what} is not in \`xl list -l\` (X10)`] : []),
    ...(possible.includes(node) ? [] : [`${what}: the inventory gives it no disk there`]),
  ];
}
