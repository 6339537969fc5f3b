/** What a node does by itself when a schedule is due, and above all what it does not (docs/snapshots.md). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DueNode, domain, domains, type Files, list, made, uuid } from './node.ts';

function due(files: Files = {}) {
  return new DueNode(files).due();
}

const [one, two, three] = ['20261119-030000', '20261120-030000', '20261121-030000'];
const now = '20261122-030000';
const names = (stamp: string): string[] => ['web-root', 'data'].map((disk) => `${disk}.at.nightly-${stamp}`);
const taken = [
  'xl pause 1',
  ...names(now).map((name) => `lvcreate ${name}`),
  'xl unpause 1',
  `lvchange vg0/data.at.nightly-${now}`,
];

test('it stands still, all its disks are snapshotted, it goes on, and only then they count as whole', () => {
  expect(due()).toEqual({
    status: 0,
    stdout: `sanctl: web: nightly-${now} is made\n`,
    stderr: '',
    ran: taken,
    left: names(now),
    note: `1795316400 made nightly-${now}\n`,
    seconds: 1,
  });
});

test.each([[['/bin/bash']], [['/bin/busybox', 'sh']]] as const)('under %j as well', (shell) => {
  expect(new DueNode().due(shell)).toMatchObject({ status: 0, ran: taken });
});

test('the room and the words are those of each disk, and the tags say whose they are', () => {
  const node = new DueNode();
  node.due();
  const [thick = '', thin = ''] = node
    .read('log')
    .split('\n')
    .filter((line) => line.startsWith('lvcreate'));
  expect(thick).toContain('--snapshot --permission r --extents 100%ORIGIN --addtag sanctl.snapshot ');
  expect(thin).toContain('--snapshot --permission r --setactivationskip n ');
  for (const line of [thick, thin])
    expect(line).toContain(
      `--addtag sanctl.set.nightly-${now} --addtag sanctl.snapshot.unfinished --addtag sanctl.schedule.nightly.web `,
    );
});

describe('how many stay', () => {
  test('once a newer one is whole, the oldest go, one set after the other; no other ones', () => {
    const byHand = 'vg0 data.at.monday u data sanctl.set.monday,sanctl.snapshot\n';
    const ofAnother = `vg0 data.at.hourly-${one} v data sanctl.schedule.hourly.web,sanctl.set.hourly-${one},sanctl.snapshot\n`;
    const foreign = 'vg0 data-before-resync w data \n';
    const others = byHand + ofAnother + foreign;
    const { status, ran, left } = due({ snapshots: others + made(one) + made(two) + made(three) });
    expect(status).toBe(0);
    expect(left).toEqual([
      'data.at.monday',
      `data.at.hourly-${one}`,
      'data-before-resync',
      ...names(three),
      ...names(now),
    ]);
    const first = ran.findIndex((line) => line.startsWith('lvremove'));
    expect(first).toBeGreaterThan(ran.indexOf(`lvchange vg0/data.at.nightly-${now}`));
  });

  test('as many as are kept stay', () => {
    expect(due({ snapshots: made(three) })).toMatchObject({ status: 0, ran: taken });
  });

  test('one that somebody reads stays whole, all of it, and a person is told', () => {
    const { status, note, left } = due({ snapshots: made(two) + made(three), [`data.at.nightly-${two}.open`]: '1' });
    expect(status).toBe(1);
    expect(left).toEqual([...names(two), ...names(three), ...names(now)]);
    expect(note).toContain(`failed vg0/data.at.nightly-${two} is in use, or is another one: nightly-${two} stays`);
  });

  test('half of one goes before, it is of no use and has its room', () => {
    const { status, ran, left } = due({ snapshots: made(two, ',sanctl.snapshot.unfinished') + made(three) });
    expect(status).toBe(0);
    expect(ran.slice(0, 4).filter((line) => line.startsWith('lvremove'))).toEqual([
      `lvremove vg0/web-root.at.nightly-${two}`,
      `lvremove vg0/data.at.nightly-${two}`,
    ]);
    expect(left).toEqual([...names(three), ...names(now)]);
  });

  test('nothing goes when no new one was made', () => {
    const snapshots = made(one) + made(two) + made(three);
    const { status, ran, left } = due({ snapshots, 'lvcreate.fails': 'no' });
    expect(status).toBe(1);
    expect(ran).toEqual(['xl pause 1', 'xl unpause 1']);
    expect(left).toEqual([...names(one), ...names(two), ...names(three)]);
  });
});

interface Case {
  readonly about: string;
  readonly files: Files;
  /** Words of the reason. */
  readonly why: string;
}

