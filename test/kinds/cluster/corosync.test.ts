/** corosync.conf, and the times in it. `corosync -t` reads it where corosync is installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderCorosync } from '../../../src/kinds/cluster/corosync.ts';
import { lint } from '../../../src/kinds/cluster/lint.ts';
import { timingOf } from '../../../src/kinds/cluster/timing.ts';
import type { Site } from '../../../src/kinds/site.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';
import { twoNodes } from './sites.ts';

const render = templateRenderer(templateFiles());
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
const isThere = spawnSync('sh', ['-c', 'command -v corosync'], { env }).status === 0;

function text(site: Site): string {
  if (site.cluster === undefined) throw new Error('no cluster');
  return renderCorosync(site, site.cluster, render).join('');
}

const three = compactSite({ nodes: ['alpha', 'bravo', 'charlie'], cluster: {} });
const rings: Site = {
  ...twoNodes(),
  nodes: Object.fromEntries(
    Object.values(twoNodes().nodes).map((node) => [node.name, { ...node, ring1: node.address.replace('77', '78') }]),
  ),
};

test('two nodes wait for each other at boot (P2); three decide by majority', () => {
  expect(text(twoNodes())).toMatch(/two_node: 1\n +wait_for_all: 1\n/);
  expect(text(three)).not.toMatch(/two_node|wait_for_all/);
});

test.each([
  ['wait_for_all: 1', 'wait_for_all: 0', 'P2'],
  ['wait_for_all: 1\n', '\n', 'P2'],
  ['provider: corosync_votequorum', 'provider: none', 'P2'],
  ['nodeid: 2', 'nodeid: 3', 'P9'],
])('a template of the user’s own: %s made %s', (from, to, id) => {
  const { cluster } = twoNodes();
  if (cluster === undefined) throw new Error('no cluster');
  expect(lint(cluster, [text(twoNodes())])).toEqual([]);
  expect(text(twoNodes())).toContain(from);
  expect(
    lint(cluster, [text(twoNodes()).replace(from, to)])
      .map(({ detail }) => detail)
      .join(),
  ).toContain(id);
  if (three.cluster !== undefined) expect(lint(three.cluster, [text(twoNodes())])).not.toEqual([]);
});

test('numbers follow the places, and each ring has its address', () => {
  expect(text(three).match(/name: charlie\n +nodeid: 3\n +ring0_addr: 10\.77\.0\.13\n +\}/)).not.toBeNull();
  expect(text(rings)).toMatch(/nodeid: 2\n +ring0_addr: 10\.77\.0\.12\n +ring1_addr: 10\.78\.0\.12\n/);
});

test.each([1, 4, 30, 600])('%i seconds of silence, and all other times with them', (detectionSeconds) => {
  const times = timingOf({ detectionSeconds, shutdownSeconds: 120 });
  expect(times.tokenMilliseconds + times.consensusMilliseconds).toBe(detectionSeconds * 1000);
  // corosync.conf(5): consensus is at least 1.2 times token.
  expect(times.consensusMilliseconds).toBeGreaterThanOrEqual(1.2 * times.tokenMilliseconds);
  expect(times.vm.stop).toBeGreaterThan(times.vm.shutdown);
  expect(times.mirror.start).toBeGreaterThanOrEqual(240);
});

test('the times of an emulated node are multiples of the usual ones', () => {
  const [usual, slow] = [4, 40].map((detectionSeconds) => timingOf({ detectionSeconds, shutdownSeconds: 120 }));
  expect(slow?.mirror.promote).toBe(10 * (usual?.mirror.promote ?? 0));
  expect(slow?.fenceTimeout).toBe(10 * (usual?.fenceTimeout ?? 0));
});

describe.skipIf(!isThere)('corosync itself', () => {
  test.each([
    ['two nodes', twoNodes()],
    ['three nodes', three],
    ['two rings', rings],
  ])('reads it: %s', (_what, site) => {
    const folder = mkdtempSync(join(tmpdir(), 'corosync-'));
    const path = join(folder, 'corosync.conf');
    // It wants to find itself, a key, and a folder for its state, which only root may make.
    const here = text(site)
      .replace('name: alpha', `name: ${hostname()}`)
      .replace(/^ +crypto_.*\n/gm, '');
    writeFileSync(path, `${here}system {\n    state_dir: ${folder}\n}\n`);
    expect(() => execFileSync('corosync', ['-t', '-c', path], { env, stdio: 'pipe' })).not.toThrow();
  });
});

test.each([1, 4, 10, 60, 600])(
  'a Primary stands still until the other one can be shot, at detection %i (D7)',
  (detectionSeconds) => {
    const { handler, fenceDelay, fenceTimeout } = timingOf({ detectionSeconds, shutdownSeconds: 120 });
    expect(handler.fenced).toBeGreaterThan(detectionSeconds + fenceDelay + fenceTimeout);
  },
);
