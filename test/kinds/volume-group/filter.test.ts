import { expect, test } from 'vitest';
import { known } from '../../../src/kinds/reading.ts';
import { rejected, rejectsAll } from '../../../src/kinds/volume-group/filter.ts';
import { expand } from '../../../src/kinds/volume-group/want.ts';
import type { World } from '../../../src/kinds/world.ts';
import { compactSite } from '../compact.ts';

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

test('the arrays of guests are kept from LVM, and not one that has a file system or is of a group (L1)', () => {
  const site = compactSite({
    volumeGroups: { vg0: { devices: { alpha: ['/dev/vdb', '/dev/md/pool'] } } },
    arrays: {
      'web.1': {},
      pool: {},
      elsewhere: { node: 'bravo' },
      backup: { filesystem: { type: 'ext4', mount: '/srv' } },
    },
  });
  const lists: unknown[] = [];
  const render = (_: string, view: { readonly rejected?: unknown }) => [String(lists.push(view.rejected))];
  const have = () => ({ settings: known({ globalFilter: [] }), lvm: 'present', written: known({}) });
  expand(site, { site, render, have, adopt: new Set() } as unknown as World);
  expect(lists).toEqual([[...rejected, '^/dev/md/web[.]1$']]);
});
