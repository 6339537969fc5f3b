/** A program that lives on by itself on a machine, until it ends, is killed, or the machine loses its power. */
import { Killed } from './answer.ts';
import type { Machine } from './machine.ts';

export class Process {
  readonly machine: Machine;
  /** As `ps` shows it. */
  readonly commandLine: string;
  /** What `/proc/PID/fd/0` points to. */
  readonly stdin: string;
  readonly pid: number;
  readonly parent: number;
  alive = true;
  #whenOver: (() => void)[] = [];

  constructor(machine: Machine, commandLine: string, stdin = '/dev/null', parent = 1) {
    this.machine = machine;
    this.commandLine = commandLine;
    this.stdin = stdin;
    this.pid = machine.nextPid++;
    this.parent = parent;
    machine.processes.add(this);
  }

  /** Throws Killed when it lives no more: whatever runs as it must not go on. */
  check(): void {
    if (!this.alive) throw new Killed(`${this.commandLine} is no more`);
  }

  async pass(seconds: number): Promise<void> {
    await this.machine.around.sleep(seconds);
    this.check();
  }

  /** A moment at which things may go wrong. */
  moment(): void {
    this.machine.around.moment(this.machine);
    this.check();
  }

  /** Called when it ends or is killed; not when the power goes, of which nobody hears. */
  whenOver(tell: () => void): void {
    this.#whenOver.push(tell);
  }

  /** It came to its end, or somebody killed it. */
  end(): void {
    if (!this.alive) return;
    this.lose();
    for (const tell of this.#whenOver) tell();
  }

  /** The power is gone. */
  lose(): void {
    this.alive = false;
    this.machine.processes.delete(this);
  }
}

/** `xl migrate` itself and the `xl migrate-receive` at the other end of its line. */
export function isMover({ commandLine, stdin }: Process): boolean {
  return /\/xl migrate /.test(commandLine) || (commandLine.endsWith('/xl migrate-receive') && stdin !== '/dev/null');
}
