/** An authenticated SSH connection, without the library that carries it. */
import type { Duplex } from 'node:stream';
import type { Result } from '../diagnostic.ts';
import type { Opened } from './converse.ts';
import type { Hop } from './hop.ts';
import type { HostKeys } from './host-keys.ts';
import type { Identities } from './identities.ts';

export interface Wire {
  /** Starts a line on the other side. `full`: no channel was given, so that nothing was started (H11). */
  exec(line: string): Promise<Opened | { readonly full: string }>;
  /** A TCP connection made by the other side, for the hop after it. */
  forward(host: string, port: number): Promise<Result<Duplex>>;
  /** Calls back once, when the connection is gone; at once when it is gone already. The result takes the wish back. */
  onLost(listener: (why: string) => void): () => void;
  end(): void;
}

export interface Greeting {
  readonly hop: Hop;
  /** A TCP connection that is open, or the channel of a jump host. */
  readonly sock: Duplex;
  readonly hostKeys: HostKeys;
  readonly identities: Identities;
  /** From now until the login is done. */
  readonly seconds: number;
}

/** Verifies the host, then logs in. */
export type ShakeHands = (greeting: Greeting) => Promise<Result<Wire>>;
