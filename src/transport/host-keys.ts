/** Decides on the key that one host offers. Strict: what is not known is refused, and there is no way to say otherwise. */
import { readFile } from 'node:fs/promises';
import { type Diagnostic, failed, ok, type Result } from '../diagnostic.ts';
import type { Hop } from './hop.ts';
import { fingerprint, judge, type KnownHost, keyType, linesFor, parseKnownHosts } from './known-hosts.ts';
import { addKnownHost } from './known-hosts-file.ts';
import * as refuse from './refusals.ts';

/** Types of keys that can be verified, best first, and the names under which they are agreed on (no SHA-1: H4). */
const algorithms = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;
export type HostKeyAlgorithm = (typeof algorithms)[keyof typeof algorithms][number];

export interface HostKeys {
  /** Only what this host is known by, so that a good host does not look like a changed one (H4). */
  readonly offer: readonly HostKeyAlgorithm[];
  /** The synchronous verifier of H2: true or false and nothing else, and false when anything goes wrong in it. */
  verify(key: Buffer): boolean;
  /** Why the last key was refused; undefined when none was. */
  refusal(): Diagnostic | undefined;
  /** When the host proved to own a new key: keeps it. A note for the operator, or why it could not be kept. */
  keep(): Promise<Result<undefined>>;
}

interface Line extends KnownHost {
  readonly file: string;
}

/** Reads known_hosts files, each once for as long as it lives. */
export type ReadKnownHosts = (path: string) => Promise<Result<readonly Line[]>>;

export function knownHostsReader(): ReadKnownHosts {
  const files = new Map<string, Promise<Result<readonly Line[]>>>();
  return (path) => {
    const read = files.get(path) ?? readLines(path);
    files.set(path, read);
    return read;
  };
}

async function readLines(path: string): Promise<Result<readonly Line[]>> {
  try {
    const { hosts, damaged } = parseKnownHosts(await readFile(path, 'utf8'));
    if (damaged.length > 0)
      return failed(refuse.knownHostsUnreadable(path, `line ${damaged.join(', ')} is no host key`));
    return ok(hosts.map((host) => ({ ...host, file: path })));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ok([]);
    return failed(refuse.knownHostsUnreadable(path, cause instanceof Error ? cause.message : String(cause)));
  }
}

export async function hostKeysOf(hop: Hop, acceptNew: boolean, read: ReadKnownHosts): Promise<Result<HostKeys>> {
  const files = await Promise.all([...hop.userKnownHostsFiles, ...hop.globalKnownHostsFiles].map(read));
  const lines = files.flatMap((file) => (file.ok ? linesFor(file.value, hop.knownAs) : []));
  const unreadable = files.flatMap((file) => (file.ok ? [] : file.diagnostics));
  if (unreadable.length > 0) return failed(...unreadable);
  const plain = lines.filter((line) => line.mark === 'plain');
  if (plain.length === 0 && lines.some((line) => line.mark === 'certificate authority')) {
    return failed(refuse.certificateAuthority(hop));
  }
  const types = new Set(plain.map((line) => line.type));
  const offer = Object.entries(algorithms).flatMap(([type, names]) =>
    plain.length === 0 || types.has(type) ? names : [],
  );
  if (offer.length === 0) return failed(refuse.keyTypes(hop, [...types]));
  return ok(hostKeys(hop, lines, offer, acceptNew));
}

function hostKeys(hop: Hop, lines: readonly Line[], offer: readonly HostKeyAlgorithm[], acceptNew: boolean): HostKeys {
  let refusal: Diagnostic | undefined;
  /** The key of this connection: a rekey must show the same. */
  let pinned: Buffer | undefined;
  let isNew = false;

  function decide(key: Buffer): boolean {
    if (pinned !== undefined) return pinned.equals(key);
    const verdict = judge(lines, key);
    isNew = verdict === 'unknown' && acceptNew;
    if (verdict !== 'known' && !isNew) refusal = explain(hop, lines, verdict, key);
    else pinned = key;
    return pinned !== undefined;
  }

  return {
    offer,
    refusal: () => refusal,
    verify: (key) => {
      try {
        return decide(key) === true;
      } catch (cause) {
        refusal = refuse.handshakeFailed(hop, `its key could not be judged: ${String(cause)}`);
        return false;
      }
    },
    keep: async () => (isNew && pinned !== undefined ? addKnownHost(hop, pinned) : ok(undefined)),
  };
}

function explain(hop: Hop, lines: readonly Line[], verdict: ReturnType<typeof judge>, key: Buffer): Diagnostic {
  const [type, print] = [keyType(key) ?? 'unknown', fingerprint(key)];
  if (verdict === 'revoked') return refuse.revokedKey(hop, print);
  if (verdict === 'certificate authority') return refuse.certificateAuthority(hop);
  const where = lines.filter((line) => line.mark === 'plain').map((line) => `${line.file} line ${line.line}`);
  if (verdict === 'changed') return refuse.changedKey(hop, type, print, where);
  return refuse.unknownHost(hop, type, print, hop.userKnownHostsFiles[0] ?? '~/.ssh/known_hosts');
}
