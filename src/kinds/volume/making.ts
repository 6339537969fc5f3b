/** The steps that make a volume on one node, and that finish a making which broke off. */
import { formatSize } from '../../quantity.ts';
import { type Action, command, type Guard, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { createOverRemains, proveGivenUp } from '../force.ts';
import type { Volume } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { LogicalVolume } from './facts.ts';
import { selected } from './guards.ts';
import { tags } from './tags.ts';
import { allVolumesWhere, called } from './where.ts';

/** Superblocks, labels and DRBD's metadata stand within this of the beginning or the end (L2). */
const edgeBytes = 4 * 2 ** 20;

export interface NewSlice {
  readonly volume: Volume;
  readonly node: NodeName;
  readonly bytes: number;
  /** Undefined when the group is made by the same plan. */
  readonly groupUuid: string | undefined;
  /** Whether new blocks of its thin pool read as zero. */
  readonly poolZeroes: boolean;
  readonly allowDestroy: ReadonlySet<string>;
  /** An image is to come onto it, and onto no other half before it. */
  readonly unfilled: boolean;
}

/**
 * The tag `unfinished` goes only when the old extents' remains are gone, so that a making which broke off is never
 * taken for a volume. `--wipesignatures` asks before it wipes, and no answer is a no: then LVM undoes the whole
 * creation (exit 5; tried), and only naming the volume by `--allow-destroy` answers yes.
 */
export function create(slice: NewSlice): StepDraft {
  const { volume, node, bytes } = slice;
  const { name, group, thinPool } = volume;
  const given = proveGivenUp(group, name, slice.allowDestroy);
  const options = thinPool === undefined ? thickOptions(slice) : thinOptions(slice, thinPool);
  const making = given === undefined ? run('lvcreate', ...options) : createOverRemains(given, options);
  return {
    verb: 'create',
    node,
    title: `create volume ${group}/${name} (${formatSize(bytes)}${thinPool === undefined ? '' : ', thin'})`,
    danger: given === undefined ? 'none' : 'destroys',
    guards: [...sameGroup(slice), nameIsFree(volume)],
    actions: [making, ...(thinPool === undefined ? erase(volume, bytes) : [])],
    reason: `the inventory asks for a volume that ${node} does not have${given === undefined ? '' : `, and \`--allow-destroy\` gives up what its blocks hold of older ones`}`,
    ...(given === undefined ? {} : { destroys: `volume/${name}` }),
  };
}

function thickOptions({ volume, bytes, unfilled }: NewSlice): readonly string[] {
  const stripes = volume.stripes > 1 ? ['--stripes', String(volume.stripes)] : [];
  const wipe = ['--wipesignatures', 'y', '--zero', 'y'];
  return [
    ...wipe,
    ...stripes,
    '--name',
    volume.name,
    '--size',
    `${bytes}b`,
    ...addTags(volume, unfilled, tags.unfinished),
    volume.group,
  ];
}

/** Zero by construction, so there is nothing to erase (lvcreate refuses `--zero` here: it is the pool's). */
function thinOptions({ volume, bytes, poolZeroes, unfilled }: NewSlice, pool: string): readonly string[] {
  const zero = poolZeroes && volume.replicas.length > 1 ? [tags.zero] : [];
  const kind = ['--type', 'thin', '--thinpool', pool];
  return [
    ...kind,
    '--name',
    volume.name,
    '--virtualsize',
    `${bytes}b`,
    ...addTags(volume, unfilled, ...zero),
    volume.group,
  ];
}

/** Tags of its very making: cut off anywhere, it is never there without them. */
function addTags({ replicas }: Volume, unfilled: boolean, ...more: readonly string[]): readonly string[] {
  const all = [
    tags.ours,
    ...more,
    ...(replicas.length > 1 ? [tags.unseeded] : []),
    ...(unfilled ? [tags.unfilled] : []),
  ];
  return all.flatMap((tag) => ['--addtag', tag]);
}

/** Nothing that people made of it meanwhile is erased without its name (C1, C11). `given`: `--allow-destroy` names it. */
function unmarked({ group, name }: Volume, given: boolean): readonly Guard[] {
  if (given) return [];
  const path = `/dev/${group}/${name}`;
  return [
    {
      ask: command('wipefs', '--no-act', '--noheadings', path),
      expect: { stdout: '' },
      proves: `${path} bears no signature; if what it bears is worthless, \`--allow-destroy volume/${name}\` erases it (C1, C11)`,
    },
  ];
}

