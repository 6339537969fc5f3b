/** A batch as it runs on a simulated node, detached from the line: steps.ts, runtime.ts and file.ts of src/shell, as data. */
import type { Action, Command, Content, Fill, Guard, SecretRef, WriteFile } from '../../src/shell/command.ts';
import { type BatchEvent, formatEvent } from '../../src/shell/events.ts';
import { holds } from '../../src/shell/expect.ts';
import { temporaryPath } from '../../src/shell/file.ts';
import { partBytes, recordOf, spoolOf } from '../../src/shell/fill.ts';
import { nodeLayout } from '../../src/shell/layout.ts';
import type { Batch } from '../../src/shell/script.ts';
import type { Step } from '../../src/step.ts';
import type { VirtualClock } from './clock.ts';
import type { Faults } from './faults.ts';
import { isImage, type Spool } from './fill.ts';
import { type Answer, Killed, silent, UnknownCommand } from './machine/answer.ts';
import { sha256 } from './machine/files.ts';
import { timed } from './machine/jobs.ts';
import type { Machine } from './machine/machine.ts';
import { deviceAt } from './machine/programs-devices.ts';
import type { Running } from './shell/run.ts';

const hashesPath = `${nodeLayout.state}/files.sha256`;
/** What a command takes on the virtual clock. */
const commandSeconds = 0.2;

/** The node that a batch runs on. */
export interface Home {
  readonly machine: Machine;
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly secretOf: (ref: SecretRef) => string;
  stopAsked(operation: string): boolean;
  openSpool(path: string): Spool;
  closeSpool(path: string): void;
  /** Whether the lock is still that one's. */
  holds(nonce: string): boolean;
}

/** The step ended the batch: by a refusal, a failure or a halt, which it has said. */
class Ended extends Error {}

export class BatchProcess {
  readonly folder: string;
  alive = false;
  /** A command that no real node ever saw: the run must fail with it. */
  trouble: unknown;
  readonly #node: Home;
  readonly #batch: Batch | undefined;
  readonly #bootId: string;
  #listeners: (() => void)[] = [];

  constructor(node: Home, batch: Batch | undefined, folder: string) {
    this.#node = node;
    this.#batch = batch;
    this.folder = folder;
    this.#bootId = node.machine.bootId;
    if (batch !== undefined) node.machine.files.put(this.#eventsPath, '', '600');
  }

  /** What is left on disk of a batch that runs no more. */
  static ended(node: Home, folder: string): BatchProcess {
    return new BatchProcess(node, undefined, folder);
  }

  get #eventsPath(): string {
    return `${this.folder}/events`;
  }

  get lines(): readonly string[] {
    const text = this.#node.machine.files.get(this.#eventsPath)?.content ?? '';
    return text.split('\n').slice(0, -1);
  }

  /** When something was said, or it ended. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#listeners.push(resolve));
  }

  start(): void {
    this.alive = true;
    this.#run().then(
      () => this.#end(),
      (problem: unknown) => {
        if (!(problem instanceof Killed)) this.trouble = problem;
        this.#end();
      },
    );
  }

  /** As `kill -9` of its session: no more events, no last word. */
  kill(): void {
    this.alive = false;
    this.#tell();
  }

