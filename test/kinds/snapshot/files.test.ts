/** The files by which a node makes snapshots by itself: who has them, what stands in them, and that the real tools read them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FileWant } from '../../../src/kinds/file/thing.ts';
import { expand } from '../../../src/kinds/snapshot/schedule.ts';
import { titled } from '../../transport/support/sshd.ts';
import { type Around, worldWith } from '../domain/world.ts';

const disk = (volume: string, as: string) => ({ volume, as, readOnly: false });
const nightly = { snapshots: { nightly: { schedule: 'Mon..Fri 03:00', keep: 7 } } };

/** By `path@node`. */
function files(around: Around): Readonly<Record<string, FileWant>> {
  const world = worldWith({}, around);
  return Object.fromEntries(
    expand(world.site, world)
      .filter(({ kind }) => kind === 'file')
      .map((thing) => [`${(thing.want as FileWant).path}@${thing.nodes[0]}`, thing.want as FileWant]),
  );
}

function textOf(path: string, around: Around = { site: nightly }): string {
  return files(around)[path]?.content.join('') ?? '';
}

test('on each node that could run it, with its disks as that node knows them', () => {
  for (const node of ['alpha', 'bravo'])
    expect(textOf(`/etc/sanctl/snapshot-nightly.list@${node}`).split('\n').slice(1)).toEqual([
      `node ${node}`,
      'policy nightly 7',
      'vm web a9f3c1de-0000-4000-8000-000000000001 mirror=vg0/web-root',
      '',
    ]);
});

test('a thin disk has its pool', () => {
  const volumes = { 'web-root': { size: '64MiB', replicas: ['alpha'], thinPool: 'pool' }, isos: { size: '64MiB' } };
  const disks = [disk('web-root', 'xvda'), disk('isos', 'xvdb')];
  const text = textOf('/etc/sanctl/snapshot-nightly.list@alpha', { site: { ...nightly, volumes }, vm: { disks } });
  expect(text).toContain(' slice=vg0/web-root/pool slice=vg0/isos\n');
});

test('nobody has any without a policy, and with a node left out of the run all stays as it is', () => {
  expect(files({})).toEqual({});
  expect(files({ site: nightly, leftOut: ['charlie'] })).toEqual({});
});

test('a node without a hypervisor runs none', () => {
  expect(Object.keys(files({ site: nightly, bare: ['bravo'] })).filter((key) => key.endsWith('@bravo'))).toEqual([]);
});

test('the node’s own systemd judges the time before it takes it', () => {
  const timer = files({ site: nightly })['/etc/systemd/system/sanctl-snapshot-nightly.timer@alpha'];
  expect(timer?.check).toEqual(['systemd-analyze', 'calendar', 'Mon..Fri 03:00']);
  expect(timer?.content.join('')).toContain('\nOnCalendar=Mon..Fri 03:00\n');
});

test('the script is one that sh reads', () => {
  const script = files({ site: nightly })['/etc/sanctl/snapshot@alpha'];
  expect(script).toMatchObject({ mode: '0755', folder: '0755', check: ['sh', '-n', '{}'] });
  expect(script?.content.join('')).not.toContain('{{');
  expect(spawnSync('/bin/sh', ['-n'], { input: script?.content.join('') }).status).toBe(0);
});

const missing = (program: string): string | undefined =>
  spawnSync(program, ['--version']).status === 0 ? undefined : `no ${program} on this machine`;

test.skipIf(missing('shellcheck') !== undefined)(titled('shellcheck has nothing to say', missing('shellcheck')), () => {
  // SC2123: PATH is meant. SC2016: backticks around a command that people are to read.
  const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC2123,SC2016', '-'], {
    input: textOf('/etc/sanctl/snapshot@alpha'),
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});

test.skipIf(missing('systemd-analyze') !== undefined)(
  titled('systemd reads the units without a word', missing('systemd-analyze')),
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'sanctl-unit-'));
    const names = ['service', 'timer'].map((sort) => `sanctl-snapshot-nightly.${sort}`);
    for (const name of names) writeFileSync(join(folder, name), textOf(`/etc/systemd/system/${name}@alpha`));
    const paths = names.map((name) => join(folder, name));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
    const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('sanctl-snapshot'));
    expect({ status, about }).toEqual({ status: 0, about: [] });
  },
);
