/** Starts the power switches: one process that knows the lab, and one simulator for each node, on a port of loopback. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileAtomic } from '../../transport/files.ts';
import type { RunFiles } from '../folders.ts';
import { type Lab, nodesOf, runs } from '../lab.ts';
import { ownProcess } from '../own-process.ts';
import { startDetached } from '../process.ts';
import { timeoutSeconds } from '../timeouts.ts';
import { trouble } from '../trouble.ts';
import { ipmiFiles } from './files.ts';
import { simulatorArgv, simulatorFiles } from './simulator.ts';

/** Among the processes of the lab: what knows it, and the simulator of a node. */
const mains = 'mains';
const simulatorOf = (node: string): string => `ipmi-${node}`;

/** Whether a node's power switch runs. */
export function switchesPower(run: RunFiles, node: string): boolean {
  return runs(run, mains) && runs(run, simulatorOf(node));
}

export async function startIpmi(run: RunFiles, lab: Lab): Promise<void> {
  const { ipmi } = lab;
  if (ipmi === undefined) return;
  const { socket, log } = ipmiFiles(run);
  await mkdir(run.ipmi, { recursive: true, mode: 0o700 });
  // IPMI 1.5 takes at most 16 characters.
  const by = { socket, password: randomBytes(8).toString('hex') };
  await writeFileAtomic(run.ipmiPassword, `${by.password}\n`, 0o600);
  startDetached(run.processes, mains, [...ownProcess('ipmi/main'), run.folder], log);
  await Promise.all([
    awaited(run, { process: mains, log, answers: () => isThere(socket) }),
    ...nodesOf(lab).map(({ name }, at) => startSimulator(run, name, ipmi[at] ?? 0, by)),
  ]);
}

async function startSimulator(
  run: RunFiles,
  node: string,
  port: number,
  by: { readonly password: string; readonly socket: string },
): Promise<void> {
  const { of, logOf } = ipmiFiles(run);
  await mkdir(join(of(node), 'state'), { recursive: true, mode: 0o700 });
  for (const { name, content, mode } of simulatorFiles(node, port, by))
    await writeFileAtomic(join(of(node), name), content, mode);
  startDetached(run.processes, simulatorOf(node), simulatorArgv, logOf(node), of(node));
  await awaited(run, { process: simulatorOf(node), log: logOf(node), answers: () => pongs(port) });
}

async function awaited(
  run: RunFiles,
  one: { readonly process: string; readonly log: string; readonly answers: () => Promise<boolean> },
): Promise<void> {
  const deadline = performance.now() + timeoutSeconds('answer', 1) * 1000;
  while (!(await one.answers())) {
    if (!runs(run, one.process) || performance.now() > deadline) {
      const said = await readFile(one.log, 'utf8').catch(() => '');
      throw trouble('lab/ipmi-failed', 'A power switch of the lab did not start', `${one.process}: ${said.trim()}`);
    }
    await pause(50);
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The presence ping of RMCP (ASF 2.0, 3.2.4.2), which is answered without a password. */
const ping = Buffer.from([0x06, 0x00, 0xff, 0x06, 0x00, 0x00, 0x11, 0xbe, 0x80, 0x00, 0x00, 0x00]);

async function pongs(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    // Connected, so that a port on which nobody listens is an error at once.
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.send(ping);
    await once(socket, 'message', { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
