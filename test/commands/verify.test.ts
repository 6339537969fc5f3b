/** `sanctl verify`: nothing on a site as applied; each of many things done by hand is found, and nothing else. */
import { describe, expect, test } from 'vitest';
import { fail } from '../sim/machine/answer.ts';
import { type Guests, lines, mirrored, running } from './guests.ts';

const site = mirrored.replace('vms:', '  isos: { size: 32MiB, group: vg0, replicas: [alpha] }\nvms:');

async function found(guests: Guests, ...more: readonly string[]) {
  const { code, stdout } = await guests.run('verify', '--json', ...more);
  const all = lines({ code, stdout, stderr: '' });
  const codes = all.filter(({ type }) => type === 'finding').map((one) => String(one['code']));
  return { code, codes: [...new Set(codes)].sort(), last: all.at(-1) };
}

/** By hand, and it must work. */
function by(guests: Guests, node: string, ...lines: readonly string[]): void {
  for (const line of lines) {
    const { code, stderr } = guests.machine(node).exec(line.split(' '));
    expect(code, `${line}: ${stderr}`).toBe(0);
  }
}

const lvcreate = 'lvcreate --wipesignatures y --zero y --size 8388608b --name';

/** What somebody did, and the codes of all that is found then. */
const drifts: readonly (readonly [about: string, codes: readonly string[], act: (guests: Guests) => void])[] = [
  ['an orphan volume', ['undeclared/volume'], (guests) => by(guests, 'alpha', `${lvcreate} stray vg0`)],
  [
    'a snapshot that DRBD left from before a resync (L5)',
    ['undeclared/volume'],
    (guests) => by(guests, 'bravo', `${lvcreate} web-root-before-resync vg0`),
  ],
  ['a mirror is disconnected', ['drbd/stand-alone'], (guests) => by(guests, 'bravo', 'drbdadm disconnect web-root')],
  [
    'the replication network is cut',
    ['drbd/not-connected'],
    (guests) => guests.desk.setting.room.link('alpha', 'bravo', false),
  ],
  ['a replica is down', ['drbd/not-running', 'drift/drbd'], (guests) => by(guests, 'bravo', 'drbdadm down web-root')],
  [
    'a replica lost its disk',
    ['drbd/diskless'],
    (guests) => guests.machine('bravo').halves.get('web-root')?.loseDisk(),
  ],
  [
    'a window for two primaries is open (D1)',
    ['drbd/window-open', 'move/window-open'],
    (guests) => by(guests, 'alpha', 'drbdadm net-options --protocol=C --allow-two-primaries=yes web-root'),
  ],
  ['a VM was destroyed', ['domain/not-running', 'drift/domain'], (guests) => by(guests, 'alpha', 'xl destroy web')],
  [
    'a domain that nobody declared',
    ['undeclared/domain'],
    (guests) => {
      const stranger = { name: 'thief', uuid: '6f3c1a52-0000-4000-8000-0000000000aa', state: 'r-----', disks: [] };
      guests.machine('bravo').domains = guests.machine('alpha').domains.map((one) => ({ ...one, ...stranger }));
    },
  ],
  [
    'a VM runs twice (M6)',
    ['domain/two-live'],
    (guests) => {
      guests.machine('bravo').domains = [...guests.machine('alpha').domains];
    },
  ],
  [
    'a file was changed by hand',
    ['file/not-ours'],
    (guests) => {
      const { files } = guests.machine('bravo');
      files.put('/etc/xen/web.cfg', `${files.get('/etc/xen/web.cfg')?.content}# mine\n`);
    },
  ],
  ['a file is gone', ['drift/file'], (guests) => void guests.machine('alpha').files.remove('/etc/xen/web.cfg')],
  [
    'LVM may look into guests’ disks again (L1)',
    ['drift/file'],
    (guests) => void guests.machine('alpha').files.remove('/etc/lvm/lvmlocal.conf'),
  ],
  ['a volume is inactive', ['drift/volume'], (guests) => by(guests, 'alpha', 'lvchange --activate n vg0/isos')],
  ['a volume was removed', ['drift/volume'], (guests) => by(guests, 'alpha', 'lvremove --yes vg0/isos')],
  [
    'a clone that kept its identity (T4)',
    ['host/same-machine'],
    (guests) => {
      const id = guests.machine('alpha').exec(['cat', '/etc/machine-id']);
      guests.instead('bravo', 'cat /etc/machine-id', () => id);
    },
  ],
  [
    'the clock of a node is wrong (T6)',
    ['host/clocks-differ'],
    (guests) => {
      guests.machine('bravo').clockAheadSeconds = 90;
    },
  ],
  [
    'a node is off',
    ['ssh/unreachable', 'drbd/not-connected'],
    (guests) => {
      guests.machine('bravo').on = false;
    },
  ],
  [
    'a node does not say what runs on it',
    ['facts/unknown'],
    (guests) => guests.instead('bravo', 'sh -c [ -e /sys/hypervisor/type ]', () => fail(1, 'libxl: broken')),
  ],
  [
    'a sanctl died and left its lock (C7)',
    ['lock/left'],
    (guests) =>
      void guests
        .machine('alpha')
        .files.put('/run/sanctl/lock', 'n0 1 0 20260101T000000Z-n0 bWU= ZGVzaw== 7 YXBwbHk=\n'),
  ],
  [
    'a unit that must be off was switched on',
    ['drift/service', 'service/active'],
    (guests) => {
      const { units } = guests.machine('alpha');
      units.set('xendomains.service', { load: 'loaded', file: 'enabled', active: 'active' });
    },
  ],
];

