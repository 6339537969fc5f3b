/** `sanctl failback`: which VM goes home, and what it waits for. Pure. */
import type { Failback, Sync } from '../kinds/domain/move/failback.ts';
import { formatSize } from '../quantity.ts';
import type { Page } from './diagnostics.ts';
import { tableText } from './table.ts';
import { count } from './wrap.ts';

export function failbackText({ moves }: Failback, page: Page): string {
  const rows = moves.map(({ load, leftBytes }, at) => [
    String(at + 1),
    load.vm.name,
    `${load.from} to ${load.home}`,
    formatSize(load.bytes),
    formatSize(leftBytes),
  ]);
  return `\n${count(moves.length, 'VM')} home, one after the other:\n${tableText(['turn', 'vm', 'moves', 'memory', 'free there then'], rows, page)}`;
}

export function failbackJson({ moves }: Failback): object {
  return {
    version: 1,
    type: 'failback',
    moves: moves.map(({ load, leftBytes }) => ({
      vm: load.vm.name,
      from: load.from,
      to: load.home,
      memoryBytes: load.bytes,
      leftBytes,
    })),
  };
}

/** `web-root on alpha: 512 MiB to go (75 %)`. */
export function syncText({ volume, home, leftBytes, bytes }: Sync): string {
  const percent = bytes === 0 ? 100 : Math.floor((100 * (bytes - leftBytes)) / bytes);
  return `${volume} on ${home}: ${formatSize(leftBytes)} to go (${Math.max(0, percent)} %)`;
}

/** For a dry run. */
export function syncsText(syncs: readonly Sync[], page: Page): string {
  const rows = syncs.map(({ volume, home, leftBytes, bytes }) => [
    volume,
    home,
    formatSize(leftBytes),
    formatSize(bytes),
  ]);
  return `These are waited for first:\n${tableText(['mirror', 'home', 'to go', 'of'], rows, page)}`;
}

export function syncJson({ volume, home, leftBytes, bytes }: Sync, timeoutSeconds: number): object {
  return { version: 1, type: 'sync', volume, home, leftBytes, bytes, timeoutSeconds: Math.round(timeoutSeconds) };
}