  #end(): void {
    this.alive = false;
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#listeners;
    this.#listeners = [];
    for (const one of waiting) one();
  }

  async #run(): Promise<void> {
    try {
      for (const [at, step] of (this.#batch?.steps ?? []).entries()) await this.#step(step, at + 1);
    } catch (problem) {
      if (!(problem instanceof Ended)) throw problem;
    }
    this.#node.machine.files.removeBelow(`${nodeLayout.run}/secrets`);
    this.#say({ is: 'ended' });
  }

  /** Throws Killed when the machine or the batch is no more. */
  async #pass(seconds: number): Promise<void> {
    await this.#node.clock.sleep(seconds);
    this.#check();
  }

  #check(): void {
    const { machine } = this.#node;
    if (!this.alive || !machine.on || machine.bootId !== this.#bootId) throw new Killed('the batch is no more');
  }

  #say(event: BatchEvent): void {
    this.#check();
    this.#node.machine.files.append(this.#eventsPath, `${formatEvent(event)}\n`);
    this.#tell();
    this.#node.faults.at('event', this.#node);
  }

  async #step(step: Step, number: number): Promise<void> {
    const batch = this.#batch;
    if (batch === undefined) throw new Error('what is left of a batch cannot run');
    if (this.#node.stopAsked(batch.operation)) this.#stop({ is: 'halted', step: number, why: 'stop' });
    if (!this.#node.holds(batch.nonce)) this.#stop({ is: 'halted', step: number, why: 'lock' });
    this.#say({ is: 'began', step: number });
    for (const [at, guard] of step.guards.entries()) await this.#guard(guard, number, at);
    for (const [at, action] of step.actions.entries()) await this.#act(action, number, at, step.guards.length);
    this.#say({ is: 'done', step: number });
  }

  /** Says it and ends the batch. */
  #stop(event: BatchEvent): never {
    this.#say(event);
    throw new Ended();
  }

  #fail(step: number, action: number, code: number, output: string): never {
    return this.#stop({ is: 'failed', step, action, code, output: output.slice(-4096) });
  }

  async #guard({ ask, expect }: Guard, step: number, at: number): Promise<void> {
    const answer = await this.#ask(ask);
    if (!holds(expect, answer)) this.#stop({ is: 'refused', step, guard: at, answer: shown(answer) });
  }

  async #ask(command: Command): Promise<Answer> {
    await this.#pass(commandSeconds);
    return this.#exec(command);
  }

  /** One command, with all that can happen to it. */
  async #exec(command: Command): Promise<Answer> {
    const { machine, faults } = this.#node;
    const before = faults.at('command', this.#node);
    this.#check();
    if (before === 'fail') return { code: 1, stdout: '', stderr: 'Resource temporarily unavailable\n' };
    try {
      const stdin = this.#stdin(command);
      const script = timed(machine, command.argv, stdin);
      const answer = script === undefined ? this.#program(command.argv, stdin) : await this.#script(script);
      if (script !== undefined) machine.around.afterCommand(machine, command.argv, answer.code);
      faults.at('after command', this.#node);
      this.#check();
      return answer;
    } catch (problem) {
      if (problem instanceof UnknownCommand) faults.unknown.push(problem.message);
      throw problem;
    }
  }

  /** Its programs take no time, its sleeps do: meanwhile the world goes on. */
  async #script(script: Running): Promise<Answer> {
    for (let next = script.next(); ; ) {
      if (next.done) return next.value;
      const { argv, stdin } = next.value;
      // As a rule a moment; on a busy node for longer than a guest may stand still.
      if (argv[0] === 'lvcreate' && argv.includes('--snapshot'))
        await this.#pass(this.#node.machine.random.chance(0.15) ? 12 : 0.3);
      const job = argv[0] === 'systemctl' ? timed(this.#node.machine, argv, stdin) : undefined;
      if (job !== undefined) next = script.next(await this.#script(job));
      else if (argv[0] !== 'sleep') next = script.next(this.#program(argv, stdin));
      else {
        await this.#pass(Number(argv[1]));
        this.#between();
        next = script.next(silent);
      }
    }
  }

  #program(argv: readonly string[], stdin: string): Answer {
    const { machine, faults } = this.#node;
    machine.onPoint = () => {
      faults.at('within command', this.#node);
      this.#check();
    };
    try {
      return machine.exec(argv, stdin);
    } finally {
      machine.onPoint = () => undefined;
    }
  }

  #stdin({ stdin }: Command): string {
    return typeof stdin === 'object' ? this.#node.secretOf(stdin) : (stdin ?? '');
  }

  async #act(action: Action, step: number, at: number, guards: number): Promise<void> {
    switch (action.do) {
      case 'run': {
        const answer = await this.#ask(action.command);
        if (!(action.accept ?? [0]).includes(answer.code))
          this.#fail(step, at, answer.code, answer.stderr + answer.stdout);
        return;
      }
      case 'wait':
        return this.#wait(action, step, at);
      case 'write':
        return this.#write(action, step, at, guards);
      case 'fill':
        return this.#fill(action, step, at);
      case 'remove': {
        await this.#pass(commandSeconds);
        if (!this.#same(action.path, action.before)) this.#differs(action.path, step, at, guards);
        this.#node.machine.files.remove(action.path);
      }
    }
  }

  async #wait(action: Extract<Action, { do: 'wait' }>, step: number, at: number): Promise<void> {
    const until = this.#node.clock.now() + Math.max(1, Math.ceil(action.timeoutSeconds));
    let said: string | undefined;
    for (;;) {
      const answer = await this.#ask(action.command);
      if (holds(action.until, answer)) return;
      const left = until - this.#node.clock.now();
      if (left <= 0) this.#fail(step, at, 124, shown(answer));
      if (shown(answer) !== said) {
        said = shown(answer);
        this.#say({ is: 'waiting', step, action: at, answer: said });
      }
      if (this.#batch !== undefined && this.#node.stopAsked(this.#batch.operation))
        this.#stop({ is: 'halted', step, why: 'stop' });
      await this.#pass(Math.min(Math.max(1, Math.ceil(action.everySeconds)), left));
    }
  }

  /** As src/shell/fill.ts: what came is written, and how far it is stands on disk. */
  async #fill({ device: path, slice: name, image, bytes, zeros }: Fill, step: number, at: number): Promise<void> {
    const { machine, clock } = this.#node;
    await this.#pass(commandSeconds);
    const slice = machine.lvm.volume(name);
    const record = recordOf(name, nodeLayout);
    const mark = `${slice?.uuid} ${image.sha256} ${bytes}`;
    const had = machine.files.get(record)?.content.trimEnd() ?? '';
    const [part, how] = had.startsWith(`${mark} `) ? had.slice(mark.length + 1).split(' ') : [];
    const leaves = (how ?? zeros) === 'leave';
    const spoolPath = spoolOf(
      { operation: this.#batch?.operation ?? '', batch: this.#batch?.batch ?? 0, step },
      nodeLayout,
    );
    const spool = this.#node.openSpool(spoolPath);
    const fail = (code: number, why: string): never => {
      this.#node.closeSpool(spoolPath);
      return this.#fail(step, at, code, why);
    };
    const remember = (next: number): void => {
      spool.at = next;
      if (machine.full) fail(1, `${record} cannot be written`);
      machine.files.put(record, `${mark} ${next} ${leaves ? 'leave' : 'write'}\n`, '600');
    };
    remember(Number(part ?? 0));
    let heard = clock.now();
    let told = Number.NEGATIVE_INFINITY;
    while (spool.at * partBytes < bytes || spool.end === undefined) {
      if (this.#node.stopAsked(this.#batch?.operation ?? '')) {
        this.#node.closeSpool(spoolPath);
        this.#stop({ is: 'halted', step, why: 'stop' });
      }
      if (clock.now() - told >= 2) {
        told = clock.now();
        this.#say({ is: 'waiting', step, action: at, answer: `${spool.at} parts` });
      }
      if (spool.stop !== undefined) fail(1, spool.stop);
      const next = spool.parts.get(spool.at);
      if (next === undefined) {
        for (const old of spool.parts.keys()) if (old < spool.at) spool.parts.delete(old);
        if (clock.now() - heard >= 300) fail(124, 'nothing came');
        await this.#pass(0.2);
        continue;
      }
      heard = clock.now();
      const device = deviceAt(machine, path);
      if (device === undefined || ('role' in device && device.role !== 'Primary')) return fail(1, `${path}: dd failed`);
      const start = spool.at * partBytes;
      machine.around.ledger.during = `${machine.name}$ fill ${path}`;
      if (slice?.tags.has('sanctl.unfilled') !== true || !slice.tags.has('sanctl'))
        machine.around.ledger.misfilled.push(`${name} on ${machine.name}`);
      if (typeof next !== 'number') device.write(start, Math.min(start + partBytes, bytes), next);
      else if (!leaves) device.write(start, Math.min(next * partBytes, bytes), undefined);
      machine.around.settle();
      machine.around.afterCommand(machine, ['fill', path], 0);
      this.#between();
      spool.parts.delete(spool.at);
      remember(typeof next === 'number' ? next : spool.at + 1);
      await this.#pass(commandSeconds);
    }
    this.#between();
    const device = deviceAt(machine, path);
    if (device === undefined || !isImage(device, spool.end)) {
      machine.files.remove(record);
      fail(1, 'what was read back is not what was sent');
    }
    this.#node.closeSpool(spoolPath);
  }

  /** C8: the old file or the new one, and its hash is remembered. */
  async #write(file: WriteFile, step: number, at: number, guards: number): Promise<void> {
    const { machine } = this.#node;
    await this.#pass(commandSeconds);
    const text = this.#text(file.content);
    const temporary = temporaryPath(file.path);
    if (machine.full) this.#fail(step, at, 1, `the new ${file.path} could not be written\n`);
    machine.files.put(temporary, text, file.mode);
    this.#between();
    if (file.check !== undefined) {
      const argv = file.check.map((word) => (word === '{}' ? temporary : word)) as [string, ...string[]];
      const answer = await this.#exec({ argv });
      if (answer.code !== 0) {
        machine.files.remove(temporary);
        this.#fail(
          step,
          at,
          answer.code,
          `the new ${file.path} was refused by its check\n${answer.stderr}${answer.stdout}`,
        );
      }
    }
    if (!this.#same(file.path, file.before)) {
      machine.files.remove(temporary);
      this.#differs(file.path, step, at, guards);
    }
    machine.files.remove(temporary);
    machine.files.put(file.path, text, file.mode);
    this.#between();
    machine.files.append(hashesPath, `${sha256(text)}  ${file.path}\n`);
  }

  #between(): void {
    this.#node.faults.at('within command', this.#node);
    this.#check();
  }

  #same(path: string, before: string | null): boolean {
    const file = this.#node.machine.files.get(path);
    return before === null ? file === undefined : file !== undefined && sha256(file.content) === before;
  }

  #differs(path: string, step: number, at: number, guards: number): never {
    const answer = `${path} is not what it was when the plan was made`;
    if (at === 0) return this.#stop({ is: 'refused', step, guard: guards, answer });
    return this.#fail(step, at, 3, `${answer}\n`);
  }

  #text(content: Content): string {
    return content.map((part) => (typeof part === 'string' ? part : this.#node.secretOf(part))).join('');
  }
}

/** What an event carries of an answer: `$(…)` takes the last newlines away. */
function shown({ code, stdout, stderr }: Answer): string {
  const answer = stdout.replace(/\n+$/, '');
  return (code === 0 ? answer : `exit status ${code}: ${answer}${stderr.slice(-1000).replace(/\n+$/, '')}`).slice(
    -4096,
  );
}
