/** The replication as a whole. */
import { doubt } from '../problem.ts';
import { type Check, entries, isReplicated } from './subject.ts';

/** One warning, however many volumes: the secret is one for all. */
export const replication: Check = ({ draft, locate }) => {
  const replicated = entries(draft.volumes).filter(([, volume]) => isReplicated(volume));
  const [first] = replicated;
  if (first === undefined || locate.has('defaults', 'replication', 'secret')) return [];
  const more = replicated.length === 1 ? '' : ` and ${replicated.length - 1} more`;
  const detail = `\`volumes.${first[0]}\`${more} replicate without a shared secret: whoever reaches the port can pose as the peer.`;
  return [
    doubt(
      'inventory/no-secret',
      locate.key('volumes', first[0]),
      detail,
      'Set `defaults.replication.secret`, for example to `{ env: DRBD_SECRET }`.',
    ),
  ];
};
