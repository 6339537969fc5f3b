/** Verbs that show one sort of thing over the whole site: a node that did not answer is never 0, whatever else there is. */
import { expect, test } from 'vitest';
import { codes, stopped } from './guests.ts';

test.each([
  ['vm', 'list'],
  ['export', 'list'],
  ['array', 'status'],
  ['snapshot', 'list'],
])('%s %s', async (...words) => {
  const guests = await stopped();
  const well = await guests.run(...words);
  expect([well.code, codes(well.stderr)]).toEqual([0, []]);
  guests.machine('bravo').on = false;
  const dark = await guests.run(...words);
  expect([dark.code, codes(dark.stderr)]).toEqual([3, ['ssh/unreachable']]);
});
