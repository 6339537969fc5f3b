/** The process behind the power switches: `main.ts RUN_FOLDER`. Any signal ends it: it keeps nothing. */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { runFiles } from '../folders.ts';
import { machineOf, needLab, needNode, nodesOf, runs } from '../lab.ts';
import { withLock } from '../lock.ts';
import { powerOff, powerOn } from '../power.ts';
import { timeoutSeconds } from '../timeouts.ts';
import { Trouble } from '../trouble.ts';
import { ipmiFiles } from './files.ts';
import { serve } from './mains.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: main RUN_FOLDER');
const run = runFiles(folder);
const { socket, log } = ipmiFiles(run);

process.umask(0o077);
/** One change after the other, in the order in which they were asked for. */
let last: Promise<unknown> = Promise.resolve();
await serve(
  {
    isOn: (name) => runs(run, name),
    off: (name) => next(() => powerOff(run, name)),
    on: (name) => next(() => switchOn(name)),
    failed: (problem) => appendFileSync(log, `${String(problem)}\n`),
  },
  socket,
);

function next(work: () => Promise<void>): Promise<void> {
  const done = last.then(() => alone(work));
  last = done.catch(() => undefined);
  return done;
}

/** A switch cannot be told to come again: it waits while somebody changes the lab. */
async function alone(work: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + timeoutSeconds('answer', 1) * 1000;
  for (;;) {
    try {
      return await withLock(run.folder, work);
    } catch (problem) {
      const isBusy = problem instanceof Trouble && problem.diagnostic.code === 'lab/busy';
      if (!isBusy || performance.now() > deadline) throw problem;
      await pause(100);
    }
  }
}

async function switchOn(name: string): Promise<void> {
  if (runs(run, name)) return;
  const lab = needLab(run);
  await powerOn({ run, machine: machineOf(run, lab, needNode(lab, name)), crowd: nodesOf(lab).length }, 'boot');
}
