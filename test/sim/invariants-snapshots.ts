/** What must hold of snapshots after every single command (docs/snapshots.md), seen from the model and not through sanctl's own eyes. */
import { volumesOf } from '../../src/kinds/reach.ts';
import type { Site } from '../../src/kinds/site.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Device, difference, type Stretch } from './machine/content.ts';
import type { LogicalVolume } from './machine/lvm.ts';
import type { Machine } from './machine/machine.ts';
import type { Played } from './playbook.ts';
import type { Room } from './room.ts';

/** Seconds for which a guest may stand still: the timer's ten, and what it takes to be told. */
const longestPause = 12;

/** A disk that is put back by a plan, from the look before it. */
interface Back {
  readonly name: string;
  readonly slice: LogicalVolume;
  readonly snapshot: LogicalVolume;
  /** As the guest sees it: of a mirror without DRBD's metadata. */
  readonly bytes: number;
  readonly before: readonly Stretch[];
  readonly run: number;
}

export class StandsStill {
  /** By VM: the set that a rollback was asked for last. */
  readonly backTo = new Map<string, string>();
  readonly #room: Room;
  readonly #site: Site;
  readonly #wrong: (rule: string, detail: string) => void;
  readonly #paused = new Map<string, number>();
  #backs: readonly Back[] = [];
  #run = 0;

  constructor(room: Room, site: Site, wrong: (rule: string, detail: string) => void) {
    this.#room = room;
    this.#site = site;
    this.#wrong = wrong;
    room.checks.push((_room, machine, argv) => this.#check(`${machine.name}$ ${argv.join(' ').slice(0, 300)}`));
  }

  /** Of a rollback: what was written since the set, a person has given up; all else must stay. */
  about({ steps }: Plan, told: readonly string[]): void {
    this.#run += 1;
    const named = (what: string): string =>
      told.find((word) => word.startsWith(`${what}=`))?.slice(what.length + 1) ?? '';
    const found = steps.flatMap(({ id, node }) => {
      const name = /#rollback-(.+)$/.exec(id)?.[1];
      return name === undefined ? [] : this.#backOf(name, node, named('name'));
    });
    if (found.length > 0) this.backTo.set(named('vm'), named('name'));
    this.#backs = [...this.#backs.filter(({ name }) => found.every((one) => one.name !== name)), ...found];
  }

  #backOf(name: string, node: string, set: string): readonly Back[] {
    const machine = this.#room.machines.get(node);
    const slice = machine?.lvm.groups.flatMap(({ volumes }) => volumes).find((one) => one.name === name);
    const snapshot = slice?.group.volumes.find((one) => one.name === `${name}.at.${set}`);
    if (slice === undefined || snapshot === undefined) return [];
    const bytes = machine?.halves.get(name)?.bytes ?? slice.bytes;
    const kept = new Set(snapshot.read(0, bytes).map(({ written }) => written));
    const before = slice.read(0, bytes);
    for (const { written } of before) if (!kept.has(written)) this.#room.ledger.giveUp(written);
    return [{ name, slice, snapshot, bytes, before, run: this.#run }];
  }

  /** What was said of it is so: done is the set, byte for byte, and untouched is as it was. */
  over(played: Played | undefined): void {
    if (played === undefined || played.is === 'refused') return;
    for (const back of this.#backs.filter(({ run }) => run === this.#run)) {
      if (played.is === 'done' && !isAs(back, back.snapshot))
        this.#wrong('a rollback gives what the set has', back.name);
      if (played.is === 'broke off' && !played.outcome.touched && !isAs(back, frozen(back)))
        this.#wrong('what is called untouched is as it was', back.name);
    }
  }

  nobodyStandsStill(): void {
    for (const { name, domains } of this.#room.machines.values())
      for (const domain of domains.filter(({ built, state }) => built && state.includes('p')))
        this.#wrong('no guest is left standing still', `${domain.name} on ${name}`);
  }

  #check(during: string): void {
    const machines = [...this.#room.machines.values()];
    for (const machine of machines) {
      this.#pauses(machine, during);
      this.#moments(machine, during);
    }
    const slices = machines.flatMap(({ lvm }) => lvm.groups.flatMap(({ volumes }) => volumes));
    const half = new Set(slices.filter(({ tags }) => tags.has('sanctl.restoring')).map(({ name }) => name));
    const used = new Set(machines.flatMap(({ domains }) => domains.flatMap(({ name }) => this.#disksOf(name))));
    for (const name of used)
      if (half.has(name)) this.#wrong('no VM on a disk half put back', `${name}, after ${during}`);
    // From then on a guest writes on it.
    this.#backs = this.#backs.filter(({ name }) => !used.has(name));
    for (const back of this.#backs)
      if (!half.has(back.name) && !isAs(back, back.snapshot) && !isAs(back, frozen(back)))
        this.#wrong('a disk is as it was, or as the set, or says that it is neither', `${back.name}, after ${during}`);
  }

  #disksOf(vm: string): readonly string[] {
    const found = this.#site.vms[vm];
    return found === undefined ? [] : volumesOf(found);
  }

  #pauses({ name, bootId, domains, around }: Machine, during: string): void {
    for (const { id, built, state } of domains) {
      const key = `${name} ${bootId} ${id}`;
      if (!built || !state.includes('p')) this.#paused.delete(key);
      else if (!this.#paused.has(key)) this.#paused.set(key, around.now());
      else if (around.now() - (this.#paused.get(key) ?? 0) > longestPause)
        this.#wrong('a guest stands still for ten seconds at most', `${id} on ${name}, after ${during}`);
    }
  }

  /** All that a set calls whole was taken when its guest had come as far. */
  #moments({ name, lvm }: Machine, during: string): void {
    const all = lvm.groups.flatMap(({ volumes }) => volumes).filter(({ origin }) => origin !== undefined);
    for (const vm of Object.keys(this.#site.vms)) {
      const own = all.filter(({ origin }) => this.#disksOf(vm).includes(origin?.name ?? ''));
      for (const set of new Set(own.flatMap(({ tags }) => [...tags].filter((tag) => tag.startsWith('sanctl.set.'))))) {
        const members = own.filter(({ tags }) => tags.has(set));
        const whole = members.every(({ tags }) => !tags.has('sanctl.snapshot.unfinished'));
        if (whole && new Set(members.map(({ taken }) => taken)).size > 1)
          this.#wrong('a set that is whole is of one moment', `${vm} ${set} on ${name}, after ${during}`);
      }
    }
  }
}

function isAs({ slice, bytes }: Back, other: Device): boolean {
  return difference(slice, other, 0, bytes) === undefined;
}

function frozen({ bytes, before }: Back): Device {
  return { bytes, read: () => before, write: () => undefined };
}
