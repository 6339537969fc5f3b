/** The line to one node over the whole run: when it is lost it is opened again, for as long as the deadline allows. */
import type { Result } from '../diagnostic.ts';
import type { Script } from '../shell/script.ts';
import type { NodeName } from '../step.ts';
import type { Connection, Listening, Reply } from '../transport/connection.ts';
import type { Clock } from './clock.ts';
import type { ApplyEvent } from './events.ts';

/** Seconds between two tries to reach a node, one after another; the last one stays. */
const pauses = [1, 2, 4, 8, 15];

export interface LineOptions {
  readonly connect: (node: NodeName) => Promise<Result<Connection>>;
  readonly clock: Clock;
  /** Seconds for which a lost node is sought. */
  readonly reconnectSeconds: number;
  readonly onEvent: (event: ApplyEvent) => void;
}

export class Line {
  readonly node: NodeName;
  #connection: Connection;
  readonly #options: LineOptions;
  /** The first connection was opened by somebody else, who closes it. */
  #own = false;

  constructor(connection: Connection, options: LineOptions) {
    this.node = connection.node;
    this.#connection = connection;
    this.#options = options;
  }

  run(script: Script, listening: Listening): Promise<Reply> {
    return this.#connection.run(script, listening);
  }

  /** False when the node could not be reached in time. `why` is what was seen of the loss. */
  async reconnect(why: string): Promise<boolean> {
    const { clock, connect, onEvent, reconnectSeconds } = this.#options;
    onEvent({ is: 'node-lost', node: this.node, why });
    const until = clock.now() + reconnectSeconds;
    for (const pause of backoff()) {
      const opened = await connect(this.node);
      if (opened.ok) {
        this.close();
        this.#connection = opened.value;
        this.#own = true;
        onEvent({ is: 'node-reconnected', node: this.node });
        return true;
      }
      if (clock.now() + pause > until) return false;
      await clock.sleep(pause);
    }
    return false;
  }

  /** Closes what it opened itself. */
  close(): void {
    if (this.#own) this.#connection.close();
  }
}

/** Pauses without an end. */
export function* backoff(): Generator<number, void> {
  yield* pauses.slice(0, -1);
  for (;;) yield pauses.at(-1) ?? 15;
}
