/** A picture as SVG, laid out by itself: a lane for each group, a row for each rank, and lanes between for what belongs to several. Pure. */
import { type Box, type Picture, ranksOf } from '../picture/picture.ts';
import { markColours } from './marks.ts';
import { printable } from './printable.ts';

const letter = 7.3;
const line = 15;
const gap = 24;
const rowGap = 46;
const top = 64;

interface Lane {
  readonly group: string | undefined;
  readonly boxes: readonly Box[];
}

interface Placed {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function svgText(picture: Picture): string {
  const { title, groups, edges } = picture;
  const { placed, lanes, width, height } = layout(picture);
  const at = new Map(placed.map((one) => [one.box.id, one]));
  const frames = lanes.flatMap(({ lane, x, width: wide }) => {
    const group = groups.find(({ id }) => id === lane.group);
    if (group === undefined) return [];
    const fill = group.mark === 'plain' ? '#f2f2f2' : markColours[group.mark];
    return [
      `<rect x="${x}" y="36" width="${wide}" height="${height - 48}" rx="6" fill="${fill}" fill-opacity="${group.mark === 'plain' ? '1' : '0.5'}" stroke="#999999"/>`,
      `<text x="${x + wide / 2}" y="54" text-anchor="middle" font-weight="bold">${text(group.label)}</text>`,
    ];
  });
  const lines = edges.flatMap(({ from, to, label }) => {
    const [a, b] = [at.get(from), at.get(to)];
    return a === undefined || b === undefined ? [] : edgeLines(a, b, label);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${text(title)}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#666666"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="22" font-size="14" font-weight="bold">${text(title)}</text>`,
    ...frames,
    ...lines,
    ...placed.flatMap(boxLines),
    '</svg>',
    '',
  ].join('\n');
}

function layout(picture: Picture) {
  const ranks = ranksOf(picture);
  const highest = Math.max(0, ...ranks.values());
  const rowOf = ({ id }: Box): number =>
    picture.gathers === 'bottom' ? highest - (ranks.get(id) ?? 0) : (ranks.get(id) ?? 0);
  const rowHeights = Array.from({ length: highest + 1 }, (_, row) =>
    Math.max(0, ...picture.boxes.filter((box) => rowOf(box) === row).map(heightOf)),
  );
  const rowTops = rowHeights.map(
    (_, row) => top + rowHeights.slice(0, row).reduce((sum, tall) => sum + tall + rowGap, 0),
  );
  let x = 12;
  const lanes = lanesOf(picture).map((lane) => {
    const rows = rowHeights.map((_, row) => lane.boxes.filter((box) => rowOf(box) === row));
    const label = picture.groups.find(({ id }) => id === lane.group)?.label ?? '';
    const wide = Math.max(
      Math.round(printable(label).length * letter) + 20,
      ...rows.map((row) => rowWidth(row) + 2 * gap),
    );
    const placed = rows.flatMap((row, at) => {
      let left = x + (wide - rowWidth(row)) / 2;
      return row.map((box): Placed => {
        const one = { box, x: left, y: rowTops[at] ?? top, width: widthOf(box), height: heightOf(box) };
        left += one.width + gap;
        return one;
      });
    });
    const here = { lane, x, width: wide, placed };
    x += wide + gap;
    return here;
  });
  const bottom = (rowTops.at(-1) ?? top) + (rowHeights.at(-1) ?? 0);
  const title = picture.title.length * 8 + 24;
  return {
    lanes,
    placed: lanes.flatMap(({ placed }) => placed),
    width: round(Math.max(x, title)),
    height: round(bottom + gap + 12),
  };
}

/** What belongs to no group stands to the right of the first group that it leads to. */
function lanesOf({ groups, boxes, edges }: Picture): readonly Lane[] {
  const groupOf = new Map(boxes.map(({ id, group }) => [id, group]));
  const home = (box: Box): string | undefined => {
    const led = edges.filter(({ from }) => from === box.id).flatMap(({ to }) => groupOf.get(to) ?? []);
    return groups.find(({ id }) => led.includes(id))?.id;
  };
  const loose = boxes.filter(({ group }) => group === undefined);
  const lanes = [
    { group: undefined, boxes: loose.filter((box) => home(box) === undefined) },
    ...groups.flatMap(({ id }) => [
      { group: id, boxes: boxes.filter(({ group }) => group === id) },
      { group: undefined, boxes: loose.filter((box) => home(box) === id) },
    ]),
  ];
  return lanes.filter((lane) => lane.group !== undefined || lane.boxes.length > 0);
}

function rowWidth(row: readonly Box[]): number {
  return row.reduce((sum, box) => sum + widthOf(box), 0) + Math.max(0, row.length - 1) * gap;
}

function widthOf({ label }: Box): number {
  return Math.round(Math.max(...label.map((one) => printable(one).length)) * letter) + 20;
}

function heightOf({ label }: Box): number {
  return label.length * line + 14;
}

function boxLines({ box, x, y, width, height }: Placed): readonly string[] {
  const round_ = box.sort === 'vm' ? 14 : box.sort === 'step' ? 2 : 5;
  const dash = box.sort === 'import' || box.sort === 'export' ? ' stroke-dasharray="5 3"' : '';
  const bold = box.sort === 'mirror' || box.sort === 'array' ? 2 : 1;
  return [
    `<rect x="${round(x)}" y="${y}" width="${width}" height="${height}" rx="${round_}" fill="${markColours[box.mark]}" stroke="#333333" stroke-width="${bold}"${dash}/>`,
    ...box.label.map(
      (one, at) =>
        `<text x="${round(x + width / 2)}" y="${y + 19 + at * line}" text-anchor="middle"${at === 0 ? ' font-weight="bold"' : ''}>${text(one)}</text>`,
    ),
  ];
}

function edgeLines(a: Placed, b: Placed, label: string | undefined): readonly string[] {
  const [x1, y1, x2, y2] = [round(a.x + a.width / 2), a.y + a.height, round(b.x + b.width / 2), b.y];
  const bend = round(Math.max(20, (y2 - y1) / 2));
  const path = `<path d="M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}" fill="none" stroke="#666666" marker-end="url(#arrow)"/>`;
  if (label === undefined) return [path];
  return [
    path,
    `<text x="${round((x1 + x2) / 2 + 4)}" y="${round((y1 + y2) / 2)}" font-size="10" fill="#555555">${text(label)}</text>`,
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** XML has no control characters at all, not even by their number. */
function text(value: string): string {
  return printable(value).replace(/[&<>"']/g, (one) => entities[one] ?? one);
}
