/** Every array of the inventory as it is now, for people who look. What nobody could read is unknown, never absent. Pure. */
import type { Diagnostic } from '../../diagnostic.ts';
import type { NodeName } from '../../step.ts';
import { type Reading, unreadable } from '../reading.ts';
import type { Site } from '../site.ts';
import type { NodeFacts } from '../world.ts';
import type { ArrayFacts, Assembled } from './facts.ts';
import { mayLose } from './running.ts';
import { memberPaths } from './things.ts';

export interface ArrayStatus {
  readonly name: string;
  readonly node: NodeName;
  /** `read-only`: assembled, by whomever, and nothing was written to it yet. */
  readonly state: 'clean' | 'degraded' | 'failed' | 'read-only' | 'stopped' | 'unknown';
  readonly level: string;
  readonly bytes?: number;
  /** What the kernel does with it: `resync`, `recover`, `reshape`, `check`; not while it is idle. */
  readonly action?: string;
  /** 0 to 1. */
  readonly done?: number;
  /** Bytes for each second. */
  readonly speed?: number;
  /** Of the last check (R9). */
  readonly mismatches: number;
  readonly members: readonly MemberStatus[];
}

export interface MemberStatus {
  readonly path: string;
  /**
   * `in sync`, `rebuilding`, `faulty`, `away`, `unknown`, `there`; of an array that has all of its members without it:
   * `spare`, `replaced`, `no member`.
   */
  readonly state: string;
}

/** Whether the array lacks it, or may. */
export function isLacking({ state }: MemberStatus): boolean {
  return ['rebuilding', 'faulty', 'away', 'unknown'].includes(state);
}

export function statusOf(
  site: Site,
  facts: ReadonlyMap<NodeName, NodeFacts>,
): { readonly arrays: readonly ArrayStatus[]; readonly problems: readonly Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const arrays = Object.values(site.arrays).map((array): ArrayStatus => {
    const { name, node, level } = array;
    const have = facts.get(node)?.array;
    const paths = memberPaths(array, site);
    const shared = { name, node, level: `raid${level}`, mismatches: 0 };
    if (have?.assembled.known === false) problems.push(unreadable(`array/${name}`, node, have.assembled.why));
    if (have?.assembled.known !== true)
      return { ...shared, state: 'unknown', members: paths.map((path) => ({ path, state: 'unknown' })) };
    const found = have.assembled.value.find(({ names, legs }) => names.includes(name) || holdsAny(have, paths, legs));
    if (found === undefined)
      return { ...shared, state: 'stopped', members: paths.map((path) => ({ path, state: at(have, path) })) };
    const { action, progress, speed, bytes, mismatches } = found;
    return {
      ...shared,
      bytes,
      mismatches,
      state: stateOf(found, level),
      members: paths.map((path) => ({ path, state: memberState(have, path, found) })),
      ...(action !== 'idle' && action !== 'none' && { action }),
      ...(progress !== undefined && progress.of > 0 && { done: progress.done / progress.of }),
      ...(speed !== undefined && { speed: speed * 1024 }),
    };
  });
  return { arrays, problems };
}

function stateOf({ state, degraded, disks }: Assembled, level: number): ArrayStatus['state'] {
  if (['inactive', 'readonly', 'read-auto', 'clear'].includes(state)) return 'read-only';
  if (degraded === 0) return 'clean';
  return degraded > mayLose(level, disks) && level !== 10 ? 'failed' : 'degraded';
}

function kernelName(have: ArrayFacts, path: string): Reading<string> {
  const device = have.members[path]?.device;
  if (device?.known !== true) return { known: false, why: device?.why ?? 'it was not asked for' };
  return { known: true, value: device.value === 'absent' ? '' : device.value.kernelName };
}

function holdsAny(have: ArrayFacts, paths: readonly string[], legs: Assembled['legs']): boolean {
  const names = paths.map((path) => kernelName(have, path));
  return legs.some(({ device }) => names.some((name) => name.known && name.value === device));
}

function memberState(have: ArrayFacts, path: string, { legs, degraded }: Assembled): string {
  const name = kernelName(have, path);
  if (!name.known) return 'unknown';
  const leg = legs.find(({ device }) => device === name.value);
  if (leg === undefined) return degraded === 0 ? 'no member' : 'away';
  if (leg.states.includes('faulty')) return degraded === 0 ? 'replaced' : 'faulty';
  if (leg.states.includes('in_sync')) return 'in sync';
  return leg.slot === undefined ? 'spare' : 'rebuilding';
}

function at(have: ArrayFacts, path: string): string {
  const name = kernelName(have, path);
  if (!name.known) return 'unknown';
  return name.value === '' ? 'away' : 'there';
}
