/** `sanctl export list`: what is served where, to whom, in one line for each. Pure. */
import type { Importing, Served } from '../kinds/export/roster.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';

export function servedText(all: readonly Served[], page: Page): string {
  if (all.length === 0) return 'The inventory has no NBD exports.\n';
  const rows = all.map((one) => [
    one.name,
    `${one.via}${one.tls === 'mutual' ? ', tls' : ''}${one.readOnly ? ', read-only' : ''}`,
    `${one.backing} on ${one.from}`,
    one.state,
    one.importers.map(importerText).join('; ') || 'nobody',
  ]);
  return tableText(['export', 'how', 'what', 'state', 'to'], rows, page);
}

/** `bravo /dev/nbd0 (4 of 4 connections to alpha)`. */
function importerText({ node, state, status, device }: Importing): string {
  const where = device === undefined ? `${node} ${state}` : `${node} /dev/${device}`;
  return status === '' ? where : `${where} (${status})`;
}
