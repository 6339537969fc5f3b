/** The steps that make a volume's data exist for the first and only time (K1 to K3). */
import { formatSize } from '../../quantity.ts';
import { command, type Guard, run, type WaitFor } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { type AllZero, makeFirstSource, type NeverSeeded, skipFirstSync } from '../force.ts';
import type { StepDraft } from '../verdict.ts';
import { tags } from '../volume/tags.ts';
import * as ask from './ask.ts';
import { justCreated } from './facts.ts';
import type { DrbdWant } from './resource.ts';
import type { Side } from './side.ts';
import { duration, type Known } from './steps.ts';

/** The weaker kind of guard: asked of the peers in the wave right before the seed. */
export function confirmNew({ volume, dialect }: Known, side: Side, zero: boolean): StepDraft {
  return {
    verb: 'confirm-new',
    node: side.node,
    title: `make sure that ${volume.name} has no data here`,
    danger: 'none',
    guards: [ask.neverSeeded(volume, side, zero), ask.metadataIsNew(volume.name), ask.isNew(volume, dialect)],
    actions: [],
    reason: 'the first sync overwrites this half',
  };
}

/** K1: the one time that a source is chosen. Left Secondary: whoever uses the volume promotes it. */
export function seedFull(want: Known, side: Side, never: NeverSeeded, why: string): StepDraft {
  const { volume, replication } = want;
  const { name } = volume;
  return {
    verb: 'seed',
    node: side.node,
    title: `start the first sync of ${name} from ${side.node} (${formatSize(volume.bytes)}, ${duration(want)})`,
    needs: peersOf(want, side.node).map((peer) => `${peer}#confirm-new`),
    danger: 'none',
    guards: seedGuards(want, side, false),
    actions: [makeFirstSource(never), untilSecondary(name)],
    reason: `full first sync: ${why}; ${replication.source} is its source`,
    redundancy: { copies: 1, until: `the first sync ends, ${duration(want)}` },
  };
}

/** K2: all halves are zero, so they are equal as they are. */
export function seedWithoutSync(want: Known, side: Side, zero: AllZero): StepDraft {
  const { name } = want.volume;
  return {
    verb: 'seed',
    node: side.node,
    title: `declare all halves of ${name} equal: they are zero`,
    needs: peersOf(want, side.node).map((peer) => `${peer}#confirm-new`),
    danger: 'none',
    guards: seedGuards(want, side, true),
    actions: [skipFirstSync(zero)],
    reason: 'no first sync: every half was made of zeros and gets its metadata in this plan (K2)',
  };
}

function seedGuards({ volume, dialect }: Known, side: Side, zero: boolean): readonly Guard[] {
  return [
    ask.neverSeeded(volume, side, zero),
    ask.metadataIsNew(volume.name),
    ask.onePrimaryAtMost(volume.name),
    ask.isNew(volume, dialect),
  ];
}

/** K3. A replica is seeded once its metadata bear an identifier of data, which a target gets when its sync begins. */
export function mark({ volume, replication }: Known, side: Side, seeding: boolean): StepDraft {
  const { name, group } = volume;
  const seeded: WaitFor = {
    do: 'wait',
    what: `the metadata of ${name} know its data`,
    command: command('drbdadm', 'get-gi', name),
    until: { lacks: `^${justCreated}:` },
    timeoutSeconds: 120,
    everySeconds: 1,
  };
  const gone = [tags.unseeded, tags.zero].flatMap((tag) => ['--deltag', tag]);
  return {
    verb: 'mark',
    node: side.node,
    title: `remember on the slice that ${name} was seeded`,
    needs: seeding ? [`${replication.source}#seed`] : [],
    danger: 'none',
    guards: [ask.sliceIs(volume, side, [tags.ours], [], false)],
    actions: [seeded, run('lvchange', '--addtag', tags.seeded, ...gone, `${group}/${name}`)],
    reason: 'nobody may ever seed it again (K3)',
  };
}

function peersOf({ volume }: DrbdWant, node: NodeName): readonly NodeName[] {
  return volume.replicas.filter((one) => one !== node);
}

/** udev looks at a device that appears, and while somebody has it open it stays Primary. */
export function untilSecondary(name: string): WaitFor {
  return {
    do: 'wait',
    what: `${name} is Secondary again`,
    command: command('drbdadm', 'secondary', name),
    until: { exit: 0 },
    timeoutSeconds: 60,
    everySeconds: 1,
  };
}
