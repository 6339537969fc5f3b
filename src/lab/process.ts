/**
 * The lab's processes. They outlive the command that started them, so each has a record in the run folder; a process
 * id may be used again by a stranger, so a record also holds the start time, and nothing is signalled without it.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface ProcessRecord {
  /** `alpha`, `switch`: what it is in the lab. */
  readonly name: string;
  readonly pid: number;
  /** In clock ticks since the machine booted: field 22 of /proc/PID/stat, proc(5). */
  readonly startTicks: string;
  /** Which boot of the machine: ticks begin anew with each (/proc/sys/kernel/random/boot_id). */
  readonly bootId: string;
}

/** The start time in a /proc/PID/stat line; the program's name, in parentheses, may itself hold blanks and `)`. */
export function parseStartTicks(stat: string): string | undefined {
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(22 - 3);
}

/** `Z`: the first thread has ended, though its entry is still there. */
export function parseState(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).at(0);
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function stat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

/** What identifies a running process beyond its number; undefined when there is none. */
export function identify(name: string, pid: number): ProcessRecord | undefined {
  const line = stat(pid);
  const startTicks = line === undefined ? undefined : parseStartTicks(line);
  return startTicks === undefined ? undefined : { name, pid, startTicks, bootId: bootId() };
}

/** Whether exactly that process still runs, and not another that was given its number. */
export function isRunning(record: ProcessRecord): boolean {
  const line = stat(record.pid);
  if (line === undefined || hasEnded(record.pid, line)) return false;
  return parseStartTicks(line) === record.startTicks && record.bootId === bootId();
}

/** While another thread still ends, a zombie holds its files, and with them QEMU's locks on the disks. */
function hasEnded(pid: number, line: string): boolean {
  if (parseState(line) !== 'Z') return false;
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

/** Starts a process that outlives this one, its output in `log`, and records it before anything else can go wrong. */
export function startDetached(
  folder: string,
  name: string,
  argv: readonly string[],
  log: string,
  workFolder?: string,
): ProcessRecord {
  const [program, ...words] = argv;
  if (program === undefined) throw new Error('startDetached: no program');
  mkdirSync(folder, { recursive: true });
  const output = openSync(log, 'a');
  const child = spawn(program, words, {
    detached: true,
    stdio: ['ignore', output, output],
    ...(workFolder === undefined ? {} : { cwd: workFolder }),
  });
  closeSync(output);
  child.on('error', () => {});
  child.unref();
  const record = child.pid === undefined ? undefined : identify(name, child.pid);
  if (record === undefined) return { name, pid: 0, startTicks: '', bootId: bootId() };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  return record;
}

/** The records in the run folder, by name, whether their processes still run or not. */
export function readRecords(folder: string): ReadonlyMap<string, ProcessRecord> {
  const records = new Map<string, ProcessRecord>();
  for (const file of listFolder(folder)) {
    const record = parseRecord(readFileSync(join(folder, file), 'utf8'));
    if (record !== undefined) records.set(basename(file, '.json'), record);
  }
  return records;
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch {
    return [];
  }
}

/** Undefined for what a crash left half-written: the process that it was about is found by nobody else either. */
function parseRecord(text: string): ProcessRecord | undefined {
  try {
    const { name, pid, startTicks, bootId: boot } = JSON.parse(text) as Partial<ProcessRecord>;
    if (name === undefined || !Number.isInteger(pid) || pid === undefined || pid < 2) return undefined;
    return startTicks === undefined || boot === undefined ? undefined : { name, pid, startTicks, bootId: boot };
  } catch {
    return undefined;
  }
}

/** Ends the process if it is still the one of the record, waits until it is gone, and removes the record. */
export async function endProcess(
  folder: string,
  record: ProcessRecord,
  options: { readonly signal: 'SIGTERM' | 'SIGKILL'; readonly timeoutSeconds: number },
): Promise<void> {
  signal(record, options.signal);
  if (!(await gone(record, options.timeoutSeconds))) {
    signal(record, 'SIGKILL');
    await gone(record, options.timeoutSeconds);
  }
  rmSync(join(folder, `${record.name}.json`), { force: true });
}

function signal(record: ProcessRecord, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isRunning(record)) return;
  try {
    process.kill(record.pid, name);
  } catch {
    // It ended between the two calls.
  }
}

async function gone(record: ProcessRecord, timeoutSeconds: number): Promise<boolean> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (isRunning(record)) {
    if (performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}
