/** Switches a new lab's nodes on: from their snapshots, or by a first boot, which makes the snapshots. */
import { run as runProgram } from '../transport/local.ts';
import { type OnEvent, told } from './events.ts';
import type { RunFiles } from './folders.ts';
import { type Lab, machineOf, nodesOf } from './lab.ts';
import type { LabNode } from './nodes.ts';
import { loadFresh, powerOn, saveFresh, type Target, waitBooted } from './power.ts';
import { isCached, keepDisks } from './snapshot.ts';
import { timeoutSeconds } from './timeouts.ts';
import { trouble } from './trouble.ts';

export interface Begin {
  readonly run: RunFiles;
  readonly lab: Lab;
  /** Whether snapshots are taken from the cache and kept there. */
  readonly isShared: boolean;
  readonly onEvent?: OnEvent | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function beginNodes(all: Begin): Promise<void> {
  const nodes = nodesOf(all.lab);
  await together(all.signal, nodes, (node, signal) => {
    const machine = machineOf(all.run, all.lab, node);
    return begin({ run: all.run, machine, crowd: nodes.length, signal }, all);
  });
}

/** From the cached snapshot in a second, or by a real boot, which makes the snapshot. */
async function begin(target: Target, { lab, isShared, onEvent }: Begin): Promise<void> {
  const { machine, crowd } = target;
  const node = machine.node.name;
  if (isShared && isCached(lab.cache, lab.snapshotDigest, node)) {
    await told(
      onEvent,
      { what: 'load snapshot', node, timeoutSeconds: timeoutSeconds('snapshot', crowd) },
      async () => {
        await powerOn(target, 'paused');
        await loadFresh(target);
      },
    );
    return;
  }
  await told(onEvent, { what: 'boot', node, timeoutSeconds: timeoutSeconds('boot', crowd) }, async () => {
    await powerOn(target, 'boot');
    if ((await waitBooted(target)) === 'degraded') throw await degraded(target);
  });
  await told(onEvent, { what: 'save snapshot', node, timeoutSeconds: timeoutSeconds('snapshot', crowd) }, () =>
    saveFresh(target, async () => {
      if (isShared) await keepDisks(machine, lab.cache, lab.snapshotDigest);
    }),
  );
}

async function degraded({ run, machine }: Target): Promise<Error> {
  const ask = ['ssh', '-F', run.sshConfig, machine.node.name, 'systemctl --failed --plain --no-legend'];
  const said = await runProgram(ask, { timeoutSeconds: 60 });
  return trouble('lab/unit-failed', 'A unit of a node failed at boot', `${machine.node.name}: ${said.stdout.trim()}`);
}

/** All nodes at once. The first that fails stops the others, and all have ended before its problem is reported. */
async function together(
  outer: AbortSignal | undefined,
  nodes: readonly LabNode[],
  work: (node: LabNode, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const inner = new AbortController();
  const signal = AbortSignal.any([inner.signal, ...(outer === undefined ? [] : [outer])]);
  let first: { readonly problem: unknown } | undefined;
  const one = async (node: LabNode): Promise<void> => {
    try {
      await work(node, signal);
    } catch (problem) {
      first ??= { problem };
      inner.abort();
    }
  };
  await Promise.all(nodes.map(one));
  if (first !== undefined) throw first.problem;
}