describe('found: all, false: none', () => {
  test('a site as it was applied', async () => {
    const guests = await running(site);
    expect(await found(guests)).toMatchObject({
      code: 0,
      codes: [],
      last: { type: 'verified', nodes: 2, findings: 0 },
    });
    const { stdout, stderr } = await guests.run('verify');
    expect([stdout, stderr]).toEqual([
      expect.stringMatching(/^home: nothing found, \d+ things on 2 nodes compared\n$/),
      '',
    ]);
    expect(guests.wasTouched).toBe(false);
  });

  test.each(drifts)('%s', async (_about, codes, act) => {
    const guests = await running(site);
    act(guests);
    await guests.desk.setting.pass(30);
    const { code, codes: all } = await found(guests);
    expect([code, all]).toEqual([2, [...codes].sort()]);
    const ignored = await found(guests, ...codes.flatMap((one) => ['--ignore', one]));
    expect(ignored).toMatchObject({ code: 0, codes: [] });
  });
});

test('the first line is all that a monitor shows; worst first, within 80 columns', async () => {
  const guests = await running(site);
  by(guests, 'alpha', `${lvcreate} stray vg0`);
  by(guests, 'bravo', 'drbdadm disconnect web-root');
  const { code, stdout } = await guests.run('verify');
  const [first, , second] = stdout.split('\n');
  expect([code, first]).toEqual([2, 'home: 2 findings (1 error and 1 note): drbd/stand-alone, undeclared/volume']);
  expect(second).toMatch(/^error: /);
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
});

test('what a sanctl at work changes is not called drift', async () => {
  const guests = await running(site);
  guests.machine('alpha').files.remove('/etc/xen/web.cfg');
  const until = Math.floor(guests.machine('alpha').uptimeSeconds) + 600;
  guests.machine('alpha').files.put('/run/sanctl/lock', `n0 ${until} 0 20260101T000000Z-n0 bWU= ZGVzaw== 7 YXBwbHk=\n`);
  expect(await found(guests)).toMatchObject({ code: 2, codes: ['verify/under-way'] });
});

test('a node that does not answer is named in the first line, whatever is ignored', async () => {
  const guests = await running(site);
  guests.machine('bravo').on = false;
  const { code, stdout } = await guests.run('verify', '--ignore', 'ssh/unreachable', '--ignore', 'drbd/not-connected');
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^home: nothing found, .*; what depends on bravo was not compared; 2 ignored\n$/),
  ]);
});

test('a code that is none', async () => {
  const guests = await running(site);
  const { code, stderr } = await guests.run('verify', '--ignore', 'drbd');
  expect([code, stderr]).toEqual([1, expect.stringContaining('[usage/bad-option]')]);
});
