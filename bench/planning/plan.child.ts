/** Plans a fleet once in a process of its own, as sanctl does: `plan.child.ts NODES`, one line of JSON. */
import { performance } from 'node:perf_hooks';
import { makePlan } from '../../src/plan/make.ts';
import { fleet } from './fleet.ts';

/** What a child answers. */
export interface Planned {
  readonly seconds: number;
  /** Of the whole process at its largest, the facts included. */
  readonly megabytes: number;
  readonly things: number;
  readonly steps: number;
}

const input = fleet(Number(process.argv[2]));
const begin = performance.now();
const made = makePlan(input);
const seconds = (performance.now() - begin) / 1000;
if (!made.ok) throw new Error(JSON.stringify(made.diagnostics.slice(0, 3)));
const { things, steps } = made.value;
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ seconds, megabytes, things, steps: steps.length } satisfies Planned)}\n`);
