/** What stands on itself, and nodes that wait for each other (N4). */
import type { Diagnostic } from '../../diagnostic.ts';
import { mistake } from '../problem.ts';
import { onKeys } from './standing.ts';
import { type Check, entries, items, type Subject } from './subject.ts';

export const circles: Check = (subject) => {
  const selves = onItself(subject);
  return selves.length > 0 ? selves : ofNodes(subject);
};

type Graph = ReadonlyMap<string, readonly string[]>;

/** An array over an export of itself, or over an image in its own file system, can never begin. */
function onItself({ draft, locate }: Subject): readonly Diagnostic[] {
  const graph = new Map<string, readonly string[]>();
  const on = (spec: { readonly [Key in (typeof onKeys)[number]]?: string }): readonly string[] =>
    onKeys.flatMap((key) => (spec[key] === undefined ? [] : [`${key}s.${spec[key]}`]));
  for (const [name, spec] of entries(draft.exports)) graph.set(`exports.${name}`, on(spec));
  for (const [name, { members }] of entries(draft.arrays))
    graph.set(
      `arrays.${name}`,
      items(members).flatMap(([, member]) => on(member)),
    );
  for (const [name, { node, path }] of entries(draft.images)) {
    const around = entries(draft.arrays).filter(
      ([, array]) => array.node === node && path?.startsWith(`${array.filesystem?.mount}/`) === true,
    );
    graph.set(
      `images.${name}`,
      around.map(([array]) => `arrays.${array}`),
    );
  }
  return entries(draft.arrays).flatMap(([name]) => {
    const circle = way(`arrays.${name}`, `arrays.${name}`, graph);
    if (circle === undefined) return [];
    const detail = `\`arrays.${name}\` stands on itself: ${circle.join(' over ')}.`;
    return [mistake('inventory/conflict', locate.key('arrays', name), detail, 'Take one of them away.')];
  });
}

/** Memory is short, so A writes to B, which must write to A before it has memory for that. Readers write nothing. */
function ofNodes({ draft, locate }: Subject): readonly Diagnostic[] {
  const written = entries(draft.exports).filter(([, { readOnly }]) => readOnly === false);
  const graph = new Map<string, string[]>();
  for (const [, { from, to }] of written)
    for (const [, node] of items(to))
      if (from !== undefined && node !== from) graph.set(node, [...(graph.get(node) ?? []), from]);
  return written.flatMap(([name, { from, to, acceptDeadlock }]) => {
    if (from === undefined || acceptDeadlock === true) return [];
    const circle = items(to).flatMap(([, node]) => {
      const back = node === from ? undefined : way(from, node, graph);
      return back === undefined ? [] : [[node, ...back]];
    })[0];
    if (circle === undefined) return [];
    const detail = `\`exports.${name}\` is part of a circle: ${circle[0]} writes to ${circle.slice(1).join(', which writes to ')}. When memory is short, each waits for the other for ever (N4).`;
    const help = 'Let one of them be `readOnly`, or accept it: `acceptDeadlock: true` of every export in the circle.';
    return [mistake('inventory/unsafe', locate.key('exports', name), detail, help)];
  });
}

/** The shortest from there to there, both named; `from` and `to` may be the same. */
function way(from: string, to: string, graph: Graph): readonly string[] | undefined {
  const ways: string[][] = [[from]];
  const seen = new Set<string>();
  for (const so of ways)
    for (const next of graph.get(so.at(-1) ?? '') ?? []) {
      if (next === to) return [...so, next];
      if (!seen.has(next)) ways.push([...so, next]);
      seen.add(next);
    }
  return undefined;
}
