/** Starts the switch as a process of its own. */
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunFiles } from './folders.ts';
import { type Lab, nodesOf } from './lab.ts';
import { segments } from './nodes.ts';
import { ownProcess } from './own-process.ts';
import { startDetached } from './process.ts';
import { orderSwitch } from './switch/control.ts';
import type { Port } from './switch/switch.ts';
import { timeoutSeconds } from './timeouts.ts';

export async function startSwitch(run: RunFiles, lab: Lab): Promise<void> {
  await rm(run.switchSocket, { force: true });
  const words = [run.switchSocket, JSON.stringify(portsOf(lab))];
  startDetached(run.processes, 'switch', [...ownProcess('switch/main'), ...words], run.switchLog);
  const deadline = performance.now() + timeoutSeconds('answer', 1) * 1000;
  for (;;) {
    try {
      await orderSwitch(run.switchSocket, { order: 'list' }, 5);
      return;
    } catch (problem) {
      if (performance.now() > deadline) throw problem;
      await pause(50);
    }
  }
}

function portsOf(lab: Lab): readonly Port[] {
  return nodesOf(lab).flatMap((node, at) =>
    segments.map((segment, which) => {
      const ports = lab.ports[at]?.segments[which];
      return { node: node.name, segment: segment.name, switchPort: ports?.switch ?? 0, nodePort: ports?.node ?? 0 };
    }),
  );
}
