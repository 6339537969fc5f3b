/** `sanctl failover` and `sanctl failback`, over simulated nodes: the whole way there and back. */
import { describe, expect, test } from 'vitest';
import { codes, type Guests, lines, mirrored, running } from './guests.ts';

const plainly = mirrored.replace('/boot/vmlinuz', '/boot/guest-vmlinuz');
const fenced = plainly.replaceAll(
  /address: (10\.77\.0\.1\d),/g,
  'address: $1, fence: { agent: fence_ipmilan, options: { ip: $1 } },',
);

function off(guests: Guests, name: string): void {
  guests.desk.setting.room.onShot(guests.machine(name));
}

async function pass(guests: Guests, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 10) await guests.desk.setting.pass(10);
}

const plain = (text: string): string => text.replaceAll(/[\s|]+/g, ' ');

async function died(inventory = plainly): Promise<Guests> {
  const guests = await running(inventory);
  for (const name of ['alpha', 'bravo']) guests.machine(name).packages.set('fence-agents', '4.12.1');
  off(guests, 'alpha');
  await pass(guests, 30);
  return guests;
}

describe('by the word of a person', () => {
  test('the VM goes on, the word is in the journal, and there is nothing more to do', async () => {
    const guests = await died();
    const { code, stdout, stderr } = await guests.run('failover', 'alpha', '--word', 'alpha is off', '--yes');
    expect([code, codes(stderr), guests.machine('bravo').domains.map(({ name }) => name)]).toEqual([0, [], ['web']]);
    expect(plain(stdout)).toContain('A VM goes on with what one side has');
    expect(stdout).toContain('Verified by a new look at bravo.');
    const word = guests.received.find(({ id }) => id === 'host/alpha@bravo#word');
    expect(word?.title).toMatch(/^take the word of a person: alpha is off \(.+ on .+, \d{4}-\d\d-\d\dT[\d:]+Z\)$/);
    const again = await guests.run('failover', 'alpha', '--word', 'alpha is off', '--yes');
    expect([again.code, again.stdout]).toEqual([
      0,
      'Nothing to do: no VM of alpha waits for being started elsewhere.\n',
    ]);
  });

  test('typed, once all the rest is right and the plan was shown', async () => {
    const guests = await died();
    const no = await guests.typing('yes\n', 'failover', 'alpha');
    expect([no.code, guests.wasTouched]).toEqual([1, false]);
    expect(no.stderr).toContain('type `alpha is off`:');
    expect(no.stdout).toContain('xl create /etc/xen/web.cfg');
    const yes = await guests.typing('alpha is off\n', 'failover', 'alpha');
    expect([yes.code, guests.machine('bravo').domains.length]).toEqual([0, 1]);
  });

  test.each([
    ['about another node', 'bravo is off'],
    ['in other words', 'it is dead'],
  ])('%s it is not taken', async (_about, word) => {
    const guests = await died();
    const { code, stderr } = await guests.run('failover', 'alpha', '--word', word, '--yes');
    expect([code, codes(stderr), guests.wasTouched]).toEqual([1, ['failover/other-word'], false]);
  });

  test('nobody is there to say it', async () => {
    const guests = await died();
    const { code, stderr } = await guests.run('failover', 'alpha', '--yes');
    expect([code, codes(stderr), guests.wasTouched]).toEqual([3, ['failover/goes-on', 'failover/no-proof'], false]);
  });
});

test('all that speaks against it is said at once, and nothing is touched: it answers, here and there', async () => {
  const guests = await running(plainly);
  const { code, stderr } = await guests.run('failover', 'alpha', '--word', 'alpha is off', '--yes');
  expect([code, codes(stderr), guests.wasTouched, guests.places]).toEqual([
    3,
    ['failover/answers', 'failover/answers', 'failover/mirror'],
    false,
    'alpha: web Primary; bravo: - Secondary',
  ]);
  expect(plain(stderr)).toContain('its ssh answers from here');
});

test('a node that is only cut off loses its power before anything starts', async () => {
  const guests = await running(fenced);
  for (const name of ['alpha', 'bravo']) guests.machine(name).packages.set('fence-agents', '4.12.1');
  guests.desk.setting.room.link('alpha', 'bravo', false);
  guests.machine('alpha').cutOff = true;
  await pass(guests, 30);
  const dry = await guests.run('failover', 'alpha', '--dry-run', '--json');
  expect([dry.code, guests.wasTouched]).toEqual([0, false]);
  const { code } = await guests.run('failover', 'alpha', '--yes');
  expect([code, guests.machine('alpha').on, guests.machine('bravo').domains.map(({ name }) => name)]).toEqual([
    0,
    false,
    ['web'],
  ]);
});

test('a device that says it has done it, and has not: nothing starts', async () => {
  const guests = await died(fenced);
  guests.machine('alpha').boot();
  guests.machine('alpha').cutOff = true;
  guests.desk.setting.room.link('alpha', 'bravo', false);
  guests.desk.setting.room.onShot = () => undefined;
  const { code, stderr } = await guests.run('failover', 'alpha', '--yes');
  expect([code, guests.machine('bravo').domains]).toEqual([4, []]);
  expect(plain(stderr)).toContain('its device says that alpha has no power');
});

