/** How fast resyncs go, told from two looks: DRBD 8.4 and 9 alike count what is left. Pure. */
import type { Row } from '../kinds/health.ts';
import { formatSeconds, formatSize } from '../quantity.ts';
import type { NodeName } from '../step.ts';

export interface Moment {
  readonly seconds: number;
  readonly rows: readonly Row[];
}

/** Something is being copied: a second look can tell how fast. */
export function isMoving(rows: readonly Row[]): boolean {
  return rows.some((row) => row.section === 'mirror' && row.state.startsWith('resync ') && leftOf(row).length > 0);
}

/** The rows of now, with rate and time left where a mirror had more to copy before. */
export function withRates(before: Moment, now: Moment): readonly Row[] {
  const passed = now.seconds - before.seconds;
  const earlier = new Map(before.rows.filter(({ section }) => section === 'mirror').map((row) => [row.name, row]));
  return now.rows.map((row) => {
    const then = row.section === 'mirror' ? earlier.get(row.name) : undefined;
    const rate = then === undefined || passed <= 0 ? 0 : (most(then) - most(row)) / passed;
    if (rate <= 0 || most(row) === 0) return row;
    const clauses = [`${formatSize(Math.round(rate))}/s`, `${formatSeconds(most(row) / rate)} left`];
    return { ...row, detail: [...clauses, ...row.detail] };
  });
}

function most(row: Row): number {
  return Math.max(0, ...leftOf(row).map(({ value }) => value));
}

function leftOf({ figures }: Row): readonly { readonly node?: NodeName; readonly value: number }[] {
  return figures.filter(({ name, value }) => name === 'mirror_out_of_sync_bytes' && value > 0);
}
