/** From DRBD 8.4 to 9: shown only where nothing speaks against it, in an order that never has two sides down. */
import { describe, expect, test } from 'vitest';
import { upgradeOutline } from '../../../src/kinds/drbd/upgrade.ts';
import { known } from '../../../src/kinds/reading.ts';
import { hide } from '../../../src/template/content.ts';
import { type Around, connected, lonely, name, type SideWords, seeded, worldOf } from './world.ts';

const whole: SideWords = { tags: seeded, metadata: 'data', running: connected('UpToDate', 'UpToDate') };
const used: SideWords = { ...whole, running: { ...whole.running, role: 'Primary' } };

function outlined(sides: Readonly<Record<string, SideWords>>, around: Around = {}) {
  const made = upgradeOutline('alpha', 'bravo', worldOf(sides, around));
  return made.ok ? made.value : made.diagnostics.map(({ code }) => code);
}

test('the node with fewer mirrors in use goes first, and one side is down at a time', () => {
  const outline = outlined({ alpha: used, bravo: whole });
  if (!('stages' in outline)) throw new Error(outline.join());
  expect(outline.pair).toEqual(['bravo', 'alpha']);
  expect(outline.stages.map(({ node, copies }) => `${node} ${copies}`)).toEqual([
    'bravo 2',
    ...Array.from({ length: 5 }, () => 'bravo 1'),
    'alpha 2',
    'bravo 2',
    ...Array.from({ length: 5 }, () => 'alpha 1'),
    'alpha 2',
  ]);
  const commands = outline.stages.flatMap((stage) => stage.commands.map((one) => `${stage.node}: ${one}`));
  const at = (text: string): number => commands.findIndex((one) => one.startsWith(text));
  for (const node of ['bravo', 'alpha']) {
    const order = ['drbdadm down', 'drbdadm dump-md', 'modprobe', 'install', 'drbdadm create-md', 'drbdadm up'];
    const places = order.map((word) => at(`${node}: ${word}`));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  }
  expect(at('bravo: drbdadm up')).toBeLessThan(at('alpha: drbdadm down'));
});

test('the files are those of 9, with the numbers that the nodes have, and no secret in what is shown', () => {
  const replication = { secret: 'link' };
  const site = { volumes: { [name]: { size: '64MiB', replicas: ['alpha', 'bravo'], replication } } };
  const outline = outlined({ alpha: whole, bravo: used }, { site });
  if (!('files' in outline)) throw new Error(outline.join());
  const text = hide(outline.files[`/etc/drbd.d/${name}.res`] ?? []);
  expect(text).toContain('auto-promote no;');
  expect(text).toContain('address ipv4 10.77.0.12:7789;');
  expect(text).toContain('shared-secret "(secret)";');
  expect(outline.pair).toEqual(['alpha', 'bravo']);
});

describe('refused', () => {
  const nine = { kernel: known({ loaded: true, version: '9.1.0' }) };
  test.each<[string, Readonly<Record<string, SideWords>>, readonly string[]]>([
    ['a side is alone', { alpha: { ...whole, running: lonely('UpToDate') }, bravo: whole }, ['drbd/not-healthy']],
    [
      'a sync runs',
      { alpha: { ...whole, running: connected('UpToDate', 'Inconsistent', {}, 'SyncSource') }, bravo: whole },
      ['drbd/not-healthy'],
    ],
    [
      'a window is open',
      { alpha: { ...whole, running: { ...whole.running, twoPrimaries: true } }, bravo: whole },
      ['drbd/window-open'],
    ],
    ['the file is not as wished', { alpha: { ...whole, file: false }, bravo: whole }, ['upgrade/not-as-wished']],
    [
      'both run 9 already',
      { alpha: { ...whole, facts: nine }, bravo: { ...whole, facts: nine } },
      ['upgrade/not-ready', 'upgrade/not-ready'],
    ],
    [
      'tools that are not known to speak both',
      { alpha: { ...whole, facts: { utils: known('8.9.6') } }, bravo: whole },
      ['upgrade/not-ready'],
    ],
  ])('%s', (_about, sides, codes) => {
    const found = outlined(sides);
    expect(found).toEqual(expect.arrayContaining([...codes]));
  });

  test('a mirror with another node', () => {
    const volumes = {
      [name]: { size: '64MiB', replicas: ['alpha', 'bravo'] },
      other: { size: '64MiB', replicas: ['alpha', 'charlie'] },
    };
    const found = outlined({ alpha: whole, bravo: whole }, { site: { nodes: ['alpha', 'bravo', 'charlie'], volumes } });
    expect(found).toContain('upgrade/other-partner');
  });

  test('no mirror at all', () => {
    expect(outlined({}, { site: { volumes: {} } })).toContain('upgrade/no-mirror');
  });

  test('a pair in a cluster (P6)', () => {
    expect(outlined({ alpha: whole, bravo: whole }, { site: { cluster: {} } })).toContain('upgrade/in-cluster');
  });
});
