/** The running lab as `up` wrote it down in the run folder: enough to find, power and reset every node. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../transport/files.ts';
import { cacheFolder, fitsSockets, nodeFiles, type RunFiles, runFiles, runFolder } from './folders.ts';
import { imageIn } from './image.ts';
import { firstNodes, type LabNode, segments } from './nodes.ts';
import { isRunning, readRecords } from './process.ts';
import type { Accelerator, Machine, NodePorts } from './qemu.ts';
import { trouble } from './trouble.ts';

export interface Lab {
  readonly version: 1;
  /** `starting` stays behind when an `up` was killed: the next one clears it away. */
  readonly state: 'starting' | 'up';
  readonly imageDigest: string;
  readonly snapshotDigest: string;
  readonly cache: string;
  readonly accelerator: Accelerator;
  /** For each node, in the order of `firstNodes`. */
  readonly ports: readonly NodePorts[];
  /** UDP ports of the power switches, in the same order; absent: there are none. */
  readonly ipmi?: readonly number[];
}

/** Where a lab is; the default is that of the environment (folders.ts). */
export interface Place {
  readonly run?: string;
  readonly cache?: string;
}

export function placeOf(place: Place): { readonly run: RunFiles; readonly cache: string } {
  const run = runFiles(place.run ?? runFolder());
  if (!fitsSockets(run.folder)) {
    throw trouble(
      'lab/folder-too-long',
      'The run folder of the lab has too long a name',
      `${run.folder}: a unix socket's path has at most 107 bytes`,
      'set `SANCTL_LAB_DIR` to a shorter one',
    );
  }
  return { run, cache: place.cache ?? cacheFolder() };
}

export function findLab(run: RunFiles): Lab | undefined {
  if (!existsSync(run.lab)) return undefined;
  try {
    return JSON.parse(readFileSync(run.lab, 'utf8')) as Lab;
  } catch {
    return undefined;
  }
}

/** The lab, if it is up: written down as such, and its switch runs. */
export function runningLab(run: RunFiles): Lab | undefined {
  const lab = findLab(run);
  return lab?.state === 'up' && runs(run, 'switch') ? lab : undefined;
}

export function needLab(run: RunFiles): Lab {
  const lab = runningLab(run);
  if (lab === undefined) throw trouble('lab/not-up', 'The lab is not up', run.folder, '`sanctl lab up` starts it');
  return lab;
}

export async function writeLab(run: RunFiles, lab: Lab): Promise<void> {
  await writeFileAtomic(run.lab, `${JSON.stringify(lab)}\n`, 0o600);
}

export function nodesOf(lab: Lab): readonly LabNode[] {
  return firstNodes(lab.ports.length);
}

export function needNode(lab: Lab, name: string): LabNode {
  const node = nodesOf(lab).find((one) => one.name === name);
  if (node !== undefined) return node;
  const names = nodesOf(lab).map((one) => one.name);
  throw trouble('lab/unknown-node', 'The lab has no such node', name, `its nodes are ${names.join(', ')}`);
}

/** `undefined`: all of them. */
export function needSegment(name: string | undefined): void {
  if (name === undefined || segments.some((one) => one.name === name)) return;
  const known = segments.map((one) => `${one.name} (${one.network}.0/24)`).join(' and ');
  throw trouble('lab/unknown-segment', 'The lab has no such segment', name, `its segments are ${known}`);
}

export function runs(run: RunFiles, name: string): boolean {
  const record = readRecords(run.processes).get(name);
  return record !== undefined && isRunning(record);
}

export function machineOf(run: RunFiles, lab: Lab, node: LabNode): Machine {
  const ports = lab.ports[node.index - 1];
  if (ports === undefined) throw new Error(`no ports for ${node.name}`);
  return {
    node,
    ports,
    image: imageIn(lab.cache, lab.imageDigest),
    files: nodeFiles(join(run.folder, node.name)),
    authorizedKey: `${run.identity}.pub`,
    accelerator: lab.accelerator,
  };
}
