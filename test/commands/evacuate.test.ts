/** `sanctl evacuate`: all VMs of a node go, in their turns, or none does. */
import { describe, expect, test } from 'vitest';
import { codes, type Guests, lines, running } from './guests.ts';

const small = '{ kernel: /boot/guest-vmlinuz }';
const inventory = `version: 1
site: home
nodes:
  alpha: { address: 10.77.0.11, ssh: { host: 127.0.0.1, port: 2201 } }
  bravo: { address: 10.77.0.12, ssh: { host: 127.0.0.1, port: 2202 } }
volumeGroups:
  vg0: { nodes: [alpha, bravo], devices: [/dev/vdb] }
volumes:
  web-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
  db-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
  mail-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
vms:
  web: { home: alpha, memory: { size: 128MiB }, boot: ${small}, disks: [{ volume: web-root, as: xvda }] }
  db: { home: alpha, memory: { size: 256MiB }, boot: ${small}, disks: [{ volume: db-root, as: xvda }] }
  mail: { home: alpha, memory: { size: 192MiB }, boot: ${small}, disks: [{ volume: mail-root, as: xvda }] }
`;

/** `alpha: web; bravo: -`. */
function places(guests: Guests): string {
  const on = (name: string): string =>
    guests
      .machine(name)
      .domains.map((one) => one.name)
      .join() || '-';
  return `alpha: ${on('alpha')}; bravo: ${on('bravo')}`;
}

function primaries(guests: Guests, node: string): readonly string[] {
  return [...guests.machine(node).halves].flatMap(([name, { role }]) => (role === 'Primary' ? [name] : []));
}

