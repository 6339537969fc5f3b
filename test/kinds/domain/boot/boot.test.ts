/** What a node does by itself when it boots, and above all what it does not (docs/boot.md). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BootingNode, domain, domains, type Files, list, uuid, web } from './node.ts';

const started = ['drbdadm up web-root', 'drbdadm primary web-root', 'xl create web.cfg'];
const person = 'which is left to a person: `sanctl vm start web`';

function boot(files: Files = {}, waitSeconds?: number) {
  const node = new BootingNode(files, waitSeconds);
  return node.boot();
}

test('all is well: the mirror comes up as Secondary, bravo is asked, and it starts', () => {
  const { status, stdout, stderr, ran, asked } = boot();
  expect({ status, stdout, stderr, ran }).toEqual({
    status: 0,
    stdout: 'sanctl: web is started\n',
    stderr: '',
    ran: started,
  });
  // Three looks over six seconds, and one under the lock.
  expect(asked).toEqual(Array(4).fill('ssh -i key -o BatchMode=yes root@10.77.0.12 xl list -v'));
});

test.each([[['/bin/bash']], [['/bin/busybox', 'sh']]] as const)('under %j as well', (shell) => {
  expect(new BootingNode().boot(shell)).toMatchObject({ status: 0, ran: started });
});

interface Case {
  readonly about: string;
  readonly files: Files;
  /** Words of the reason. */
  readonly why: string;
  /** What is done all the same. */
  readonly ran?: readonly string[];
}

