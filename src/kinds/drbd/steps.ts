/** The steps of a resource on its nodes. Which of them, and in which order, is said in `life.ts`. */
import { formatSeconds, formatSize } from '../../quantity.ts';
import { command, run, type WaitFor } from '../../shell/command.ts';
import type { StepDraft } from '../verdict.ts';
import { tags } from '../volume/tags.ts';
import * as ask from './ask.ts';
import type { Dialect } from './dialect.ts';
import type { DrbdWant } from './resource.ts';
import * as scripts from './scripts.ts';
import type { Side } from './side.ts';

export interface Known extends DrbdWant {
  readonly dialect: Dialect;
}

/** A making that broke off half-way leaves a device without disk or connection: away with it, then from the start. */
export function takeDown({ volume, dialect }: Known, { node }: Side): StepDraft {
  return {
    verb: 'take-down',
    node,
    title: `take down what was left half up of ${volume.name}`,
    danger: 'none',
    guards: [ask.usesNoData(volume.name, dialect)],
    actions: [run('drbdadm', 'down', volume.name)],
    reason: 'it has no disk or no connection, and this replica has no data yet',
  };
}

/** Without force: drbdmeta's own look at the slice is one more gate, and its refusal fails the step (D3). */
export function createMetadata({ volume }: Known, side: Side): StepDraft {
  const { name } = volume;
  return {
    verb: 'create-metadata',
    node: side.node,
    title: `write DRBD metadata for ${name} at the end of its slice`,
    danger: 'none',
    guards: [
      ask.sliceIs(volume, side, [tags.ours, tags.unseeded], [tags.unfinished, tags.seeded], true),
      ...ask.sliceIsBlank(volume),
    ],
    actions: [run('drbdadm', 'create-md', name)],
    reason: 'the replica has none',
  };
}

/** Promotion is another step (D12). `filled`: it has no data and gets that of its peers once they are connected (K4). */
export function up(want: Known, side: Side, filled: boolean): StepDraft {
  const { name } = want.volume;
  return {
    verb: 'up',
    node: side.node,
    title: `bring up ${name} as Secondary${filled ? ', to be filled by its peer' : ''}`,
    danger: 'none',
    guards: [],
    actions: [ask.untilUnused(want.volume, side), scripts.up(name)],
    reason: 'it does not run',
    ...(filled ? { redundancy: { copies: 1, until: `it is filled, ${duration(want)}` } } : {}),
  };
}

/** The resource goes on all the while, also where it is Primary: nothing is taken down. */
export function attach(want: Known, side: Side): StepDraft {
  const { volume, dialect } = want;
  return {
    verb: 'attach',
    node: side.node,
    title: `give ${volume.name} its new disk, to be filled by its peer`,
    danger: 'none',
    guards: [ask.onePrimaryAtMost(volume.name), ask.livesOnPeers(volume, dialect)],
    actions: [ask.untilUnused(volume, side), run('drbdadm', 'attach', volume.name)],
    reason: 'it goes on without a disk of its own, over the network',
    redundancy: { copies: 1, until: `it is filled, ${duration(want)}` },
  };
}

/** On each node once all of them are up. */
export function awaitPeers({ volume, dialect }: Known, { node }: Side): StepDraft {
  return {
    verb: 'connected',
    node,
    title: `wait until ${volume.name} is connected`,
    needs: volume.replicas.flatMap((replica) => [`${replica}#up`, `${replica}#attach`]),
    danger: 'none',
    guards: [],
    actions: [ask.connected(volume.name, dialect)],
  };
}

/** Only for whoever asked to wait (`--wait-sync`). All that the resource needs on any node comes before. */
export function awaitSynced(want: Known, { node }: Side, before: readonly StepDraft[]): StepDraft {
  const { name } = want.volume;
  return {
    verb: 'synced',
    node,
    title: `wait until every replica of ${name} is up to date (${duration(want)})`,
    needs: before.map((draft) => `${draft.node}#${draft.verb}`),
    danger: 'none',
    guards: [],
    actions: [untilUpToDate(want, `every replica of ${name} is up to date`, want.volume.bytes)],
    reason: '`--wait-sync` was given',
    redundancy: { copies: 1, until: 'it ends' },
  };
}

export function adjust({ volume }: Known, { node, adjust: lines }: Side): StepDraft {
  const { name } = volume;
  const preview = lines.length === 0 ? 'the file changes in this plan' : `it would run: ${lines.join('; ')}`;
  return {
    verb: 'adjust',
    node,
    title: `let ${name} follow its file`,
    danger: 'none',
    guards: ask.mayAdjust(name),
    actions: [scripts.adjust(name)],
    reason: preview,
  };
}

/**
 * 3.4: after the slices of all nodes have grown; on one node. "Need one Primary node to resize" (drbd 8.4 `drbd_nl.c`):
 * where nobody uses the resource, this node is Primary as long as the step takes.
 */
export function resize(want: Known, { node, running }: Side, inUse: boolean): StepDraft {
  const { volume, dialect } = want;
  const { name, bytes } = volume;
  const before = running?.volumes['0']?.bytes ?? 0;
  const seconds = Math.ceil((bytes - before) / want.replication.maxRate);
  return {
    verb: 'resize',
    node,
    title: `grow ${name} to ${formatSize(bytes)}`,
    danger: 'none',
    guards: [ask.onePrimaryAtMost(name), ask.isHealthy(volume, dialect)],
    actions: [
      ...(inUse ? [] : [run('drbdadm', 'primary', name)]),
      run('drbdadm', 'resize', name),
      untilUpToDate(want, `the new part of ${name} is the same on every node`, bytes - before),
      ...(inUse ? [] : [run('drbdadm', 'secondary', name)]),
    ],
    reason: `the inventory asks for ${formatSize(bytes)}, the resource has ${formatSize(before)}`,
    redundancy: { copies: 1, until: `the new part is synced, about ${formatSeconds(seconds)}` },
  };
}

/** A sync may take twenty times as long as at the rate that is allowed, and ten minutes more; then something is wrong. */
function untilUpToDate({ volume, replication }: DrbdWant, what: string, bytes: number): WaitFor {
  return {
    do: 'wait',
    what,
    command: command('drbdadm', 'dstate', volume.name),
    until: { matches: `^${ask.disks(volume, 'UpToDate')}$` },
    timeoutSeconds: 600 + Math.ceil((20 * bytes) / replication.maxRate),
    everySeconds: 2,
  };
}

/** At the rate that the inventory allows; a slower disk or network takes longer. */
export function duration({ volume, replication }: DrbdWant): string {
  return `at least ${formatSeconds(volume.bytes / replication.maxRate)} at ${formatSize(replication.maxRate)}/s`;
}
