/** `lab up`: image, switch, nodes, and the files by which the rest of sanctl reaches them. All or nothing. */
import { beginNodes } from './begin.ts';
import { clearUnfinished } from './cache.ts';
import type { OnEvent } from './events.ts';
import type { RunFiles } from './folders.ts';
import { ensureImage } from './image.ts';
import { startIpmi } from './ipmi/start.ts';
import { type Lab, nodesOf, type Place, placeOf, runningLab, writeLab } from './lab.ts';
import { withLock } from './lock.ts';
import { defaultNodes, type LabNode } from './nodes.ts';
import { choosePorts, type Plan, planLab } from './plan.ts';
import { prepareNodes } from './prepare.ts';
import { readRecipe } from './recipe.ts';
import { startSwitch } from './switch-process.ts';
import { stopIfAsked, trouble } from './trouble.ts';
import { removeIfEmpty, windUp } from './wind-up.ts';

export interface UpOptions extends Place {
  /** 1 to 8; 2 when absent. */
  readonly nodes?: number;
  /** With a power switch by IPMI for each node. */
  readonly ipmi?: boolean;
  readonly onEvent?: OnEvent;
  /** Aborting it ends everything that this `up` started. */
  readonly signal?: AbortSignal;
}

export interface UpResult {
  readonly nodes: readonly LabNode[];
  /** It was up already, and nothing was done. */
  readonly wasUp: boolean;
  readonly files: RunFiles;
}

export async function bringUp(options: UpOptions): Promise<UpResult> {
  const { run, cache } = placeOf(options);
  const plan = await planLab(cache, options.nodes ?? defaultNodes, options.ipmi === true);
  try {
    return await withLock(run.folder, () => reuseOrBuild(run, plan, options));
  } finally {
    removeIfEmpty(run.folder);
  }
}

async function reuseOrBuild(run: RunFiles, plan: Plan, options: UpOptions): Promise<UpResult> {
  const present = runningLab(run);
  if (present !== undefined) return reuse(present, plan, run);
  // What a dead `up` left, or a machine that was switched off with its lab.
  await windUp(run);
  await clearUnfinished(plan.cache);
  try {
    return await build(run, plan, options);
  } catch (problem) {
    await windUp(run);
    throw problem;
  }
}

function reuse(present: Lab, plan: Plan, run: RunFiles): UpResult {
  const what = difference(present, plan);
  if (what === undefined) return { nodes: nodesOf(present), wasUp: true, files: run };
  throw trouble('lab/different', 'Another lab is up', `the one in ${run.folder} ${what}`, '`sanctl lab down` ends it');
}

/** A lab that has more than it was asked for is as wished. */
function difference(present: Lab, plan: Plan): string | undefined {
  if (present.ports.length !== plan.count) return `has ${present.ports.length} nodes`;
  if (present.snapshotDigest !== plan.snapshotDigest) return 'was made from an older recipe';
  return plan.ipmi && present.ipmi === undefined ? 'has no power switches by IPMI' : undefined;
}

async function build(run: RunFiles, { count, ipmi, ...plan }: Plan, options: UpOptions): Promise<UpResult> {
  await ensureImage(plan.cache, readRecipe(), options);
  const lab: Lab = { ...plan, ...(await choosePorts({ count, ipmi })) };
  await writeLab(run, lab);
  const isShared = await prepareNodes(run, lab);
  await startSwitch(run, lab);
  await startIpmi(run, lab);
  await beginNodes({ run, lab, isShared, onEvent: options.onEvent, signal: options.signal });
  stopIfAsked(options.signal);
  await writeLab(run, { ...lab, state: 'up' });
  return { nodes: nodesOf(lab), wasUp: false, files: run };
}
