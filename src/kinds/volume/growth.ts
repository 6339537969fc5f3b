/**
 * Growing a slice on which DRBD runs (safety.md 3.4). Its metadata stand at the end of the slice, so between `lvextend`
 * and `drbdadm resize` they are not where DRBD would look for them after a reboot: the first is only done when nothing
 * speaks against the second.
 */
import { command, type Guard } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import type { Volume } from '../site.ts';
import type { World } from '../world.ts';

/** D2, in the shell of the `lvextend` itself; asked of both roles. Whether DRBD could be read, the drbd kind judges. */
export function growthGuards(volume: Volume, node: NodeName, world: World): readonly Guard[] {
  const { name } = volume;
  const { running } = world.have('drbd', node);
  if (volume.replicas.length < 2 || (running.known && running.value[name] === undefined)) return [];
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
