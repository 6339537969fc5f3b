/** `sanctl snapshot list`: each set in one line. Pure. */
import type { SnapshotSet } from '../kinds/snapshot/roster.ts';
import { formatSize } from '../quantity.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';

export function snapshotsText(sets: readonly SnapshotSet[], page: Page): string {
  if (sets.length === 0) return 'There are no snapshots of sanctl’s.\n';
  const rows = sets.map(({ vms, name, node, state, policy, snapshots }) => [
    vms.join(', ') || 'no VM',
    name,
    node,
    state,
    policy ?? 'hand',
    snapshots.map(({ volume, bytes }) => `${volume} (${formatSize(bytes)})`).join(', '),
  ]);
  return tableText(['vm', 'set', 'node', 'state', 'made by', 'volumes'], rows, page);
}
