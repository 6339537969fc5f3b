/** The door to ssh2: the rules H1 to H11 of safety.md on how it must be used. Its debug output is never turned on. */
import type { Duplex } from 'node:stream';
import ssh2, {
  type AnyAuthMethod,
  type ClientChannel,
  type ConnectConfig,
  type IdentityCallback,
  type ParsedKey,
} from 'ssh2';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import { render } from '../shell/render.ts';
import type { Transport } from './connection.ts';
import type { Opened } from './converse.ts';
import { explain, type Login, printable, type SshError } from './explain.ts';
import type { Identity } from './identities.ts';
import { listeners } from './listeners.ts';
import { type ReachOptions, transportOver } from './reach.ts';
import * as refuse from './refusals.ts';
import type { Greeting, Wire } from './wire.ts';

/** Real nodes over SSH. One for each run of sanctl: it remembers configuration, known hosts and jump hosts. */
export function sshTransport(options: ReachOptions): Transport {
  return transportOver(shakeHands, render, options);
}

/** The cheapest key exchange and cipher first (performance.md 1); no SHA-1, no group exchange, no CBC. */
const algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
} satisfies ConnectConfig['algorithms'];

/** H7: a peer that is silent for half a minute is gone. */
const keepalive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 };

const goodbyeSeconds = 1;

export function shakeHands(greeting: Greeting): Promise<Result<Wire>> {
  const { hop, hostKeys, identities } = greeting;
  const client = new ssh2.Client();
  const login = { tried: [] as string[], unusable: [...identities.unusable], wants: [] as string[] };
  return new Promise((resolve) => {
    const fail = (diagnostic: Diagnostic) => {
      client.destroy();
      resolve(failed(diagnostic));
    };
    client.on('error', (cause: SshError) => {
      // One agent that does not answer is no reason not to try the key files.
      if (cause.level === 'agent') login.unusable.push(`The agent could not be asked: ${cause.message}.`);
      else fail(explain(greeting, cause, login));
    });
    client.on('close', () => fail(refuse.handshakeFailed(hop, 'it closed the connection')));
    client.on('ready', () => resolve(ok(wireOver(client, greeting.sock))));
    client.connect({
      sock: greeting.sock as NonNullable<ConnectConfig['sock']>,
      username: hop.user,
      readyTimeout: greeting.seconds * 1000,
      ...keepalive,
      algorithms: { ...algorithms, serverHostKey: [...hostKeys.offer] },
      hostVerifier: (key: Buffer) => hostKeys.verify(key) === true,
      authHandler: oneAfterTheOther(hop.user, identities.identities, login),
      agentForward: false,
      tryKeyboard: false,
    });
  });
}

/** Keys only, and no question without one: that saves a round trip (H8). */
function oneAfterTheOther(
  user: string,
  identities: readonly Identity[],
  login: Login,
): NonNullable<ConnectConfig['authHandler']> {
  const left = identities.filter((identity) => isReadable(identity, login.unusable));
  return (wants, _partial, next) => {
    // Null at the first call, whatever its type says.
    if (Array.isArray(wants)) login.wants = wants;
    const identity = left.shift();
    if (identity === undefined) return next(false as never);
    login.tried.push(identity.from === 'file' ? identity.path : describeAgent(identity));
    next(method(user, identity));
  };
}

/** ssh2 would pass over a key that it does not understand, and say nothing. */
function isReadable(identity: Identity, unusable: string[]): boolean {
  const key = identity.from === 'file' ? ssh2.utils.parseKey(identity.key) : undefined;
  if (identity.from === 'file' && key instanceof Error)
    unusable.push(`${identity.path} is not understood: ${key.message}.`);
  return !(key instanceof Error);
}

function describeAgent(identity: Identity & { from: 'agent' }): string {
  return identity.only === undefined ? "the agent's keys" : "the agent's keys that belong to the identity files";
}

function method(username: string, identity: Identity): AnyAuthMethod {
  if (identity.from === 'file') return { type: 'publickey', username, key: identity.key };
  return { type: 'agent', username, agent: new SomeKeys(identity) };
}

/** An agent that shows some of its keys only. */
class SomeKeys extends ssh2.OpenSSHAgent {
  readonly #shows: (key: ParsedKey) => boolean;

  constructor({ socket, only, except }: Identity & { from: 'agent' }) {
    super(socket);
    this.#shows = (key) => {
      const publicKey = key.getPublicSSH().toString('base64');
      return only === undefined ? !except?.has(publicKey) : only.has(publicKey);
    };
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    super.getIdentities((cause, keys) => {
      // Null when there is none, whatever its type says.
      if (cause instanceof Error) return done(cause);
      done(undefined, keys?.filter((key) => 'getPublicSSH' in key && this.#shows(key)) ?? []);
    });
  }
}

function wireOver(client: ssh2.Client, sock: Duplex): Wire {
  client.removeAllListeners('close').removeAllListeners('error');
  const { tell, onLost } = listeners();
  client.on('error', (cause) => tell(printable(cause.message)));
  client.on('close', () => tell('the node closed it'));
  return {
    exec: (line) => new Promise((resolve) => exec(client, line, resolve)),
    forward: (host, port) => new Promise((resolve) => forward(client, { host, port, knownAs: host }, resolve)),
    onLost,
    end: () => {
      tell('it was closed here');
      client.end();
      // A peer that never answers our good-bye must not keep this process alive.
      setTimeout(() => sock.destroy(), goodbyeSeconds * 1000).unref();
    },
  };
}

function exec(client: ssh2.Client, line: string, done: (opened: Opened | { readonly full: string }) => void): void {
  try {
    client.exec(line, (cause: (Error & { reason?: unknown }) | undefined, channel: ClientChannel) => {
      if (cause === undefined || cause === null) return done({ channel });
      // Only a refused channel has a reason; any other error may come after the node had started the line.
      if ('reason' in cause) return done({ full: printable(cause.message) });
      done({ why: `the node did not confirm that it started it: ${printable(cause.message)}` });
    });
  } catch (cause) {
    done({ why: `nothing was started: ${cause instanceof Error ? cause.message : String(cause)}` });
  }
}

function forward(client: ssh2.Client, place: refuse.Place, done: (sock: Result<Duplex>) => void): void {
  const refused = (cause: unknown) =>
    done(
      failed(
        refuse.jumpFailed(place, 'The jump host', printable(cause instanceof Error ? cause.message : String(cause))),
      ),
    );
  try {
    client.forwardOut('127.0.0.1', 0, place.host, place.port, (cause, channel) => {
      if (cause === undefined || cause === null) done(ok(channel));
      else refused(cause);
    });
  } catch (cause) {
    refused(cause);
  }
}
