/** A room with simulated machines: the network between them, one clock, one witness of all writes. */

import type { VirtualClock } from './clock.ts';
import { Killed } from './machine/answer.ts';
import type { Half } from './machine/drbd.ts';
import { handshake, lose, syncSome } from './machine/drbd-peers.ts';
import { Ledger } from './machine/ledger.ts';
import { Machine, type Surroundings } from './machine/machine.ts';
import { programs } from './machine/programs.ts';
import { advance } from './machine/units.ts';
import { guestWrites, wantsToWrite } from './machine/xen.ts';
import type { Random } from './random.ts';

/** Seconds from "both wait for each other" to the handshake. */
const connectSeconds = 1;
/** As fast as the lab's disks: a GiB in 16 s. */
const syncBytesPerSecond = 64 * 2 ** 20;

export type Check = (room: Room, machine: Machine, argv: readonly string[], code: number) => void;

interface Told {
  readonly connection: string;
  readonly peerRole: string;
  readonly peerNode: string | undefined;
}

export class Room {
  readonly machines = new Map<string, Machine>();
  readonly ledger = new Ledger();
  /** Mistakes of the model in what lives on by itself. */
  readonly troubles: unknown[] = [];
  /** Called after every command of any machine; throws or notes what must not be. */
  readonly checks: Check[] = [];
  /** A moment at which something may go wrong on a machine, besides those of sanctl's own lines and batches. */
  onMoment: (machine: Machine) => void = () => undefined;
  /** What a power switch does beyond the machine itself. */
  onShot: (machine: Machine) => void = (machine) => machine.cutPower();
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #cut = new Set<string>();
  /** How each half stood when the kernel log was written last. */
  readonly #told = new WeakMap<Half, Told>();
  #settledAt = 0;
  #settling = false;

  constructor(random: Random, clock: VirtualClock) {
    this.#random = random;
    this.#clock = clock;
  }

  add(name: string, address: string): Machine {
    const around: Surroundings = {
      ledger: this.ledger,
      now: () => this.#clock.now(),
      sleep: (seconds) => this.#clock.sleep(seconds),
      machineAt: (at) => [...this.machines.values()].find((one) => one.address === at),
      linked: (one, other) => one.on && other.on && this.linked(one.name, other.name),
      moment: (machine) => this.onMoment(machine),
      trouble: (problem) => {
        if (!(problem instanceof Killed)) this.troubles.push(problem);
      },
      shoot: (machine) => this.onShot(machine),
      settle: () => this.settle(),
      program: (machine, argv, stdin) => programs.get(argv[0] ?? '')?.(machine, argv, stdin),
      afterCommand: (machine, argv, code) => {
        for (const check of this.checks) check(this, machine, argv, code);
      },
    };
    const machine = new Machine(name, address, this.#random.fork(name), around);
    this.machines.set(name, machine);
    return machine;
  }

  /** Whether everything still holds, after what went on by itself. */
  look(): void {
    const [machine] = this.machines.values();
    if (machine === undefined) return;
    for (const check of this.checks) check(this, machine, ['what', 'went', 'on', 'by', 'itself'], 0);
  }

  /** The replication network between two machines. */
  link(one: string, other: string, works: boolean): void {
    const key = [one, other].sort().join(' ');
    if (works) this.#cut.delete(key);
    else this.#cut.add(key);
    this.settle();
  }

  linked(one: string, other: string): boolean {
    return !this.#cut.has([one, other].sort().join(' '));
  }

  get halves(): readonly Half[] {
    return [...this.machines.values()].flatMap((machine) => [...machine.halves.values()]);
  }

  /** Brings everything that goes on by itself up to this moment. */
  settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    const during = this.ledger.during;
    this.ledger.during = 'what goes on by itself';
    const seconds = this.#clock.now() - this.#settledAt;
    this.#settledAt = this.#clock.now();
    for (const half of this.halves) this.#lines(half);
    for (const half of this.halves) this.#meet(half);
    for (const half of this.halves) {
      if (half.connection === 'SyncSource' && half.peer !== undefined)
        syncSome(half, half.peer, Math.floor(seconds * syncBytesPerSecond));
    }
    for (const half of this.halves) this.#tell(half);
    for (const machine of this.machines.values()) {
      if (!machine.on) continue;
      for (const device of machine.nbd) device.look(this.#clock.now());
      for (const array of machine.arrays) {
        array.look();
        if (seconds > 0) array.recover();
      }
      advance(machine, this.#clock.now());
    }
    for (const machine of this.machines.values()) {
      this.#guests(machine);
      for (const writer of machine.writers) writer.turn(this.#clock.now());
    }
    this.ledger.during = during;
    this.#settling = false;
  }

  /** A peer that is out of reach, off, or has forgotten us is lost. */
  #lines(half: Half): void {
    const { peer } = half;
    if (peer === undefined) return;
    const there = this.machines.get(peer.node);
    const alive = there?.on === true && there.halves.get(half.resource) === peer && peer.peer === half;
    if (!alive || !this.linked(half.node, peer.node)) lose(half, this.#clock.now());
  }

  /** In the words of 8.4.11 (seen), as far as a failover reads them. */
  #tell(half: Half): void {
    const { connection, resource, node, peer } = half;
    const before = this.#told.get(half) ?? { connection: 'StandAlone', peerRole: 'Unknown', peerNode: undefined };
    this.#told.set(half, { connection, peerRole: peer?.role ?? 'Unknown', peerNode: peer?.node ?? before.peerNode });
    const machine = this.machines.get(node);
    if (connection === before.connection || machine === undefined) return;
    const say = (text: string): void => {
      machine.turns = [
        ...machine.turns,
        `[${machine.uptimeSeconds.toFixed(6).padStart(12)}] drbd ${resource}: ${text} `,
      ];
    };
    const joined = before.connection !== 'StandAlone' && before.connection !== 'WFConnection';
    if (joined && peer === undefined) {
      const there = this.machines.get(before.peerNode ?? '');
      const heard = there?.on === true && this.linked(node, there.name);
      const to = connection === 'StandAlone' ? 'Disconnecting' : heard ? 'TearDown' : 'NetworkFailure';
      say(`peer( ${before.peerRole} -> Unknown ) conn( ${before.connection} -> ${to} ) pdsk( UpToDate -> DUnknown )`);
      say(`conn( ${to === 'Disconnecting' ? to : 'Unconnected'} -> ${connection} )`);
    } else if (!joined && peer !== undefined) {
      say(`conn( WFConnection -> WFReportParams )`);
      say(`peer( Unknown -> ${peer.role} ) conn( WFReportParams -> ${connection} ) pdsk( DUnknown -> ${peer.disk} )`);
    } else say(`conn( ${before.connection} -> ${connection} )`);
  }

  #meet(half: Half): void {
    if (half.connection !== 'WFConnection') return;
    const other = this.halves.find((one) => one.resource === half.resource && one !== half);
    if (other?.connection !== 'WFConnection' || !this.linked(half.node, other.node)) return;
    const since = Math.max(half.waitingSince, other.waitingSince);
    if (this.#clock.now() - since >= connectSeconds) handshake(half, other);
  }

  #guests(machine: Machine): void {
    for (const domain of machine.domains) {
      if (wantsToWrite(domain, this.#clock.now())) guestWrites(domain, this.ledger, this.#clock.now());
    }
  }
}