const up = started.slice(0, 1);
const another = uuid.replace('aa', 'bb');
const mirrorIs = (state: string): Files => ({ 'web-root.up': state });
const refused: readonly Case[] = [
  {
    about: 'bravo is not there, and the mirror alone (D12)',
    files: { ...mirrorIs('WFConnection UpToDate/DUnknown Secondary/Unknown'), 'xl-10.77.0.12': '' },
    why: 'bravo cannot be asked what runs there',
  },
  {
    about: 'bravo is there, its half is not',
    files: mirrorIs('WFConnection UpToDate/DUnknown Secondary/Unknown'),
    why: 'the mirror web-root is WFConnection UpToDate/DUnknown Secondary/Unknown',
  },
  {
    about: 'bravo does not answer, but its half does',
    files: { 'xl-10.77.0.12': '' },
    why: 'bravo cannot be asked what runs there',
  },
  {
    about: 'the data here are old (D2)',
    files: mirrorIs('SyncTarget Inconsistent/UpToDate Secondary/Secondary'),
    why: 'the mirror web-root is SyncTarget Inconsistent/UpToDate',
  },
  {
    about: 'the halves are Inconsistent',
    files: mirrorIs('Connected Inconsistent/Inconsistent Secondary/Secondary'),
    why: 'is Connected Inconsistent/Inconsistent',
  },
  {
    about: 'a split brain (D5)',
    files: mirrorIs('StandAlone UpToDate/DUnknown Secondary/Unknown'),
    why: 'is StandAlone',
  },
  {
    about: 'without a disk here',
    files: mirrorIs('Connected Diskless/UpToDate Secondary/Secondary'),
    why: 'is Connected Diskless/UpToDate',
  },
  {
    about: 'Primary on bravo, whatever runs there',
    files: mirrorIs('Connected UpToDate/UpToDate Secondary/Primary'),
    why: 'is Connected UpToDate/UpToDate Secondary/Primary',
  },
  {
    about: 'Primary here already: somebody uses it',
    files: mirrorIs('Connected UpToDate/UpToDate Primary/Secondary'),
    why: 'the mirror web-root is in use here',
  },
  {
    about: 'a window is open (D1)',
    files: { 'web-root.show': 'resource web-root {\n    net {\n        allow-two-primaries yes;\n    }\n}\n' },
    why: 'a window for two primaries is open on the mirror web-root',
  },
  ...['unfinished', 'unfilled', 'restoring'].map((mark) => ({
    about: `its making, its image or its way back to a snapshot broke off: ${mark} (C5)`,
    files: { 'web-root.tags': `  sanctl,sanctl.seeded,sanctl.${mark}\n` },
    why: 'vg0/web-root is marked as half done',
  })),
  {
    about: 'an export serves it, or did and was not told to stop (X1, N7)',
    files: { 'web-root.tags': '  sanctl,sanctl.seeded,sanctl.export.web-295802d8\n' },
    why: 'vg0/web-root is marked for an export',
  },
  {
    about: 'whether an export serves it cannot be read (C5)',
    files: { 'web-root.unread': '1' },
    why: 'the tags of vg0/web-root cannot be read',
  },
  {
    about: 'its options cannot be read',
    files: { 'web-root.show': '' },
    why: 'the options of the mirror web-root cannot be read',
  },
  {
    about: 'the device is another one (C3)',
    files: { 'web-root.dev': '/dev/drbd7\n' },
    why: '/dev/drbd0 is not the device of the mirror web-root',
  },
  {
    about: 'its file was changed (X6)',
    files: { 'web.cfg': 'name = "web"\ndisk = []\n' },
    why: '/web.cfg is not the file that sanctl wrote',
  },
  { about: 'its file is gone', files: { 'web.cfg': '' }, why: '/web.cfg is not the file that sanctl wrote' },
  { about: 'the hypervisor here does not answer', files: { 'xl-here': '' }, why: 'what runs on alpha cannot be read' },
  {
    about: 'an empty answer of bravo is no answer (C5)',
    files: { 'xl-10.77.0.12': '\n' },
    why: 'what runs on bravo cannot be read',
  },
  {
    about: 'a list of bravo without dom0 is none',
    files: { 'xl-10.77.0.12': domains().split('\n').slice(0, 1).join('\n') },
    why: 'what runs on bravo cannot be read',
  },
  {
    about: 'somebody greets instead of answering',
    files: { 'xl-10.77.0.12': `Welcome\n${domains()}` },
    why: 'what runs on bravo cannot be read',
  },
  {
    about: 'it is on its way to bravo',
    files: { 'xl-10.77.0.12': domains(domain('web--incoming', '--p---', another)) },
    why: 'bravo has a domain of it that does not simply run',
  },
  {
    about: 'it has left bravo',
    files: { 'xl-10.77.0.12': domains(domain('web--migratedaway', '-b----', another)) },
    why: 'bravo has a domain of it',
  },
  {
    about: 'its uuid under another name',
    files: { 'xl-10.77.0.12': domains(domain('mail')) },
    why: 'bravo has a domain of it',
  },
  {
    about: 'one without a name yet',
    files: { 'xl-10.77.0.12': domains(domain('(null)', '------', another)) },
    why: 'bravo has a domain of it',
  },
  {
    about: 'its name with another uuid',
    files: { 'xl-10.77.0.12': domains(domain('web', '-b----', another)) },
    why: 'bravo has a domain of it',
  },
  {
    about: 'paused on bravo',
    files: { 'xl-10.77.0.12': domains(domain('web', '--p---')) },
    why: 'bravo has a domain of it',
  },
  { about: 'crashed here', files: { 'xl-here': domains(domain('web', '----c-')) }, why: 'alpha has a domain of it' },
  {
    about: 'the slice is in use, so that the mirror does not come up',
    files: { 'web-root.open': '1' },
    why: 'the mirror web-root is not up',
    ran: [],
  },
  {
    about: 'the half was never seeded (K3)',
    files: { 'web-root.unseeded': '1' },
    why: 'the mirror web-root is not up',
    ran: [],
  },
  {
    about: 'the kernel refuses to promote',
    files: { 'primary.fails': '0: State change failed: (-1) Multiple primaries not allowed by config\n' },
    why: 'web-root cannot be made Primary: 0: State change failed',
    ran: ['drbdadm up web-root', ...Array(2).fill(['drbdadm primary web-root', 'drbdadm secondary web-root']).flat()],
  },
];

test.each(refused)('not started, and why is said: $about', ({ files, why, ran = up }) => {
  const booted = boot(files, 10);
  expect(booted.stdout).toContain(why);
  expect(booted.stdout).toContain(person);
  expect(booted).toMatchObject({ status: 1, ran });
});

