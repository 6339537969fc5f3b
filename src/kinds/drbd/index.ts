/** DRBD resources: a volume with replicas on two or more nodes. Never a second Primary, never a guess whose data counts. */
import type { NodeName } from '../../step.ts';
import type { Kind, Undeclared } from '../kind.ts';
import { known } from '../reading.ts';
import type { Site } from '../site.ts';
import { compare } from './compare.ts';
import type { DrbdFacts } from './facts.ts';
import { health } from './health.ts';
import { parse } from './parse.ts';
import { plan } from './plan.ts';
import { probes } from './probes.ts';
import { refill, whole } from './refill.ts';
import { type DrbdWant, slicePath } from './resource.ts';
import { agrees, rotateSecret } from './rotate.ts';
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
  verbs: { refill, rotateSecret, compare },
  checks: { whole, agrees },
};

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
