/**
 * Reads known_hosts, purely. The format is that of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"; `ssh-keygen -F` is the oracle
 * of its tests. What it cannot read it reports by line, so that the caller fails closed: a damaged line may have been a
 * revocation.
 */
import { createHash, createHmac } from 'node:crypto';
import { matchesPatterns } from './pattern.ts';

export interface KnownHost {
  readonly mark: 'plain' | 'revoked' | 'certificate authority';
  /** The first field as it stands: names and patterns with commas, or one hashed name. */
  readonly names: string;
  /** `ssh-ed25519`, also types that cannot be used. */
  readonly type: string;
  /** The public key as it travels (RFC 4253, section 6.6). */
  readonly key: Buffer;
  readonly line: number;
}

export interface KnownHosts {
  readonly hosts: readonly KnownHost[];
  /** Numbers of the lines that are neither empty, comments, obsolete SSH 1 keys, nor host keys. */
  readonly damaged: readonly number[];
}

/** What the files say about one key that one host offers. */
export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked' | 'certificate authority';

const marks: Readonly<Record<string, KnownHost['mark']>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'certificate authority',
};

/** `|1|salt|hash`, both 20 bytes in base64. */
const hashed = /^\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}=$/;

export function parseKnownHosts(text: string): KnownHosts {
  const hosts: KnownHost[] = [];
  const damaged: number[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw.trim().split(/[ \t]+/);
    const first = words[0] ?? '';
    if (first === '' || first.startsWith('#')) continue;
    const mark = first.startsWith('@') ? marks[first] : 'plain';
    const [names, type, key] = first.startsWith('@') ? words.slice(1) : words;
    if (mark === 'plain' && isObsolete(words)) continue;
    const blob = type === undefined || key === undefined ? undefined : readKey(type, key);
    const whole = names !== undefined && (!names.startsWith('|') || hashed.test(names));
    if (mark === undefined || !whole || type === undefined || blob === undefined) damaged.push(index + 1);
    else hosts.push({ mark, names, type, key: blob, line: index + 1 });
  }
  return { hosts, damaged };
}

/** The lines that speak of this name: `host`, or `[host]:port` when the port is not 22, in lower case. */
export function linesFor<T extends KnownHost>(hosts: readonly T[], name: string): readonly T[] {
  return hosts.filter((one) => matchesNames(one.names, name));
}

/** `lines` are those of one host. A host that is known by any other plain key is changed, never new (H4). */
export function judge(lines: readonly KnownHost[], offered: Buffer): Verdict {
  const same = lines.filter((one) => one.key.equals(offered));
  if (same.some((one) => one.mark === 'revoked')) return 'revoked';
  if (same.some((one) => one.mark === 'plain')) return 'known';
  if (lines.some((one) => one.mark === 'plain')) return 'changed';
  return lines.some((one) => one.mark === 'certificate authority') ? 'certificate authority' : 'unknown';
}

/** The name under which a host stands in the files. An alias stands for itself, without port (ssh_config(5)). */
export function knownName(host: string, port: number, alias: string | undefined): string {
  const name = (alias ?? host).toLowerCase();
  return alias !== undefined || port === 22 ? name : `[${name}]:${port}`;
}

/** `SHA256:...` as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** A line for the file; the name is hashed when a salt (20 random bytes) is given, as `HashKnownHosts` asks. */
export function knownHostLine(name: string, key: Buffer, salt?: Buffer): string {
  const field = salt === undefined ? name : `|1|${salt.toString('base64')}|${hashName(name, salt)}`;
  return `${field} ${keyType(key) ?? ''} ${key.toString('base64')}\n`;
}

/** The type that stands inside a public key; undefined when it is no key. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length > 4 + length ? key.toString('latin1', 4, 4 + length) : undefined;
}

function matchesNames(field: string, name: string): boolean {
  if (!field.startsWith('|')) return matchesPatterns(field.split(','), name);
  const [, , salt = '', hash] = field.split('|');
  return hash === hashName(name, Buffer.from(salt, 'base64'));
}

function hashName(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64');
}

/** A key is whole when it decodes to the very text that stands there and says the type that stands before it. */
function readKey(type: string, text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64');
  return key.toString('base64') === text && keyType(key) === type ? key : undefined;
}

/** `host bits exponent modulus`: protocol 1, which nobody speaks any more. */
function isObsolete(words: readonly string[]): boolean {
  return words.length >= 4 && words.slice(1, 4).every((word) => /^\d+$/.test(word));
}
