/** The steps that change or remove a volume on one node. Each names it by uuid right before it touches it (C3). */
import { formatSize } from '../../quantity.ts';
import { command, type Guard, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { type GivenUp, removeVolume } from '../force.ts';
import type { Volume } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { LogicalVolume } from './facts.ts';
import { noSnapshots, same, selected } from './guards.ts';
import { tags } from './tags.ts';

/** `guards`: what DRBD must be like at that moment, where it runs on the slice (3.4). */
export function grow(
  volume: Volume,
  node: NodeName,
  have: LogicalVolume,
  bytes: number,
  guards: readonly Guard[],
): StepDraft {
  return {
    verb: 'grow',
    node,
    title: `grow volume ${volume.group}/${volume.name} to ${formatSize(bytes)}`,
    danger: 'none',
    guards: [same(have), ...standsAlone(volume), ...guards],
    actions: [run('lvextend', '--size', `${bytes}b`, `${volume.group}/${volume.name}`)],
    reason: `the inventory asks for ${formatSize(volume.bytes)}, which needs ${formatSize(bytes)}; the volume has ${formatSize(have.bytes)}`,
  };
}

/** LVM may grow one that nobody uses, and leaves its snapshots too small for it (L5); those of a thin one are volumes of their own. */
function standsAlone(volume: Volume): readonly Guard[] {
  return volume.thinPool === undefined ? [noSnapshots(volume, 'which would be too small for it (L5)')] : [];
}

export function activate(volume: Volume, node: NodeName, have: LogicalVolume): StepDraft {
  return {
    verb: 'activate',
    node,
    title: `activate volume ${volume.group}/${volume.name}`,
    danger: 'none',
    guards: [same(have)],
    actions: [run('lvchange', '--activate', 'y', `${volume.group}/${volume.name}`)],
    reason: 'it is not active',
  };
}

/**
 * The operator named it by `--adopt`: from now on it is sanctl's. Its data stays as it is. A plain volume is none that DRBD
 * knows: whoever used the slice itself would write behind its back.
 */
export function adopt(volume: Volume, node: NodeName, have: LogicalVolume): StepDraft {
  return {
    verb: 'adopt',
    node,
    title: `take over volume ${volume.group}/${volume.name}`,
    danger: 'none',
    guards: [same(have), ...(volume.replicas.length > 1 ? [] : [noReplica(have)])],
    actions: [run('lvchange', '--addtag', tags.ours, `${volume.group}/${volume.name}`)],
    reason: `\`--adopt volume/${volume.name}\` names it`,
  };
}

function noReplica({ group, name, path }: LogicalVolume): Guard {
  return {
    ask: command('wipefs', '--no-act', '--noheadings', '--output', 'TYPE', path),
    expect: { lacks: '^drbd$' },
    proves: `${group}/${name} bears no metadata of DRBD (C2)`,
  };
}

/**
 * After whatever uses it was taken down on every node: where one half turns out to be in use, the others stay as well.
 * The signatures go, too: what the extents hold next must not be taken for what they held.
 */
export function remove(volume: Volume, node: NodeName, have: LogicalVolume, given: GivenUp): StepDraft {
  const { group, name } = volume;
  const clear = have.active && have.path !== '' ? [run('wipefs', '--all', have.path)] : [];
  return {
    verb: 'remove',
    node,
    title: `remove volume ${group}/${name} and all its data (${formatSize(have.bytes)})`,
    danger: 'destroys',
    destroys: `volume/${name}`,
    needs: [`drbd/${name}`],
    guards: [
      {
        ask: selected(have, `lv_tags=${tags.ours}${have.active ? ' && lv_device_open=0' : ''}`),
        expect: { stdout: have.uuid },
        proves: `${group}/${name} is the volume that the plan saw, made by sanctl and open to nobody (C2, C3)`,
      },
      noSnapshots(volume, 'which would go with it'),
    ],
    actions: [...clear, removeVolume(given)],
    reason: 'the inventory says `state: absent`, and `--allow-destroy` names it',
  };
}
