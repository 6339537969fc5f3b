/** What nodes look at by themselves: somebody must be told. */
import { mistake } from '../problem.ts';
import { alertsIn } from './alerts.ts';
import type { Check } from './subject.ts';

export const watch: Check = (subject) => {
  const { locate } = subject;
  const alerts = alertsIn(subject, 'watch');
  if (!locate.has('watch') || locate.has('watch', 'alerts', 0)) return alerts;
  const help = 'Name somebody in `watch.alerts`.';
  if (locate.has('watch', 'verify')) {
    const detail = 'Mirrors would be compared, and nobody told what differs.';
    return [mistake('inventory/conflict', locate.key('watch', 'verify'), detail, help)];
  }
  if (locate.has('watch', 'metrics')) return alerts;
  return [mistake('inventory/conflict', locate.key('watch'), '`watch` tells nobody anything.', help)];
};
