/** Corosync and Pacemaker: members, fencing, and what they keep running. sanctl configures them, and decides nothing in their place. */

import { heartbeatThings } from '../heartbeat/things.ts';
import { unitQuestion } from '../instance.ts';
import type { Kind } from '../kind.ts';
import { known } from '../reading.ts';
import type { Cluster } from '../site/cluster.ts';
import type { ClusterFacts } from './facts.ts';
import { foreignOf, foreignProbe } from './foreign.ts';
import { health } from './health.ts';
import { clusterUnits, parse } from './parse.ts';
import { plan } from './plan.ts';
import { lookCommand } from './scripts.ts';
import { expand } from './things.ts';
import { checks, verbs } from './verbs.ts';

const down = { active: 'inactive', enabled: false };
const none: ClusterFacts = {
  units: known(Object.fromEntries(clusterUnits.map((unit) => [unit, down]))),
  prospect: known('stopped'),
  foreign: known('stopped'),
};

export const cluster: Kind<Cluster, ClusterFacts> = {
  name: 'cluster',
  summary: 'Corosync and Pacemaker: members, fencing, and the VMs that they keep running',
  expand: (site, world) => [...expand(site, world), ...heartbeatThings(site, world)],
  probes: (site, node) =>
    site.cluster?.nodes.includes(node) === true
      ? [
          { name: 'cluster.units', command: unitQuestion(clusterUnits) },
          { name: 'cluster.prospect', command: lookCommand(site), timeoutSeconds: 120 },
        ]
      : [foreignProbe],
  parse: (outputs, site, node) =>
    site.cluster?.nodes.includes(node) === true ? parse(outputs) : { ...none, foreign: foreignOf(outputs) },
  blank: () => none,
  stable: ({ units, prospect, foreign }) => [
    foreign,
    units,
    prospect.known && prospect.value !== 'stopped' ? settled(prospect.value) : prospect,
  ],
  plan,
  health,
  verbs,
  checks,
};

/** What the cluster would do changes with every breath of it; what it is told does not. */
function settled({
  adminEpoch,
  epoch,
  changes,
  verified,
}: Exclude<Extract<ClusterFacts['prospect'], { known: true }>['value'], 'stopped'>): unknown {
  return { adminEpoch, epoch, changes, verified };
}
