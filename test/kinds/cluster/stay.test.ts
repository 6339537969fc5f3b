/** What Pacemaker's own scheduler is asked before a move, over clusters in files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stayAsks } from '../../../src/kinds/cluster/stay.ts';
import { ask } from './asking.ts';
import { copyOf, healthy, isThere } from './pacemaker.ts';
import { twoNodes } from './sites.ts';

const site = twoNodes();
const { web } = site.vms;
if (web === undefined) throw new Error('no web');
const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/pacemaker-2.1.5/${name}.txt`, import.meta.url), 'utf8');
const ban =
  '<rsc_location id="cli-ban-vm-web-on-bravo" rsc="vm-web" role="Started" node="bravo" score="-INFINITY"/></constraints>';

describe.skipIf(!isThere)('led where it is to go', { timeout: 120_000 }, () => {
  test.each([
    ['stay-good', '', ''],
    ['stay-banned', '</constraints>', ban],
    ['stay-pulled-back', 'name="resource-stickiness" value="1000"', 'name="resource-stickiness" value="0"'],
  ])('%s is what it says today, and nothing is changed by the question', (name, from, to) => {
    const { path } = copyOf(healthy(site));
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    const before = readFileSync(path, 'utf8');
    const [probe] = stayAsks(web, 'bravo', site);
    const said = probe && ask(probe.command, path);
    const sorted = (text = ''): readonly string[] => text.split('\n').sort();
    expect([said?.code, sorted(said?.stdout)]).toEqual([0, sorted(fixture(name))]);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('a cluster that cannot be asked says nothing (C5)', () => {
    const [probe] = stayAsks(web, 'bravo', site);
    expect(probe && ask(probe.command, '/nowhere/cib.xml').code).not.toBe(0);
  });
});

test('nobody is asked about what the cluster does not have', () => {
  expect(stayAsks(web, 'bravo', twoNodes({ vms: ['mail'] }))).toEqual([]);
});
