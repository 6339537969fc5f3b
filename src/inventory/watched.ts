/** What nodes look at by themselves, resolved. Pure and total. */
import type { Watch, WatchAlert } from '../kinds/site/watch.ts';
import { parseSeconds } from '../quantity.ts';
import type { WatchSpec } from './schema/watch.ts';

export function resolveWatch({ every, alerts, verify, metrics }: WatchSpec): Watch {
  return {
    everySeconds: secondsOf(every),
    alerts: alerts.map(resolveAlert),
    ...(verify !== undefined && { verify }),
    ...(metrics !== undefined && { metrics: { folder: metrics.folder, everySeconds: secondsOf(metrics.every) } }),
  };
}

function resolveAlert({ command, mail, recipient }: WatchSpec['alerts'][number]): WatchAlert {
  if (mail !== undefined) return { mail };
  return { command: command ?? '', ...(recipient !== undefined && { recipient }) };
}

/** The schema has let nothing else through. */
function secondsOf(text: string): number {
  return parseSeconds(text) ?? 1;
}
