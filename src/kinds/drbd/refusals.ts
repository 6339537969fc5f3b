/** What cannot be done now although no state is broken: the reason, and the way out. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { DrbdWant } from './resource.ts';
import type { Side } from './side.ts';

export function noGoodCopy({ volume }: DrbdWant, sides: readonly Side[]): Diagnostic {
  const states = sides.map(
    ({ node, metadata, running }) => `${running?.volumes['0']?.disk ?? `down, metadata ${metadata}`} on ${node}`,
  );
  return error('drbd/no-good-copy', 'No replica holds good data', `drbd/${volume.name} is ${states.join(' and ')}.`, {
    help: `Nobody but you can know which side counts. Compare \`drbdadm show-gi ${volume.name}\` of both; restore from a backup if neither does.`,
  });
}

export function notConnected({ volume }: DrbdWant, sides: readonly Side[]): Diagnostic {
  const states = sides.map(
    ({ node, running }) =>
      `${running?.connections.map(({ state }) => state).join(', ') ?? 'down'}, ${running?.volumes['0']?.disk ?? 'no disk'} on ${node}`,
  );
  return error(
    'drbd/not-healthy',
    'A resource must be connected and up to date first',
    `drbd/${volume.name} is ${states.join(' and ')}.`,
    {
      help: 'Look at the replication network; wait for a sync that runs (`cat /proc/drbd`); then plan again.',
    },
  );
}

export function refusedChange({ volume }: DrbdWant, { node, adjust }: Side): Diagnostic {
  const detail = `To follow its file, drbd/${volume.name} on ${node} would run:\n${adjust.join('\n')}`;
  return error('drbd/adjust-cuts', 'Following its file would cut a data path', detail, {
    help: `Do it by hand when nobody uses the volume: \`drbdadm adjust ${volume.name}\`, one node after the other.`,
  });
}
