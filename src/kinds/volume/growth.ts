/** What is asked of DRBD right before a slice grows under it (safety.md 3.4): nothing may speak against the resize that follows. */
import { command, type Guard } from '../../shell/command.ts';
import type { Volume } from '../site.ts';

/** Any word but `Connected`: 9 says one for each connection that there is. */
const otherWord =
  '^$|(^| )([^C ]|C[^o]|Co[^n]|Con[^n]|Conn[^e]|Conne[^c]|Connec[^t]|Connect[^e]|Connecte[^d]|Connected[^ ])';

/** D2, in the shell of the `lvextend` itself; asked of both roles. A connection that is missing has no disk either. */
export function healthy({ name, replicas }: Volume): readonly Guard[] {
  return [
    {
      ask: command('drbdadm', 'cstate', name),
      expect: { lacks: otherWord },
      proves: `${name} is connected (D2)`,
    },
    {
      ask: command('drbdadm', 'dstate', name),
      expect: { matches: `^${replicas.map(() => 'UpToDate').join('/')}$` },
      proves: `${name} is up to date on every node (D2)`,
    },
  ];
}
