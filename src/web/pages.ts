/** The pages of `sanctl ui`: what status, plan and journal say, for a browser. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import type { Ground } from '../health/ground.ts';
import { levels, type Row, sections } from '../kinds/health.ts';
import type { Site } from '../kinds/site.ts';
import type { TemplateView } from '../kinds/world.ts';
import { livePicture } from '../picture/live.ts';
import type { Picture } from '../picture/picture.ts';
import { pageFile } from '../template/files.ts';
import { pageText } from '../template/render.ts';
import { printable, printableLines } from '../view/printable.ts';
import { headline } from '../view/status.ts';
import { svgText } from '../view/svg.ts';

const titles: Readonly<Record<Row['section'], string>> = {
  node: 'Nodes',
  group: 'Volume groups',
  volume: 'Plain volumes',
  mirror: 'Mirrors',
  export: 'Exports',
  array: 'Arrays',
  vm: 'VMs',
  snapshot: 'Snapshots by schedule',
  operation: 'Under way',
};

const pages = [
  { name: 'Now', path: '/' },
  { name: 'Plan', path: '/plan' },
  { name: 'Journal', path: '/journal' },
] as const;
export type PagePath = (typeof pages)[number]['path'];

/** The frame around a page; `live`: where what is in it is asked for again. */
export function wholePage(site: Pick<Site, 'name'>, path: PagePath, body: string, live = ''): string {
  const here = pages.find((page) => page.path === path)?.name ?? '';
  return page('page.html', {
    title: printable(`${site.name}: ${here}`),
    site: printable(site.name),
    pages: pages.map((one) => ({ ...one, here: one.path === path })),
    live,
    body,
  });
}

export function nowBody(site: Site, now: Ground, seen: Date): string {
  return page('now.html', {
    level: now.level,
    headline: headline(site.name, now.rows),
    seen: seen.toTimeString().slice(0, 8),
    findings: findingsText(now.findings.filter(({ severity }) => severity !== 'note')),
    picture: svgText(livePicture(site, now.rows)),
    sections: sections.flatMap((section) => {
      const rows = now.rows.filter((row) => row.section === section);
      return rows.length === 0 ? [] : [{ title: titles[section], rows: worstFirst(rows).map(rowView) }];
    }),
  });
}

export interface Told {
  readonly headline: string;
  readonly findings: readonly Diagnostic[];
  /** As on a terminal; empty: none. */
  readonly text: string;
  readonly picture?: Picture;
}

export function textBody({ headline: first, findings, text, picture }: Told): string {
  return page('text.html', {
    headline: printable(first),
    findings: findingsText(findings),
    text: printableLines(text).join('\n'),
    picture: picture === undefined ? '' : svgText(picture),
  });
}

function page(name: string, view: TemplateView): string {
  return pageText(pageFile(name), view);
}

/** Empty when there are none. */
function findingsText(findings: readonly Diagnostic[]): string {
  return page('findings.html', { findings: findings.map(findingView) });
}

function findingView({ severity, code, summary, detail, help = '' }: Diagnostic): TemplateView {
  const lines = (text: string): string => printableLines(text).join('\n');
  return { severity, code, summary: printable(summary), detail: lines(detail), help: lines(help) };
}

function rowView({ name, level, state, detail }: Row): TemplateView {
  const percent = / (\d+(?:\.\d+)?) ?%/.exec(state)?.[1];
  return {
    name: printable(name),
    level,
    state: printable(state),
    detail: detail.map(printable).join('; '),
    moving: percent !== undefined,
    percent: percent ?? '',
  };
}

function worstFirst(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level));
}
