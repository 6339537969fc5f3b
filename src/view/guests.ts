/** `sanctl vm list`: where each guest is, in one line. Pure. */
import type { Guest, GuestDisk } from '../kinds/domain/roster.ts';
import { formatSize } from '../quantity.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';
import { list } from './wrap.ts';

export function guestsText(guests: readonly Guest[], page: Page): string {
  if (guests.length === 0) return 'The inventory has no VMs, and no domain was found.\n';
  const rows = guests.map((one) => [
    one.name,
    one.state,
    whereText(one),
    one.home ?? 'undeclared',
    one.memoryBytes === undefined ? 'unknown' : formatSize(one.memoryBytes),
    one.disks?.map(diskText).join(', ') ?? 'unknown',
  ]);
  return tableText(['vm', 'state', 'where', 'home', 'memory', 'disks'], rows, page);
}

/** `alpha; unknown on bravo`. */
function whereText({ nodes, unread }: Guest): string {
  const unknown = unread.length === 0 ? [] : [`unknown on ${list(unread)}`];
  return [...(nodes.length === 0 ? [] : [list(nodes)]), ...unknown].join('; ') || 'nowhere';
}

/** `web-root (alpha Primary, bravo Secondary)`. */
function diskText({ name, roles }: GuestDisk): string {
  const each = Object.entries(roles).map(([node, role]) => `${node} ${role}`);
  return each.length === 0 ? name : `${name} (${each.join(', ')})`;
}
