/**
 * The long campaign: any number of seeds, for as long as one likes, on as many processes as there are cores. It goes on
 * where it stopped: `npm run campaign -- --seeds 100000 --minutes 30` again takes the next seeds.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kinds } from '../src/kinds/registry.ts';
import { playSeed } from '../test/sim/seed.ts';
import { describe } from '../test/sim/seeds.ts';

interface Progress {
  /** The first seed that nobody has played yet. */
  next: number;
  played: number;
  readonly failed: { readonly seed: number; readonly text: string }[];
  /** How the seeds ended, and how often. */
  readonly ends: Record<string, number>;
  seconds: number;
}

type Message =
  | { readonly is: 'ready' }
  | { readonly is: 'played'; readonly seed: number; readonly end: string; readonly failure: string | undefined };

/** A worker plays the seeds that it is sent. */
function work(): void {
  const tell = (message: Message): void => void process.send?.(message);
  process.on('message', async (seed: number) => {
    const report = await playSeed(seed, kinds);
    const refusals = [...new Set(report.refusals)].sort().join(', ');
    const end = refusals === '' ? report.end : `${report.end}: ${refusals}`;
    tell({ is: 'played', seed, end, failure: report.violations.length === 0 ? undefined : describe(report) });
  });
  tell({ is: 'ready' });
}

function lead(): void {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '10000' },
      from: { type: 'string' },
      minutes: { type: 'string', default: '60' },
      state: { type: 'string', default: '.campaign/progress.json' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const progress = load(values.state, values.from === undefined ? undefined : Number(values.from));
  const last = progress.next + Number(values.seeds) - 1;
  const began = performance.now();
  const before = progress.seconds;
  const until = began + Number(values.minutes) * 60_000;
  const playing = new Set<number>();
  let upTo = progress.next;
  let workers = Number(values.workers);
  const save = (): void => {
    progress.next = Math.min(upTo, ...playing);
    progress.seconds = before + (performance.now() - began) / 1000;
    mkdirSync(dirname(values.state), { recursive: true });
    writeFileSync(values.state, `${JSON.stringify(progress, undefined, 2)}\n`);
  };
  for (let number = workers; number > 0; number--) {
    const worker = fork(fileURLToPath(import.meta.url), ['worker']);
    worker.on('message', (message: Message) => {
      if (message.is === 'played') take(progress, message, playing);
      if (upTo > last || performance.now() > until) {
        worker.disconnect();
        return;
      }
      playing.add(upTo);
      worker.send(upTo);
      upTo += 1;
      if (upTo % 100 === 0) save();
    });
    worker.on('exit', () => {
      workers -= 1;
      if (workers > 0) return;
      save();
      process.stdout.write(`${summary(progress)}\n`);
      process.exitCode = progress.failed.length === 0 ? 0 : 1;
    });
  }
}

function take(progress: Progress, played: Extract<Message, { is: 'played' }>, playing: Set<number>): void {
  playing.delete(played.seed);
  progress.played += 1;
  progress.ends[played.end] = (progress.ends[played.end] ?? 0) + 1;
  if (played.failure === undefined) return;
  progress.failed.push({ seed: played.seed, text: played.failure });
  process.stdout.write(`${played.failure}\n`);
}

/** `--from` begins a new campaign there. */
function load(path: string, from: number | undefined): Progress {
  const fresh: Progress = { next: from ?? 1, played: 0, failed: [], ends: {}, seconds: 0 };
  if (from !== undefined) return fresh;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Progress;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return fresh;
    throw cause;
  }
}

function summary({ played, failed, ends, next, seconds }: Progress): string {
  const rows = Object.entries(ends).sort((a, b) => b[1] - a[1]);
  return [
    `${played} seeds played in ${Math.round(seconds)} s (${(played / seconds).toFixed(1)} a second), ${failed.length} failed; the next one is ${next}.`,
    ...rows.map(([end, times]) => `${String(times).padStart(8)}  ${end}`),
    ...(failed.length === 0
      ? []
      : [
          `failed: ${failed
            .slice(0, 50)
            .map(({ seed }) => seed)
            .join(', ')}`,
        ]),
  ].join('\n');
}

if (process.argv[2] === 'worker') work();
else lead();
