/** What must hold when a move has ended (W11). */
import { type Diagnostic, error } from '../../../diagnostic.ts';
import type { Vm } from '../../site.ts';
import type { Check } from '../../verb.ts';
import type { World } from '../../world.ts';
import { notRunning } from '../checks.ts';
import { findEverywhere } from '../find.ts';
import { everyNode, vmParameter } from '../verbs.ts';
import { moveReads } from './asks.ts';
import { handedBy } from './imports.ts';
import { listProblems } from './lists.ts';
import { mirrorProblems } from './mirrors.ts';
import { mirrorsOf, ofMirrors } from './path.ts';

const nodeParameter = { type: 'node', means: 'the node' } as const;

export const runsOn: Check<{ vm: typeof vmParameter; node: typeof nodeParameter }> = {
  summary: 'it runs on this node, and nowhere else',
  takes: { vm: vmParameter, node: nodeParameter },
  nodes: everyNode,
  reads: moveReads,
  check: ({ vm, node: { name } }, world) => {
    const found = findEverywhere(vm, world);
    if (found.is === 'refused') return found.problems;
    if (found.is === 'nowhere') return [notRunning(vm)];
    return found.copy.node === name ? [] : [elsewhere(vm, name, found.copy.node)];
  },
};

export const onePrimary: Check<{ vm: typeof vmParameter }> = {
  summary: 'its mirrors are Primary where it runs and nowhere else, connected, up to date, and no window is open',
  takes: { vm: vmParameter },
  nodes: everyNode,
  reads: moveReads,
  check: ({ vm }, world) => primaries(vm, world),
};

export const oneImporter: Check<{ vm: typeof vmParameter }> = {
  summary: 'the exports that it writes let in the node where it runs and no other, and none is being handed over',
  takes: { vm: vmParameter },
  nodes: everyNode,
  reads: moveReads,
  check: ({ vm }, world) => {
    if (handedBy(vm, world.site).length === 0) return [];
    const found = findEverywhere(vm, world);
    if (found.is === 'refused') return found.problems;
    return listProblems(vm, found.is === 'running' ? found.copy.node : undefined, world);
  },
};

function primaries(vm: Vm, world: World): readonly Diagnostic[] {
  const found = findEverywhere(vm, world);
  if (found.is === 'refused') return found.problems;
  const { windows, problems } = mirrorsOf(vm, world);
  const owner = found.is === 'running' ? found.copy.node : 'nowhere';
  return [...ofMirrors(problems), ...windows.flatMap((window) => mirrorProblems(vm, window, owner, world))];
}

function elsewhere({ name }: Vm, wanted: string, node: string): Diagnostic {
  return error(
    'move/elsewhere',
    'A VM did not end where it was to move',
    `domain/${name} runs on ${node}, not on ${wanted}.`,
    {
      help: 'Nothing is lost by that. `sanctl vm list` shows where things stand; the journal of the run tells why.',
    },
  );
}
