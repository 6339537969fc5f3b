/** Where the power switches keep theirs, in the run folder. */
import { join } from 'node:path';
import type { RunFiles } from '../folders.ts';

export function ipmiFiles({ ipmi }: RunFiles) {
  return {
    socket: join(ipmi, 'mains.sock'),
    log: join(ipmi, 'mains.log'),
    /** In which the simulator of a node runs. */
    of: (node: string) => join(ipmi, node),
    logOf: (node: string) => join(ipmi, `${node}.log`),
  } as const;
}
