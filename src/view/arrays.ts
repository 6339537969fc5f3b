/** `sanctl array status`: each array in one line, with what it is copying. Pure. */
import type { ArrayStatus } from '../kinds/array/status.ts';
import { formatSize } from '../quantity.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';

export function arraysText(arrays: readonly ArrayStatus[], page: Page): string {
  if (arrays.length === 0) return 'The inventory has no arrays.\n';
  const rows = arrays.map((one) => [
    one.name,
    one.node,
    one.state,
    one.level,
    one.bytes === undefined ? '' : formatSize(one.bytes),
    doingText(one),
    one.members.map(({ path, state }) => (state === 'in sync' ? path : `${path} (${state})`)).join(', '),
  ]);
  return tableText(['array', 'node', 'state', 'level', 'size', 'doing', 'members'], rows, page);
}

/** `recover 48 %, 1.5MiB/s`. */
function doingText({ action, done, speed, mismatches }: ArrayStatus): string {
  if (action === undefined) return mismatches === 0 ? '' : `${mismatches} mismatches`;
  const far = done === undefined ? [] : [`${Math.floor(done * 100)} %`];
  const fast = speed === undefined ? [] : [`${formatSize(speed)}/s`];
  return [[action, ...far].join(' '), ...fast].join(', ');
}
