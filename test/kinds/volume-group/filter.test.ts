import { expect, test } from 'vitest';
import { known } from '../../../src/kinds/reading.ts';
import type { Site } from '../../../src/kinds/site.ts';
import { faultsOf, rejected, rejectsAll } from '../../../src/kinds/volume-group/filter.ts';
import { settingsProblems } from '../../../src/kinds/volume-group/settings.ts';
import { expand } from '../../../src/kinds/volume-group/want.ts';
import type { World } from '../../../src/kinds/world.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
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

const view = { rejected: [...rejected, '^/dev/md/web[.]1$'] };
const ours = templateRenderer(templateFiles())('volume-group/lvmlocal.conf', view).join('');
const patterns = /global_filter = .*/;
const loose = 'its `global_filter` does not reject DRBD and NBD devices under all their names';

test.each<[string, string, readonly string[]]>([
  ['our own', ours, []],
  ['an accepting end', ours.replace(' ]', ', "a|.*|" ]'), [loose]],
  ['a pattern that is none', ours.replace('"r|^/dev/drbd', '"#r|^/dev/drbd'), [loose]],
  ['no filter', ours.replace(patterns, ''), [loose]],
  ['a filter that is none', ours.replace(patterns, 'global_filter = []'), [loose]],
  ['two of them, of which LVM takes the last', `${ours}devices/global_filter = [ "a|.*|" ]\n`, [loose]],
  ['the other filter, which udev does not ask', ours.replace('global_filter', 'filter'), [loose]],
  ['LVs are scanned', ours.replace('scan_lvs = 0', 'scan_lvs = 1'), ['it does not say `scan_lvs = 0`']],
  ['a comment that says no', ours.replace('scan_lvs', '# scan_lvs'), ['it does not say `scan_lvs = 0`']],
])('a template of the user may be anything: %s (L1)', (_, text, faults) => {
  expect(faultsOf(text)).toEqual(faults);
});

test('an lvmlocal.conf that lets LVM look into disks of guests is not written (L1)', () => {
  const site = compactSite({ volumeGroups: { vg0: { devices: ['/dev/vdb'] } } });
  const have = () => ({ lvm: 'absent', settings: { known: false, why: '' }, packages: known({}) });
  const world = (text: string) => ({ site, have, render: () => [text], adopt: new Set() }) as unknown as World;
  expect(settingsProblems('alpha', world(ours))).toEqual([]);
  expect(settingsProblems('alpha', world('devices { }')).map(({ code }) => code)).toEqual(['volumeGroup/unsafe-file']);
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
  expect(patternsOf(site)).toEqual([
    [...rejected, '^/dev/md/web[.]1$'],
    [...rejected, '^/dev/md/elsewhere$'],
  ]);
});

/** An image behind a target, on a node that has no group, and imported by another that has none. */
const imported = compactSite({
  nodes: ['alpha', 'bravo', 'charlie'],
  images: { disk: { node: 'alpha' } },
  exports: { lun: { via: 'iscsi', from: 'alpha', to: ['bravo'], backing: { image: 'disk' } } },
});

test('loop devices of images, and LUNs where they are imported, are kept from an LVM that no group brought (L1)', () => {
  expect(patternsOf(imported)).toEqual([
    [...rejected, '^/dev/loop'],
    [...rejected, '^/dev/disk/by-id/dm-uuid-mpath-36001405'],
  ]);
});

test('a host with a group of its own on a loop device keeps it', () => {
  expect(patternsOf(imported, { physicalVolumes: known([{ path: '/dev/loop7' }]) })[0]).toEqual(rejected);
});

test.each([
  ['it is not there', { lvm: 'absent' }],
  ['nobody could read its settings (C5)', { settings: { known: false, why: 'lost' } }],
  ['somebody has a filter of his own', { settings: known({ globalFilter: ['r|.*|'] }) }],
])('no filter is written for it where %s', (_, facts) => {
  expect(patternsOf(imported, facts)).toEqual([]);
});

/** Of each filter that would be written. */
function patternsOf(site: Site, facts: object = {}): readonly unknown[] {
  const lists: unknown[] = [];
  const render = (_: string, view: { readonly rejected?: unknown }) => [String(lists.push(view.rejected))];
  const have = () => ({
    settings: known({ globalFilter: [] }),
    lvm: 'present',
    written: known({}),
    physicalVolumes: known([]),
    ...facts,
  });
  expand(site, { site, render, have, adopt: new Set() } as unknown as World);
  return lists;
}
