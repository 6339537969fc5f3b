/** What a cluster needs: quiet packages, all members, and then its configuration. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import type { Thing } from '../kind.ts';
import { isMissing } from '../package/index.ts';
import { unreadable } from '../reading.ts';
import type { Cluster } from '../site/cluster.ts';
import { asWished, refuse, steps, type Verdict } from '../verdict.ts';
import type { World } from '../world.ts';
import { planConfiguration } from './changes.ts';
import { planMembership } from './membership.ts';
import * as step from './steps.ts';

export function plan({ name, nodes, want }: Thing<Cluster>, world: World): Verdict {
  const unread = nodes.flatMap((node) => unreadOn(name, node, world));
  if (unread.length > 0) return refuse(...unread);
  if (name === 'quiet') return planQuiet(nodes, world);
  return name === 'membership' ? planMembership(want, world) : planConfiguration(want, world);
}

function unreadOn(name: string, node: NodeName, world: World): readonly Diagnostic[] {
  const { units, prospect } = world.have('cluster', node);
  if (!units.known) return [unreadable(`cluster/${name}`, node, units.why)];
  return name === 'configuration' && !prospect.known ? [unreadable(`cluster/${name}`, node, prospect.why)] : [];
}

/** Debian starts both when it installs them, with a configuration of its own, as a cluster of one. */
function planQuiet([node]: readonly NodeName[], world: World): Verdict {
  if (node === undefined || !isMissing(world, node, 'corosync')) return asWished;
  return steps(step.silence(node));
}
