/**
 * A simulated machine as sanctl meets it: `Script` data in, the protocol of src/shell out. What the shell text does with
 * files (lock, events, hashes) happens here with the machine's files, under the same names and in the same formats.
 */

import type { Probe, SecretRef } from '../../src/shell/command.ts';
import { spoolOf } from '../../src/shell/fill.ts';
import { batchFolder, operationFolder } from '../../src/shell/folders.ts';
import { nodeLayout } from '../../src/shell/layout.ts';
import { holderWords, untouched } from '../../src/shell/lock.ts';
import type { Batch, Claim, Feed, Follow, Keep, Observe, Read, Script, Sums } from '../../src/shell/script.ts';
import { BatchProcess, type Home } from './batch.ts';
import type { VirtualClock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Spool } from './fill.ts';
import type { Answer } from './machine/answer.ts';
import type { Machine } from './machine/machine.ts';

const lockPath = `${nodeLayout.run}/lock`;

export interface Answered {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What one line of the lock says: `NONCE UNTIL SINCE OPERATION OWNER HOST PID TITLE`. */
interface Lock {
  readonly nonce: string;
  readonly until: number;
  readonly since: number;
  readonly who: string;
}

export class SimulatedNode implements Home {
  readonly machine: Machine;
  readonly clock: VirtualClock;
  readonly #faults: () => Faults;
  readonly secretOf: (ref: SecretRef) => string;
  readonly #spools = new Map<string, Spool>();
  /** The batch that holds /run/sanctl/running. */
  running: BatchProcess | undefined;
  /** Everything that was ever run here for sanctl, as it was sent: to compare with the plan's text. */
  readonly received: Script[] = [];

  constructor(machine: Machine, clock: VirtualClock, faults: () => Faults, secretOf: (ref: SecretRef) => string) {
    this.machine = machine;
    this.clock = clock;
    this.#faults = faults;
    this.secretOf = secretOf;
    machine.batchRuns = () => this.#runs();
  }

  get faults(): Faults {
    return this.#faults();
  }

  /** Where a fill that runs takes its parts from. */
  openSpool(path: string): Spool {
    const spool: Spool = { at: 0, parts: new Map() };
    this.#spools.set(path, spool);
    return spool;
  }

  closeSpool(path: string): void {
    this.#spools.delete(path);
  }

  spool(feed: Feed): Spool | undefined {
    this.received.push(feed);
    return this.running?.alive === true ? this.#spools.get(spoolOf(feed, nodeLayout)) : undefined;
  }

  /** Runs a script that answers once. */
  run(script: Exclude<Script, Batch | Follow | Feed | Read | Keep | Sums>): Answered {
    this.received.push(script);
    switch (script.do) {
      case 'observe':
        return this.#observe(script);
      case 'claim':
        return this.#claim(script);
      case 'renew': {
        const lock = this.#lock();
        if (lock?.nonce !== script.nonce) return said('sanctl lost');
        this.#writeLock({ ...lock, until: this.#uptime() + Math.ceil(script.leaseSeconds) });
        return said('sanctl renewed');
      }
      case 'release': {
        if (this.#lock()?.nonce !== script.nonce) return said('sanctl other');
        if (this.#runs()) return said('sanctl running');
        this.machine.files.removeBelow(`${nodeLayout.run}/secrets`);
        this.machine.files.remove(lockPath);
        return said('sanctl released');
      }
      case 'stop':
        this.machine.files.put(`${nodeLayout.run}/stop-${script.operation}`, '', '600');
        return said('sanctl stopping');
      case 'journal':
        return this.#whoHoldsIt();
    }
  }

  /** Takes a batch, or the news of one that it has; the process to follow, or an answer at once. */
  batch(script: Batch): BatchProcess | Answered {
    this.received.push(script);
    const folder = batchFolder(script, nodeLayout);
    if (this.machine.files.get(`${folder}/events`) !== undefined) return this.#processOf(script);
    if (this.machine.full) return { code: untouched, stdout: '', stderr: 'the journal cannot be written\n' };
    if (this.#runs()) return said('sanctl busy');
    const process = new BatchProcess(this, script, folder);
    this.running = process;
    process.start();
    return process;
  }

  follow(script: Follow): BatchProcess | Answered {
    const folder = batchFolder(script, nodeLayout);
    return this.machine.files.get(`${folder}/events`) === undefined ? said('sanctl gone') : this.#processOf(script);
  }

  /** Whoever reads it later reads the same events from the disk. */
  #processOf(script: Batch | Follow): BatchProcess {
    const folder = batchFolder(script, nodeLayout);
    return this.running?.folder === folder ? this.running : BatchProcess.ended(this, folder);
  }

  holds(nonce: string): boolean {
    return this.#lock()?.nonce === nonce;
  }

  stopAsked(operation: string): boolean {
    return this.machine.files.get(`${nodeLayout.run}/stop-${operation}`) !== undefined;
  }

  #runs(): boolean {
    return this.running?.alive === true;
  }

  #uptime(): number {
    return Math.floor(this.machine.uptimeSeconds);
  }

