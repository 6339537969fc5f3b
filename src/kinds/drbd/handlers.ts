/** The only programs that DRBD may be told to run (D7): they come with drbd-utils, and keep Pacemaker from promoting stale data. */
import type { Dialect } from './dialect.ts';

type Handlers = readonly [fencePeer: string, unfence: string];

export const fencingHandlers: Readonly<Record<Dialect, Handlers>> = {
  '8.4': ['/usr/lib/drbd/crm-fence-peer.sh', '/usr/lib/drbd/crm-unfence-peer.sh'],
  '9': ['/usr/lib/drbd/crm-fence-peer.9.sh', '/usr/lib/drbd/crm-unfence-peer.9.sh'],
};
