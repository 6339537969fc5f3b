/** Alerts, wherever an inventory has them: each goes one way. */
import type { Diagnostic } from '../../diagnostic.ts';
import { mistake } from '../problem.ts';
import { items, type Subject } from './subject.ts';

export function alertsIn({ draft, locate }: Subject, section: 'cluster' | 'watch'): readonly Diagnostic[] {
  return items(draft[section]?.alerts).flatMap(([at]) => {
    const path = [section, 'alerts', at];
    const [command, mail, recipient] = ['command', 'mail', 'recipient'].map((key) => locate.has(...path, key));
    if (command === mail)
      return [mistake('inventory/conflict', locate.key(...path), 'An alert has exactly one of `command` and `mail`.')];
    if (mail !== true || recipient !== true) return [];
    return [mistake('inventory/conflict', locate.key(...path, 'recipient'), '`mail` is the recipient already.')];
  });
}
