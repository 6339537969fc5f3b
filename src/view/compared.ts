/** `sanctl verify --online`: how far comparisons are, and what came of them. Pure. */
import type { Diagnostic } from '../diagnostic.ts';
import { formatSize } from '../quantity.ts';
import { diagnosticText, type Page } from './diagnostics.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';
import { count } from './wrap.ts';

/** A mirror, and how its comparison stands. */
export interface Compared {
  readonly mirror: string;
  readonly node: string;
  readonly runs: boolean;
  /** It went to its end. */
  readonly ended: boolean;
  /** DRBD's own words. */
  readonly state: string;
  readonly progress: string;
  readonly outOfSyncBytes: number;
}

/** `web-root on alpha: verified: 12.3% finish: 0:01:04; nothing differs so far`. */
export function comparingText({ mirror, node, state, progress, outOfSyncBytes }: Compared): string {
  const far = printable(progress === '' ? state : progress);
  const differs = outOfSyncBytes === 0 ? 'nothing differs' : `${formatSize(outOfSyncBytes)} differ`;
  return `${printable(mirror)} on ${printable(node)}: ${far}; ${differs} so far`;
}

/** The first line is all that a monitor shows. */
export function comparedText(
  site: string,
  compared: readonly Compared[],
  findings: readonly Diagnostic[],
  page: Page,
): string {
  const differ = findings.length === 0 ? 'nothing differs' : `${count(findings.length, 'mirror')} with differences`;
  const ended = compared.filter((one) => one.ended).length;
  const rows = compared.map((one) => [
    one.mirror,
    one.ended ? 'compared' : 'broken off',
    one.outOfSyncBytes === 0 ? 'none' : formatSize(one.outOfSyncBytes),
  ]);
  const table = tableText(['mirror', 'state', 'marked as different'], rows, page);
  const texts = findings.map((one) => `\n${diagnosticText(one, page)}`);
  return `${printable(site)}: ${differ}, ${ended} of ${count(compared.length, 'mirror')} compared\n\n${table}${texts.join('')}`;
}

export function comparingJson({ mirror, node, state, progress, outOfSyncBytes }: Compared): object {
  return { version: 1, type: 'comparison', mirror, node, state, progress, outOfSyncBytes };
}

export function comparedJson({ mirror, node, ended, outOfSyncBytes }: Compared): object {
  return { version: 1, type: 'compared', mirror, node, ended, outOfSyncBytes };
}
