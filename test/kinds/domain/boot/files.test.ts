/** The files by which a node starts domains by itself: who has them, what stands in them, and that the real tools read them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootThings } from '../../../../src/kinds/domain/boot.ts';
import { domain } from '../../../../src/kinds/domain/index.ts';
import type { FileWant } from '../../../../src/kinds/file/thing.ts';
import { kinds } from '../../../../src/kinds/registry.ts';
import type { Vm } from '../../../../src/kinds/site.ts';
import { things } from '../../../../src/plan/things.ts';
import { titled } from '../../../transport/support/sshd.ts';
import type { CompactSite } from '../../compact.ts';
import { type Around, worldWith } from '../world.ts';

const alone: Partial<Vm> = { autostart: 'home' };
const disk = (volume: string, as: string, readOnly = false) => ({ volume, as, readOnly });

/** By `path@node`. */
function files(around: Around): Readonly<Record<string, FileWant>> {
  const world = worldWith({}, around);
  return Object.fromEntries(
    bootThings(world.site, world)
      .filter(({ kind }) => kind === 'file')
      .map((thing) => [`${(thing.want as FileWant).path}@${thing.nodes[0]}`, thing.want as FileWant]),
  );
}

function listOn(node: string, around: Around): readonly string[] | undefined {
  const text = files(around)[`/etc/sanctl/boot.list@${node}`]?.content.join('');
  return text?.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const digest = expect.stringMatching(/ [0-9a-f]{64} /);

test('the home has its domain, and both nodes their half', () => {
  const around: Around = { vm: alone };
  expect(listOn('alpha', around)).toEqual(['node alpha', 'mirror web-root vg0', digest]);
  expect(
    listOn('alpha', around)
      ?.at(-1)
      ?.replace(/[0-9a-f]{64}/, 'SUM'),
  ).toBe('vm web a9f3c1de-0000-4000-8000-000000000001 SUM mirror=web-root=/dev/drbd0 node=bravo=10.77.0.12');
  expect(listOn('bravo', around)).toEqual(['node bravo', 'mirror web-root vg0']);
});

test('the sum is that of its file: what starts is what was planned (X6)', () => {
  const world = worldWith({}, { vm: alone });
  const sums = domain
    .expand(world.site, world)
    .filter(({ name }) => name === 'etc/xen/web.cfg')
    .map(({ want }) => world.digest((want as FileWant).content));
  expect(sums).toHaveLength(2);
  for (const sum of sums) expect(listOn('alpha', { vm: alone })?.at(-1)).toContain(` ${sum} `);
});

test('nobody asks for anything: not without autostart, not for a VM that is to be stopped', () => {
  for (const vm of [{}, { autostart: 'never' }, { ...alone, state: 'stopped' }] as const)
    expect(files({ vm })).toEqual({});
});

test('with a node left out of the run, all stays as it is', () => {
  expect(files({ vm: alone, leftOut: ['charlie'] })).toEqual({});
});

test('disks that are plain, and disks that are only read', () => {
  const site: CompactSite = {
    volumes: {
      'web-root': { size: '64MiB', replicas: ['alpha'] },
      isos: { size: '64MiB', replicas: ['alpha', 'bravo'] },
      docs: { size: '64MiB', replicas: ['alpha'] },
      other: { size: '64MiB', replicas: ['alpha', 'bravo'] },
    },
  };
  const vm = { ...alone, disks: [disk('web-root', 'xvda'), disk('isos', 'xvdb', true), disk('docs', 'xvdc', true)] };
  const [, mirror, line, ...more] = listOn('alpha', { site, vm }) ?? [];
  expect(mirror).toBe('mirror isos vg0');
  expect(line?.split(' ').slice(4)).toEqual(['slice=vg0/web-root', 'reader=isos=/dev/drbd0', 'node=bravo=10.77.0.12']);
  expect(more).toEqual([]);
});

test('a node without a hypervisor runs nothing, so it is not asked; it brings its half up', () => {
  const around: Around = { vm: alone, bare: ['bravo'] };
  expect(listOn('alpha', around)?.at(-1)).not.toContain('node=');
  expect(listOn('bravo', around)).toEqual(['node bravo', 'mirror web-root vg0']);
});

test('one without disks may run anywhere: all are asked', () => {
  const around: Around = { site: { nodes: ['alpha', 'bravo', 'charlie'] }, vm: { ...alone, disks: [] } };
  expect(listOn('alpha', around)?.at(-1)).toMatch(/ node=bravo=10.77.0.12 node=charlie=10.77.0.13$/);
  expect(listOn('bravo', around)).toBeUndefined();
});

test('whom a node must ask, it may: each that stands in a list trusts it, and is known to it', () => {
  const nodes = ['alpha', 'bravo', 'charlie'];
  for (const disks of [[], [disk('web-root', 'xvda')]]) {
    const world = worldWith(
      {},
      {
        site: { nodes, migration: { trust: 'managed' }, volumeGroups: { vg0: { devices: ['/dev/vdb'] } } },
        vm: { ...alone, disks },
      },
    );
    const all = things(kinds, world.site, world).filter(({ kind }) => kind === 'file');
    const text = (path: string, node: string) =>
      all.find(({ nodes: [at], want }) => at === node && (want as FileWant).path === path)?.want as
        | FileWant
        | undefined;
    const asked = [...(text('/etc/sanctl/boot.list', 'alpha')?.content.join('') ?? '').matchAll(/ node=(\w+)=(\S+)/g)];
    expect(asked.length).toBe(disks.length === 0 ? 2 : 1);
    for (const [, node = '', address = ''] of asked) {
      expect(text('/etc/sanctl/known_hosts', 'alpha')?.content.join('')).toContain(`${address} ssh-ed25519 `);
      expect(text('/root/.ssh/authorized_keys2', node)?.content.join('')).toContain('from="10.77.0.11"');
    }
  }
});

test('the script is told how to reach others, and how long to wait', () => {
  const site: CompactSite = { migration: { trust: 'managed' }, boot: { waitSeconds: 77 } };
  const script = files({ site, vm: alone })['/etc/sanctl/boot@alpha'];
  expect(script).toMatchObject({ mode: '0755', folder: '0755', check: ['sh', '-n', '{}'] });
  const text = script?.content.join('') ?? '';
  expect(text).toContain("ssh='ssh -i /etc/ssh/ssh_host_ed25519_key -o BatchMode=yes");
  expect(text).toContain(' patience=77 ');
  expect(text).not.toContain('{{');
  expect(spawnSync('/bin/sh', ['-n'], { input: text }).status).toBe(0);
});

const missing = (program: string): string | undefined =>
  spawnSync(program, ['--version']).status === 0 ? undefined : `no ${program} on this machine`;

test.skipIf(missing('shellcheck') !== undefined)(titled('shellcheck has nothing to say', missing('shellcheck')), () => {
  const text = files({ vm: alone })['/etc/sanctl/boot@alpha']?.content.join('') ?? '';
  // SC2123: PATH is meant. SC2016: backticks around a command that people are to read. SC2154: set by an eval.
  const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC2123,SC2016,SC2154', '-'], {
    input: text,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});

test.skipIf(missing('systemd-analyze') !== undefined)(
  titled('systemd reads the unit without a word', missing('systemd-analyze')),
  () => {
    const unit = files({ vm: alone })['/etc/systemd/system/sanctl-boot.service@alpha'];
    const path = join(mkdtempSync(join(tmpdir(), 'sanctl-unit-')), 'sanctl-boot.service');
    writeFileSync(path, unit?.content.join('') ?? '');
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('sanctl-boot'));
    expect({ status, about }).toEqual({ status: 0, about: [] });
    expect(unit?.content.join('')).toContain('\nKillMode=process\n');
  },
);
