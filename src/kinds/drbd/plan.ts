/** What one resource of the inventory needs, or why it is left as it is. */
import { error } from '../../diagnostic.ts';
import { isManagedVolume } from '../cluster/members.ts';
import type { Thing } from '../kind.ts';
import { refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { dialectProblems } from './dialect.ts';
import { planLife } from './life.ts';
import { lint, strays, unfenced } from './lint.ts';
import { problemsOf } from './problems.ts';
import { planRemoval } from './removal.ts';
import type { DrbdWant } from './resource.ts';
import { readSides } from './sides.ts';

export function plan({ want }: Thing<DrbdWant>, world: World): Verdict {
  const { volume, place, dialect, file } = want;
  if (volume.state === 'absent') return planRemoval(want, world);
  const problems = dialectProblems(volume.name, volume.replicas, (node) => world.have('drbd', node));
  if (problems.length > 0) return refuse(...problems);
  if (!place.known) return refuse(noPlace(volume.name, place.why));
  const read = readSides(want, world);
  if ('problems' in read) return refuse(...read.problems);
  const states = [
    ...lint('global_common.conf', world.render('drbd/global_common.conf', {})),
    ...lint(volume.name, file ?? [], want.replication.protocol),
    ...(isManagedVolume(world.site, volume.name) ? unfenced(volume.name, file ?? []) : []),
    ...strays(volume, place.value.minor, file ?? []),
    ...problemsOf(want, read.sides),
  ];
  if (states.length > 0 || dialect === undefined) return refuse(...states);
  return planLife({ ...want, dialect }, read.sides, world.waitSync);
}

function noPlace(name: string, why: string) {
  return error('drbd/no-numbers', 'A resource cannot be given its minor and port', `drbd/${name}: ${why}.`, {
    help: 'Remove the cause, or pin numbers that are free on every node in `replication.minor` and `replication.port`.',
  });
}
