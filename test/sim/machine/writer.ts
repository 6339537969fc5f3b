/** A program that writes records into a device and flushes them: what it was told is durable must be there for ever (N1). */
import type { Device, Written } from './content.ts';
import type { Machine } from './machine.ts';
import { flush } from './md-array.ts';
import { goingOf } from './nbd-device.ts';
import { deviceAt } from './programs-devices.ts';

const recordBytes = 65536;
const placeBytes = 2 ** 18;
/** Before it lies what a file system keeps for itself. */
const firstPlace = 2 ** 20;

export class Writer {
  readonly machine: Machine;
  readonly path: string;
  readonly pid: number;
  /** What it has open; undefined while it waits for somebody to start it anew. */
  device: Device | undefined;
  /** Written and not flushed: a program may lose that, if it is told. */
  #open: Written[] = [];
  /** Flushed, by place. */
  #durable: Written[] = [];
  #wroteAt = 0;
  #records = 0;
  errors = 0;

  constructor(machine: Machine, path: string) {
    this.machine = machine;
    this.path = path;
    this.pid = machine.nextPid++;
  }

  /** A person starts it: it looks whether all is there that was told to be. */
  start(): void {
    const device = this.machine.mounts.get(this.path) ?? deviceAt(this.machine, this.path);
    if (device === undefined || this.device !== undefined || goingOf(device) !== 'goes') return;
    this.device = device;
    this.#open = [];
    this.#records = this.#durable.length;
    this.#compare(device);
  }

  stop(): void {
    this.device = undefined;
  }

  /** One record; every fourth time a flush. */
  turn(now: number): void {
    const { device } = this;
    if (device === undefined || now - this.#wroteAt < 2 + this.#records / 4) return;
    const going = goingOf(device);
    if (going === 'waits') return;
    this.#wroteAt = now;
    if (going === 'fails') {
      this.errors += 1;
      this.device = undefined;
      return;
    }
    const at = firstPlace + this.#records * placeBytes;
    if (at + recordBytes > device.bytes) return;
    const record: Written = { by: `program on ${this.machine.name} #${this.#records}`, precious: true };
    this.#records += 1;
    device.write(at, at + recordBytes, record);
    this.#open.push(record);
    if (this.#open.length < 4) return;
    flush(device);
    // From now on they are promised: one that is nowhere was forgotten, and nobody said so.
    for (const one of this.#open) this.machine.around.ledger.promise(one, recordBytes);
    this.#durable.push(...this.#open);
    this.#open = [];
    this.#compare(device);
  }

  #compare(device: Device): void {
    for (const [place, record] of this.#durable.entries()) {
      const found = device.read(firstPlace + place * placeBytes, firstPlace + place * placeBytes + recordBytes);
      if (found.length === 1 && found[0]?.written === record) continue;
      this.machine.around.ledger.estranged.push(
        `${record.by} was flushed, and ${this.path} has ${found[0]?.written.by ?? 'nothing'} there`,
      );
      return;
    }
  }
}
