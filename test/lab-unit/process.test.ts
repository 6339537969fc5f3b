import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFiles } from '../../src/lab/folders.ts';
import { withLock } from '../../src/lab/lock.ts';
import { endProcess, identify, isRunning, parseStartTicks, readRecords, startDetached } from '../../src/lab/process.ts';
import { windUp } from '../../src/lab/wind-up.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const end = { signal: 'SIGTERM', timeoutSeconds: 10 } as const;
const sleeper = (name: string) => startDetached(folder, name, ['sleep', '600'], join(folder, 'log'));

describe('process records', () => {
  it('read the start time of a program whose name has blanks and parentheses', () => {
    const rest = Array.from({ length: 50 }, (_, at) => String(at + 3)).join(' ');
    expect(parseStartTicks(`77 (a ) b) ${rest}`)).toBe('22');
  });

  it('find a process that was started, and not one that ended', async () => {
    const record = sleeper('alpha');
    expect(readRecords(folder).get('alpha')).toEqual(record);
    expect(isRunning(record)).toBe(true);
    await endProcess(folder, record, end);
    expect(isRunning(record)).toBe(false);
    expect(readRecords(folder).size).toBe(0);
  });

  it('never signal a stranger that was given the number', async () => {
    const stranger = sleeper('stranger');
    const stale = { ...stranger, name: 'alpha', startTicks: String(Number(stranger.startTicks) - 1) };
    expect(isRunning(stale)).toBe(false);
    await endProcess(folder, stale, end);
    expect(isRunning(stranger)).toBe(true);
    const otherBoot = { ...stranger, name: 'alpha', bootId: 'another' };
    await endProcess(folder, otherBoot, end);
    expect(isRunning(stranger)).toBe(true);
    await endProcess(folder, stranger, end);
  });

  it('ignore what a crash left half-written', () => {
    writeFileSync(join(folder, 'alpha.json'), '{"name":"al');
    writeFileSync(join(folder, 'bravo.json'), '{"name":"bravo","pid":1,"startTicks":"1","bootId":"x"}');
    expect(readRecords(folder).size).toBe(0);
  });
});

describe('winding up', () => {
  it("ends what is on record and removes the lab's files, and nobody else's", async () => {
    const run = runFiles(folder);
    const record = startDetached(run.processes, 'alpha', ['sleep', '600'], join(folder, 'switch.log'));
    writeFileSync(run.lab, '{"state":"starting"}');
    writeFileSync(join(folder, 'precious'), 'mine');
    await windUp(run);
    expect(isRunning(record)).toBe(false);
    expect(readdirSync(folder)).toEqual(['precious']);
  });
});

describe('the lock', () => {
  it('lets one change happen at a time', async () => {
    await withLock(folder, async () => {
      await expect(withLock(folder, async () => {})).rejects.toThrow('Another command is changing the lab');
    });
    await withLock(folder, async () => {});
  });

  it('of a dead process is no lock', async () => {
    const record = sleeper('alpha');
    await endProcess(folder, record, end);
    writeFileSync(join(folder, 'lock.json'), JSON.stringify(record));
    let done = false;
    await withLock(folder, async () => {
      done = true;
    });
    expect(done).toBe(true);
  });

  it('names this very process, start time included', () => {
    expect(identify('x', process.pid)).toMatchObject({ pid: process.pid });
    expect(identify('x', 2 ** 22 + 1)).toBeUndefined();
  });
});
