/** What a run of sanctl has of the world around it; tests hand in their own. */
import type { Clock } from '../apply/clock.ts';
import type { Transport } from '../transport/connection.ts';
import type { Output } from '../view/output.ts';

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  /** Instead of ending the process, an interrupt (Ctrl-C, SIGTERM, a closed terminal) calls this, until it is undone. */
  onInterrupt(handler: () => void): () => void;
  /** Whether what was printed did not arrive, once all of it was tried. A reader who went away is no loss. */
  lost?(): Promise<Error | undefined>;
  /** Instead of SSH: simulated nodes. */
  readonly transport?: Transport;
  /** Instead of real time: that of the simulated nodes. */
  readonly clock?: Clock;
}