  #lock(): Lock | undefined {
    const line = this.machine.files.get(lockPath)?.content.trimEnd();
    if (line === undefined) return undefined;
    const [nonce = '', until, since, ...who] = line.split(' ');
    return { nonce, until: Number(until), since: Number(since), who: who.join(' ') };
  }

  #writeLock({ nonce, until, since, who }: Lock): void {
    this.machine.files.put(lockPath, `${nonce} ${until} ${since} ${who}\n`, '600');
  }

  #claim({ holder, observe }: Claim): Answered {
    const lock = this.#lock();
    const now = this.#uptime();
    const other = lock !== undefined && lock.nonce !== holder.nonce ? lock : undefined;
    if (other !== undefined && (now < other.until || this.#runs())) {
      return said(
        `sanctl held ${other.until - now} ${now - other.since} ${this.#runs() ? 'yes' : 'no'} ${other.nonce} ${other.who}`,
      );
    }
    if (this.machine.full) return { code: untouched, stdout: '', stderr: 'the journal cannot be written\n' };
    if (other !== undefined) this.machine.files.removeBelow(`${nodeLayout.run}/secrets`);
    this.machine.files.put(
      `${operationFolder(holder.operation, nodeLayout)}/operation.json`,
      `${JSON.stringify(holder)}\n`,
      '600',
    );
    const since = lock?.nonce === holder.nonce ? lock.since : now;
    this.#writeLock({
      nonce: holder.nonce,
      until: now + Math.ceil(holder.leaseSeconds),
      since,
      who: holderWords(holder),
    });
    const took = other === undefined ? '' : ` ${other.nonce} ${other.who}`;
    const observed = this.#observe(observe);
    return { ...observed, stdout: `sanctl claimed${took}\n${observed.stdout}` };
  }

  /** What ran before is read from real nodes and through the real shell only; here, who holds the node now. */
  #whoHoldsIt(): Answered {
    const lock = this.#lock();
    if (lock === undefined) return { code: 0, stdout: '', stderr: '' };
    const now = this.#uptime();
    const running = this.#runs() ? 'yes' : 'no';
    return said(`sanctl lock ${lock.until - now} ${now - lock.since} ${running} ${lock.nonce} ${lock.who}`);
  }

  #observe({ boundary, probes }: Observe): Answered {
    const line = (text: string): string => `\n${boundary} ${text}\n`;
    const begin = line(['begin', ...probes.map(({ name }) => encodeURI(name))].join(' '));
    let [stdout, stderr] = [begin, begin];
    this.machine.around.settle();
    for (const probe of probes) {
      const answer = this.#probe(probe);
      const end = line(`${answer.code} ${encodeURI(probe.name)}`);
      stdout += answer.stdout + end;
      stderr += answer.stderr + end;
    }
    return { code: 0, stdout: stdout + line('end'), stderr: stderr + line('end') };
  }

  /** A probe that hangs is ended by timeout(1), which answers 124. */
  #probe({ command }: Probe): Answer {
    if (this.faults.at('probe', this) === 'hang') return { code: 124, stdout: '', stderr: '' };
    return this.machine.ask(command.argv, typeof command.stdin === 'string' ? command.stdin : '');
  }
}

export function said(line: string): Answered {
  return { code: 0, stdout: `${line}\n`, stderr: '' };
}
