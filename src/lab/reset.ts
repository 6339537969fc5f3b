/** `lab reset`: every node freshly booted again, disks included, and the network healed, in about a second. */
import { type OnEvent, told } from './events.ts';
import type { RunFiles } from './folders.ts';
import { type Lab, machineOf, nodesOf } from './lab.ts';
import type { LabNode } from './nodes.ts';
import { loadFresh, powerOff, powerOn } from './power.ts';
import { orderSwitch } from './switch/control.ts';
import { timeoutSeconds } from './timeouts.ts';

/**
 * Each node gets a new QEMU process. `loadvm` inside a running one sets every clock of the node back but the TSC: QEMU
 * never lets that go backwards within a process (cpu_get_ticks), Xen extrapolates its time from it, and the node then
 * stalls for as long as it had been running. A new process costs 0.3 s and also ends the SSH connections of the past.
 *
 * All nodes are off before the first is loaded, and the switch forgets what is under way, so that no node hears from
 * what is undone.
 */
export async function resetNodes(run: RunFiles, lab: Lab, onEvent: OnEvent | undefined): Promise<void> {
  const nodes = nodesOf(lab);
  await Promise.all(nodes.map((node) => powerOff(run, node.name)));
  await orderSwitch(run.switchSocket, { order: 'clear' }, timeoutSeconds('answer', 1));
  const load = async (node: LabNode): Promise<void> => {
    const target = { run, machine: machineOf(run, lab, node), crowd: nodes.length };
    await told(onEvent, { what: 'load snapshot', node: node.name }, async () => {
      await powerOn(target, 'paused');
      await loadFresh(target);
    });
  };
  await Promise.all(nodes.map(load));
}