test('what waits is started once it is proven, and each reason is said once', () => {
  const bravoComes = `[ "$1" -lt 140 ] || { cp later xl-10.77.0.12; }
[ "$1" -lt 160 ] || echo 'Connected UpToDate/UpToDate Secondary/Secondary' >web-root.state
`;
  const booted = boot(
    {
      ...mirrorIs('WFConnection UpToDate/DUnknown Secondary/Unknown'),
      'xl-10.77.0.12': '',
      later: domains(),
      tick: bravoComes,
    },
    600,
  );
  expect(booted.stdout).toBe(`sanctl: web waits: bravo cannot be asked what runs there
sanctl: web waits: the mirror web-root is WFConnection UpToDate/DUnknown Secondary/Unknown
sanctl: web is started
`);
  expect(booted).toMatchObject({ status: 0, ran: started });
});

test('the source of a sync has the good data (D2)', () => {
  expect(boot(mirrorIs('SyncSource UpToDate/Inconsistent Secondary/Secondary'))).toMatchObject({
    status: 0,
    ran: started,
  });
});

test('what runs elsewhere is left there, and what runs here is not started again', () => {
  const there = boot({
    ...mirrorIs('Connected UpToDate/UpToDate Secondary/Primary'),
    'xl-10.77.0.12': domains(domain('web', '------')),
  });
  expect(there).toMatchObject({ status: 0, stdout: 'sanctl: web runs on bravo\n', ran: up });
  const node = new BootingNode();
  node.boot();
  expect(node.boot()).toMatchObject({ status: 0, stdout: 'sanctl: web runs on alpha\n', ran: [] });
});

describe('a node whose VM was started elsewhere while it was dead comes back, and starts nothing', () => {
  const there = { 'xl-10.77.0.12': domains(domain('web', '-b----')) };

  test.each([
    ['it gets what it missed', 'SyncTarget Inconsistent/UpToDate Secondary/Primary'],
    ['both wrote: a split brain', 'StandAlone UpToDate/DUnknown Secondary/Unknown'],
    ['the halves do not see each other', 'WFConnection UpToDate/DUnknown Secondary/Unknown'],
    ['it has all again', 'Connected UpToDate/UpToDate Secondary/Primary'],
  ])('%s', (_about, state) => {
    const booted = boot({ ...mirrorIs(state), ...there }, 10);
    expect(booted).toMatchObject({ status: 0, stdout: 'sanctl: web runs on bravo\n', ran: up });
  });

  test.each([
    ['it is cut off from everybody, with data that look good', 'WFConnection UpToDate/DUnknown Secondary/Unknown', ''],
    [
      'its guest has ended there, and it still lacks data',
      'SyncTarget Inconsistent/UpToDate Secondary/Secondary',
      domains(),
    ],
  ])('%s', (_about, state, listed) => {
    const booted = boot({ ...mirrorIs(state), 'xl-10.77.0.12': listed }, 10);
    expect(booted.stdout).toContain(person);
    expect(booted).toMatchObject({ status: 1, ran: up });
  });
});

test.each([2, 3, 4])('a guest that reboots is seen by look %i (X5)', (look) => {
  const booted = boot({ [`xl-10.77.0.12.${look}`]: domains(domain('web', 'r-----')) });
  expect(booted).toMatchObject({ status: 0, stdout: 'sanctl: web runs on bravo\n', ran: up });
});

test('a creation that fails is not tried again, and gives the mirror back', () => {
  const booted = boot({ 'create.fails': 'libxl: error: not enough memory\n' }, 600);
  expect(booted.stdout).toBe(
    `sanctl: web is not started (\`xl create\` failed: libxl: error: not enough memory), ${person}\n`,
  );
  expect(booted).toMatchObject({ status: 1, ran: [...started, 'drbdadm secondary web-root'] });
});

test('nothing is created on what did not become Primary (X1)', () => {
  const node = new BootingNode({}, 10);
  writeFileSync(node.path('boot'), `export PRIMARY=Secondary\n${node.read('boot')}`);
  const booted = node.boot();
  expect(booted.stdout).toContain('web-root is not Primary here alone');
  expect(booted.ran.filter((line) => line.startsWith('xl'))).toEqual([]);
});

