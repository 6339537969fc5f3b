/** The steps that fill a volume: on one node all of it, on the others of a mirror the word that it was done. */
import { formatSize } from '../../quantity.ts';
import { type Action, command, type Fill, type Guard, type ImageFile, run } from '../../shell/command.ts';
import type { NodeName } from '../../step.ts';
import { connected, onePrimaryAtMost, untilGood } from '../drbd/ask.ts';
import type { Dialect } from '../drbd/dialect.ts';
import { untilSecondary } from '../drbd/seeding.ts';
import type { Volume } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import type { LogicalVolume } from '../volume/facts.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';

export interface Filling {
  readonly volume: Volume;
  readonly node: NodeName;
  readonly image: ImageFile;
  readonly bytes: number;
  readonly zeros: Fill['zeros'];
  /** Undefined when this plan makes it. */
  readonly slice: LogicalVolume | undefined;
  /** Of a mirror. */
  readonly mirror?: { readonly device: string; readonly dialect: Dialect };
}

/**
 * Of a mirror through its device, so that every half gets it; it is demoted first, which DRBD refuses while anybody has it
 * open. The tag goes only when what was read back is what was sent.
 */
export function fillIt({ volume, node, image, bytes, zeros, slice, mirror }: Filling): StepDraft {
  const { name, group } = volume;
  const path = `${group}/${name}`;
  const device = mirror?.device ?? `/dev/${path}`;
  const writes: Fill = { do: 'fill', device, slice: path, image, bytes, zeros };
  const before: readonly Action[] =
    mirror === undefined
      ? []
      : [untilSecondary(name), untilGood(volume, mirror.dialect), run('drbdadm', 'primary', name)];
  return {
    verb: 'write',
    node,
    title: `fill ${name} with ${formatSize(bytes)} from ${image.path}`,
    danger: 'none',
    guards: [toBeFilled(volume, slice, mirror === undefined), ...(mirror ? mirrorGuards(volume, mirror.device) : [])],
    actions: [
      ...before,
      run('lvchange', '--addtag', tags.filling, path),
      writes,
      ...(mirror === undefined ? [] : [run('drbdadm', 'secondary', name)]),
      marked(volume),
    ],
    reason: 'it was made to be filled, and is not yet; a run before this one may have begun, and this one goes on',
  };
}

function mirrorGuards({ name }: Volume, device: string): readonly Guard[] {
  return [
    {
      ask: command('drbdadm', 'sh-dev', name),
      expect: { stdout: device },
      proves: `${device} is the device of ${name} (C3)`,
    },
    onePrimaryAtMost(name),
  ];
}

/** C1, C3, C5: the very slice that was made for it, by a plan, and of which nobody ever said that it is filled. */
function toBeFilled({ name, group }: Volume, slice: LogicalVolume | undefined, unused: boolean): Guard {
  const identity = slice === undefined ? [] : [`lv_uuid=${slice.uuid}`];
  const marks = [`lv_tags=${tags.ours}`, `lv_tags=${tags.unfilled}`];
  const none = [tags.filled, tags.unfinished].map((tag) => `lv_tags!=${tag}`);
  const open = unused ? ['lv_device_open=0'] : [];
  return {
    ask: volumesWhere('lv_name', called({ group, name }), ...identity, ...marks, ...none, ...open),
    expect: { stdout: name },
    proves: `${group}/${name} was made to be filled, never was${unused ? ', and is open to nobody' : ''} (C1, C2, C3)`,
  };
}

function marked({ name, group }: Volume): Action {
  const gone = [tags.unfilled, tags.filling].flatMap((tag) => ['--deltag', tag]);
  return run('lvchange', '--addtag', tags.filled, ...gone, `${group}/${name}`);
}

/**
 * Of another half: what was written through the mirror is there as well, or DRBD knows that it is behind. One that is cut off
 * may take itself for up to date, and would be half of an image under a mark that says all of it.
 */
export function markIt(
  volume: Volume,
  node: NodeName,
  source: NodeName,
  slice: LogicalVolume | undefined,
  dialect: Dialect,
): StepDraft {
  return {
    verb: 'mark',
    node,
    title: `remember on the slice that ${volume.name} was filled`,
    needs: [`${source}#write`],
    danger: 'none',
    guards: [toBeFilled(volume, slice, false)],
    actions: [connected(volume.name, dialect), marked(volume)],
    reason: 'nobody may ever fill it again',
  };
}