/** What the source did about the moves themselves, in order. */
function movesOf(guests: Guests): readonly string[] {
  return guests.received.flatMap(({ id }) => (/#(launch|migrate)$/.test(id) ? [id.replace('domain/', '')] : []));
}

const plain = (text: string): string => text.replaceAll(/[\s|]+/g, ' ');
const here = 'alpha: web,db,mail; bravo: -';

describe('it goes well', () => {
  test('one after the other, the largest first; then there is nothing more to do', async () => {
    const guests = await running(inventory);
    const { code, stdout, stderr } = await guests.typing('yes\n', 'evacuate', 'alpha');
    expect([code, codes(stderr), places(guests)]).toEqual([0, [], 'alpha: -; bravo: db,mail,web']);
    expect(plain(stdout)).toContain(
      [
        '3 VMs of alpha, one after the other:',
        'turn vm moves memory free there then',
        '1 db alpha to bravo 256 MiB 744 MiB',
        '2 mail alpha to bravo 192 MiB 552 MiB',
        '3 web alpha to bravo 128 MiB 424 MiB',
      ].join(' '),
    );
    expect(stdout).toContain('Verified by a new look at alpha and bravo.');
    expect(['alpha', 'bravo'].map((node) => primaries(guests, node))).toEqual([
      [],
      ['web-root', 'db-root', 'mail-root'],
    ]);
    expect(movesOf(guests)).toEqual(
      ['db', 'mail', 'web'].flatMap((vm) => [`${vm}@alpha#launch`, `${vm}@alpha#migrate`]),
    );
    const again = await guests.run('evacuate', 'alpha', '--yes');
    expect([again.code, again.stdout]).toEqual([0, 'Nothing to do: no VM of the inventory runs on alpha.\n']);
  });

  test('in groups: all of one have begun before the first is waited for', async () => {
    const guests = await running(inventory);
    const { code, stdout, stderr } = await guests.run('evacuate', 'alpha', '--parallel', '2', '--yes');
    expect([code, codes(stderr), places(guests)]).toEqual([
      0,
      ['evacuate/long-windows'],
      'alpha: -; bravo: db,mail,web',
    ]);
    expect(plain(stdout)).toContain('at most 2 at the same time: turn vm moves memory free there then 1 db');
    expect(movesOf(guests)).toEqual([
      ...['db@alpha#launch', 'mail@alpha#launch', 'db@alpha#migrate', 'mail@alpha#migrate'],
      ...['web@alpha#launch', 'web@alpha#migrate'],
    ]);
  });

  test('what the inventory does not know stays, and is named', async () => {
    const guests = await running(inventory);
    const machine = guests.machine('alpha');
    const [one] = machine.domains;
    if (one === undefined) throw new Error('nothing runs');
    const uuid = '6f3c1a52-0000-4000-8000-0000000000aa';
    machine.domains = [...machine.domains, { ...one, id: 9, name: 'thief', uuid, disks: [] }];
    const dry = await guests.run('evacuate', 'alpha', '--dry-run', '--json');
    expect([dry.code, guests.wasTouched]).toEqual([0, false]);
    const said = lines(dry);
    expect(said.find(({ type }) => type === 'evacuation')).toEqual({
      version: 1,
      type: 'evacuation',
      node: 'alpha',
      parallel: 1,
      moves: [
        { vm: 'db', to: 'bravo', memoryBytes: 256 * 2 ** 20, leftBytes: 744 * 2 ** 20 },
        { vm: 'mail', to: 'bravo', memoryBytes: 192 * 2 ** 20, leftBytes: 552 * 2 ** 20 },
        { vm: 'web', to: 'bravo', memoryBytes: 128 * 2 ** 20, leftBytes: 424 * 2 ** 20 },
      ],
      stays: [{ name: 'thief', id: 9 }],
    });
    expect(JSON.stringify(said)).toContain('evacuate/stays');
    const { code, stdout } = await guests.run('evacuate', 'alpha', '--yes');
    expect([code, places(guests)]).toEqual([0, 'alpha: thief; bravo: db,mail,web']);
    expect(stdout).toContain('Stay on alpha: thief.');
    const left = await guests.run('evacuate', 'alpha', '--yes');
    expect([left.code, codes(left.stderr)]).toEqual([0, ['evacuate/stays']]);
  });
});

describe('nothing is touched', () => {
  test.each<[string, string, string, readonly string[]]>([
    [
      'a disk that is there alone',
      'mail-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }',
      'mail-root: { size: 64MiB, group: vg0, replicas: [alpha] }',
      ['move/plain-disk'],
    ],
    [
      'an emulated one',
      'mail: { home: alpha, memory: { size: 192MiB }, boot: { kernel: /boot/guest-vmlinuz }',
      'mail: { home: alpha, type: hvm, memory: { size: 192MiB }, boot: { firmware: bios, order: c }',
      ['move/hvm'],
    ],
  ])('because of one VM: %s', async (_about, from, to, why) => {
    const guests = await running(inventory.replace(from, to));
    const { code, stderr } = await guests.run('evacuate', 'alpha', guests.desk.path('inventory.yaml'), '--yes');
    expect([code, codes(stderr), guests.wasTouched]).toEqual([3, [...why, 'evacuate/refused'], false]);
    expect(plain(stderr)).toContain('mail cannot leave alpha, for the reasons above. Nothing moves.');
    expect(plain(stderr)).toContain('`sanctl -i inventory.yaml vm stop mail`');
  });

  test('too little memory for one of them, and what stands in the way of the others, at once', async () => {
    const guests = await running(inventory);
    const bravo = guests.machine('bravo');
    const [one] = guests.machine('alpha').domains;
    if (one === undefined) throw new Error('nothing runs');
    const uuid = '6f3c1a52-0000-4000-8000-0000000000aa';
    bravo.domains = [{ ...one, name: 'fat', uuid, memoryKib: 800 * 1024, disks: [] }];
    bravo.files.remove('/boot/guest-vmlinuz');
    const { code, stderr } = await guests.run('evacuate', 'alpha', '--yes');
    expect([code, guests.wasTouched]).toEqual([3, false]);
    expect(codes(stderr)).toEqual([
      ...['evacuate/no-room', 'move/no-kernel', 'evacuate/no-room', 'move/no-kernel'],
      ...['move/no-kernel', 'evacuate/refused'],
    ]);
    expect(plain(stderr)).toContain('domain/db has 256 MiB. bravo has 8 MiB left (200 MiB now,');
  });

  test('a node that is not known, a number that is none, a node that does not answer', async () => {
    const guests = await running(inventory);
    const told = async (...argv: readonly string[]) => {
      const { code, stderr } = await guests.run('evacuate', ...argv, '--yes');
      return [code, ...codes(stderr)];
    };
    expect(await told('delta')).toEqual([1, 'usage/unknown-node']);
    expect(await told('toString')).toEqual([1, 'usage/unknown-node']);
    expect(await told('alpha', '--parallel', '0')).toEqual([1, 'usage/bad-option']);
    expect(await told('alpha', '--parallel', 'two')).toEqual([1, 'usage/bad-option']);
    guests.machine('bravo').on = false;
    expect(await told('alpha')).toEqual([3, 'ssh/unreachable']);
    expect([places(guests), guests.wasTouched]).toEqual([here, false]);
  });

  test('without a yes', async () => {
    const guests = await running(inventory);
    const { code, stderr } = await guests.typing('no\n', 'evacuate', 'alpha');
    expect([code, places(guests), guests.wasTouched]).toEqual([1, here, false]);
    expect(stderr).toContain('Nothing was touched.');
  });
});

describe('it breaks off', () => {
  /** The sender of that VM is killed while it copies. */
  function killed(guests: Guests, vm: string): void {
    let asked = 0;
    guests.instead('alpha', `systemctl show -p SubState sanctl-migrate-${vm}.service`, () => {
      // Asked at the first look, before it begins (twice), and then while it goes on.
      if (++asked === 5) guests.desk.setting.endMovers('alpha');
      return undefined;
    });
  }

  test('in the second: the first has moved, the third is not begun, and the message says so', async () => {
    const guests = await running(inventory);
    killed(guests, 'mail');
    const { code, stdout, stderr } = await guests.run('evacuate', 'alpha', '--yes');
    expect([code, places(guests)]).toEqual([4, 'alpha: web,mail; bravo: db']);
    expect(codes(stderr).at(-1)).toBe('playbook/broke-off');
    expect(plain(stderr)).toContain('Moved: db (to bravo). Still on alpha: mail and web.');
    expect(plain(stderr)).toContain('`sanctl evacuate alpha` looks at what is there now');
    expect(stdout).not.toMatch(/began domain\/web@/);
    expect(['alpha', 'bravo'].map((node) => primaries(guests, node))).toEqual([['web-root', 'mail-root'], ['db-root']]);
    const on = await guests.run('evacuate', 'alpha', '--yes');
    expect([on.code, places(guests)]).toEqual([0, 'alpha: -; bravo: db,mail,web']);
  });

  test('by Ctrl-C: the move that goes on is named, with the way to end it', async () => {
    const guests = await running(inventory);
    let pressed = false;
    const interrupt = (printed: string): boolean => {
      const now = !pressed && printed.includes('waits until the move has ended (192 MiB');
      pressed ||= now;
      return now;
    };
    const { code, stderr } = await guests.desk.run(['evacuate', 'alpha', '--yes'], { interrupt });
    expect(code).toBe(130);
    expect(codes(stderr)).toContain('move/under-way');
    expect(plain(stderr)).toContain(
      'Moved: db (to bravo). Still on alpha: web. Not clear: mail (`sanctl migrate mail --cleanup`).',
    );
    await guests.desk.setting.pass(300);
    expect((await guests.run('migrate', 'mail', '--cleanup', '--yes')).code).toBe(0);
    expect((await guests.run('evacuate', 'alpha', '--yes')).code).toBe(0);
    expect(places(guests)).toBe('alpha: -; bravo: db,mail,web');
  });

  test('in one of a group: the other goes on to its end, and both are closed', async () => {
    const guests = await running(inventory);
    guests.instead('alpha', 'systemd-run --unit=sanctl-migrate-mail', () => ({ code: 1, stdout: '', stderr: 'no' }));
    const { code, stderr } = await guests.run('evacuate', 'alpha', '--parallel', '2', '--yes');
    expect([code, places(guests)]).toEqual([4, 'alpha: web,mail; bravo: db']);
    expect(plain(stderr)).toContain('Moved: db (to bravo). Still on alpha: mail and web.');
    expect(plain(stderr)).toContain('`sanctl evacuate alpha --parallel 2` looks');
    expect(['alpha', 'bravo'].map((node) => primaries(guests, node))).toEqual([['web-root', 'mail-root'], ['db-root']]);
  });
});
