/** What of the volumes a plan rests on (C4): not on what a schedule makes and removes by itself. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { volume } from '../../../src/kinds/volume/index.ts';
import { parse } from '../../../src/kinds/volume/parse.ts';

const zoo = readFileSync(new URL('../../fixtures/lvm2-2.03.16/lvs-zoo.txt', import.meta.url), 'utf8');
const snapshotRow = /^.*"lv_name":"isos-before-resync".*\n/m;

/** The fixture, with the snapshot in it marked by these tags. */
function stable(tags: string | undefined): string {
  const row = (snapshotRow.exec(zoo)?.[0] ?? '').replace('"lv_tags":""', `"lv_tags":"${tags}"`);
  const stdout = zoo.replace(snapshotRow, tags === undefined ? '' : row);
  return JSON.stringify(volume.stable(parse(new Map([['volume.lvs', { code: 0, stdout, stderr: '' }]]))));
}

const none = stable(undefined);

test.each([
  'sanctl.schedule.nightly.web,sanctl.set.nightly-20260101-030000,sanctl.snapshot',
  'sanctl.schedule.nightly.web,sanctl.set.nightly-20260101-030000,sanctl.snapshot,sanctl.snapshot.unfinished',
])('a snapshot that a schedule made makes no plan stale: %s', (tags) => {
  expect(stable(tags)).toBe(none);
});

test.each(['sanctl.set.monday,sanctl.snapshot', 'sanctl.schedule.nightly.web', ''])('any other does: %j', (tags) => {
  expect(stable(tags)).not.toBe(none);
});
