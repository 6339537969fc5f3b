/** `lab up`: image, switch, nodes, and the files by which the rest of sanctl reaches them. All or nothing. */
import { beginNodes } from './begin.ts';
import { clearUnfinished } from './cache.ts';
import type { OnEvent } from './events.ts';
import type { RunFiles } from './folders.ts';
import { ensureImage } from './image.ts';
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
  const plan = await planLab(cache, options.nodes ?? defaultNodes);
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

function reuse(
  present: Lab,
  plan: { readonly count: number; readonly snapshotDigest: string },
  run: RunFiles,
): UpResult {
  const same = present.ports.length === plan.count && present.snapshotDigest === plan.snapshotDigest;
  if (same) return { nodes: nodesOf(present), wasUp: true, files: run };
  const what =
    present.ports.length === plan.count ? 'was made from an older recipe' : `has ${present.ports.length} nodes`;
  throw trouble('lab/different', 'Another lab is up', `the one in ${run.folder} ${what}`, '`sanctl lab down` ends it');
}

async function build(run: RunFiles, { count, ...plan }: Plan, options: UpOptions): Promise<UpResult> {
  await ensureImage(plan.cache, readRecipe(), options);
  const lab: Lab = { ...plan, ports: await choosePorts(count) };
  await writeLab(run, lab);
  const isShared = await prepareNodes(run, lab);
  await startSwitch(run, lab);
  await beginNodes({ run, lab, isShared, onEvent: options.onEvent, signal: options.signal });
  stopIfAsked(options.signal);
  await writeLab(run, { ...lab, state: 'up' });
  return { nodes: nodesOf(lab), wasUp: false, files: run };
}
