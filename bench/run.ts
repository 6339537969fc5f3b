/**
 * Measures what sanctl holds itself to, and prints the table. Everything that it starts ends with it. Figures of a machine
 * that is not quiet are marked as discarded: run it when nothing else runs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { interrupted, listenForInterrupts } from './interrupt.ts';
import { labControl, labMetrics } from './lab/metrics.ts';
import { coldFanOut, loopbackControl } from './loopback/cold-fan-out.ts';
import { roundTrips } from './loopback/round-trips.ts';
import { smallCommands } from './loopback/small-commands.ts';
import { load, machine } from './machine.ts';
import type { Metric } from './metric.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { planning } from './planning/planning.ts';
import { startUp } from './start-up.ts';
import { type Measured, replaceSection, reportText } from './table.ts';

const document = 'docs/performance.md';
const here: readonly Metric[] = [coldFanOut, roundTrips, smallCommands, planning, startUp];

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function bench({ lab, only, blocks, write }: Options, metrics: readonly Metric[]): Promise<void> {
  const before = load();
  const about = await machine();
  say('A/A control');
  const control = await (lab ? labControl(blocks) : loopbackControl(blocks));
  const measured: Measured[] = [];
  for (const metric of metrics.filter(({ number }) => only.length === 0 || only.includes(number))) {
    say(`${metric.number} ${metric.title}`);
    const findings = await metric.measure({ blocks, say: (line) => say(`  ${line}`) });
    measured.push({ number: metric.number, title: metric.title, findings });
  }
  const text = reportText({ machine: about, load: { before, after: load() }, control, metrics: measured });
  process.stdout.write(text);
  if (write) writeFileSync(document, replaceSection(readFileSync(document, 'utf8'), lab ? 'lab' : 'loopback', text));
}

const words = process.argv.slice(2);
const metrics = words.includes('--lab') ? labMetrics : here;
const options = parseOptions(
  words,
  metrics.map(({ number }) => number),
);
if (typeof options === 'string') {
  say(`${options}\n${usage}`);
  process.exit(1);
}
listenForInterrupts(say);
try {
  await bench(options, metrics);
} catch (problem) {
  if (!interrupted.aborted) throw problem;
  process.exitCode = 130;
}
