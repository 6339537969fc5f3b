/**
 * One sanctl at a time works on a site from this machine (C7). A convenience that speaks early and clearly: what
 * protects the nodes is their own locks. The file holds who has it; one whose process is gone is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface ControllerLock {
  release(): void;
}

export type Taken =
  | { readonly ok: true; readonly lock: ControllerLock }
  | { readonly ok: false; readonly path: string; readonly who: string };

/** `$XDG_STATE_HOME/sanctl/locks`. */
export function locksFolder(env: Readonly<Record<string, string | undefined>>): string {
  const state = env['XDG_STATE_HOME'];
  return join(state === undefined || state === '' ? join(homedir(), '.local/state') : state, 'sanctl/locks');
}

/** Never waits. Throws when the folder cannot be written. */
export function takeControllerLock(folder: string, site: string, title: string): Taken {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${encodeURIComponent(site)}.lock`);
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid), title });
  for (let tries = 0; tries < 3; tries += 1) {
    if (tryLink(path, mine)) return { ok: true, lock: { release: () => releaseLock(path, mine) } };
    const theirs = readIfThere(path);
    if (theirs === undefined) continue;
    if (isAlive(theirs) || !setAside(path, theirs)) return { ok: false, path, who: describe(theirs) };
  }
  return { ok: false, path, who: 'another sanctl' };
}

/** The name appears with its whole content, or somebody else's is there. */
function tryLink(path: string, content: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, content, { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw cause;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes a dead lock away. When another one was faster and its lock was taken instead, that goes back. */
function setAside(path: string, dead: string): boolean {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return true;
    throw cause;
  }
  const wasDead = readFileSync(aside, 'utf8') === dead;
  if (!wasDead) renameSync(aside, path);
  else rmSync(aside);
  return wasDead;
}

function releaseLock(path: string, mine: string): void {
  if (readIfThere(path) === mine) rmSync(path, { force: true });
}

/** A file that says nothing readable may be anybody's: it counts as alive. */
function isAlive(content: string): boolean {
  const { pid, started } = parse(content);
  if (pid === undefined) return true;
  const now = startOf(pid);
  if (now !== undefined && started !== undefined) return now === started;
  return responds(pid);
}

/** Clock ticks since boot, with the boot's own id: a process number alone comes back. Undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined || boot === undefined ? undefined : `${boot} ${ticks}`;
}

/** False only where the process is proven not to be: what may not be asked counts as alive. */
export function responds(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !isCode(cause, 'ESRCH');
  }
}

function describe(content: string): string {
  const { pid, title } = parse(content);
  return pid === undefined ? 'an unreadable file' : `process ${pid} (${title ?? 'sanctl'})`;
}

function parse(content: string): { pid?: number; started?: string; title?: string } {
  try {
    const read = JSON.parse(content) as Record<string, unknown>;
    const { pid, started, title } = read;
    return {
      ...(typeof pid === 'number' ? { pid } : {}),
      ...(typeof started === 'string' ? { started } : {}),
      ...(typeof title === 'string' ? { title } : {}),
    };
  } catch {
    return {};
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ESRCH')) return undefined;
    throw cause;
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
