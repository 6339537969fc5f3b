/** Adds the key of a new host to the user's file: under a lock, appended in one write, 0600 when the file is new. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { failed, ok, type Result } from '../diagnostic.ts';
import type { Hop } from './hop.ts';
import { fingerprint, judge, keyType, knownHostLine, linesFor, parseKnownHosts } from './known-hosts.ts';
import { acceptedKey, changedKey, knownHostsUnwritable } from './refusals.ts';

/** Times that a lock held by another is asked for again, 50 ms apart: it is held for one small write. */
const patience = 200;

export async function addKnownHost(hop: Hop, key: Buffer): Promise<Result<undefined>> {
  const path = hop.userKnownHostsFiles[0];
  if (path === undefined)
    return failed(knownHostsUnwritable('known_hosts', 'the SSH configuration names no file of the user'));
  const lock = `${path}.sanctl-lock`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (!(await take(lock))) {
      return failed(knownHostsUnwritable(path, `another sanctl holds ${lock}; remove it when none runs`));
    }
    try {
      return await add(hop, path, key);
    } finally {
      await rm(lock, { force: true });
    }
  } catch (cause) {
    return failed(knownHostsUnwritable(path, cause instanceof Error ? cause.message : String(cause)));
  }
}

/** Somebody else may have written meanwhile: looked at again under the lock. */
async function add(hop: Hop, path: string, key: Buffer): Promise<Result<undefined>> {
  const text = await readFile(path, 'utf8').catch(absent);
  const [type, print] = [keyType(key) ?? '', fingerprint(key)];
  const verdict = judge(linesFor(parseKnownHosts(text).hosts, hop.knownAs), key);
  if (verdict === 'known') return ok(undefined);
  if (verdict !== 'unknown') return failed(changedKey(hop, type, print, [path]));
  const line = knownHostLine(hop.knownAs, key, hop.hashKnownHosts ? randomBytes(20) : undefined);
  const file = await open(path, 'a', 0o600);
  try {
    await file.write(text === '' || text.endsWith('\n') ? line : `\n${line}`);
    await file.sync();
  } finally {
    await file.close();
  }
  return ok(undefined, [acceptedKey(hop, type, print, path)]);
}

function absent(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
  throw cause;
}

async function take(lock: string): Promise<boolean> {
  for (let tries = 0; tries < patience; tries++) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.close();
      return true;
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
      await pause(50);
    }
  }
  return false;
}