test('a mirror that has been alone for long is refused with its age, unless a person knows better', async () => {
  const guests = await died();
  await pass(guests, 1200);
  const words = ['failover', 'alpha', '--word', 'alpha is off', '--yes'];
  const refused = await guests.run(...words);
  expect([refused.code, codes(refused.stderr), guests.wasTouched]).toEqual([3, ['failover/too-old'], false]);
  expect(plain(refused.stderr)).toContain('lost alpha 20 min');
  const { code } = await guests.run(...words, '--age', '30min');
  expect([code, guests.machine('bravo').domains.length]).toEqual([0, 1]);
});

test('another sanctl holds the node: nothing is touched', async () => {
  const guests = await died();
  const { files, uptimeSeconds } = guests.machine('bravo');
  const until = Math.floor(uptimeSeconds) + 9000;
  files.put(
    '/run/sanctl/lock',
    `0123456789abcdef0123456789abcdef ${until} 1 20261122T000000Z-aaaaaa root desk 7 apply\n`,
    '600',
  );
  const { code, stderr } = await guests.run('failover', 'alpha', '--word', 'alpha is off', '--yes');
  expect([code, guests.machine('bravo').domains]).toEqual([3, []]);
  expect(plain(stderr)).toContain('A node is held by another sanctl [lock/held] bravo is held by');
});

test('only those that were named', async () => {
  const guests = await died();
  const { code, stderr } = await guests.run('failover', 'alpha', '--word', 'alpha is off', '--only', 'wbe', '--yes');
  expect([code, codes(stderr)]).toEqual([3, ['failover/no-such-vm']]);
});

describe('and home again', () => {
  async function back(): Promise<Guests> {
    const guests = await died();
    const { code } = await guests.run('failover', 'alpha', '--word', 'alpha is off', '--yes');
    expect(code).toBe(0);
    await pass(guests, 60);
    guests.machine('alpha').boot();
    await pass(guests, 30);
    const applied = await guests.run('apply', '--yes');
    expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)]);
    expect(guests.machine('alpha').domains).toEqual([]);
    for (const node of guests.desk.setting.nodes.values()) node.received.length = 0;
    return guests;
  }

  test('what came back starts nothing, gets what it missed, and then the VM goes home, live', async () => {
    const guests = await back();
    const { code, stdout, stderr } = await guests.run('failback', 'alpha', '--yes');
    expect([code, codes(stderr), guests.places]).toEqual([0, [], 'alpha: web Primary; bravo: - Secondary']);
    expect(plain(stdout)).toContain(
      '1 VM home, one after the other: turn vm moves memory free there then 1 web bravo to alpha',
    );
    const again = await guests.run('failback', '--yes');
    expect([again.code, again.stdout]).toEqual([0, 'Nothing to do: no VM is away from home.\n']);
  });

  test('a sync that runs is waited for, with how far it is; until it is over nothing is touched', async () => {
    const guests = await back();
    const half = guests.machine('bravo').halves.get('web-root');
    const other = guests.machine('alpha').halves.get('web-root');
    if (half === undefined || other === undefined) throw new Error('down');
    const far = 8 * 2 ** 40;
    half.connection = 'SyncSource';
    other.connection = 'SyncTarget';
    other.disk = 'Inconsistent';
    for (const one of [half, other]) one.metadata.outOfSync.add(0, far);
    const { code, stdout, stderr } = await guests.run('failback', 'alpha', '--yes', '--timeout', '30s');
    expect([code, codes(stderr), guests.wasTouched]).toEqual([3, ['failback/not-in-sync'], false]);
    expect(stdout).toMatch(/web-root on alpha: .* to go \(\d+ %\)/);
  });

  test('a mirror that is not connected is a person’s', async () => {
    const guests = await back();
    guests.machine('alpha').exec(['drbdadm', 'disconnect', 'web-root']);
    const { code, stderr } = await guests.run('failback', 'alpha', '--yes');
    expect([code, new Set(codes(stderr)), guests.wasTouched]).toEqual([3, new Set(['move/disk-not-ready']), false]);
  });

  test('no node of that name, and no time of that kind', async () => {
    const guests = await running();
    const node = await guests.run('failback', 'alfa');
    const time = await guests.run('failback', '--timeout', 'soon');
    expect([node.code, codes(node.stderr), time.code, codes(time.stderr)]).toEqual([
      1,
      ['usage/unknown-node'],
      1,
      ['usage/bad-option'],
    ]);
  });

  test('as lines of JSON', async () => {
    const guests = await back();
    const dry = await guests.run('failback', '--dry-run', '--json');
    expect([dry.code, guests.wasTouched]).toEqual([0, false]);
    expect(lines(dry).find(({ type }) => type === 'failback')).toMatchObject({
      moves: [{ vm: 'web', from: 'bravo', to: 'alpha' }],
    });
  });
});
