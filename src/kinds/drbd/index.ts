/** DRBD resources: a volume with replicas on two or more nodes. Never a second Primary, never a guess whose data counts. */
import { error } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { isManagedVolume } from '../cluster/members.ts';
import type { Kind, Thing, Undeclared } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import { refuse, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { dialectProblems } from './dialect.ts';
import type { DrbdFacts } from './facts.ts';
import { health } from './health.ts';
import { planLife } from './life.ts';
import { lint, strays, unfenced } from './lint.ts';
import { parse } from './parse.ts';
import { probes } from './probes.ts';
import { problemsOf } from './problems.ts';
import { planRemoval } from './removal.ts';
import { type DrbdWant, slicePath } from './resource.ts';
import { readSides } from './sides.ts';
import { stable } from './stable.ts';
import { expand, replicatedOn } from './things.ts';

export const drbd: Kind<DrbdWant, DrbdFacts> = {
  name: 'drbd',
  summary: 'DRBD resources, 8.4 and 9: metadata, connection, first sync, growth',
  expand,
  probes: (site, node) => {
    const asked = replicatedOn(site, node).map((volume) => ({ name: volume.name, device: slicePath(volume) }));
    return asked.length === 0 ? [] : probes(asked);
  },
  parse: (outputs, site, node) => {
    const names = replicatedOn(site, node).map(({ name }) => name);
    return names.length === 0 ? nothing : parse(outputs, names);
  },
  blank: (site, node) => (replicatedOn(site, node).length === 0 ? nothing : blankFacts(site, node)),
  stable,
  plan,
  undeclared,
  health,
};

function plan({ want }: Thing<DrbdWant>, world: World): Verdict {
  const { volume, place, dialect, file } = want;
  if (volume.state === 'absent') return planRemoval(want, world);
  const problems = dialectProblems(volume.name, volume.replicas, (node) => world.have('drbd', node));
  if (problems.length > 0) return refuse(...problems);
  if (!place.known) return refuse(noPlace(volume.name, place.why));
  const read = readSides(want, world);
  if ('problems' in read) return refuse(...read.problems);
  const states = [
    ...lint('global_common.conf', world.render('drbd/global_common.conf', {})),
    ...lint(volume.name, file ?? []),
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

const nothing: DrbdFacts = {
  kernel: known({ loaded: false, version: null }),
  utils: known(null),
  running: known({}),
  configured: known({}),
  ports: known([]),
  halves: {},
};

/** Debian 12's kernel brings 8.4.11. */
function blankFacts(site: Site, node: NodeName): DrbdFacts {
  const half = { signatures: known([]), generation: known(null), adjust: known([]) };
  return {
    ...nothing,
    kernel: known({ loaded: false, version: '8.4.11' }),
    halves: Object.fromEntries(replicatedOn(site, node).map(({ name }) => [name, half])),
  };
}

function undeclared(site: Site, node: NodeName, { running, configured }: DrbdFacts): readonly Undeclared[] {
  const wanted = new Set(replicatedOn(site, node).map(({ name }) => name));
  const found = new Map<string, string>();
  for (const name of configured.known ? Object.keys(configured.value) : []) found.set(name, 'configured, not running');
  for (const [name, { role }] of running.known ? Object.entries(running.value) : [])
    found.set(name, `running, ${role}`);
  return [...found]
    .filter(([name]) => !wanted.has(name))
    .map(([name, detail]) => ({ kind: 'drbd', name, node, detail }));
}
