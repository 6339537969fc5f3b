/** The site as a picture of now: every box as what was seen of it, in colour and in words. Pure. */
import type { Level, Row, Section } from '../kinds/health.ts';
import type { Site } from '../kinds/site.ts';
import type { Box, Group, Mark, Picture, Sort } from './picture.ts';
import { sitePicture } from './site.ts';

const marks: Readonly<Record<Level, Mark>> = {
  broken: 'lost',
  unknown: 'unknown',
  weak: 'degraded',
  busy: 'busy',
  fine: 'plain',
};

/** Which rows speak of a box; slices of mirrors and images have none of their own. */
const sectionOf: Readonly<Partial<Record<Sort, Section>>> = {
  vm: 'vm',
  array: 'array',
  export: 'export',
  mirror: 'mirror',
  slice: 'volume',
};

export function livePicture(site: Site, rows: readonly Row[]): Picture {
  const drawn = sitePicture(site, new Set());
  const rowOf = new Map(rows.map((row) => [`${row.section}/${row.name}`, row]));
  return {
    ...drawn,
    groups: drawn.groups.map((group) => marked(group, rowOf.get(`node/${group.id}`))),
    boxes: drawn.boxes.map((box) => seen(box, rowOf.get(`${sectionOf[box.sort]}/${nameOf(box)}`))),
  };
}

function marked(group: Group, row: Row | undefined): Group {
  if (row === undefined || row.level === 'fine') return group;
  return { ...group, mark: marks[row.level], label: `${group.label}: ${row.state}` };
}

function seen(box: Box, row: Row | undefined): Box {
  return row === undefined ? box : { ...box, mark: marks[row.level], label: [...box.label, row.state] };
}

/** `mirror/web-root`, `slice/isos@alpha`. */
function nameOf({ id }: Box): string {
  return id.slice(id.indexOf('/') + 1).replace(/@[^@]*$/, '');
}
