/** `sanctl export list`: what is served where, to whom, in one line for each. Pure. */
import type { Importing, Served } from '../kinds/export/roster.ts';
import type { LunImporting, ServedLun } from '../kinds/target/roster.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';

export function servedText(all: readonly (Served | ServedLun)[], page: Page): string {
  if (all.length === 0) return 'The inventory has no exports.\n';
  const rows = all.map((one) => [
    one.name,
    howText(one),
    `${one.backing} on ${one.from}`,
    one.state,
    [...one.importers.map(importerText), ...othersOf(one)].join('; ') || 'nobody',
  ]);
  return tableText(['export', 'how', 'what', 'state', 'to'], rows, page);
}

/** `nbd, tls, read-only`, `iscsi, chap both ways`. */
function howText(one: Served | ServedLun): string {
  const proof = one.via === 'iscsi' ? chapWords[one.chap] : one.tls === 'mutual' ? ', tls' : '';
  return `${one.via}${proof}${one.readOnly ? ', read-only' : ''}`;
}

const chapWords = { mutual: ', chap both ways', 'one-way': ', chap', none: '' };

/** `bravo /dev/nbd0 (4 of 4 connections to alpha)`, `bravo /dev/mapper/lun0 (2 of 2 paths)`. */
function importerText({ node, state, status, device }: Importing | LunImporting): string {
  const where = state !== 'connected' || device === undefined ? `${node} ${state}` : `${node} /dev/${device}`;
  return status === '' ? where : `${where} (${status})`;
}

function othersOf(one: Served | ServedLun): readonly string[] {
  return 'others' in one ? one.others.map((initiator) => `${initiator} (no importer)`) : [];
}
