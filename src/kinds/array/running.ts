/** What an array needs that runs: its shape is only looked at; members that are back are taken in again (R7). */
import type { Diagnostic } from '../../diagnostic.ts';
import { refuse, type Verdict } from '../verdict.ts';
import type { Assembled, KernelLeg } from './facts.ts';
import { isActive } from './legs.ts';
import * as no from './refusals.ts';
import { type LegAt, legAt, type Seen, type SeenMember } from './seen.ts';
import { record, rejoin, tune } from './steps.ts';

/** md(4): how many members each level can lose; level 10, of two copies, one for certain. */
export function mayLose(level: number, disks: number): number {
  return { 0: 0, 1: disks - 1, 5: 1, 6: 2 }[level] ?? 1;
}

export function planRunning(seen: Seen, running: Assembled): Verdict {
  const { array, members } = seen;
  const problems = shapeOf(seen, running);
  if (problems.length > 0) return refuse(...problems);
  if (seen.record === 'absent' && !isWhole(seen, running)) return refuse(no.unknownArray(array, running.uuid));
  if (array.level !== 10 && running.degraded > mayLose(array.level, running.disks)) return refuse(no.failed(array));
  const rate = Math.floor(array.rebuildRate / 1024);
  const lost = members.filter((member) => !isIn(member, running));
  const back = lost
    .flatMap(legAt)
    .filter((leg) => mayRejoin(leg, seen, running))
    .map(({ path }) => path);
  const away = lost.filter(({ path }) => !back.includes(path));
  const more = members.length > running.disks ? outside(seen, running) : [];
  const copies = Math.max(1, mayLose(array.level, running.disks) - running.degraded + 1);
  return {
    steps: [
      ...(seen.record === 'absent' ? [record(array, running)] : []),
      ...(running.speedMax === undefined || running.speedMax === rate ? [] : [tune(array, running.device)]),
      ...(back.length === 0 ? [] : [rejoin(array, back, copies)]),
    ],
    diagnostics: [
      ...(more.length > 0 ? [no.moreMembers(array, running, more)] : []),
      ...(away.length > 0 && (more.length === 0 || running.degraded > 0)
        ? [no.degraded(array, away.map(whyAway))]
        : []),
    ],
  };
}

/** `sync_speed_max` says `system` while nothing was set; any number is compared. */
function shapeOf({ array, members, record: known }: Seen, running: Assembled): readonly Diagnostic[] {
  const { level, chunkBytes = 0, bitmap } = array;
  const differs = (what: string): Diagnostic => no.otherShape(array, running, what);
  return [
    ...(known === 'absent' || known === running.uuid ? [] : [differs(`it is array ${running.uuid}, not ${known}`)]),
    ...(running.level === `raid${level}` ? [] : [differs(`it is ${running.level}, not raid${level}`)]),
    ...(running.disks === members.length || (level > 0 && running.disks < members.length)
      ? []
      : [differs(`it has ${running.disks} members, not ${members.length}`)]),
    ...(chunkBytes === running.chunkBytes
      ? []
      : [differs(`its chunk is ${running.chunkBytes}, not ${chunkBytes} bytes`)]),
    ...(level === 0 || running.bitmap === (bitmap === 'internal') ? [] : [differs(`its bitmap is not ${bitmap}`)]),
  ];
}

/** Members that it does not have: one that it is to grow by or to get for another, or that was replaced. */
function outside({ members }: Seen, running: Assembled): readonly string[] {
  return members.filter((member) => kernelLeg(member, running)?.slot === undefined).map(({ path }) => path);
}

/** As the kernel has it; undefined: it has not, or that cannot be told. */
export function kernelLeg({ device }: SeenMember, { legs }: Assembled): KernelLeg | undefined {
  const name = device.known && device.value !== 'absent' ? device.value.kernelName : '';
  return legs.find((leg) => leg.device === name);
}

function isIn(member: SeenMember, running: Assembled): boolean {
  return kernelLeg(member, running)?.states.includes('faulty') === false;
}

/** As it was made: all of its members, nothing else, and each says that it is this one (R1). */
function isWhole({ members }: Seen, running: Assembled): boolean {
  const ours = members.every((member) => isIn(member, running) && legAt(member)[0]?.uuid === running.uuid);
  return ours && running.legs.length === members.length;
}

/** Its last word calls all active that are in now, and nobody has its place; the newest events are asked for by the step. */
function mayRejoin(leg: LegAt, { members }: Seen, running: Assembled): boolean {
  if (running.legs.some(({ slot, states }) => slot === leg.role && states.includes('in_sync'))) return false;
  const inside = members.filter((member) => isIn(member, running)).flatMap(legAt);
  return inside.every((one) => one.uuid === leg.uuid && isActive(leg, one)) && leg.role !== undefined;
}

function whyAway({ path, device, leg }: SeenMember): string {
  if (!device.known) return `${path}: ${device.why}`;
  if (device.value === 'absent') return `${path} is not there`;
  if (!leg.known) return `${path}: ${leg.why}`;
  return leg.value === 'none' ? `${path} bears no array` : `${path} went its own way (R7)`;
}