function dangerOf({ name }: Volume, given: boolean): Pick<StepDraft, 'danger' | 'destroys'> {
  return given ? { danger: 'destroys', destroys: `volume/${name}` } : { danger: 'none' };
}

/** Goes on with a making that broke off between `lvcreate` and its end. */
export function finish(volume: Volume, node: NodeName, have: LogicalVolume, given: boolean): StepDraft {
  return {
    verb: 'finish',
    node,
    title: `finish volume ${volume.group}/${volume.name}: erase what its extents held before`,
    ...dangerOf(volume, given),
    guards: [
      {
        ask: selected(have, `lv_tags=${tags.unfinished} && lv_device_open=0`),
        expect: { stdout: have.uuid },
        proves: `${have.group}/${have.name} is the volume that the plan saw, never used and open to nobody (C3)`,
      },
      ...unmarked(volume, given),
    ],
    actions: erase(volume, have.bytes),
    reason: 'it was made, but what belongs to making it broke off',
  };
}

/**
 * The extents that it gets bear what lay there before: old metadata of DRBD at the new end (L2), and bytes that differ
 * from those of the other halves (K2). So it is unfinished again first, and then erased anew, whole; cut off anywhere, it
 * is finished or grown by the next plan.
 */
export function growUnused(
  volume: Volume,
  node: NodeName,
  have: LogicalVolume,
  bytes: number,
  given: boolean,
): StepDraft {
  const path = `${volume.group}/${volume.name}`;
  return {
    verb: 'grow',
    node,
    title: `grow volume ${path} to ${formatSize(bytes)}, and erase what its extents held before`,
    ...dangerOf(volume, given),
    guards: [
      {
        ask: selected(have, `lv_tags=${tags.unseeded} && lv_tags!=${tags.seeded} && lv_device_open=0`),
        expect: { stdout: have.uuid },
        proves: `${path} is the volume that the plan saw, never used and open to nobody (C2, C3)`,
      },
      ...unmarked(volume, given),
    ],
    actions: [
      run('lvchange', '--addtag', tags.unfinished, '--deltag', tags.zero, path),
      run('lvextend', '--size', `${bytes}b`, path),
      ...erase(volume, bytes),
    ],
    reason: `the inventory asks for ${formatSize(volume.bytes)}, which needs ${formatSize(bytes)}; the volume has ${formatSize(have.bytes)}`,
  };
}

/** Writes zeros, waits until they are on the disk, and only then says so. */
function erase(volume: Volume, bytes: number): readonly Action[] {
  const path = `/dev/${volume.group}/${volume.name}`;
  const whole = volume.replication?.firstSync === 'zero';
  const edge = (offset: number) =>
    run('blkdiscard', '--zeroout', '--offset', String(offset), '--length', String(edgeBytes), path);
  const zeros =
    whole || bytes <= 2 * edgeBytes ? [run('blkdiscard', '--zeroout', path)] : [edge(0), edge(bytes - edgeBytes)];
  const latch = [...(whole ? ['--addtag', tags.zero] : []), '--deltag', tags.unfinished];
  return [...zeros, run('sync', path), run('lvchange', ...latch, `${volume.group}/${volume.name}`)];
}

function sameGroup({ volume, groupUuid }: NewSlice): readonly Guard[] {
  if (groupUuid === undefined) return [];
  return [
    {
      ask: command('vgs', '--noheadings', '-o', 'vg_uuid', '--select', `vg_name=${volume.group}`),
      expect: { stdout: groupUuid },
      proves: `${volume.group} is the group that the plan saw (C3)`,
    },
  ];
}

function nameIsFree({ group, name }: Volume): Guard {
  return {
    ask: allVolumesWhere('lv_uuid', called({ group, name })),
    expect: { stdout: '' },
    proves: `${group} has no volume ${name}`,
  };
}
