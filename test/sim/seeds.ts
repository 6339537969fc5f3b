/** Many seeds in one go. A failing one prints what is needed to see it again: `SANCTL_SEED=n npx vitest run test/sim`. */
import { kinds } from '../../src/kinds/registry.ts';
import { playArrays } from './arrays.ts';
import { playExports } from './exports.ts';
import { playMoves } from './moves.ts';
import { playSeed, type SeedReport } from './seed.ts';

/** As many as `npm test` plays; SANCTL_SEEDS sets any other number. */
const seedsOfATest = 2000;

/** The seeds of one of the files that share them. */
export function seedsOf(part: number, parts: number, usual = seedsOfATest): readonly number[] {
  const one = process.env['SANCTL_SEED'];
  const all = one === undefined ? count(Number(process.env['SANCTL_SEEDS'] ?? usual)) : [Number(one)];
  return all.filter((seed) => seed % parts === part);
}

function count(most: number): readonly number[] {
  return Array.from({ length: most }, (_, at) => at + 1);
}

export function playAll(seeds: readonly number[]): Promise<readonly SeedReport[]> {
  return each(seeds, (seed) => playSeed(seed, kinds));
}

export function playAllMoves(seeds: readonly number[]): Promise<readonly Told[]> {
  return each(seeds, (seed) => playMoves(seed, kinds));
}

export function playAllHandovers(seeds: readonly number[]): Promise<readonly Told[]> {
  return each(seeds, (seed) => playMoves(seed, kinds, 5, 'imports'));
}

export function playAllArrays(seeds: readonly number[]): Promise<readonly SeedReport[]> {
  return each(seeds, (seed) => playArrays(seed, kinds));
}

export function playAllExports(seeds: readonly number[]): Promise<readonly SeedReport[]> {
  return each(seeds, (seed) => playExports(seed, kinds));
}

async function each<T>(seeds: readonly number[], play: (seed: number) => Promise<T>): Promise<readonly T[]> {
  const reports: T[] = [];
  for (const seed of seeds) reports.push(await play(seed));
  return reports;
}

/** What a report of any seed has. */
export type Told = Omit<SeedReport, 'end' | 'rounds' | 'commands' | 'refusals'> & { readonly end: string };

/** For people: what broke, what had gone wrong before, and what sanctl did about it. */
export function describe(report: Told, files = 'seeds'): string {
  return [
    `seed ${report.seed}: ${report.story}, ${report.end}`,
    ...report.violations.slice(0, 3).map(({ rule, detail }) => `  broken: ${rule}: ${detail}`),
    ...report.faults.map(({ at, boundary, fault, node }) => `  fault ${fault} at ${boundary} ${at} of ${node}`),
    ...report.log.map((line) => `  ${line}`),
    `  see it again: SANCTL_SEED=${report.seed} npx vitest run test/sim/${files}`,
  ].join('\n');
}
