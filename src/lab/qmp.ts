/** A client of QEMU's machine protocol (QMP): JSON lines over a unix socket; a greeting, then answers and events. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

type Json = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly done: (value: unknown) => void;
  readonly fail: (problem: Error) => void;
}

/** What QEMU refused, or a connection that ended: the caller turns it into a diagnostic. */
export class QmpError extends Error {}

export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#hear(line));
    const end = () => this.#end();
    socket.on('close', end);
    socket.on('error', end);
  }

  /** Connects and leaves negotiation mode, in which QEMU takes no other command. */
  static async connect(path: string, timeoutSeconds: number): Promise<Qmp> {
    const socket = createConnection(path);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutSeconds * 1000) });
    } catch (problem) {
      socket.destroy();
      throw new QmpError(`no connection: ${problem instanceof Error ? problem.message : String(problem)}`);
    }
    const qmp = new Qmp(socket);
    await qmp.execute('qmp_capabilities', {}, timeoutSeconds);
    return qmp;
  }

  async execute(command: string, more: Json, timeoutSeconds: number): Promise<unknown> {
    if (this.#ended) throw new QmpError(`${command}: the connection ended`);
    const answer = new Promise<unknown>((done, fail) => this.#waiting.push({ done, fail }));
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: more })}\n`);
    const timer = setTimeout(() => this.#socket.destroy(), timeoutSeconds * 1000);
    try {
      return await answer;
    } catch (problem) {
      throw new QmpError(`${command}: ${problem instanceof Error ? problem.message : String(problem)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A command of the human monitor, for what QMP has no word for; it answers with text, and an error is text as well. */
  async monitor(line: string, timeoutSeconds: number): Promise<void> {
    const said = await this.execute('human-monitor-command', { 'command-line': line }, timeoutSeconds);
    if (said !== '') throw new QmpError(`${line}: ${String(said).trim()}`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #hear(line: string): void {
    const said = parse(line);
    // Answers come in the order of the commands; greeting and events answer nothing.
    if (said !== undefined && 'return' in said) this.#waiting.shift()?.done(said['return']);
    if (said !== undefined && 'error' in said) this.#waiting.shift()?.fail(new QmpError(describe(said['error'])));
  }

  #end(): void {
    this.#ended = true;
    for (const one of this.#waiting.splice(0)) one.fail(new QmpError('the connection ended without an answer'));
  }
}

function parse(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}

function describe(problem: unknown): string {
  return typeof problem === 'object' && problem !== null && 'desc' in problem ? String(problem.desc) : 'unknown error';
}
