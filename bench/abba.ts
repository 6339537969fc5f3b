/**
 * Ratios on a noisy machine: A, B, B, A is one block, its ratio (A1 + A2) / (B1 + B2). Slow drift falls on both arms alike.
 * Warm-up blocks are dropped; the median and the range of the others are reported. An A/A run of the same block count must
 * give 0.95 to 1.05, or the machine is too noisy and every figure of the run is discarded.
 */
import { performance } from 'node:perf_hooks';
import { interrupted } from './interrupt.ts';

/** One arm: does the work once. What it returns is the seconds it counts, when only a part of it counts. */
export type Arm = () => Promise<number | undefined>;

/** The middle of what the blocks gave, and how far they were apart. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: number;
}

export interface Ratio extends Spread {
  /** Median seconds of each arm: they explain, the ratio claims. */
  readonly seconds: { readonly a: number; readonly b: number };
}

/** `warmUps`: blocks that are dropped first; none where each arm begins on freshly booted nodes. */
export async function abba(a: Arm, b: Arm, blocks: number, warmUps = 1): Promise<Ratio> {
  const ratios: number[] = [];
  const timesA: number[] = [];
  const timesB: number[] = [];
  for (let block = -warmUps; block < blocks; block++) {
    const [inA = [], inB = []] = await thereAndBack([a, b]);
    if (block < 0) continue;
    ratios.push(total(inA) / total(inB));
    timesA.push(...inA);
    timesB.push(...inB);
  }
  return { ...spread(ratios), seconds: { a: median(timesA), b: median(timesB) } };
}

/** A block of any number of arms: each once, then each once more in the opposite order. The two times of each. */
export async function thereAndBack(arms: readonly Arm[]): Promise<readonly (readonly number[])[]> {
  const times = arms.map((): number[] => []);
  const order = [...arms.keys()];
  for (const at of [...order, ...order.toReversed()]) {
    const arm = arms[at];
    if (arm !== undefined) times[at]?.push(await timed(arm));
  }
  return times;
}

export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

export async function timed(arm: Arm): Promise<number> {
  interrupted.throwIfAborted();
  const begin = performance.now();
  const own = await arm();
  return own ?? (performance.now() - begin) / 1000;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values), blocks: values.length };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing');
  const sorted = values.toSorted((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Least-squares slope of y over x: seconds per second of round trip time is a number of round trips. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return over / under;
}

/** Whether an A/A control says that this machine can measure at all. */
export function quiet(control: Ratio): boolean {
  return control.median >= 0.95 && control.median <= 1.05;
}
