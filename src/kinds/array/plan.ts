/** What one array of the inventory needs on its node. */
import type { Diagnostic } from '../../diagnostic.ts';
import { imagePath } from '../backing.ts';
import type { Thing } from '../kind.ts';
import { reachOf } from '../reach.ts';
import { type Reading, unknown, unreadable } from '../reading.ts';
import type { RaidArray } from '../site/array.ts';
import type { Site } from '../site.ts';
import { unitSteps } from '../unit.ts';
import { refuse, steps, type Verdict } from '../verdict.ts';
import type { Device } from '../volume-group/facts.ts';
import type { World } from '../world.ts';
import type { ArrayFacts, Assembled } from './facts.ts';
import { compare } from './legs.ts';
import { arrayUnit } from './paths.ts';
import * as no from './refusals.ts';
import { planRunning } from './running.ts';
import { legAt, type Seen, type SeenMember, seenOf } from './seen.ts';
import { create, type NewMember } from './steps.ts';
import { memberPaths } from './things.ts';

/** Not yet written to by anybody since it was assembled: by whomever, it may be taken apart (tried: the initial ramdisk). */
const untouched = new Set(['inactive', 'readonly', 'read-auto', 'clear']);

export function plan({ want: array, nodes: [node] }: Thing<RaidArray>, world: World): Verdict {
  if (node === undefined) return steps();
  const facts = world.have('array', node);
  const address = `array/${array.name}`;
  const record = facts.records[array.name] ?? unknown('it was not asked for');
  const unit = facts.units[array.name] ?? unknown('it was not asked for');
  if (!facts.assembled.known) return refuse(unreadable(address, node, facts.assembled.why));
  if (!record.known) return refuse(unreadable(address, node, record.why));
  if (!unit.known) return refuse(unreadable(address, node, unit.why));
  const left = leftDown(array, world);
  if (left.length > 0) return refuse(...left);
  const seen = seenOf(array, facts, record.value, memberPaths(array, world.site));
  const holders = facts.assembled.value.filter((one) => holds(one, seen.members));
  const verdict = planHeld(seen, holders, comingImages(array, world));
  if (verdict.diagnostics.some(({ severity }) => severity === 'error')) return verdict;
  const units = unitSteps(node, arrayUnit(array.name), unit.value, `the array ${array.name}`);
  return { ...verdict, steps: [...verdict.steps, ...units] };
}

/** R2 is kept by `AUTO -all`, which keeps down what the host itself assembles without an ARRAY line: its disks, its volume groups. */
function leftDown(array: RaidArray, { site, have }: World): readonly Diagnostic[] {
  return reachOf({ array: array.name }, site).flatMap((node) => {
    const { unnamed, records } = have('array', node);
    if (!unnamed.known) return [unreadable(`array/${array.name}`, node, unnamed.why)];
    const ours = Object.values(records).flatMap((one) => (one.known ? [one.value] : []));
    const holding = array.node === node ? namedHere(node, site, have('array', node)) : [];
    return unnamed.value
      .filter(({ device, uuid }) => !ours.includes(uuid) && !holding.includes(device))
      .map(({ device }) => no.leftDown(array, node, device));
  });
}

/** Making it may have broken off right before its record. */
function namedHere(node: string, site: Site, { assembled }: ArrayFacts): readonly string[] {
  const all = assembled.known ? assembled.value : [];
  return all.filter(({ names }) => names.some((name) => site.arrays[name]?.node === node)).map(({ device }) => device);
}

/** By the names that the kernel has for the members; and of one that lost a member whole, by those that are left. */
function holds({ legs }: Assembled, members: readonly SeenMember[]): boolean {
  const names = members.flatMap(({ device }) =>
    device.known && device.value !== 'absent' ? [device.value.kernelName] : [],
  );
  return legs.some(({ device }) => names.includes(device));
}

/** Files of this node that its plan makes block devices of: the unit of the array then compares all of its members. */
function comingImages({ node }: RaidArray, { have }: World): readonly string[] {
  return Object.entries(have('image', node).units).flatMap(([name, unit]) =>
    unit.known && !unit.value.active ? [imagePath(name)] : [],
  );
}

function planHeld(seen: Seen, holders: readonly Assembled[], coming: readonly string[]): Verdict {
  const inUse = holders.filter(({ state }) => !untouched.has(state));
  const [running] = inUse;
  if (running === undefined) return planStopped(seen, coming);
  const ours = inUse.length === 1 && running.names.includes(seen.array.name);
  return ours
    ? planRunning(seen, running)
    : refuse(
        no.elsewhere(
          seen.array,
          inUse.map(({ device }) => device),
        ),
      );
}

/** A member that is not there may be one that this plan makes; one that cannot be read never is. */
function planStopped({ array, members, record }: Seen, coming: readonly string[]): Verdict {
  const unread = members.flatMap(({ device, leg }) => [device, leg].flatMap((one) => (one.known ? [] : [one.why])));
  const legs = members.flatMap(legAt);
  if (legs.length === 0) {
    if (unread.length > 0) return refuse(...unread.map((why) => unreadable(`array/${array.name}`, array.node, why)));
    if (record === 'absent') return planCreate(array, members);
    return members.some(({ path }) => coming.includes(path)) ? steps() : refuse(no.lost(array));
  }
  const rest = members.filter(({ path }) => !legs.some((leg) => leg.path === path));
  const blank = rest.filter(({ device }) => device.known && device.value !== 'absent');
  const away = rest.filter((member) => !blank.includes(member) && !coming.includes(member.path));
  const pathsOf = (list: readonly { readonly path: string }[]) => list.map(({ path }) => path);
  const compared = compare(legs);
  const uuid = legs[0]?.uuid ?? '';
  const asRecorded = () => (uuid === record ? steps() : refuse(no.unknownArray(array, uuid)));
  // Every place has its leg: what else is listed is no member, not yet or not any more.
  if (compared.ok && compared.whole) return asRecorded();
  if (away.length > 0) return refuse(no.missing(array, pathsOf(away)));
  if (blank.length > 0) return refuse(no.halfThere(array, pathsOf(legs), pathsOf(blank), uuid === record));
  if (!compared.ok) {
    if ('why' in compared) return refuse(no.cannotCompare(array, compared.why));
    const [one, other] = compared.split;
    return refuse(no.splitBrain(array, one.path, other.path));
  }
  return asRecorded();
}

function planCreate(array: RaidArray, members: readonly SeenMember[]): Verdict {
  const fresh: readonly NewMember[] = members.map(({ path, on, device }) => ({ path, on, device: there(device) }));
  const used = fresh.filter(({ device }) => device !== undefined && !isBlank(device));
  if (used.length === 0) return steps(create(array, fresh));
  return refuse(
    ...used.flatMap(({ path, device }) => (device === undefined ? [] : [no.notBlank(array, path, device)])),
  );
}

export function there(device: Reading<Device | 'absent'>): Device | undefined {
  return device.known && device.value !== 'absent' ? device.value : undefined;
}

export function isBlank({ signatures, children, mountpoints, content, readOnly }: Device): boolean {
  return [signatures, children, mountpoints].every(({ length }) => length === 0) && content.is === 'zero' && !readOnly;
}
