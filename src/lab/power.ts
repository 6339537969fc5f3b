/** A node's power and its snapshot: QEMU is the machine, its process the mains. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { run as runProgram } from '../transport/local.ts';
import { ClockLine } from './clock.ts';
import type { RunFiles } from './folders.ts';
import { runs } from './lab.ts';
import { endProcess, readRecords, startDetached } from './process.ts';
import { fresh, type Machine, qemuArgv } from './qemu.ts';
import { Qmp, QmpError } from './qmp.ts';
import { timeoutSeconds } from './timeouts.ts';
import { stopIfAsked, trouble } from './trouble.ts';

/** What is done to which node of which lab; `crowd` is how many nodes share the machine, for the timeouts. */
export interface Target {
  readonly run: RunFiles;
  readonly machine: Machine;
  readonly crowd: number;
  readonly signal?: AbortSignal | undefined;
}

/** Switches on: from its disks, or `paused` for a snapshot to be loaded. Returns when QEMU takes commands. */
export async function powerOn({ run, machine, crowd, signal }: Target, start: 'boot' | 'paused'): Promise<void> {
  const { node, files } = machine;
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  // What a killed QEMU left; a new one makes its own.
  await rm(files.qmpSocket, { force: true });
  await rm(files.clockSocket, { force: true });
  startDetached(run.processes, node.name, qemuArgv(machine, start), files.log);
  const deadline = performance.now() + timeoutSeconds('answer', crowd) * 1000;
  while (!(await answers(files.qmpSocket))) {
    stopIfAsked(signal);
    if (!runs(run, node.name) || performance.now() > deadline) throw await qemuTrouble(node.name, files.log);
    await pause(50);
  }
}

async function answers(socket: string): Promise<boolean> {
  try {
    (await Qmp.connect(socket, 5)).close();
    return true;
  } catch {
    return false;
  }
}

async function qemuTrouble(node: string, log: string): Promise<Error> {
  const said = await readFile(log, 'utf8').catch(() => '');
  return trouble('lab/qemu-failed', 'QEMU did not start', `${node}: ${said.trim().split('\n').slice(-5).join('\n')}`);
}

/** Cuts the power: nothing is flushed, nobody is told. */
export async function powerOff(run: RunFiles, node: string): Promise<void> {
  const record = readRecords(run.processes).get(node);
  if (record === undefined) return;
  await endProcess(run.processes, record, { signal: 'SIGKILL', timeoutSeconds: timeoutSeconds('end', 1) });
}

/** To a node that was switched on `paused`: the freshly booted state, disks included, with the clock right. */
export async function loadFresh(target: Target): Promise<void> {
  // Connected before the snapshot is loaded: it was taken with the line open, so the node listens at once.
  const clock = await ClockLine.connect(target.machine.files.clockSocket);
  try {
    await command(target, async (qmp, seconds) => {
      await qmp.monitor(`loadvm ${fresh}`, timeoutSeconds('snapshot', target.crowd));
      await qmp.execute('cont', {}, seconds);
    });
    await clock.set(target.machine.node.name, timeoutSeconds('clock', target.crowd));
  } finally {
    clock.close();
  }
}

/** Takes the snapshot of a booted node; `keep` copies its disks while it is halted. */
export async function saveFresh(target: Target, keep: () => Promise<void>): Promise<void> {
  const clock = await ClockLine.connect(target.machine.files.clockSocket);
  try {
    await clock.set(target.machine.node.name, timeoutSeconds('clock', target.crowd));
    await command(target, async (qmp, seconds) => {
      await qmp.execute('stop', {}, seconds);
      await qmp.monitor(`savevm ${fresh}`, timeoutSeconds('snapshot', target.crowd));
      await keep();
      await qmp.execute('cont', {}, seconds);
    });
  } finally {
    clock.close();
  }
}

async function command(target: Target, work: (qmp: Qmp, seconds: number) => Promise<void>): Promise<void> {
  const seconds = timeoutSeconds('answer', target.crowd);
  try {
    const qmp = await Qmp.connect(target.machine.files.qmpSocket, seconds);
    try {
      await work(qmp, seconds);
    } finally {
      qmp.close();
    }
  } catch (problem) {
    if (!(problem instanceof QmpError)) throw problem;
    throw trouble('lab/qemu-refused', 'QEMU refused a command', `${target.machine.node.name}: ${problem.message}`);
  }
}

/** Waits until the node has booted; `degraded` means that a unit failed. */
export async function waitBooted({ run, machine, crowd, signal }: Target): Promise<'running' | 'degraded'> {
  const { node, files } = machine;
  const seconds = timeoutSeconds('boot', crowd);
  const deadline = performance.now() + seconds * 1000;
  const ask = ['ssh', '-F', run.sshConfig, '-o', 'ConnectTimeout=20', '-o', 'BatchMode=yes', node.name];
  let last = '';
  while (performance.now() < deadline) {
    stopIfAsked(signal);
    if (!runs(run, node.name)) throw await qemuTrouble(node.name, files.log);
    const left = (deadline - performance.now()) / 1000;
    const said = await runProgram([...ask, 'systemctl is-system-running --wait'], {
      timeoutSeconds: left,
      ...(signal === undefined ? {} : { signal }),
    });
    const state = said.stdout.trim();
    if (state === 'running' || state === 'degraded') return state;
    last = said.stderr.trim();
    await pause(1000);
  }
  stopIfAsked(signal);
  throw trouble(
    'lab/no-boot',
    'A node did not boot in time',
    `${node.name}: ${seconds} s; ssh: ${last}`,
    `see ${files.console}`,
  );
}
