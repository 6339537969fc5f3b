/** What is known of a node's timers: whether systemd has them, by name. */
import type { Reading } from '../reading.ts';
import type { Unit } from '../unit.ts';

export interface WatchFacts {
  readonly timers: Readonly<Record<string, Reading<Unit>>>;
}
