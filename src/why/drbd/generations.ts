/** What DRBD remembers of the generations of a replica's data (`drbdadm get-gi`), and what two of them say together. Pure. */
import type { NodeName } from '../../step.ts';
import { generationsProbe } from '../asks.ts';
import type { Evidence } from '../cause.ts';
import { linesOf, type View } from '../view.ts';

export interface Generations {
  readonly node: NodeName;
  readonly line: string;
  readonly current: string;
  /** Of the data that its peer still had when it went on without it; zeros: it did not. */
  readonly bitmap: string;
  readonly history: readonly string[];
}

const shape = /^([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16}):([0-9A-F]{16})(?::[01])+$/;
const none = '0000000000000000';

export function generationsOf(view: View, node: NodeName, resource: string): Generations | undefined {
  const line = linesOf(view, node, generationsProbe(resource).name).find((one) => shape.test(one));
  const [, current, bitmap, first, second] = shape.exec(line ?? '') ?? [];
  if (line === undefined || current === undefined || bitmap === undefined) return undefined;
  return { node, line, current, bitmap, history: [first, second].filter((one) => one !== undefined) };
}

/** The lowest bit only says whether the node was Primary. */
function same(one: string, other: string): boolean {
  const plain = (id: string): bigint => BigInt(`0x${id}`) & ~1n;
  return plain(one) === plain(other) && plain(one) !== 0n;
}

export type Comparison = 'equal' | 'one is newer' | 'split brain' | 'unrelated';

/** The rules of `drbd_uuid_compare` (drbd 8.4, drbd_receiver.c) that are not about crashes and first syncs. */
export function compare(one: Generations, other: Generations): Comparison {
  if (same(one.current, other.current)) return 'equal';
  const behind = (old: Generations, newer: Generations): boolean =>
    [newer.bitmap, ...newer.history].some((id) => same(old.current, id));
  if (behind(one, other) || behind(other, one)) return 'one is newer';
  const all = (side: Generations): readonly string[] => [side.bitmap, ...side.history].filter((id) => id !== none);
  return all(one).some((id) => all(other).some((theirs) => same(id, theirs))) ? 'split brain' : 'unrelated';
}

export function asEvidence({ node, line }: Generations): Evidence {
  return { node, source: 'drbdadm get-gi', line };
}