test('a mirror that comes up half goes down again, and its secret is not told (4.4)', () => {
  const said =
    "Command 'drbdsetup-84 connect web-root --shared-secret=canary --rr-conflict=disconnect' did not terminate within 5 seconds\n";
  const booted = boot({ 'web-root.fails': said }, 1);
  expect(booted.ran).toEqual([
    'drbdadm up web-root',
    'drbdadm down web-root',
    'drbdadm up web-root',
    'drbdadm down web-root',
  ]);
  expect(booted.stdout).toContain('--shared-secret=(secret) --rr-conflict');
  expect(booted.stdout + booted.stderr).not.toContain('canary');
});

test('a node without domains of its own brings its halves up, and that is all', () => {
  const booted = boot({
    'boot.list': 'node alpha\nmirror web-root vg0\n',
    ...mirrorIs('WFConnection UpToDate/DUnknown Secondary/Unknown'),
  });
  expect(booted).toMatchObject({ status: 0, stdout: '', ran: up, asked: [] });
  const late = boot({
    'boot.list': 'node alpha\nmirror web-root vg0\n',
    'web-root.open': '1',
    tick: '[ "$1" -lt 120 ] || rm -f web-root.open\n',
  });
  expect(late).toMatchObject({
    status: 0,
    stdout: 'sanctl: waits: vg0/web-root is not there, was never seeded, or is in use\n',
    ran: up,
  });
  const never = boot({ 'boot.list': 'node alpha\nmirror web-root vg0\n', 'web-root.unseeded': '1' });
  expect(never).toMatchObject({ status: 1, ran: [] });
  expect(never.stdout).toContain(
    'a mirror is not up (vg0/web-root is not there, was never seeded, or is in use), which is left to a person: `sanctl apply`',
  );
});

test('an empty list, as it is left when nothing is to start any more', () => {
  expect(boot({ 'boot.list': '# Written by sanctl.\nnode alpha\n' })).toMatchObject({ status: 0, stdout: '', ran: [] });
});

test('one that waits does not keep another from starting; plain disks, and disks that are only read', () => {
  const other = uuid.replace('aa', 'cc');
  const sum = web.split(' ')[3];
  const mail = `vm mail ${other} ${sum} slice=vg0/mail reader=isos=/dev/drbd1`;
  const files: Files = {
    'boot.list': `node alpha\nmirror web-root vg0\nmirror isos vg0\n${web}\n${mail}\n`,
    'mail.cfg': 'name = "web"\n',
    created: `${domain('mail', '-b----', other)}\n`,
    'xl-10.77.0.12': '',
    'isos.up': 'Connected UpToDate/UpToDate Primary/Secondary',
    'isos.show': 'resource isos {\n}\n',
    'isos.dev': '/dev/drbd1\n',
  };
  expect(boot(files, 10)).toMatchObject({
    status: 1,
    ran: ['drbdadm up web-root', 'drbdadm up isos', 'xl create mail.cfg'],
    stdout: expect.stringContaining('sanctl: mail is started\n'),
  });
  const open = boot({ ...files, 'mail.open': '1' }, 10);
  expect(open.stdout).toContain('mail waits: vg0/mail is not there, or somebody has it open');
  expect(open.ran).toEqual(['drbdadm up web-root', 'drbdadm up isos']);
});

test('two disks: while one of them is not good, none becomes Primary; when one cannot, the other is given back', () => {
  const sum = web.split(' ')[3];
  const files: Files = {
    'boot.list': `node alpha\nmirror web-root vg0\nmirror data vg0\nvm web ${uuid} ${sum} mirror=web-root=/dev/drbd0 mirror=data=/dev/drbd1\n`,
    'data.up': 'Connected Inconsistent/UpToDate Secondary/Secondary',
    'data.show': 'resource data {\n}\n',
    'data.dev': '/dev/drbd1\n',
  };
  const both = ['drbdadm up web-root', 'drbdadm up data'];
  expect(boot(files, 10)).toMatchObject({ status: 1, ran: both });
  const good = { ...files, 'data.up': 'Connected UpToDate/UpToDate Secondary/Secondary' };
  expect(boot(good)).toMatchObject({
    status: 0,
    ran: [...both, 'drbdadm primary web-root', 'drbdadm primary data', 'xl create web.cfg'],
  });
});

