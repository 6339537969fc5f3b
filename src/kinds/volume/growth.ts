/** What is asked of DRBD right before a slice grows under it (safety.md 3.4): nothing may speak against the resize that follows. */
import { command, type Guard } from '../../shell/command.ts';
import type { Volume } from '../site.ts';

/** D2, in the shell of the `lvextend` itself; asked of both roles. */
export function healthy({ name }: Volume): readonly Guard[] {
  return [
    {
      ask: command('drbdadm', 'cstate', name),
      expect: { matches: '^Connected( Connected)*$' },
      proves: `${name} is connected (D2)`,
    },
    {
      ask: command('drbdadm', 'dstate', name),
      expect: { matches: '^UpToDate(/UpToDate)+$' },
      proves: `${name} is up to date on every node (D2)`,
    },
  ];
}
