/** A batch as it runs on a simulated node, detached from the line: steps.ts, runtime.ts and file.ts of src/shell, as data. */
import type { Action, Command, Content, Guard, SecretRef, WriteFile } from '../../src/shell/command.ts';
import { type BatchEvent, formatEvent } from '../../src/shell/events.ts';
import { holds } from '../../src/shell/expect.ts';
import { temporaryPath } from '../../src/shell/file.ts';
import { nodeLayout } from '../../src/shell/layout.ts';
import type { Batch } from '../../src/shell/script.ts';
import type { Step } from '../../src/step.ts';
import type { VirtualClock } from './clock.ts';
import type { Faults } from './faults.ts';
import { type Answer, Killed, silent, UnknownCommand } from './machine/answer.ts';
import { sha256 } from './machine/files.ts';
import type { Machine } from './machine/machine.ts';
import { scriptOn } from './machine/scripts.ts';
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
      const script = scriptOn(machine, command.argv, stdin);
      const answer = script === undefined ? this.#program(command.argv, stdin) : await this.#script(script);
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
      if (argv[0] !== 'sleep') next = script.next(this.#program(argv, stdin));
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
