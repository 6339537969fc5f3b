/** The steps of an array: made over blank members only, started, and members that were away taken in again. */
import { command, run } from '../../shell/command.ts';
import { arrayPath } from '../backing.ts';
import type { RaidArray } from '../site/array.ts';
import type { StepDraft } from '../verdict.ts';
import type { Device } from '../volume-group/facts.ts';
import { gate, gateOfNew } from '../volume-group/gate.ts';
import type { Assembled } from './facts.ts';
import { arrayRecords, arrayScriptPath } from './paths.ts';

/** A member of a new array. `device` is undefined when the same plan makes it. */
export interface NewMember {
  readonly path: string;
  readonly on: RaidArray['members'][number];
  readonly device: Device | undefined;
}

/** Every node is foreign to this one, so that nothing of Debian's starts it with what is there (tried: the last-resort timer). */
const homehost = 'sanctl';

/** What lsblk calls a device of that sort. */
function typeOf(on: NewMember['on']): string {
  if ('image' in on) return 'loop';
  return 'volume' in on ? 'lvm' : 'disk';
}

/** No answer is a no: mdadm asks before it writes over anything that it knows (tried, 4.2), and stdin is empty (C10). */
export function create(array: RaidArray, members: readonly NewMember[]): StepDraft {
  const { name, node, level, chunkBytes, bitmap } = array;
  return {
    verb: 'create',
    node,
    title: `create ${arrayPath(name)}, RAID ${level} over ${members.map(({ path }) => path).join(', ')}`,
    danger: 'none',
    guards: [
      {
        ask: {
          argv: [
            'sh',
            '-c',
            'for one; do [ -e "$one" ] && echo "$one"; done; true',
            'sh',
            arrayPath(name),
            `${arrayRecords}/${name}`,
          ],
        },
        expect: { stdout: '' },
        proves: `${node} has no array ${name} and never had one`,
      },
      ...members.flatMap(({ path, on, device }) =>
        device === undefined ? gateOfNew(path, typeOf(on)) : gate(path, device),
      ),
    ],
    actions: [
      run('mkdir', '-p', '-m', '0700', arrayRecords),
      run(
        'mdadm',
        '--create',
        arrayPath(name),
        `--level=${level}`,
        `--raid-devices=${members.length}`,
        '--metadata=1.2',
        ...(chunkBytes === undefined ? [] : [`--chunk=${chunkBytes / 1024}K`]),
        ...(level === 0 ? [] : [`--bitmap=${bitmap}`]),
        `--homehost=${homehost}`,
        `--name=${name}`,
        ...ordered(level, members),
      ),
      // mdadm gives up waiting for the link after 5 s, with exit 0.
      run('udevadm', 'settle', '--timeout=60'),
      script('record', name),
    ],
    reason: 'the inventory asks for an array, and its members are blank',
  };
}

/** Reads go to the members that are here (R4); the flag is for those behind it. */
function ordered(level: RaidArray['level'], members: readonly NewMember[]): readonly string[] {
  const far = members.filter(({ on }) => 'export' in on).map(({ path }) => path);
  const near = members.filter(({ on }) => !('export' in on)).map(({ path }) => path);
  if (level !== 1 || near.length === 0 || far.length === 0) return members.map(({ path }) => path);
  return [...near, '--write-mostly', ...far];
}

/** What `create` did not come to. */
export function record({ name, node }: RaidArray, { device, uuid }: Assembled): StepDraft {
  return {
    verb: 'record',
    node,
    title: `remember which array ${name} is`,
    danger: 'none',
    guards: [
      {
        ask: command(
          'sh',
          '-c',
          '[ "$(readlink -f "$1")" = "/dev/$2" ] && tr -d :- <"/sys/block/$2/md/uuid"',
          'sh',
          arrayPath(name),
          device,
        ),
        expect: { stdout: uuid },
        proves: `${arrayPath(name)} is the array that its members bear`,
      },
    ],
    actions: [run('mkdir', '-p', '-m', '0700', arrayRecords), script('record', name)],
    reason: 'making it broke off right before its end',
  };
}

/** `copies`: how many members may still go without loss, and one. */
export function rejoin({ name, node }: RaidArray, paths: readonly string[], copies: number): StepDraft {
  return {
    verb: 'rejoin',
    node,
    title: `take ${paths.join(', ')} into ${name} again, and copy what was written meanwhile`,
    danger: 'none',
    guards: [],
    actions: [script('rejoin', name)],
    reason: 'they were away, and are back',
    redundancy: { copies, until: 'what they missed is copied' },
  };
}

export function tune({ name, node, rebuildRate }: RaidArray, device: string): StepDraft {
  const kibs = Math.floor(rebuildRate / 1024);
  const path = `/sys/block/${device}/md/sync_speed_max`;
  return {
    verb: 'tune',
    node,
    title: `let a rebuild of ${name} take ${kibs} KiB for each second at most`,
    danger: 'none',
    guards: [],
    actions: [run('sh', '-c', 'echo "$2" >"$1"', 'sh', path, String(kibs))],
    reason: 'the inventory says so',
  };
}

function script(verb: string, name: string) {
  return run('sh', arrayScriptPath, verb, name);
}
