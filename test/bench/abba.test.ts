import { describe, expect, it } from 'vitest';
import { abba, median, quiet, slope } from '../../bench/abba.ts';

describe('ABBA', () => {
  it('gives the ratio of the arms, without the warm-up block', async () => {
    const order: string[] = [];
    const times = { a: [9, 2, 2], b: [1, 4, 4] };
    let block = 0;
    const arm = (name: 'a' | 'b') => async () => {
      order.push(name);
      if (order.length % 4 === 1) block++;
      return times[name][Math.min(block, 3) - 1];
    };
    const ratio = await abba(arm('a'), arm('b'), 2);
    expect(order.slice(0, 4)).toEqual(['a', 'b', 'b', 'a']);
    expect(order).toHaveLength(12);
    expect(ratio).toEqual({ median: 0.5, low: 0.5, high: 0.5, blocks: 2, seconds: { a: 2, b: 4 } });
  });

  it('cancels a linear drift', async () => {
    let clock = 0;
    const drifting = async () => 10 + clock++;
    expect((await abba(drifting, drifting, 5)).median).toBe(1);
  });

  it('knows a machine that is too noisy', () => {
    const ratio = { low: 1, high: 1, blocks: 5, seconds: { a: 1, b: 1 } };
    expect([0.94, 0.95, 1, 1.05, 1.06].map((value) => quiet({ ...ratio, median: value }))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('statistics', () => {
  it('take the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow();
  });

  it('find the number of round trips in a slope', () => {
    expect(
      slope([
        [0, 0.5],
        [0.02, 0.66],
        [0.1, 1.3],
      ]),
    ).toBeCloseTo(8, 10);
  });
});
