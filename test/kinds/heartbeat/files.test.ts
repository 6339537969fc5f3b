/** The files of a classic heartbeat, whole; and what heartbeat's own programs make of them where they are installed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileWant } from '../../../src/kinds/file/thing.ts';
import { heartbeatFiles } from '../../../src/kinds/heartbeat/files.ts';
import { heartbeatShapes } from '../../../src/kinds/heartbeat/things.ts';
import type { Heartbeat } from '../../../src/kinds/site/heartbeat.ts';
import type { Site } from '../../../src/kinds/site.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { expectGolden } from '../../golden.ts';
import { twoNodes } from '../cluster/sites.ts';

const render = templateRenderer(templateFiles());
const { cluster, ...plain } = twoNodes();
const heartbeat: Heartbeat = {
  nodes: ['alpha', 'bravo'],
  vms: ['web', 'mail'],
  interfaces: ['eth1'],
  detectionSeconds: 10,
  shutdownSeconds: 120,
  failback: false,
  secret: 'heartbeat',
  mail: ['root@example.org'],
};
const rings: Site['nodes'] = Object.fromEntries(
  Object.values(plain.nodes).map((node) => [node.name, { ...node, ring1: node.address.replace('77', '78') }]),
);

function files(changed: Partial<Heartbeat> = {}, site: Partial<Site> = {}): readonly FileWant[] {
  return heartbeatFiles({ ...plain, ...site, heartbeat }, { ...heartbeat, ...changed }, render);
}

/** As people see them: a secret by its name. */
function shown({ path, mode, content }: FileWant): string {
  const text = content.map((part) => (typeof part === 'string' ? part : `<secret ${part.secret}>`)).join('');
  return `── ${path} ${mode}\n${text}`;
}

test('two nodes, a VM at home on each', () => {
  expect(cluster?.nodes).toEqual(heartbeat.nodes);
  expectGolden('heartbeat/two-nodes.txt', files().map(shown).join('\n'));
});

test('two rings, VMs that go home by themselves, one that is to be stopped', () => {
  const web = plain.vms['web'];
  if (web === undefined) throw new Error('no web');
  const vms = { ...plain.vms, web: { ...web, state: 'stopped' as const } };
  const all = files({ interfaces: ['eth1', 'eth2'], failback: true, mail: [] }, { nodes: rings, vms });
  expectGolden('heartbeat/two-rings.txt', all.map(shown).join('\n'));
});

test('secrets stand in files of root alone, and nowhere as text', () => {
  const secret = files().filter(({ content }) => content.some((part) => typeof part !== 'string'));
  expect(secret.map(({ path, mode }) => [path, mode])).toEqual([
    ['/etc/ha.d/authkeys', '0600'],
    ['/etc/ha.d/ha.cf', '0600'],
  ]);
});

test.each(['with blank', 'hash#mark', 'new\nline', ''])('the password %j would be another line', (password) => {
  const shapes = heartbeatShapes({ ...plain, heartbeat });
  expect(shapes.get('ipmi')?.pattern.test(password)).toBe(false);
  expect(shapes.get('ipmi')?.pattern.test('s3cret/Word=')).toBe(true);
});

function shownConfig(): string {
  const [config] = files().filter(({ path }) => path === '/etc/ha.d/ha.cf');
  return (config?.content ?? []).map((part) => (typeof part === 'string' ? part : 'secret')).join('');
}

const manager = '/usr/share/heartbeat/ResourceManager';
const isThere = spawnSync('test', ['-x', manager]).status === 0;

/** It reads its files below `$HA_DIR` and asks the scripts of each group. */
describe.runIf(isThere)('heartbeat 3.0.6 itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-heartbeat-'));
  for (const { path, content } of files()) {
    const own = path.replace('/etc/ha.d', folder);
    mkdirSync(dirname(own), { recursive: true });
    writeFileSync(own, content.map((part) => (typeof part === 'string' ? part : 'secret')).join(''));
    chmodSync(own, 0o600);
  }
  const text = spawnSync('sed', ['-n', '/^ipres() {/,/^}/p', manager], { encoding: 'utf8' }).stdout;

  test('its power switch takes the words of the line in ha.cf', () => {
    const [, line = ''] = /^stonith_host alpha external\/ipmi (.*)$/m.exec(shownConfig()) ?? [];
    const said = spawnSync('/usr/sbin/stonith', ['-t', 'external/ipmi', '-p', line, '-l'], { encoding: 'utf8' });
    expect(said.stdout).toContain('bravo');
  });

  test('its own reader of haresources finds each group, whole', () => {
    const said = spawnSync('sh', ['-c', `${text}\nHA_DIR=$1\nipres`, 'sh', folder], { encoding: 'utf8' });
    expect(said.stdout.split('\n').filter((line) => line !== '')).toEqual([
      'alpha drbddisk::web-root OCF::Xen::web MailTo::root@example.org::web ',
      'bravo drbddisk::mail-root drbddisk::mail-spool OCF::Xen::mail MailTo::root@example.org::mail ',
    ]);
  });
});