const left: readonly Case[] = [
  { about: 'the hypervisor does not answer', files: { 'xl-here': '' }, why: 'what runs here cannot be read' },
  { about: 'its list is cut off', files: { 'xl-here': 'Name   ID\n' }, why: 'what runs here cannot be read' },
  {
    about: 'it is paused',
    files: { 'xl-here': domains(domain('web', '--p---')) },
    why: 'it is here and does not simply run',
  },
  {
    about: 'it is on its way here (X10)',
    files: { 'xl-here': domains(domain('web--incoming', '--p---')) },
    why: 'it is here and does not simply run',
  },
  {
    about: 'it has left, and is not gone yet',
    files: { 'xl-here': domains(domain('web'), domain('web--migratedaway', '---s--')) },
    why: 'it is here and does not simply run',
  },
  {
    about: 'another one has its name (C3)',
    files: { 'xl-here': domains(domain('web', '-b----', uuid.replace('aa', 'bb'))) },
    why: 'it is here and does not simply run',
  },
  {
    about: 'its data here are old (D2)',
    files: { 'web-root.dstate': 'Inconsistent/UpToDate\n' },
    why: 'the mirror web-root is Inconsistent/UpToDate',
  },
  {
    about: 'it is used from the other side',
    files: { 'web-root.role': 'Secondary/Primary\n' },
    why: 'the mirror web-root is Secondary/Primary',
  },
  {
    about: 'both are Primary',
    files: { 'web-root.role': 'Primary/Primary\n' },
    why: 'the mirror web-root is Primary/Primary',
  },
  {
    about: 'a window is open (D1)',
    files: { 'web-root.show': 'resource web-root {\n    net {\n        allow-two-primaries yes;\n    }\n}\n' },
    why: 'a window for two primaries is open on the mirror web-root',
  },
  { about: 'DRBD does not answer', files: { 'drbdadm.fails': 'no' }, why: 'the mirror web-root cannot be read' },
  { about: 'a slice is not there', files: { 'data.slice': '' }, why: 'vg0/data is not there, inactive or not healthy' },
  {
    about: 'two groups have one name (L7)',
    files: { 'data.slice': '  active::67108864:sanctl\n  active::67108864:sanctl\n' },
    why: 'vg0/data is there twice',
  },
  {
    about: 'one is not active',
    files: { 'data.slice': '  ::67108864:sanctl\n' },
    why: 'vg0/data is not there, inactive or not healthy',
  },
  {
    about: 'one has lost a disk (L8)',
    files: { 'data.slice': '  active:partial:67108864:sanctl\n' },
    why: 'vg0/data is not there, inactive or not healthy',
  },
  { about: 'one is somebody else’s', files: { 'data.slice': '  active::67108864:\n' }, why: 'vg0/data is not sanctl' },
  {
    about: 'one is half put back',
    files: { 'data.slice': '  active::67108864:sanctl,sanctl.restoring\n' },
    why: 'vg0/data is being put back to a snapshot',
  },
  {
    about: 'an image is still to come',
    files: { 'data.slice': '  active::67108864:sanctl,sanctl.unfilled\n' },
    why: 'vg0/data is not filled yet',
  },
  { about: 'LVM does not answer (C5)', files: { 'lvs.fails': 'no' }, why: 'its snapshots cannot be read' },
  { about: 'no room for all that may be written (L5)', files: { vgs: '  67108864 4194304\n' }, why: 'vg0 has no room' },
  { about: 'the room cannot be read', files: { vgs: '  all of it\n' }, why: 'the room in vg0 cannot be read' },
  {
    about: 'a full pool (L5)',
    files: { 'pool.full': '1' },
    why: 'the pool vg0/pool is fuller than 80 %, or nobody watches it',
  },
  {
    about: 'a snapshot with its tag that it would never make',
    files: { snapshots: 'vg0 data u x sanctl.schedule.nightly.web,sanctl.snapshot\n' },
    why: 'vg0/data is not as sanctl makes a snapshot',
  },
  {
    about: 'one with its tags under another name (C3)',
    files: { snapshots: made(two).replace('vg0 data.at.', 'vg0 kept.at.') },
    why: `vg0/kept.at.nightly-${two} is not called as sanctl calls a snapshot of data`,
  },
  {
    about: 'the clock went back, and the newest would be the oldest (T6)',
    files: { snapshots: made('20261123-030000') },
    why: 'the clock says 20261122-030000, and there is a newer set',
  },
];

