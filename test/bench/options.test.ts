import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../bench/options.ts';

const known = [1, 3, 12];

describe('the command line', () => {
  it.each([
    [[], { lab: false, only: [], blocks: 5, write: false }],
    [['--only', '1,12', '--blocks', '7'], { lab: false, only: [1, 12], blocks: 7, write: false }],
    [['--lab', '--write'], { lab: true, only: [], blocks: 5, write: true }],
  ])('%j', (words, options) => {
    expect(parseOptions(words, known)).toEqual(options);
  });

  it.each([
    [['--only', '2'], /no metric 2/],
    [['--only', ''], /no metric/],
    [['--blocks', '0'], /--blocks/],
    [['--blocks', '1e3'], /--blocks/],
    [['--write', '--only', '1'], /all metrics/],
    [['--fast'], /--fast/],
    [['1'], /1/],
  ])('%j is refused', (words, why) => {
    expect(parseOptions(words, known)).toMatch(why);
  });
});
