/** The kernel's network block device (linux 6.1): what it is connected to, and how long I/O waits for that. */
import type { Device, Stretch, Written } from './content.ts';
import type { Machine } from './machine.ts';
import { isAlive, type Session } from './nbd-session.ts';

/** Who uses a device asks before: I/O goes through, waits, or ends with an error. */
export type Going = 'goes' | 'waits' | 'fails';

export class NbdDevice implements Device {
  readonly machine: Machine;
  readonly index: number;
  /** What the holder gave it: what is served, and over how many connections. */
  readonly backend: string;
  readonly bytes: number;
  readonly readOnly: boolean;
  readonly #deadSeconds: number;
  /** Seconds of silence after which a line counts as lost. */
  readonly #lostSeconds: number;
  session: Session;
  #deadSince: number | undefined;
  #silentSince: number | undefined;
  /** What its guest wrote last when it stood still: the kernel may still send it, and does so on every new connection. */
  #underWay: { readonly last: Written | undefined; readonly since: number } | undefined;
  /** Disconnected: whoever still has it open gets errors for ever. */
  gone = false;

  constructor(
    is: {
      machine: Machine;
      index: number;
      backend: string;
      readOnly: boolean;
      lostSeconds: number;
      deadSeconds: number;
    },
    session: Session,
  ) {
    this.machine = is.machine;
    this.index = is.index;
    this.backend = is.backend;
    this.bytes = session.device.bytes;
    this.readOnly = is.readOnly;
    this.#lostSeconds = is.lostSeconds;
    this.#deadSeconds = is.deadSeconds;
    this.session = session;
  }

  get path(): string {
    return `/dev/nbd${this.index}`;
  }

  /** The kernel hears of a child that ended; of a server without power or a cut line only by silence. */
  look(now: number): void {
    const { around } = this.machine;
    const reached = around.linked(this.machine, this.session.server.machine);
    if (isAlive(this.session) && reached) {
      if (this.#underWay !== undefined && now - this.#underWay.since > 1) this.#underWay = undefined;
      this.#silentSince = undefined;
      this.#deadSince = undefined;
      return;
    }
    if (!reached) this.#silentSince ??= now;
    const heard = reached || now - (this.#silentSince ?? now) >= this.#lostSeconds;
    if (heard) this.#deadSince ??= now;
  }

  get isDead(): boolean {
    return this.#deadSince !== undefined;
  }

  get going(): Going {
    if (this.gone) return 'fails';
    const now = this.machine.around.now();
    this.look(now);
    if (isAlive(this.session) && this.machine.around.linked(this.machine, this.session.server.machine)) return 'goes';
    return this.#deadSince !== undefined && now - this.#deadSince > this.#deadSeconds ? 'fails' : 'waits';
  }

  /** Its guest writes no more; what it asked for last may not be answered yet. */
  standStill(): void {
    this.#underWay = { last: lastOn(this), since: this.machine.around.now() };
  }

  /** N7: what is under way is sent again, over whatever was written since. */
  reconnect(session: Session): void {
    if (this.#underWay !== undefined && lastOn(session.device) !== this.#underWay.last)
      this.machine.around.ledger.estranged.push(
        `${this.machine.name} ${this.path} sends again what was under way, over ${lastOn(session.device)?.by}`,
      );
    this.session = session;
    this.#deadSince = undefined;
    this.#silentSince = undefined;
  }

  read(start: number, end: number): readonly Stretch[] {
    return this.session.device.read(start, Math.min(end, this.bytes));
  }

  write(start: number, end: number, written: Written | undefined, from = 0): void {
    this.session.device.write(start, Math.min(end, this.bytes), written, from);
  }

  /** N1: the server writes down all that it has of that device. */
  flush(): void {
    this.session.device.flush();
  }
}

/** What a guest wrote last there. */
function lastOn(device: Device): Written | undefined {
  return device
    .read(0, device.bytes)
    .filter(({ written }) => written.by.startsWith('guest '))
    .at(-1)?.written;
}

/** Which of them it is, however it is called. */
export function nbdAt(machine: Machine, path: string): NbdDevice | undefined {
  return machine.nbd.find((one) => !one.gone && one.path === path);
}

/** Of any device: only what lies beyond the network, at last, may wait or fail. */
export function goingOf(device: Device & { readonly going?: Going }): Going {
  return device.going ?? 'goes';
}
