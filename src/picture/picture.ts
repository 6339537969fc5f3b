/** Boxes and edges: what is drawn, whatever the format. Plain data; labels are text as it is, and each writer escapes it. */

export interface Picture {
  readonly title: string;
  /** Frames around boxes, side by side. */
  readonly groups: readonly Group[];
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  /** Where boxes without anything on one side stand: slices at the bottom, first steps at the top. */
  readonly gathers: 'top' | 'bottom';
}

export interface Group {
  readonly id: string;
  readonly label: string;
  readonly mark: Mark;
}

export interface Box {
  readonly id: string;
  /** One line each. */
  readonly label: readonly string[];
  readonly sort: Sort;
  /** None: it belongs to several, or to none. */
  readonly group?: string;
  readonly mark: Mark;
}

export type Sort = 'vm' | 'array' | 'import' | 'export' | 'mirror' | 'slice' | 'image' | 'step';

/** `lost`: out of reach. `stops`: may be started elsewhere. `degraded`: goes on with fewer copies. `danger`: a step that destroys data. `unknown`: nobody could read it. `busy`: something is under way. */
export type Mark = 'plain' | 'lost' | 'stops' | 'degraded' | 'danger' | 'unknown' | 'busy';

/** From what stands above to what it stands on; from a step to those that wait for it. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

/** Edges that say nothing which others do not say already. Throws on a circle, which no inventory and no plan has. */
export function withoutShortcuts(boxes: readonly Box[], edges: readonly Edge[]): readonly Edge[] {
  const next = targets(edges);
  const reach = new Map<string, ReadonlySet<string>>();
  const reachOf = (id: string, above: ReadonlySet<string>): ReadonlySet<string> => {
    const known = reach.get(id);
    if (known !== undefined) return known;
    if (above.has(id)) throw new Error(`a circle through ${id}`);
    const down = new Set([...above, id]);
    const all = new Set((next.get(id) ?? []).flatMap((to) => [to, ...reachOf(to, down)]));
    reach.set(id, all);
    return all;
  };
  for (const { id } of boxes) reachOf(id, new Set());
  return edges.filter(
    ({ from, to }) => !(next.get(from) ?? []).some((other) => other !== to && reach.get(other)?.has(to) === true),
  );
}

/** By box: how far it is from the side where they gather. */
export function ranksOf({ boxes, edges, gathers }: Picture): ReadonlyMap<string, number> {
  const next = targets(gathers === 'bottom' ? edges : edges.map(({ from, to }) => ({ from: to, to: from })));
  const ranks = new Map<string, number>();
  const rankOf = (id: string): number => {
    const known = ranks.get(id);
    if (known !== undefined) return known;
    const rank = Math.max(-1, ...(next.get(id) ?? []).map(rankOf)) + 1;
    ranks.set(id, rank);
    return rank;
  };
  for (const { id } of boxes) rankOf(id);
  return ranks;
}

function targets(edges: readonly Edge[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const list = all.get(from);
    if (list === undefined) all.set(from, [to]);
    else list.push(to);
  }
  return all;
}
