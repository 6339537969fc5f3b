import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectGolden } from '../golden.ts';
import { sanctl } from './run.ts';

const example = 'examples/two-node/inventory.yaml';

function inventory(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'sanctl-check-')), 'inventory.yaml');
  writeFileSync(path, text);
  return path;
}

test('a valid inventory', async () => {
  expect(await sanctl(['check', example])).toEqual({
    code: 0,
    stdout: 'home is valid: 2 nodes, 1 volume group, 2 volumes and 1 VM.\n',
    stderr: '',
  });
  const { stdout } = await sanctl(['check', '--json', example]);
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    type: 'checked',
    site: 'home',
    nodes: 2,
    volumeGroups: 1,
    volumes: 2,
    images: 0,
    exports: 0,
    arrays: 0,
    vms: 1,
  });
  expect((await sanctl(['check', 'examples/backup-pool/inventory.yaml'])).stdout).toBe(
    'pool is valid: 4 nodes, 1 volume group, 2 volumes, 2 images, 3 exports, 1 array and 0 VMs.\n',
  );
});

test('the argument or -i wherever it stands, never both, then the environment, then ./inventory.yaml', async () => {
  const env = { SANCTL_INVENTORY: 'from-environment.yaml' };
  const named = async (argv: string[]) => /(\S+) does not exist/.exec((await sanctl(argv, { env })).stderr)?.[1];
  expect(await named(['check', 'argument.yaml'])).toBe('argument.yaml');
  const both = await sanctl(['-i', 'global.yaml', 'check', 'argument.yaml']);
  expect([both.code, both.stderr]).toEqual([1, expect.stringContaining('`-i global.yaml` and `argument.yaml`')]);
  expect(await named(['-i', 'global.yaml', 'check'])).toBe('global.yaml');
  expect(await named(['check', '--inventory', 'after.yaml'])).toBe('after.yaml');
  expect(await named(['check'])).toBe('from-environment.yaml');
  expect((await sanctl(['check'])).stderr).toContain('inventory.yaml does not exist');
});

test('all mistakes in one run, each with its place; exit 1', async () => {
  const path = inventory(`version: 1
site: home
nodes:
  alpha: { adress: 10.77.0.11, ssh: { host: 127.0.0.1 } }
volumeGroups:
  vg0: { nodes: [alpha, bravo], devices: [/dev/vdb] }
volumes:
  web: { size: 1GB, group: vg1, replicas: [alpha] }
`);
  const { code, stdout, stderr } = await sanctl(['check', path]);
  expect([code, stdout]).toEqual([1, '']);
  expectGolden('check.txt', stderr.replaceAll(path, 'inventory.yaml'));
  const json = await sanctl(['check', '--json', path]);
  expect([json.code, json.stderr]).toEqual([1, '']);
  const lines = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.length).toBe((stderr.match(/^error: /gm) ?? []).length);
  for (const line of lines)
    expect(line).toMatchObject({ version: 1, type: 'diagnostic', diagnostic: { severity: 'error' } });
});

test('the schema is JSON, and the one that is published', async () => {
  const { code, stdout } = await sanctl(['schema']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('properties.volumes');
});
