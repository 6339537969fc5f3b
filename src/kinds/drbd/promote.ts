/** Making a node Primary, for whoever is about to use the volume there (D2, D12). */
import { type Diagnostic, error } from '../../diagnostic.ts';
import { run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import type { Volume } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { World } from '../world.ts';
import { onePrimaryAtMost, untilGood } from './ask.ts';
import { dialectOf } from './dialect.ts';
import type { Running } from './facts.ts';

export interface Promotion {
  readonly steps: readonly StepDraft[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Drafts of the caller's own thing, which must need `drbd/VOLUME`. What does not run yet is judged by the guards, right
 * before; what runs is judged now as well, so that a plan does not run into its own guards.
 * `demoted before`: a step of the same plan makes it Secondary, whatever it is now.
 */
export function promoteSteps(volume: Volume, node: NodeName, world: World, demoted?: 'demoted before'): Promotion {
  const { name } = volume;
  const facts = world.have('drbd', node);
  const dialect = dialectOf(facts);
  const now = facts.running.known ? facts.running.value[name] : undefined;
  // The resource itself is refused for both reasons; its own words say why.
  if (dialect === undefined || !facts.running.known) return { steps: [], problems: [] };
  const elsewhere = volume.replicas.filter((replica) => replica !== node && isPrimary(name, replica, world));
  if (elsewhere.length > 0) return { steps: [], problems: [primaryElsewhere(name, node, elsewhere)] };
  if (now?.role === 'Primary' && demoted === undefined) return { steps: [], problems: [] };
  const raised = volume.replicas.some((replica) => isDown(name, replica, world));
  const bad = now === undefined ? undefined : whyNot(now, volume.replicas.length - 1, raised);
  if (bad !== undefined && !willBeSeededHere(volume, node, now))
    return { steps: [], problems: [stale(name, node, bad)] };
  return {
    steps: [
      {
        verb: `promote-${name}`,
        node,
        title: `make ${node} Primary for ${name}`,
        danger: 'none',
        guards: [onePrimaryAtMost(name)],
        actions: [untilGood(volume, dialect), run('drbdadm', 'primary', name)],
        reason: 'it is to be used here',
      },
    ],
    problems: [],
  };
}

/** This plan brings it up, and waits for the connection before anybody promotes. */
function isDown(name: string, node: NodeName, world: World): boolean {
  const { running } = world.have('drbd', node);
  return running.known && running.value[name] === undefined;
}

function isPrimary(name: string, node: NodeName, world: World): boolean {
  const { running } = world.have('drbd', node);
  return running.known && running.value[name]?.role === 'Primary';
}

/** D2 from facts: good data here, and connections over which all the others get them; 9 lists none that was dropped. */
function whyNot({ volumes, connections, suspended }: Running, others: number, raised: boolean): string | undefined {
  const disk = volumes['0']?.disk;
  if (disk !== 'UpToDate') return `its disk there is ${disk ?? 'not there'}`;
  if (suspended !== 'no') return 'its writes are suspended';
  if (raised) return undefined;
  const peers = connections.flatMap((one) => Object.values(one.volumes));
  const cut = connections.find(({ state }) => state !== 'Connected');
  if (cut !== undefined) return `it is ${cut.state}`;
  if (connections.length < others) return `it is connected to ${connections.length} of ${others} other replicas`;
  const behind = peers.find(({ disk: peer, replication }) => peer !== 'UpToDate' && replication !== 'SyncSource');
  if (behind !== undefined) return `the other half is ${behind.disk} and not syncing from here`;
  const unequal = peers.find(({ replication, outOfSyncBytes }) => replication === 'Established' && outOfSyncBytes > 0);
  return unequal === undefined ? undefined : 'the halves differ (out of sync)';
}

/** Both halves are new: this plan seeds them, from here, or brings up what is not connected yet. */
function willBeSeededHere({ replication }: Volume, node: NodeName, now: Running | undefined): boolean {
  return (
    replication?.source === node &&
    now?.volumes['0']?.disk === 'Inconsistent' &&
    now.role === 'Secondary' &&
    !isSyncing(now)
  );
}

function isSyncing({ connections }: Running): boolean {
  return connections.some((one) =>
    Object.values(one.volumes).some(({ replication }) => replication !== 'Established' && replication !== 'Off'),
  );
}

function primaryElsewhere(name: string, node: NodeName, where: readonly NodeName[]): Diagnostic {
  return error(
    'drbd/primary-elsewhere',
    'A volume is in use on another node',
    `drbd/${name} is wanted on ${node}, but Primary on ${where.join(', ')}.`,
    {
      help: `Find out what uses it there. When nothing does: \`drbdadm secondary ${name}\` there, and plan again.`,
    },
  );
}

function stale(name: string, node: NodeName, why: string): Diagnostic {
  return error('drbd/not-promotable', 'A volume may not be made Primary now', `drbd/${name} on ${node}: ${why}.`, {
    help: `Wait for a sync to end (\`cat /proc/drbd\`) or repair the replication network, then plan again. With the peer gone for good, a person decides: \`drbdadm primary ${name}\`.`,
  });
}
