/** The command line: `npm run bench -- [--lab] [--only 1,3,12] [--blocks 5] [--write]`. */
import { parseArgs } from 'node:util';

export interface Options {
  /** The metrics that need real Xen hosts, instead of those that do not. */
  readonly lab: boolean;
  /** Numbers of metrics; empty: all. */
  readonly only: readonly number[];
  readonly blocks: number;
  /** Put the table into docs/performance.md. */
  readonly write: boolean;
}

export const usage = 'npm run bench -- [--lab] [--only NUMBERS] [--blocks COUNT] [--write]';

/** The options, or what is wrong with the line. */
export function parseOptions(words: readonly string[], known: readonly number[]): Options | string {
  let values: { lab?: boolean; only?: string; blocks?: string; write?: boolean };
  try {
    const options = {
      lab: { type: 'boolean' },
      only: { type: 'string' },
      blocks: { type: 'string' },
      write: { type: 'boolean' },
    } as const;
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
  const { lab = false, only, blocks = '5', write = false } = values;
  const numbers = only === undefined ? [] : only.split(',').map(Number);
  const strange = numbers.filter((number) => !known.includes(number));
  if (strange.length > 0) return `there is no metric ${strange.join(', ')} ${lab ? 'in the lab' : 'outside the lab'}`;
  if (!/^[1-9]\d?$/.test(blocks)) return '--blocks takes a number from 1 to 99';
  if (write && numbers.length > 0) return '--write takes all metrics: a table of some would replace the one of all';
  return { lab, only: numbers, blocks: Number(blocks), write };
}
