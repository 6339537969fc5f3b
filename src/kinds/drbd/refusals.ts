/** What cannot be done now although no state is broken: the reason, and the way out. */
import { type Diagnostic, error } from '../../diagnostic.ts';
import type { Volume } from '../site.ts';
import { type DrbdWant, slicePath } from './resource.ts';
import type { Side } from './side.ts';

/** C3: a name alone is no identity. Where the kernel or the files put a resource of that name on anything but our slice, it is another one. */
export function otherDevice(
  volume: Volume,
  { node, running, configured }: Pick<Side, 'node' | 'running' | 'configured'>,
): readonly Diagnostic[] {
  const { name } = volume;
  const path = slicePath(volume);
  const inKernel = running?.volumes['0'];
  const backing = inKernel === undefined ? 'none' : (inKernel.backing ?? 'an unknown device');
  const inFiles = configured?.hosts[node]?.disk ?? path;
  const other = [backing, inFiles].find((device) => device !== 'none' && device !== path);
  if (other === undefined) return [];
  return [
    error(
      'drbd/other-device',
      'A resource of that name stands on another device',
      `drbd/${name} on ${node} stands on ${other}, not on ${path}.`,
      {
        help: `It is not the resource that the inventory means: give the volume another name. Otherwise look at \`drbdsetup show ${name}\` and \`drbdadm dump ${name}\` there, and plan again when it is in order.`,
      },
    ),
  ];
}

export function noGoodCopy({ volume }: DrbdWant, sides: readonly Side[]): Diagnostic {
  const states = sides.map(
    ({ node, metadata, running }) => `${running?.volumes['0']?.disk ?? `down, metadata ${metadata}`} on ${node}`,
  );
  return error('drbd/no-good-copy', 'No replica holds good data', `drbd/${volume.name} is ${states.join(' and ')}.`, {
    help: `Nobody but you can know which side counts. Compare \`drbdadm show-gi ${volume.name}\` of both; restore from a backup if neither does.`,
  });
}

export function notConnected(
  { volume }: Pick<DrbdWant, 'volume'>,
  sides: readonly Pick<Side, 'node' | 'running'>[],
): Diagnostic {
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

export function noSecret({ name }: Volume): Diagnostic {
  const detail = `${name} has no shared secret in the inventory that two nodes could prove themselves by.`;
  return error('drbd/no-secret', 'There is no secret to change', detail, {
    help: `The first one is set by \`sanctl apply\`, once \`volumes.${name}.replication.secret\` names it.`,
  });
}

export function moreThanSecret({ name }: Volume): Diagnostic {
  const detail = `drbd/${name}: more than its secret differs from the inventory, or it cannot be told that nothing else does.`;
  return error('drbd/more-than-secret', 'A secret is changed by itself', detail, {
    help: `\`sanctl plan --only drbd/${name}\` shows the rest. Apply that first, with the old secret.`,
  });
}

export function notTaken({ name }: Volume, sides: readonly Pick<Side, 'node'>[]): Diagnostic {
  const where = sides.map(({ node }) => node).join(' and ');
  const detail = `drbd/${name}: file or kernel of ${where} do not have what the inventory says.`;
  return error('drbd/secret-not-taken', 'A side has not taken the new secret', detail, {
    help: 'Run it again: it goes on with what is missing. Until then a connection that is lost may not come back.',
  });
}
