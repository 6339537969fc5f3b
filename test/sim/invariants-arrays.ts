/** What must hold of arrays, whatever goes wrong (safety.md, R1 to R7). */
import type { Site } from '../../src/kinds/site.ts';
import type { Violation } from './invariants.ts';
import { difference } from './machine/content.ts';
import type { Machine } from './machine/machine.ts';
import { dataOffset, type MdArray, superblockOn } from './machine/md-array.ts';
import { goingOf } from './machine/nbd-device.ts';
import { Ranges } from './machine/ranges.ts';
import type { Room } from './room.ts';

export function watchArrays(room: Room, violations: Violation[]): void {
  room.checks.push((_room, machine, argv) => {
    const wrong = (rule: string, detail: string): void => {
      if (violations.length < 20)
        violations.push({ rule, detail: `${detail}, after ${machine.name}$ ${argv.join(' ')}` });
    };
    const all = [...room.machines.values()].flatMap(({ arrays }) => arrays);
    for (const [at, array] of all.entries()) {
      for (const other of all.slice(at + 1))
        if (other.known.uuid === array.known.uuid)
          wrong('an array is assembled once', `${array.name} on ${array.machine.name} and ${other.machine.name}`);
      const differs = differing(array);
      if (differs !== undefined)
        wrong('members that are in are equal', `${array.name} on ${array.machine.name}: ${differs}`);
    }
  });
}

/** R7: shares of the same writes, wherever a member can be read. */
function differing(array: MdArray): string | undefined {
  // Nobody has it yet.
  if (array.state === 'readonly') return undefined;
  const legs = array.legs.filter(({ state, device }) => state === 'in_sync' && goingOf(device) === 'goes');
  const [first, ...others] = legs;
  for (const { device, role } of others)
    for (const [start, end] of settled(array)) {
      const at = first === undefined ? undefined : difference(first.device, device, start, end);
      if (at !== undefined) return `member ${role} differs from member ${first?.role} at byte ${at}`;
    }
  return undefined;
}

/** All but what md says itself that it is still making equal; it reads that from one of them meanwhile. */
function settled({ bytes, dataDisks, resyncing }: MdArray): readonly (readonly [number, number])[] {
  const rest = Ranges.of(dataOffset, dataOffset + bytes / dataDisks);
  for (const [start, end] of resyncing) rest.remove(start, end);
  return rest.list.map(({ start, end }) => [start, end] as const);
}

/** Every array is assembled, with all of its members, and its file system mounted. */
export function arraysAsWished(room: Room, site: Site): readonly string[] {
  return Object.values(site.arrays).flatMap(({ name, node, members, filesystem }) => {
    const machine = room.machines.get(node);
    const array = machine?.arrays.find((one) => one.name === name);
    if (array === undefined) return [`${name} is not assembled on ${node}`];
    const inside = array.legs.filter(({ state }) => state !== 'faulty').length + estranged(machine, array);
    const mounted = filesystem === undefined || machine?.mounts.get(filesystem.mount) === array;
    return [
      ...(inside === members.length ? [] : [`${name} has ${inside} members of ${members.length}`]),
      ...(mounted ? [] : [`${name} is not mounted`]),
    ];
  });
}

/** R7: members whose last word denies one that is in now. They may be good; only a person takes them in again. */
function estranged(machine: Machine | undefined, array: MdArray): number {
  const within = array.legs.filter(({ state }) => state !== 'faulty');
  const outside = (machine?.nbd ?? []).filter((one) => !one.gone && !within.some(({ device }) => device === one));
  return outside.filter((one) => {
    const last = superblockOn(one);
    return last?.uuid === array.known.uuid && within.some(({ role }) => last.state[role] !== 'A');
  }).length;
}
