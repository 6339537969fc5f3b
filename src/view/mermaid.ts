/** A picture for Mermaid, as README files and wikis draw it. Pure. */
import type { Box, Picture, Sort } from '../picture/picture.ts';
import { markColours } from './marks.ts';
import { printable } from './printable.ts';

/** Those of `sanctl graph` and `plan --graph`. */
const drawn = ['lost', 'danger', 'stops', 'degraded'] as const;

const shapes: Readonly<Record<Sort, readonly [string, string]>> = {
  vm: ['([', '])'],
  array: ['[[', ']]'],
  import: ['[/', '/]'],
  export: ['[\\', '\\]'],
  mirror: ['{{', '}}'],
  slice: ['[(', ')]'],
  image: ['[(', ')]'],
  step: ['[', ']'],
};

export function mermaidText({ title, groups, boxes, edges }: Picture): string {
  const names = new Map(boxes.map(({ id }, at) => [id, `b${at}`]));
  const box = (one: Box): string => {
    const [open, close] = shapes[one.sort];
    const mark = one.mark === 'plain' ? '' : `:::${one.mark}`;
    return `${names.get(one.id)}${open}"${text(one.label)}"${close}${mark}`;
  };
  return [
    '---',
    // Mermaid looks for its `%%{…}%%` everywhere, before it reads YAML.
    `title: ${JSON.stringify(printable(title)).replaceAll('%', '\\u0025')}`,
    '---',
    'flowchart TB',
    ...groups.flatMap(({ id, label }, at) => [
      `  subgraph g${at}["${text([label])}"]`,
      ...boxes.filter(({ group }) => group === id).map((one) => `    ${box(one)}`),
      '  end',
    ]),
    ...boxes.filter(({ group }) => group === undefined).map((one) => `  ${box(one)}`),
    ...edges.map(
      ({ from, to, label }) =>
        `  ${names.get(from)} -->${label === undefined ? '' : `|"${text([label])}"|`} ${names.get(to)}`,
    ),
    ...groups.flatMap(({ mark }, at) => (mark === 'plain' ? [] : [`  class g${at} ${mark}`])),
    ...drawn.map((mark) => `  classDef ${mark} fill:${markColours[mark]}`),
    '',
  ].join('\n');
}

/** Whatever Mermaid, its Markdown or the page around it could read as more than text, by its number. */
function text(lines: readonly string[]): string {
  const safe = lines.map((line) =>
    printable(line).replace(/[^A-Za-z0-9 ,.()/:;@_+-]/gu, (one) => `#${one.codePointAt(0)};`),
  );
  return safe.join('<br/>');
}
