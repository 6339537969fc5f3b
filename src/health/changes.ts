/** What became different between two looks: one event for each row and finding. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import type { Health, Row } from '../kinds/health.ts';

export type Change =
  | { readonly is: 'row'; readonly row: Row; readonly was: Row | undefined }
  | { readonly is: 'gone'; readonly row: Row }
  | { readonly is: 'found'; readonly finding: Diagnostic }
  | { readonly is: 'over'; readonly finding: Diagnostic };

/** Against nothing, all that is not fine. How far a resync has come is no event. */
export function changes(before: Health | undefined, now: Health): readonly Change[] {
  const were = new Map(before?.rows.map((row) => [place(row), row]));
  const are = new Set(now.rows.map(place));
  const found = new Map(before?.findings.map((one) => [subject(one), one]));
  const find = new Set(now.findings.map(subject));
  return [
    ...now.findings.flatMap((finding): readonly Change[] =>
      found.has(subject(finding)) ? [] : [{ is: 'found', finding }],
    ),
    ...[...found.values()].flatMap((finding): readonly Change[] =>
      find.has(subject(finding)) ? [] : [{ is: 'over', finding }],
    ),
    ...now.rows.flatMap((row): readonly Change[] => {
      const was = were.get(place(row));
      const same = was === undefined ? before === undefined && row.level === 'fine' : look(was) === look(row);
      return same ? [] : [{ is: 'row', row, was }];
    }),
    ...[...were.values()].flatMap((row): readonly Change[] => (are.has(place(row)) ? [] : [{ is: 'gone', row }])),
  ];
}

function place({ section, name }: Row): string {
  return `${section} ${name}`;
}

/** Of a thing, and of a node: `drbd/web-root on alpha`, with which a detail begins; the rest of it moves while things go on. */
function subject({ code, detail }: Diagnostic): string {
  return `${code} ${/^\S+( on [^\s:]+)?/.exec(detail)?.[0]}`;
}

function look({ level, state, nodes }: Row): string {
  return [level, state.replace(/\d+ %/, ''), ...nodes].join(' ');
}
