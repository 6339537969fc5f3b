/** The keys to log in with, in the order in which they are tried, and why others cannot be. Keys only (H8). */
import { readFile, stat } from 'node:fs/promises';
import type { Hop } from './hop.ts';

export type Identity =
  /** Keys that the agent holds: those whose public keys, in base64, are in `only`, or those which are not in `except`. */
  | {
      readonly from: 'agent';
      readonly socket: string;
      readonly only?: ReadonlySet<string>;
      readonly except?: ReadonlySet<string>;
    }
  | { readonly from: 'file'; readonly path: string; readonly key: Buffer };

export interface Identities {
  readonly identities: readonly Identity[];
  /** One sentence for each file that is there and cannot be used. */
  readonly unusable: readonly string[];
}

interface KeyFile {
  readonly path: string;
  readonly named: boolean;
  /** In base64, when it can be learned without the passphrase. */
  readonly publicKey: string | undefined;
  readonly key?: Buffer;
  readonly why?: string;
}

/**
 * The agent's keys that belong to the identity files first, as ssh does; then the file that the inventory names, then the
 * agent's other keys, then the other files. A server lets nobody try more than a few keys (MaxAuthTries 6).
 */
export async function identitiesOf(hop: Hop): Promise<Identities> {
  const files = (
    await Promise.all(hop.identityFiles.map((path, index) => readKeyFile(path, index < hop.identitiesNamed)))
  ).filter((file) => file !== undefined);
  const wanted = new Set(files.flatMap((file) => file.publicKey ?? []));
  const fromFiles = (named: boolean) =>
    files.flatMap((file): Identity[] =>
      file.named === named && file.key !== undefined ? [{ from: 'file', path: file.path, key: file.key }] : [],
    );
  const { agent } = hop;
  const matching: Identity[] =
    agent === undefined || wanted.size === 0 ? [] : [{ from: 'agent', socket: agent, only: wanted }];
  const others: Identity[] =
    agent === undefined || hop.identitiesOnly ? [] : [{ from: 'agent', socket: agent, except: wanted }];
  return {
    identities: [...matching, ...fromFiles(true), ...others, ...fromFiles(false)],
    unusable: files.flatMap((file) => file.why ?? []),
  };
}

/** Undefined when there is no such file and nobody named it: ssh has many default names. */
async function readKeyFile(path: string, named: boolean): Promise<KeyFile | undefined> {
  const beside = await readFile(`${path}.pub`, 'utf8').catch(() => '');
  const file = { path, named, publicKey: publicKeyOf(beside) };
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      return { ...file, why: `${path} is readable by others and is not used; \`chmod 600 ${path}\` first.` };
    const key = await readFile(path);
    const publicKey = file.publicKey ?? publicPart(key);
    const why = `${path} is protected by a passphrase; load it with \`ssh-add ${path}\`.`;
    return isEncrypted(key) ? { ...file, publicKey, why } : { ...file, publicKey, key };
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (absent && (!named || file.publicKey !== undefined)) return file.publicKey === undefined ? undefined : file;
    return { ...file, why: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.` };
  }
}

function publicKeyOf(text: string): string | undefined {
  return /^\S+ ([A-Za-z0-9+/]+=*)/.exec(text)?.[1];
}

/** The fields before the secret part of OpenSSH's own format (its PROTOCOL.key): cipher, kdf, kdf options, count, public key. */
function openSshFields(key: Buffer): readonly Buffer[] {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(key.toString('latin1'))?.[1];
  const data = Buffer.from(body ?? '', 'base64');
  const fields: Buffer[] = [];
  for (let at = 'openssh-key-v1\0'.length; fields.length < 4 && at + 4 <= data.length; ) {
    // The count of keys stands alone between the third field and the fourth.
    if (fields.length === 3) at += 4;
    if (at + 4 > data.length) break;
    const length = data.readUInt32BE(at);
    fields.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function publicPart(key: Buffer): string | undefined {
  return openSshFields(key)[3]?.toString('base64');
}

function isEncrypted(key: Buffer): boolean {
  const cipher = openSshFields(key)[0]?.toString('latin1');
  if (cipher !== undefined) return cipher !== 'none';
  return /^(-----BEGIN ENCRYPTED|Proc-Type:.*ENCRYPTED)/m.test(key.toString('latin1'));
}
