/** `sanctl reboot`: one node after the other, with a look between them, and never one twice. */
import { describe, expect, test } from 'vitest';
import { error, failed } from '../../src/diagnostic.ts';
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
  mail-root: { size: 64MiB, group: vg0, replicas: [alpha, bravo] }
vms:
  web: { home: alpha, memory: { size: 128MiB }, boot: ${small}, disks: [{ volume: web-root, as: xvda }] }
  mail: { home: bravo, memory: { size: 192MiB }, boot: ${small}, disks: [{ volume: mail-root, as: xvda }] }
`;

/** With what each machine was told to do when it was told to reboot. */
async function two(text = inventory): Promise<Guests & { readonly boots: string[] }> {
  const guests = await running(text);
  const boots: string[] = [];
  for (const name of ['alpha', 'bravo']) {
    const machine = guests.machine(name);
    const reboot = machine.onReboot;
    machine.onReboot = () => {
      boots.push(`${name} (${places(guests)})`);
      reboot();
    };
  }
  return Object.assign(guests, { boots });
}

function places(guests: Guests): string {
  const on = (name: string): string =>
    guests
      .machine(name)
      .domains.map((one) => one.name)
      .sort()
      .join() || '-';
  return `alpha: ${on('alpha')}; bravo: ${on('bravo')}`;
}

const plain = (text: string): string => text.replaceAll(/[\s|]+/g, ' ');
const home = 'alpha: web; bravo: mail';
const [first, second] = ['alpha (alpha: -; bravo: mail,web)', 'bravo (alpha: mail,web; bravo: -)'];

describe('it goes well', () => {
  test('what leaves a node is home before the next one goes down', async () => {
    const guests = await two();
    const { code, stdout, stderr } = await guests.typing('yes\n', 'reboot');
    expect([code, codes(stderr), guests.boots, places(guests)]).toEqual([0, [], [first, second], home]);
    expect(plain(stdout)).toContain(
      '2 nodes to reboot, one after the other; what leaves one comes home before the next goes down: turn node boots leave it come home 1 alpha yes web to bravo web 2 bravo yes mail to alpha mail',
    );
    expect(stderr).toContain('Reboot alpha and bravo, one after the other? web and mail move away and home, live.');
    expect(stderr.match(/Type yes:/g)).toHaveLength(1);
    expect(stdout).toContain('alpha has booted.');
    expect(stdout).toContain('Done: alpha and bravo have each booted, and all that left is home.');
  });

  test('what is over is over: another one begins anew', async () => {
    const guests = await two();
    const outcomes = [await guests.run('reboot', 'bravo', '--yes'), await guests.run('reboot', 'bravo', '--yes')];
    expect([outcomes.map(({ code }) => code), guests.boots, places(guests)]).toEqual([[0, 0], [second, second], home]);
  });
});

describe('what takes its time', () => {
  test('a resync is waited for, with how far it is, before anything goes home', async () => {
    const guests = await two(inventory.replace('web-root: { size: 64MiB', 'web-root: { size: 1GiB'));
    const { clock } = guests.desk.setting;
    const alpha = guests.machine('alpha');
    const reboot = alpha.onReboot;
    alpha.onReboot = () => {
      reboot();
      const half = guests.machine('bravo').halves.get('web-root');
      void clock.sleep(30).then(() => half?.metadata.outOfSync.add(0, 2 ** 30));
    };
    const { code, stdout } = await guests.run('reboot', 'alpha', '--yes');
    expect([code, guests.boots, places(guests)]).toEqual([0, [first], home]);
    expect(stdout).toMatch(/alpha is not whole yet: web-root from bravo: [\d.]+ MiB to go\n/);
  });

  test('the playbook alone boots a node on which nothing runs, and waits for nothing', async () => {
    const guests = await two();
    const boot = ['run', 'rolling-reboot', '--set', 'node=alpha', '--yes'] as const;
    const busy = await guests.run(...boot);
    expect([busy.code, codes(busy.stderr)]).toEqual([3, ['reboot/in-use', 'reboot/last-copy']]);
    await guests.run('evacuate', 'alpha', '--yes');
    const told = await guests.run(...boot);
    expect([told.code, guests.boots]).toEqual([0, []]);
    await guests.desk.setting.pass(5);
    expect(guests.boots).toEqual([first]);
  });
});

describe('nothing is touched', () => {
  test('a dry run shows the turns, and what the first node is told before it boots', async () => {
    const guests = await two();
    const dry = await guests.run('reboot', '--dry-run', '--json');
    expect([dry.code, guests.wasTouched]).toEqual([0, false]);
    const said = lines(dry);
    expect(said.find(({ type }) => type === 'reboots')).toEqual({
      version: 1,
      type: 'reboots',
      began: null,
      turns: [
        { node: 'alpha', is: 'ahead', leave: [{ vm: 'web', to: 'bravo' }], comeHome: ['web'] },
        { node: 'bravo', is: 'ahead', leave: [{ vm: 'mail', to: 'alpha' }], comeHome: ['mail'] },
      ],
    });
    const text = JSON.stringify(said.find(({ type }) => type === 'plan'));
    expect(text).toContain('host/alpha@alpha#note');
    expect(text).toContain('domain/web@alpha#migrate');
    expect(text).toContain('host/alpha@alpha#boot');
  });

  test('by whoever has not said that these nodes may lose all', async () => {
    const guests = await two();
    const { code, stderr } = await guests.desk.run(['reboot', '--yes']);
    expect([code, codes(stderr), guests.wasTouched]).toEqual([3, ['apply/not-run-yet'], false]);
    expect(plain(stderr)).toContain('a rolling reboot: played by simulated nodes');
  });

  test.each<[string, (guests: Guests) => void, readonly string[]]>([
    [
      'mirrors that are not connected',
      ({ desk }) => desk.setting.room.link('alpha', 'bravo', false),
      ['drbd/not-healthy', 'move/disk-not-ready', 'move/no-way', 'evacuate/refused'],
    ],
    [
      'a domain that the inventory does not know, on the node of the second turn',
      (guests) => strange(guests, 'bravo'),
      ['reboot/in-use'],
    ],
    [
      'a file that is not as the inventory says',
      (guests) => guests.machine('bravo').files.remove('/etc/modprobe.d/sanctl.conf'),
      ['reboot/apply-first'],
    ],
    [
      'a note that is none',
      (guests) => guests.machine('alpha').files.put('/var/lib/sanctl/reboot.json', '{}\n'),
      ['reboot/note'],
    ],
    ['a node that does not answer', (guests) => guests.machine('bravo').cutPower(), ['ssh/unreachable']],
    ['somebody who holds a node', (guests) => held(guests, 'bravo'), ['lock/held']],
  ])('because of %s', async (_about, wrong, why) => {
    const guests = await two();
    wrong(guests);
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, [...new Set(codes(stderr))], guests.boots, guests.received]).toEqual([3, why, [], []]);
  });

  test('a word that means nothing, and a no', async () => {
    const guests = await two();
    const told = async (...argv: readonly string[]) => {
      const { code, stderr } = await guests.run('reboot', ...argv, '--yes');
      return [code, ...codes(stderr)];
    };
    expect(await told('delta')).toEqual([1, 'usage/unknown-node']);
    expect(await told('--timeout', 'soon')).toEqual([1, 'usage/bad-option']);
    const no = await guests.typing('no\n', 'reboot');
    expect([no.code, guests.wasTouched]).toEqual([1, false]);
    expect(no.stderr).toContain('Nothing was touched.');
  });
});

function strange(guests: Guests, node: string): void {
  const [one] = ['alpha', 'bravo'].flatMap((name) => guests.machine(name).domains);
  if (one === undefined) throw new Error('nothing runs');
  const uuid = '6f3c1a52-0000-4000-8000-0000000000aa';
  const machine = guests.machine(node);
  machine.domains = [...machine.domains, { ...one, id: 9, name: 'thief', uuid, disks: [] }];
}

/** By somebody on another machine, whose lease runs. */
function held(guests: Guests, node: string): void {
  const word = (text: string): string => Buffer.from(text).toString('base64');
  const who = ['20260101T000000Z-n0', word('eve'), word('elsewhere'), 99, word('apply')].join(' ');
  guests.machine(node).files.put('/run/sanctl/lock', `n0 999999999 0 ${who}\n`);
}

describe('it breaks off, and the same command goes on', () => {
  /** The first of the nodes comes back otherwise than it should. */
  async function brokenOff(how: (guests: Guests) => void, why: readonly string[]) {
    const guests = await two();
    const before = guests.machine('alpha').onReboot;
    how(guests);
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, codes(stderr)]).toEqual([4, [...why, 'reboot/stopped']]);
    expect(plain(stderr)).toContain('In the turn of alpha. No other node goes down.');
    expect([
      guests
        .machine('bravo')
        .domains.map(({ name }) => name)
        .sort(),
      guests.boots.filter((one) => /^b/.test(one)),
    ]).toEqual([['mail', 'web'], []]);
    guests.machine('alpha').onReboot = before;
    return guests;
  }

  async function goesOn(guests: Guests & { readonly boots: readonly string[] }, boots: readonly string[]) {
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, codes(stderr), guests.boots, places(guests)]).toEqual([0, [], boots, home]);
  }

  test('a node that does not come back, and then does', async () => {
    const guests = await brokenOff(
      (one) => {
        one.machine('alpha').onReboot = () => one.machine('alpha').cutPower();
      },
      ['reboot/not-back'],
    );
    guests.machine('alpha').boot();
    await goesOn(guests, [second]);
  });

  test('one that answers with another host key is not waited for', async () => {
    const guests = await two();
    const { transport } = guests.desk.setting;
    const connect = transport.connect.bind(transport);
    let changed = true;
    transport.connect = async (node) =>
      changed && guests.boots.length > 0 && guests.machine('alpha').on && node.name === 'alpha'
        ? failed(error('ssh/changed-key', 'Host key has changed', 'it is another one'))
        : connect(node);
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, codes(stderr), guests.boots]).toEqual([4, ['ssh/changed-key', 'reboot/stopped'], [first]]);
    changed = false;
    await goesOn(guests, [first, second]);
  });

  test('one that does not go down, says so, and is told again', async () => {
    const guests = await brokenOff(
      (one) => {
        one.machine('alpha').onReboot = () => undefined;
      },
      ['reboot/refused'],
    );
    await goesOn(guests, [first, second]);
  });

  test('one that comes back without its hypervisor', async () => {
    const guests = await two();
    let broken = true;
    guests.instead('alpha', 'xl info', () =>
      broken && guests.boots.length > 0
        ? { code: 1, stdout: '', stderr: 'xencall: error: Could not obtain handle on privileged command interface\n' }
        : undefined,
    );
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, codes(stderr), guests.boots]).toEqual([
      4,
      ['reboot/no-hypervisor', 'reboot/not-whole', 'reboot/stopped'],
      [first],
    ]);
    broken = false;
    await goesOn(guests, [first, second]);
  });

  test('a domain that came in between keeps it from booting', async () => {
    const guests = await two();
    guests.instead('alpha', 'systemd-run --collect --unit=sanctl-reboot', () => {
      strange(guests, 'alpha');
      return undefined;
    });
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, codes(stderr), guests.boots]).toEqual([4, ['reboot/refused', 'reboot/stopped'], []]);
    expect(plain(stderr)).toContain('alpha: domains are here: thief.');
    expect([...guests.machine('alpha').halves.keys()]).toEqual(['web-root', 'mail-root']);
  });

  test('Ctrl-C while a node boots', async () => {
    const guests = await two();
    let isDown = false;
    const interrupt = (printed: string): boolean => {
      isDown ||= printed.includes('alpha does not answer; waiting, at most 19 min 55 s more');
      return false;
    };
    const armed = (press: () => void): void => {
      if (isDown) queueMicrotask(press);
    };
    const env = { SANCTL_UNPROVEN: 'lab' };
    const { code, stderr } = await guests.desk.run(['reboot', '--yes'], { interrupt, armed, env });
    expect([code, codes(stderr), guests.boots]).toEqual([130, ['reboot/stopped'], [first]]);
    await guests.desk.setting.pass(100);
    await goesOn(guests, [first, second]);
  });

  test('mirrors that find each other no more', async () => {
    const guests = await two();
    const { room } = guests.desk.setting;
    const alpha = guests.machine('alpha');
    const reboot = alpha.onReboot;
    alpha.onReboot = () => {
      room.link('alpha', 'bravo', false);
      reboot();
    };
    const { code, stderr } = await guests.run('reboot', '--yes');
    expect([code, codes(stderr).at(-1), guests.boots]).toEqual([4, 'reboot/stopped', [first]]);
    room.link('alpha', 'bravo', true);
    await goesOn(guests, [first, second]);
  });

  test('a move away that breaks off: what has left comes home in the end', async () => {
    const guests = await two(inventory.replace('home: bravo', 'home: alpha'));
    let asked = 0;
    guests.instead('alpha', 'systemctl show -p SubState sanctl-migrate-web.service', () => {
      if (++asked === 5) guests.desk.setting.endMovers('alpha');
      return undefined;
    });
    const { code, stderr } = await guests.run('reboot', 'alpha', '--yes');
    expect([code, codes(stderr).at(-1), places(guests)]).toEqual([4, 'reboot/stopped', 'alpha: web; bravo: mail']);
    expect(plain(stderr)).toContain('Moved: mail (to bravo). Still on alpha: web.');
    const other = await guests.run('reboot', 'bravo', '--yes');
    expect([other.code, codes(other.stderr)]).toEqual([3, ['reboot/under-way']]);
    const on = await guests.run('reboot', 'alpha', '--yes');
    expect([on.code, guests.boots, places(guests)]).toEqual([0, [first], 'alpha: mail,web; bravo: -']);
    expect(on.stdout).toContain('Going on with the rolling reboot of 1 node that began ');
  });
});
