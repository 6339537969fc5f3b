/** A line to one node. Real ones are SSH; the tests have one in memory. Trouble is a value, never an exception. */
import type { Result } from '../diagnostic.ts';
import type { Node } from '../kinds/site.ts';
import type { Script } from '../shell/script.ts';
import type { NodeName } from '../step.ts';

/** `unknown`: the exit status never came (line lost, deadline over, node gone). Neither success nor failure (C5, H5). */
export type Reply =
  | { readonly outcome: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly outcome: 'unknown'; readonly why: string; readonly stdout: string; readonly stderr: string };

export interface Listening {
  /** Each complete line of stdout as it comes. Return `stop` to close the channel: what runs on the node goes on. */
  readonly onLine?: (line: string) => 'stop' | undefined;
  /** Takes stdout as it comes, in place of lines: unread, without a limit, and the node waits meanwhile. It does not throw; `stop` as above. */
  readonly onBytes?: (bytes: Uint8Array) => Promise<'stop' | undefined>;
  /** Seconds without an end after which the outcome is unknown. */
  readonly deadlineSeconds: number;
  readonly signal?: AbortSignal;
  /** What follows on its stdin, as fast as the node takes it. It does not throw; it is left where it stands when the conversation ends. */
  readonly input?: AsyncIterable<Uint8Array>;
}

export interface Connection {
  readonly node: NodeName;
  run(script: Script, listening: Listening): Promise<Reply>;
  close(): void;
}

/** Opens connections. A node that cannot be reached, or whose key is not the known one, is a failed Result. */
export interface Transport {
  connect(node: Node): Promise<Result<Connection>>;
}
