import { expect, test } from 'vitest';
import { rejected, rejectsAll } from '../../../src/kinds/volume-group/filter.ts';

test.each([
  ['ours', rejected.map((pattern) => `r|${pattern}|`), true],
  ['other delimiters', ['r/^\\/dev\\/drbd/', 'r#nbd#'], true],
  ['a list of what is allowed', ['a|^/dev/sd|', 'r|.*|'], true],
  ['an accepting end, which every alias meets', ['r|^/dev/drbd|', 'r|^/dev/nbd|', 'a|.*|'], false],
  ['accepted by an alias before all is rejected', ['a|^/dev/block/|', 'r|.*|'], false],
  ['nothing', [], false],
  ['everything', ['a|.*|'], false],
  ['only DRBD', ['r|^/dev/drbd|'], false],
  ['unreadable', ['r|^/dev/(drbd|', 'r|.*|'], false],
  ['no pattern at all', ['drbd', 'r|.*|'], false],
])('%s', (_, filter, holds) => {
  expect(rejectsAll(filter)).toBe(holds);
});
