/** Lines to simulated nodes, in memory. One Transport is one sanctl: when it dies, its lines say nothing more. */
import { error, failed, ok, type Result } from '../../src/diagnostic.ts';
import type { Node } from '../../src/kinds/site.ts';
import type { Feed, Keep, Read, Script, Sums } from '../../src/shell/script.ts';
import type { Connection, Listening, Reply, Transport } from '../../src/transport/connection.ts';
import { BatchProcess } from './batch.ts';
import type { VirtualClock } from './clock.ts';
import { FrameReader } from './fill.ts';
import { Killed, UnknownCommand } from './machine/answer.ts';
import type { Answered, SimulatedNode } from './node.ts';

/** Half of a round trip on the virtual clock. */
const lineSeconds = 0.05;
/** Until ssh's keep-alive says that a line is lost. */
const lostSeconds = 30;

export class MemoryTransport implements Transport {
  /** sanctl was killed: nothing that it waits for ever comes. */
  dead = false;
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;
  readonly #clock: VirtualClock;
  readonly #lines = new Set<MemoryConnection>();

  constructor(nodes: ReadonlyMap<string, SimulatedNode>, clock: VirtualClock) {
    this.#nodes = nodes;
    this.#clock = clock;
  }

  async connect(node: Node): Promise<Result<Connection>> {
    const simulated = this.#nodes.get(node.name);
    if (simulated === undefined) throw new Error(`there is no machine ${node.name}`);
    await this.#clock.sleep(lineSeconds);
    await this.alive();
    const fault = simulated.faults.at('connect', simulated);
    if (fault === 'drop' || !simulated.machine.on || simulated.machine.cutOff) {
      return failed(error('ssh/unreachable', 'A node cannot be reached', `${node.name} does not answer`));
    }
    const connection = new MemoryConnection(simulated, this, this.#clock);
    this.#lines.add(connection);
    return ok(connection);
  }

  /** All lines to that node are lost. */
  drop(node: string): void {
    for (const line of this.#lines) if (line.node === node) line.lose();
  }

  /** Nothing resolves any more for a sanctl that was killed. */
  async alive(): Promise<void> {
    if (this.dead) await new Promise(() => undefined);
  }
}

class MemoryConnection implements Connection {
  readonly node: string;
  readonly #simulated: SimulatedNode;
  readonly #transport: MemoryTransport;
  readonly #clock: VirtualClock;
  #lost: string | undefined;
  #losing: (() => void)[] = [];

  constructor(simulated: SimulatedNode, transport: MemoryTransport, clock: VirtualClock) {
    this.node = simulated.machine.name;
    this.#simulated = simulated;
    this.#transport = transport;
    this.#clock = clock;
  }

  lose(): void {
    this.#lost = 'the line was lost';
    for (const one of this.#losing) one();
    this.#losing = [];
  }

  close(): void {
    this.#lost = 'the line was closed';
  }

  async run(script: Script, listening: Listening): Promise<Reply> {
    const reply = await this.#answer(script, listening);
    await this.#transport.alive();
    return reply;
  }

  async #answer(script: Script, listening: Listening): Promise<Reply> {
    await this.#clock.sleep(lineSeconds);
    await this.#transport.alive();
    if (this.#lost !== undefined) return unknown(this.#lost);
    this.#simulated.faults.at('script', this.#simulated);
    await this.#transport.alive();
    if (this.#gone) return this.#silence();
    if (script.do === 'feed') return this.#feed(script, listening);
    if (script.do === 'read' || script.do === 'keep' || script.do === 'sums')
      return unknown('simulated nodes have no backups');
    const said = this.#execute(script);
    if (said === undefined) return this.#silence();
    if (said instanceof BatchProcess) return this.#follow(said, listening);
    this.#simulated.faults.at('answer', this.#simulated);
    if (this.#gone) return this.#silence(said.stdout);
    await this.#clock.sleep(lineSeconds);
    for (const line of said.stdout.split('\n').slice(0, -1)) if (listening.onLine?.(line) === 'stop') break;
    return { outcome: 'exited', ...said };
  }

  /** As src/shell/feed.ts: parts are taken as long as there is room for them. */
  async #feed(script: Feed, { onLine, input, signal }: Listening): Promise<Reply> {
    const spool = this.#simulated.spool(script);
    onLine?.(spool === undefined ? 'sanctl closed' : `sanctl at ${spool.at}`);
    const reader = new FrameReader();
    for await (const data of input ?? []) {
      if (spool === undefined) break;
      reader.take(data);
      do {
        await this.#clock.sleep(lineSeconds);
        await this.#transport.alive();
        if (this.#gone) return this.#silence();
        if (signal?.aborted || this.#simulated.spool(script) !== spool) return unknown('it was left here');
        this.#simulated.faults.at('feed', this.#simulated);
      } while (spool.parts.size >= 4 || reader.putNext(spool));
    }
    return { outcome: 'exited', code: 0, stdout: '', stderr: '' };
  }

  get #gone(): boolean {
    return this.#lost !== undefined || !this.#simulated.machine.on;
  }

  /** What was on its way may have come in part. */
  async #silence(stdout = ''): Promise<Reply> {
    await this.#clock.sleep(lostSeconds);
    this.lose();
    return { ...unknown('the line was lost'), stdout: stdout.slice(0, stdout.length / 2) };
  }

  /** Undefined: the node died over it. */
  #execute(script: Exclude<Script, Feed | Read | Keep | Sums>): BatchProcess | Answered | undefined {
    try {
      if (script.do === 'batch') return this.#simulated.batch(script);
      if (script.do === 'follow') return this.#simulated.follow(script);
      return this.#simulated.run(script);
    } catch (problem) {
      if (problem instanceof Killed) return undefined;
      if (problem instanceof UnknownCommand) this.#simulated.faults.unknown.push(problem.message);
      throw problem;
    }
  }

  async #follow(process: BatchProcess, { onLine }: Listening): Promise<Reply> {
    const told: string[] = [];
    for (;;) {
      await this.#transport.alive();
      if (this.#gone) return this.#silence(told.join('\n'));
      if (process.trouble !== undefined) throw process.trouble;
      const alive = process.alive;
      const lines = process.lines;
      const more = alive || lines.at(-1) === 'sanctl ended' ? lines : [...lines, 'sanctl gone'];
      for (const line of more.slice(told.length)) {
        told.push(line);
        if (onLine?.(line) === 'stop')
          return { outcome: 'exited', code: 0, stdout: `${told.join('\n')}\n`, stderr: '' };
      }
      if (!alive) return { outcome: 'exited', code: 0, stdout: `${told.join('\n')}\n`, stderr: '' };
      await Promise.race([process.changed(), new Promise<void>((resolve) => this.#losing.push(resolve))]);
      await this.#clock.sleep(lineSeconds);
    }
  }
}

function unknown(why: string): Reply {
  return { outcome: 'unknown', why, stdout: '', stderr: '' };
}