test('while a batch of sanctl runs here nothing is changed; afterwards it goes on (docs/protocol.md)', async () => {
  const node = new BootingNode({}, 10);
  const release = await node.held();
  const booted = node.boot();
  expect(booted).toMatchObject({ status: 1, ran: [] });
  expect(booted.stdout).toContain('sanctl is at work here');
  release();
});

test('nor while somebody holds the node, by a lease that runs or that nobody can read; one that ran out counts no more', () => {
  const leased = (lock: string) => {
    const node = new BootingNode({}, 10);
    mkdirSync(node.path('run'));
    node.write({ 'run/lock': lock });
    return node.boot();
  };
  for (const lock of ['nonce 100000 50 op b3M= b3M= 1 b3M=\n', 'nonce soon 50\n', '\n']) {
    const booted = leased(lock);
    expect(booted).toMatchObject({ status: 1, ran: [] });
    expect(booted.stdout).toContain('somebody holds this node');
  }
  expect(leased('nonce 99 50 op b3M= b3M= 1 b3M=\n')).toMatchObject({ status: 0, ran: started });
});

test('nor after a batch was killed here, of which something may still run', () => {
  const node = new BootingNode({}, 10);
  mkdirSync(node.path('run'));
  node.write({ 'run/running': '4711\n' });
  const booted = node.boot();
  expect(booted).toMatchObject({ status: 1, ran: [] });
  expect(booted.stdout).toContain('a batch of sanctl was killed here');
});

test('the lock is given back, and no command inherits it', async () => {
  const node = new BootingNode();
  expect(node.boot().ran.filter((line) => line.includes('leaked'))).toEqual([]);
  expect(node.read('run/running')).toBe('');
  const release = await node.held();
  release();
});

const sum = web.split(' ')[3] ?? '';
test.each([
  ['a name with a command in it', list.replace('vm web', 'vm web;reboot')],
  ['a name that is an option', list.replace('vm web', 'vm -f')],
  ['a name on its way', list.replace('vm web', 'vm web--incoming')],
  ['dom0', list.replace('vm web', 'vm Domain-0')],
  ['a path', list.replace('vm web', 'vm ../web')],
  ['all mirrors', list.replace('mirror web-root', 'mirror all')],
  ['a mirror that is an option', list.replace('mirror=web-root', 'mirror=--force')],
  ['a selection in a group', list.replace('web-root vg0', 'web-root vg0||lv_name=x')],
  ['a substitution', list.replace('web-root vg0', 'web-root $(reboot)')],
  ['a pattern', list.replace('mirror web-root', 'mirror *')],
  ['another device', list.replace('/dev/drbd0', '/dev/sda')],
  ['an address with an option', list.replace('10.77.0.12', '-oProxyCommand=reboot')],
  ['a name for an address', list.replace('10.77.0.12', 'evil.example')],
  ['a slice that selects more', list.replace('mirror=web-root=/dev/drbd0', 'slice=vg0/root||lv_name=x')],
  ['a group that is an option', list.replace('mirror=web-root=/dev/drbd0', 'slice=--config/root')],
  ['a node with a command in it', list.replace('node=bravo', 'node=`reboot`')],
  ['a word nobody knows', list.replace('mirror=', 'force=')],
  ['a short uuid', list.replace(uuid, uuid.slice(1))],
  ['a short sum', list.replace(sum, sum.slice(1))],
  ['a line nobody knows', `${list}reboot\n`],
  ['a line too many words', list.replace('node alpha', 'node alpha bravo')],
  ['the list of another node', list.replace('node alpha', 'node bravo')],
  ['no word for which node', list.replace('node alpha\n', '')],
  ['no list', ''],
])('refused whole, before anything is done: %s', (_, text) => {
  const booted = boot({ 'boot.list': text });
  expect(booted).toMatchObject({ status: 1, ran: [], asked: [] });
  expect(booted.stdout).toMatch(/^sanctl: .*: nothing is brought up or started\n$/);
});
