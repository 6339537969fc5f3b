/** LVM's `--reportformat json` (lvmreport(7)): every value is a string, whatever it stands for. */
import { every, isRecord, json, whole } from '../reading.ts';

export type Row = Readonly<Record<string, string>>;

/** The rows of one section, or undefined when this is no such report: an empty report has the section, with no rows. */
export function rows(text: string, section: 'lv' | 'pv' | 'vg'): readonly Row[] | undefined {
  const document = json(text);
  const reports = isRecord(document) ? document['report'] : undefined;
  if (!Array.isArray(reports) || reports.length !== 1 || !isRecord(reports[0])) return undefined;
  const list: unknown = reports[0][section];
  return Array.isArray(list) ? every(list, row) : undefined;
}

function row(value: unknown): Row | undefined {
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value).flatMap(([name, field]) =>
    typeof field === 'string' ? [[name, field] as const] : [],
  );
  return entries.length === Object.keys(value).length ? Object.fromEntries(entries) : undefined;
}

/** Named fields of a row as text and as whole numbers; undefined when any is missing or is no number. */
export function fields<Text extends string, Number extends string>(
  from: Row,
  texts: readonly Text[],
  numbers: readonly Number[],
): ({ readonly [K in Text]: string } & { readonly [K in Number]: number }) | undefined {
  const found = new Map<string, string | number | undefined>([
    ...texts.map((name) => [name, from[name]] as const),
    ...numbers.map((name) => [name, whole(from[name])] as const),
  ]);
  if ([...found.values()].includes(undefined)) return undefined;
  return Object.fromEntries(found) as { readonly [K in Text]: string } & { readonly [K in Number]: number };
}

/** `a,b`; LVM prints no tags as an empty text. */
export function list(text: string): readonly string[] {
  return text === '' ? [] : text.split(',');
}
