/**
 * The lab: real Xen hosts on one machine, under emulation. Every function answers with a value or with diagnostics,
 * prints nothing, and tells what takes long through `onEvent`. `place` says where a lab is; without it, the
 * environment does (folders.ts).
 */
import type { Result } from '../diagnostic.ts';
import { type OnEvent, told } from './events.ts';
import type { RunFiles } from './folders.ts';
import { type Lab, machineOf, needLab, needNode, needSegment, nodesOf, type Place, placeOf, runs } from './lab.ts';
import { withLock } from './lock.ts';
import { powerOff, powerOn, waitBooted } from './power.ts';
import { resetNodes } from './reset.ts';
import { type LabStatus, readStatus } from './status.ts';
import { type Answer, type Order, orderSwitch } from './switch/control.ts';
import type { LinkChange, LinkState } from './switch/links.ts';
import { timeoutSeconds } from './timeouts.ts';
import { asResult, trouble } from './trouble.ts';
import { bringUp, type UpOptions, type UpResult } from './up.ts';
import { removeIfEmpty, windUp } from './wind-up.ts';

export type { LabEvent, OnEvent } from './events.ts';
export type { RunFiles } from './folders.ts';
export { type GuestOptions, guestBoot, guestCommandLine, guestConsoleLog, guestMemoryMiB } from './guest.ts';
export type { Place } from './lab.ts';
export { type Announced, judge, parseConsole, type Verdict, type Violation } from './ledger.ts';
export { type LabNode, nodeNames } from './nodes.ts';
export type { LabStatus, NodeStatus } from './status.ts';
export type { LinkState } from './switch/links.ts';
export { missingTools } from './tools.ts';
export type { UpOptions, UpResult } from './up.ts';

export interface Watched extends Place {
  readonly onEvent?: OnEvent;
}

/** Starts the lab: image, switch and nodes; all or nothing. A lab that is up as wished is left as it is. */
export async function up(options: UpOptions = {}): Promise<Result<UpResult>> {
  return asResult(() => bringUp(options));
}

/** Ends all processes of the lab and removes its files; the cache stays. Nothing to do is no error. */
export async function down(place: Place = {}): Promise<Result<undefined>> {
  return asResult(async () => {
    const { run } = placeOf(place);
    await withLock(run.folder, () => windUp(run));
    removeIfEmpty(run.folder);
    return undefined;
  });
}

/** Every node freshly booted again, disks included, and the network healed. Open SSH sessions are dead afterwards. */
export async function reset(options: Watched = {}): Promise<Result<undefined>> {
  return change(options, async (run, lab) => {
    await resetNodes(run, lab, options.onEvent);
    return undefined;
  });
}

export async function status(place: Place = {}): Promise<Result<LabStatus>> {
  return asResult(() => readStatus(placeOf(place).run));
}

/** The command line that opens a shell on a node; append a command to run that instead. */
export async function sshArguments(node: string, place: Place = {}): Promise<Result<readonly [string, ...string[]]>> {
  return asResult(async () => {
    const { run } = placeOf(place);
    return ['ssh', '-F', run.sshConfig, needNode(needLab(run), node).name] as const;
  });
}

/** Where a link is changed: on one segment, or on all. */
export interface Where extends Place {
  readonly segment?: string | undefined;
}

/** Cuts the link between two nodes, both ways; the links that are not healthy are the answer of all five. */
export async function cut(a: string, b: string, where: Where = {}): Promise<Result<readonly LinkState[]>> {
  return changeLink(a, b, { cut: true }, where);
}

/** Delays each frame between two nodes, both ways: a round trip takes twice as much longer. */
export async function delay(
  a: string,
  b: string,
  milliseconds: number,
  where: Where = {},
): Promise<Result<readonly LinkState[]>> {
  return changeLink(a, b, { delayMilliseconds: milliseconds }, where);
}

/** Loses that share of the frames between two nodes, both ways. */
export async function drop(
  a: string,
  b: string,
  percent: number,
  where: Where = {},
): Promise<Result<readonly LinkState[]>> {
  return changeLink(a, b, { dropPercent: percent }, where);
}

/** Heals one link, or all. */
export async function heal(pair?: readonly [string, string], place: Place = {}): Promise<Result<readonly LinkState[]>> {
  return orderLinks(pair ?? [], pair === undefined ? { order: 'heal' } : { order: 'heal', pair }, place);
}

/** Cuts a node's power: nothing is flushed, nobody is told. Its disks keep what they have. */
export async function kill(node: string, place: Place = {}): Promise<Result<undefined>> {
  return change(place, async (run, lab) => {
    await powerOff(run, needNode(lab, node).name);
    return undefined;
  });
}

/**
 * Boots a node from its disks as they are; `degraded` means that one of its units failed. Others may be started meanwhile: a
 * node may wait for them before it counts as booted.
 */
export async function start(node: string, options: Watched = {}): Promise<Result<'running' | 'degraded'>> {
  const on = await change(options, async (run, lab) => {
    const machine = machineOf(run, lab, needNode(lab, node));
    if (runs(run, node)) throw trouble('lab/already-on', 'The node is already on', node, `\`sanctl lab kill ${node}\``);
    const target = { run, machine, crowd: nodesOf(lab).length };
    await powerOn(target, 'boot');
    return target;
  });
  if (!on.ok) return on;
  const about = { what: 'boot', node, timeoutSeconds: timeoutSeconds('boot', on.value.crowd) };
  return asResult(() => told(options.onEvent, about, () => waitBooted(on.value)));
}

/** One change at a time to a lab that is up. */
async function change<T>(place: Place, work: (run: RunFiles, lab: Lab) => Promise<T>): Promise<Result<T>> {
  return asResult(async () => {
    const { run } = placeOf(place);
    needLab(run);
    return withLock(run.folder, () => work(run, needLab(run)));
  });
}

async function changeLink(a: string, b: string, to: LinkChange, where: Where): Promise<Result<readonly LinkState[]>> {
  const { segment } = where;
  return orderLinks([a, b], { order: 'set', a, b, change: to, ...(segment === undefined ? {} : { segment }) }, where);
}

/** Not under the lock: a cable may be pulled while a node boots. */
async function orderLinks(nodes: readonly string[], order: Order, place: Place): Promise<Result<readonly LinkState[]>> {
  return asResult(async () => {
    const { run } = placeOf(place);
    const lab = needLab(run);
    for (const node of nodes) needNode(lab, node);
    if (order.order === 'set') needSegment(order.segment);
    if (nodes.length === 2 && nodes[0] === nodes[1]) {
      throw trouble('lab/same-node', 'A link needs two nodes', nodes.join(' '));
    }
    const answer: Answer = await orderSwitch(run.switchSocket, order, timeoutSeconds('answer', 1));
    return answer.links;
  });
}
