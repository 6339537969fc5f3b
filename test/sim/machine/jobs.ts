/** Commands of sanctl that take their time on a machine: scripts, starts of units, a look at who serves an export. */
import type { Running } from '../shell/run.ts';
import type { Answer } from './answer.ts';
import type { Machine } from './machine.ts';
import { asked } from './nbd-holder.ts';
import { scriptOn } from './scripts.ts';
import { jobOn } from './units.ts';

/** Undefined when it is answered at once. */
export function timed(machine: Machine, argv: readonly string[], stdin: string): Running | undefined {
  const job = argv[0] === '/etc/sanctl/import' ? asked(machine, argv) : jobOn(machine, argv);
  return job === undefined ? scriptOn(machine, argv, stdin) : passing(job);
}

/** Seconds that pass, as calls of sleep(1). */
function* passing(job: Generator<number, Answer>): Running {
  for (let next = job.next(); ; next = job.next()) {
    if (next.done) return next.value;
    yield { argv: ['sleep', String(next.value)], stdin: '' };
  }
}
