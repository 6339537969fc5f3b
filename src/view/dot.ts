/** A picture for Graphviz (dot language). Pure. */
import type { Box, Picture, Sort } from '../picture/picture.ts';
import { markColours } from './marks.ts';
import { printable } from './printable.ts';

const shapes: Readonly<Record<Sort, string>> = {
  vm: 'box3d',
  array: 'box',
  import: 'cds',
  export: 'cds',
  mirror: 'box',
  slice: 'cylinder',
  image: 'note',
  step: 'box',
};
export function dotText({ title, groups, boxes, edges }: Picture): string {
  const names = new Map(boxes.map(({ id }, at) => [id, `b${at}`]));
  const box = (one: Box): string =>
    `${names.get(one.id)} [label=${text(one.label)}, shape=${shapes[one.sort]}, fillcolor="${markColours[one.mark]}"];`;
  return [
    'digraph sanctl {',
    `  graph [label=${text([title])}, labelloc=t, fontname="sans-serif", compound=true];`,
    '  node [style=filled, fontname="sans-serif", fontsize=11];',
    '  edge [fontname="sans-serif", fontsize=10, color="#666666"];',
    ...groups.flatMap(({ id, label, mark }, at) => [
      `  subgraph cluster_${at} {`,
      `    label=${text([label])}; style=filled; color="#999999"; fillcolor="${mark === 'plain' ? '#f2f2f2' : markColours[mark]}";`,
      ...boxes.filter(({ group }) => group === id).map((one) => `    ${box(one)}`),
      '  }',
    ]),
    ...boxes.filter(({ group }) => group === undefined).map((one) => `  ${box(one)}`),
    ...edges.map(
      ({ from, to, label }) =>
        `  ${names.get(from)} -> ${names.get(to)}${label === undefined ? '' : ` [label=${text([label])}]`};`,
    ),
    '}',
    '',
  ].join('\n');
}

/** A quoted string knows two marks: the quote, and the backslash, which dot would read as an escape of its own. */
function text(lines: readonly string[]): string {
  const safe = lines.map((line) => printable(line).replaceAll('\\', '\\\\').replaceAll('"', '\\"'));
  return `"${safe.join('\\n')}"`;
}
