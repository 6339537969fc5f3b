/** One member of an array that runs, as the kernel has it, and how a blank one is added to it. */
import type { Diagnostic } from '../../diagnostic.ts';
import { command, type Guard, run } from '../../shell/command.ts';
import { arrayPath } from '../backing.ts';
import { servedUnit } from '../file/paths.ts';
import { unitOf } from '../initiator/names.ts';
import { unreadable } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import type { StepDraft } from '../verdict.ts';
import { gate } from '../volume-group/gate.ts';
import type { World } from '../world.ts';
import type { Assembled, KernelLeg } from './facts.ts';
import { isBlank, there } from './plan.ts';
import { readSeen } from './prove.ts';
import * as no from './refusals.ts';
import { kernelLeg } from './running.ts';
import type { SeenMember } from './seen.ts';
import { memberPaths } from './things.ts';

export interface Member extends SeenMember {
  readonly running: Assembled;
  /** Undefined: the kernel does not have it in the array. */
  readonly kernel: KernelLeg | undefined;
  /** The unit that has proven it, of one that is imported (S3, I2). */
  readonly unit: string | undefined;
}

type Found<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly problems: readonly Diagnostic[] };

/** Of the array that sanctl made, which runs, by the name and the uuid that it has. */
export function seenRunning(array: RaidArray, world: World): Found<{ readonly members: readonly Member[] }> {
  const { name, node } = array;
  const { assembled } = world.have('array', node);
  const seen = readSeen(array, world);
  if (!assembled.known) return problem(unreadable(`array/${name}`, node, assembled.why));
  if (!seen.known) return problem(unreadable(`array/${name}`, node, seen.why));
  const running = assembled.value.find(({ names }) => names.includes(name));
  if (running === undefined || !['clean', 'active', 'active-idle', 'write-pending'].includes(running.state))
    return problem(no.notRunning(array));
  if (seen.value.record !== running.uuid) return problem(no.unknownArray(array, running.uuid));
  const members = seen.value.members.map((one) => ({
    ...one,
    running,
    kernel: kernelLeg(one, running),
    unit: unitBelow(one.on, world.site),
  }));
  return { ok: true, members };
}

export function memberOf(array: RaidArray, path: string, world: World): Found<{ readonly member: Member }> {
  const seen = seenRunning(array, world);
  if (!seen.ok) return seen;
  const member = seen.members.find((one) => one.path === path);
  return member === undefined
    ? problem(no.noMember(array, path, memberPaths(array, world.site)))
    : { ok: true, member };
}

/** Nothing where it is a spare already: an earlier run came as far. */
export function adding(array: RaidArray, member: Member): Found<{ readonly steps: readonly StepDraft[] }> {
  const { name, node, level } = array;
  const { path, kernel, on, running, unit } = member;
  if (kernel?.states.includes('spare') === true) return { ok: true, steps: [] };
  if (!member.device.known) return problem(unreadable(`array/${name}`, node, member.device.why));
  const device = there(member.device);
  if (device === undefined) return problem(no.missing(array, [path]));
  if (!isBlank(device)) return problem(no.notBlank(array, path, device));
  const state = `/sys/block/${running.device}/md/dev-${device.kernelName}/state`;
  return {
    ok: true,
    steps: [
      {
        verb: 'add',
        node,
        title: `add ${path} to ${name} as a spare`,
        danger: 'none',
        guards: [
          isAsSeen(array, running),
          ...(unit === undefined ? [] : [isProven(unit, path)]),
          ...gate(path, device),
        ],
        actions: [
          run('mdadm', arrayPath(name), '--add', path),
          // `--add --write-mostly` leaves it faulty, with exit 0 (tried, mdadm 4.2).
          ...(level === 1 && 'export' in on ? [run('sh', '-c', 'echo writemostly >"$1"', 'sh', state)] : []),
        ],
        reason: 'it is blank, and nobody uses it',
      },
    ],
  };
}

/** It has no place yet: nothing of the array is on it. */
export function isSpare({ path, running, device }: Member): Guard {
  const name = device.known && device.value !== 'absent' ? device.value.kernelName : '';
  const script = 'cd "/sys/block/$1/md/dev-$2" && [ "$(cat slot)" = none ] && grep -qw spare state';
  return {
    ask: command('sh', '-c', script, 'sh', running.device, name),
    expect: { exit: 0 },
    proves: `${path} is a spare of ${running.device}, without a place`,
  };
}

/** C3, C4. */
export function isAsSeen({ name }: RaidArray, { device, uuid, disks, degraded, action }: Assembled): Guard {
  const script = `[ "$(readlink -f "$1")" = "/dev/$2" ] && cd "/sys/block/$2/md" && echo $(tr -d :- <uuid) $(cat raid_disks degraded sync_action)`;
  return {
    ask: command('sh', '-c', script, 'sh', arrayPath(name), device),
    expect: { stdout: `${uuid} ${disks} ${degraded} ${action}` },
    proves: `${name} is the array that the plan saw: ${disks} members, ${degraded} missing, ${action}`,
  };
}

function isProven(unit: string, path: string): Guard {
  return {
    ask: command('systemctl', 'is-active', '--quiet', unit),
    expect: { exit: 0 },
    proves: `${unit} has proven ${path} (S3)`,
  };
}

function unitBelow(on: SeenMember['on'], site: Site): string | undefined {
  if (!('export' in on)) return undefined;
  return site.exports[on.export]?.via === 'iscsi' ? unitOf(on.export) : servedUnit('import', on.export);
}

function problem(...problems: readonly Diagnostic[]): { readonly ok: false; readonly problems: readonly Diagnostic[] } {
  return { ok: false, problems };
}
