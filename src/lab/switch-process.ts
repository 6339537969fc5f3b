/** Starts the switch as a process of its own, from TypeScript in a checkout and from JavaScript in the package. */
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { RunFiles } from './folders.ts';
import { type Lab, nodesOf } from './lab.ts';
import { segments } from './nodes.ts';
import { startDetached } from './process.ts';
import { orderSwitch } from './switch/control.ts';
import type { Port } from './switch/switch.ts';
import { timeoutSeconds } from './timeouts.ts';

export async function startSwitch(run: RunFiles, lab: Lab): Promise<void> {
  await rm(run.switchSocket, { force: true });
  const words = [run.switchSocket, JSON.stringify(portsOf(lab))];
  startDetached(run.processes, 'switch', [process.execPath, ...entry(), ...words], run.switchLog);
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

/** TypeScript needs the loader that runs this process from source, too: `tsx`. */
function entry(): readonly string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(isSource ? './switch/main.ts' : './switch/main.js', import.meta.url));
  if (!isSource) return [main];
  const loader = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(loader).href, main];
}
