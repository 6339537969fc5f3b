/**
 * Back to a snapshot: what differs is copied from it onto the disk itself. LVM's own merge would put DRBD's metadata back as
 * well, behind its back, and the sides would no longer know who is newer (D4); copied through the mirror, every half gets
 * it, in sync, and none is ever invalidated (K6). Cut off anywhere, the same again finishes it; until then nobody starts on it.
 */
import { type Action, command, type Guard, run } from '../../shell/command.ts';
import { isHealthy, onePrimaryAtMost } from '../drbd/ask.ts';
import type { Dialect } from '../drbd/dialect.ts';
import { untilSecondary } from '../drbd/seeding.ts';
import type { Volume } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import { selected } from '../volume/guards.ts';
import type { Slice } from '../volume/slices.ts';
import { tags } from '../volume/tags.ts';
import { isValid, type Snapshot } from './sets.ts';

export interface Rollback {
  readonly volume: Volume;
  readonly snapshot: Snapshot;
  /** What it is put back onto. */
  readonly slice: Slice;
  readonly mirror: { readonly device: string; readonly dialect: Dialect } | undefined;
  /** Steps before which nothing begins: the VM was looked for everywhere. */
  readonly looked: readonly string[];
}

/**
 * Compared and written in parts, with O_DIRECT; in the end compared whole. A disk that has grown since has more than the
 * snapshot knows of: nothing of it is touched.
 */
export const copyScript = `from=$1 to=$2 part=4194304 at=0 spool=$3.$$
bytes=$(blockdev --getsize64 "$to") && has=$(blockdev --getsize64 "$from") || exit
[ "$has" -ge "$bytes" ] || { echo "the snapshot is smaller than the disk: $has of $bytes bytes" >&2; exit 1; }
mkdir -p -- "$spool" || exit
trap 'rm -rf "$spool"' EXIT
trap 'exit 143' HUP INT TERM
while [ "$((at * part))" -lt "$bytes" ]; do
  for side in from to; do
    eval "device=\\$$side"
    dd if="$device" of="$spool/$side" bs="$part" skip="$at" count=1 iflag=direct status=none || exit
  done
  truncate -s "$(wc -c <"$spool/to")" "$spool/from" || exit
  cmp -s "$spool/from" "$spool/to" ||
    dd if="$spool/from" of="$to" bs="$part" seek="$at" oflag=direct conv=notrunc,nocreat,fsync status=none || exit
  at=$((at + 1))
done
cmp -n "$bytes" "$from" "$to"`;

/** On tmpfs; each run adds its process. */
const spool = '/run/sanctl/rollback';

export function rollback({ volume, snapshot, slice, mirror, looked }: Rollback): StepDraft {
  const { name, group } = volume;
  const path = `${group}/${name}`;
  const device = mirror?.device ?? `/dev/${path}`;
  const before: readonly Action[] = mirror === undefined ? [] : [untilSecondary(name), run('drbdadm', 'primary', name)];
  return {
    verb: `rollback-${name}`,
    node: snapshot.node,
    title: `put ${name} back to what it was at ${snapshot.set}; what was written since is lost`,
    needs: looked,
    danger: 'destroys',
    destroys: `what was written to ${name} since ${snapshot.set}`,
    guards: [
      isThere(snapshot),
      isTheSlice(slice, mirror === undefined),
      ...(mirror === undefined ? [] : mirrorGuards(volume, mirror.device, mirror.dialect)),
    ],
    actions: [
      run('lvchange', '--addtag', tags.restoring, path),
      ...before,
      run('sh', '-c', copyScript, 'sh', `/dev/${group}/${snapshot.slice.name}`, device, spool),
      ...(mirror === undefined ? [] : [run('drbdadm', 'secondary', name)]),
      run('lvchange', '--deltag', tags.restoring, path),
    ],
    reason: 'the command names it',
  };
}

function mirrorGuards(volume: Volume, device: string, dialect: Dialect): readonly Guard[] {
  return [
    {
      ask: command('drbdadm', 'sh-dev', volume.name),
      expect: { stdout: device },
      proves: `${device} is the device of ${volume.name} (C3)`,
    },
    onePrimaryAtMost(volume.name),
    isHealthy(volume, dialect),
  ];
}

function isThere({ group, origin, slice }: Snapshot): Guard {
  const more = `origin=${origin} && lv_tags!=${tags.snapshotUnfinished} && ${isValid(slice)}`;
  return {
    ask: selected({ ...slice, group }, more),
    expect: { stdout: slice.uuid },
    proves: `${group}/${slice.name} is the snapshot that the plan saw, whole and valid (C3)`,
  };
}

function isTheSlice({ group, name, uuid }: Slice, unused: boolean): Guard {
  return {
    ask: selected({ uuid, group, name }, unused ? 'lv_device_open=0' : undefined),
    expect: { stdout: uuid },
    proves: `${group}/${name} is the volume that the plan saw${unused ? ', open to nobody' : ''} (C2, C3)`,
  };
}