test.each(left)('$about: all stays as it is', ({ files, why }) => {
  const snapshots = files['snapshots'] ?? made(one) + made(two) + made(three);
  const node = new DueNode({ ...files, snapshots });
  const { status, stdout, ran, note, seconds } = node.due();
  expect({ status, ran, seconds }).toEqual({ status: 1, ran: [], seconds: 1 });
  expect(stdout).toContain(`sanctl: web: ${why}`);
  expect(stdout).toContain('; the rest stays as it is\n');
  expect(note).toContain(`failed ${why}`);
  expect(node.read('snapshots')).toBe(snapshots);
});

test('where it does not run, nothing is made, nothing is removed, and nothing is wrong', () => {
  const snapshots = made(one) + made(two) + made(three);
  const node = new DueNode({ snapshots, 'xl-here': domains(domain('other', '-b----', uuid.replace('aa', 'bb'))) });
  expect(node.due()).toMatchObject({ status: 0, ran: [], note: '1795316400 elsewhere it does not run here\n' });
  expect(node.read('snapshots')).toBe(snapshots);
});

test('a guest that the timer let go on meanwhile: the set stays not whole, and nothing older goes', () => {
  const node = new DueNode({ snapshots: made(two) + made(three) });
  const lvcreate = node.read('bin/lvcreate');
  node.write({ 'bin/lvcreate': `${lvcreate}\necho '-b----' >state\n` });
  const { status, left: there, note } = node.due();
  expect(status).toBe(1);
  expect(there).toEqual([...names(two), ...names(three), ...names(now).map((name) => `!${name}`)]);
  expect(note).toContain('failed its snapshots were not made whole: the guest went on before all snapshots were made');
});

describe('beside sanctl (C7)', () => {
  test('a batch is waited for, and when it ends it is its turn', async () => {
    const node = new DueNode();
    const release = await node.held();
    node.write({ tick: 'read -r up _ <uptime; [ "$up" != 130.00 ] || rm -f run/running' });
    const { status, ran } = node.due();
    release();
    expect({ status, ran }).toEqual({ status: 0, ran: taken });
  });

  test('one that does not end is left alone', async () => {
    const node = new DueNode();
    const release = await node.held();
    const { status, ran, stdout, seconds } = node.due();
    release();
    expect({ status, ran, seconds }).toEqual({ status: 1, ran: [], seconds: 61 });
    expect(stdout).toBe('sanctl: web: sanctl is at work here; the rest stays as it is\n');
  });

  test.each([
    ['somebody holds the node', 'lock', 'nonce 999999 0 rest\n', 'somebody holds this node'],
    ['whose lease cannot be read', 'lock', 'nonce\n', 'somebody holds this node'],
    ['a batch was killed', 'running', '4711\n', 'a batch of sanctl was killed here'],
  ])('%s', (_about, file, text, why) => {
    const node = new DueNode();
    mkdirSync(node.path('run'));
    writeFileSync(node.path(`run/${file}`), text);
    const { status, ran, stdout } = node.due();
    expect({ status, ran }).toEqual({ status: 1, ran: [] });
    expect(stdout).toContain(why);
  });

  test('while it works, it is what a batch finds; afterwards nobody is', () => {
    const node = new DueNode();
    node.write({ 'bin/vgs': '#!/bin/sh\ncd "$(dirname "$0")/.." && cp run/running seen && cat vgs\n' });
    expect(node.due().status).toBe(0);
    expect(node.read('seen')).toMatch(/^\d+\n$/);
    expect(node.read('run/running')).toBe('');
  });
});

test.each([
  ['another node', list.replace('alpha', 'bravo')],
  ['a line of somebody else', `${list}touch /tmp/x\n`],
  ['a VM that is an option', list.replace('vm web', 'vm -web')],
  ['a policy with a dot, which would be another one’s', list.replace('nightly', 'night.ly')],
  ['a number that is none', list.replace('nightly 2', 'nightly $(reboot)')],
  ['none to keep', list.replace('nightly 2', 'nightly 0')],
  ['a volume with a way out', list.replace('slice=vg0/data', 'slice=vg0/-f')],
  ['a volume with a condition', list.replace('slice=vg0/data/pool', 'slice=vg0/data||1')],
  ['no policy', list.replace('policy nightly 2\n', '')],
])('a list with %s is not believed at all', (_about, text) => {
  const { status, stdout, ran, left: there } = due({ list: text, snapshots: made(one) + made(two) + made(three) });
  expect({ status, ran, there: there.length }).toEqual({ status: 1, ran: [], there: 6 });
  expect(stdout).toContain('nothing is made or removed');
});
