/** Snapshots of all disks of a VM, of one moment: its guest stands still meanwhile, and goes on by itself whatever happens. */
import { formatSize } from '../../quantity.ts';
import { command, type Guard, type Run, run } from '../../shell/command.ts';
import { literal } from '../../shell/expect.ts';
import type { NodeName } from '../../step.ts';
import type { Domain } from '../domain/facts.ts';
import type { Vm } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import { same } from '../volume/guards.ts';
import type { Slice } from '../volume/slices.ts';
import { tags } from '../volume/tags.ts';
import { called, volumesWhere } from '../volume/where.ts';
import { nameIn } from './sets.ts';

/** Seconds after which the guest goes on although the snapshots are not done; they are then of different moments, and the step fails. */
export const longestPauseSeconds = 10;

/** Above this a thin pool takes no snapshot: what is written from then on needs new blocks (L5). */
export const fullestPool = 80;

export interface Creation {
  readonly vm: Vm;
  readonly set: string;
  readonly node: NodeName;
  /** Each with whether DRBD stands on it. */
  readonly slices: readonly (Slice & { readonly replicated: boolean })[];
  /** Undefined: it runs nowhere. */
  readonly domain: Domain | undefined;
}

export function create({ vm, set, node, slices, domain }: Creation): StepDraft {
  const made = slices.map(({ group, name }) => `${group}/${nameIn(name, set)}`);
  const words = slices.flatMap(({ group, name, pool }) => [
    `${group}/${name}`,
    nameIn(name, set),
    pool === '' ? 'thick' : 'thin',
  ]);
  const size = slices.reduce((sum, { bytes, pool }) => sum + (pool === '' ? bytes : 0), 0);
  const room = size === 0 ? 'in its thin pool' : `room for ${formatSize(size)}`;
  return {
    verb: 'create',
    node,
    title: `snapshot the disks of ${vm.name} as ${set} (${slices.map(({ name }) => name).join(', ')}; ${room})`,
    danger: 'none',
    guards: [...(domain === undefined ? [] : [isStill(domain)]), ...slices.flatMap(guardsOf)],
    actions: [
      domain === undefined ? take('', set, words) : take(String(domain.id), set, words),
      run('lvchange', '--deltag', tags.snapshotUnfinished, ...made),
    ],
    reason:
      domain === undefined
        ? 'its guest does not run'
        : `its guest stands still meanwhile, for ${longestPauseSeconds} s at most: all are of one moment`,
  };
}

/**
 * The timer comes first, and goes last: whatever becomes of this shell, of the line or of sanctl, the guest goes on after so
 * many seconds. `lvcreate` is never killed: it holds the disk still while it works. A guest that went on before all were made
 * is seen by its state, and the set stays unfinished. What a guest had sent and not heard of may be in one snapshot and not
 * in another, as after a power cut: it counted on none of it.
 */
export const takeScript = `id=$1 bound=$2 tags=$3 unit=sanctl-unpause-$1
shift 3
is() { xl list "$id" | grep -Eq -e "$1"; }
if [ -n "$id" ]; then
  is ' [r-][b-]---- ' || { echo "domain $id does not run" >&2; exit 1; }
  systemd-run --quiet --collect --unit="$unit" --on-active="$bound" --timer-property=AccuracySec=100ms xl unpause "$id" || exit
  trap 'xl unpause "$id" >/dev/null 2>&1; systemctl stop "$unit.timer"' EXIT
  trap 'exit 143' HUP INT TERM
  xl pause "$id" || exit
fi
while [ "$#" -gt 0 ]; do
  case $3 in thick) room='--extents 100%ORIGIN' ;; *) room='--setactivationskip n' ;; esac
  # shellcheck disable=SC2086 # these are words
  lvcreate --snapshot --permission r $room $tags --name "$2" "$1" || exit
  shift 3
done
[ -z "$id" ] || is ' [r-][b-]p--- ' || { echo 'the guest went on before all snapshots were made' >&2; exit 1; }`;

function take(id: string, set: string, words: readonly string[]): Run {
  const marks = [tags.snapshot, `${tags.set}${set}`, tags.snapshotUnfinished];
  const tagWords = marks.map((tag) => `--addtag ${tag}`).join(' ');
  return run('sh', '-c', takeScript, 'sh', id, String(longestPauseSeconds), tagWords, ...words);
}

/** Identity, not name (C3): a domain that was started anew is another one. */
function isStill({ name, id, uuid }: Domain): Guard {
  return {
    ask: command('xl', 'list', '-v'),
    expect: { matches: `^${literal(name)} +${id} .* ${uuid} ` },
    proves: `domain ${id} is still ${name} (${uuid}) (C3)`,
  };
}

function guardsOf({ group, name, uuid, pool, replicated }: Creation['slices'][number]): readonly Guard[] {
  return [
    same({ uuid, group, name }),
    ...(replicated ? [isGoodHere(name)] : []),
    ...(pool === '' ? [] : [hasRoom(group, pool)]),
  ];
}

/** D2: a mirror whose disk here is gone or behind goes on over the network, and its slice here is old. */
function isGoodHere(name: string): Guard {
  return {
    ask: command('drbdadm', 'dstate', name),
    expect: { matches: '^UpToDate(/|$)' },
    proves: `the slice of ${name} here has its newest data (D2)`,
  };
}

/** L5: a full pool gives I/O errors to all that is in it. */
function hasRoom(group: string, pool: string): Guard {
  const used = `data_percent<${fullestPool} && metadata_percent<${fullestPool}`;
  return {
    ask: volumesWhere('lv_name', called({ group, name: pool }), used, 'seg_monitor=monitored'),
    expect: { stdout: pool },
    proves: `${group}/${pool} is less than ${fullestPool} % full, data and metadata, and dmeventd watches it (L5)`,
  };
}
