/** Rows in columns. The only door to the `table` package. */
import { getBorderCharacters, table } from 'table';
import type { Page } from './diagnostics.ts';
import { printable } from './printable.ts';

/** A heading and rows of plain text; the last column wraps within what the page leaves. */
export function tableText(heading: readonly string[], rows: readonly (readonly string[])[], page: Page): string {
  if (rows.length === 0) return '';
  const safe = rows.map((row) => row.map(printable));
  const widths = heading.map((title, at) => Math.max(title.length, ...safe.map((row) => row[at]?.length ?? 0)));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = Math.max(16, Math.min(widths.at(-1) ?? 0, page.columns - before));
  const text = table([heading.map((title) => page.paint('bold', title)), ...safe], {
    border: getBorderCharacters('void'),
    drawHorizontalLine: () => false,
    columnDefault: { paddingLeft: 0, paddingRight: 2, wrapWord: true },
    columns: { [heading.length - 1]: { width: last, paddingRight: 0 } },
  });
  return text.replace(/ +$/gm, '');
}
