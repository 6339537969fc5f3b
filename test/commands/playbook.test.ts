/** `sanctl run` from the words on the line to the exit code, over simulated nodes with a guest. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { fail, say, silent } from '../sim/machine/answer.ts';
import { codes, type Guests, lines, running, sameSteps, stopped, unapplied } from './guests.ts';

const stop = ['run', 'vm-stop', '--set', 'vm=web', '--yes'] as const;
const start = ['run', 'vm-start', '--set', 'vm=web', '--yes'] as const;
const atHome = 'alpha: web Primary; bravo: - Secondary';
const nowhere = 'alpha: - Secondary; bravo: - Secondary';

describe('stop and start', () => {
  test('there and back; again is nothing to do; apply has nothing against it', async () => {
    const guests = await running();
    const stopped = await guests.run(...stop);
    expect([stopped.code, codes(stopped.stderr), guests.places]).toEqual([0, [], nowhere]);
    expect(stopped.stdout).toContain('Verified by a new look at alpha and bravo.');
    expect(await guests.run(...stop)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing to do/) });
    const started = await guests.run(...start);
    expect([started.code, codes(started.stderr), guests.places]).toEqual([0, [], atHome]);
    expect(await guests.run(...start)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing to do/) });
    expect(await guests.run('apply', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do/),
    });
  });

  test('the steps that are shown are the steps that the nodes receive', async () => {
    const guests = await running();
    for (const argv of [stop, start]) {
      for (const name of ['alpha', 'bravo']) guests.node(name).received.length = 0;
      const all = lines(await guests.run(...argv, '--json'));
      const first = all.find(({ type }) => type === 'plan');
      expect(first).toMatchObject({ type: 'plan', playbook: argv[1], phase: 'steps' });
      expect(all.at(-1)).toMatchObject({ type: 'outcome', exit: 0 });
      const steps = (first?.['plan'] as Plan | undefined)?.steps ?? [];
      expect(steps.length).toBeGreaterThan(2);
      expect(sameSteps(guests.received, steps)).toBe(true);
    }
  });

  test('--dry-run shows and touches nothing; without a yes nothing is begun', async () => {
    const guests = await running();
    const shown = await guests.run('run', 'vm-stop', '--set', 'vm=web', '--dry-run');
    expect([shown.code, shown.stdout.includes('$ xl shutdown 1')]).toEqual([0, true]);
    const unasked = await guests.run('run', 'vm-stop', '--set', 'vm=web');
    expect([unasked.code, codes(unasked.stderr)]).toEqual([1, ['apply/unconfirmed']]);
    const no = await guests.typing('no\n', 'run', 'vm-stop', '--set', 'vm=web');
    expect([no.code, no.stderr]).toEqual([1, expect.stringContaining('1 step interrupts a service. Type yes: ')]);
    expect(guests.wasTouched).toBe(false);
  });
});

describe('refused before anything is touched', () => {
  const refused = async (guests: Guests, argv: readonly string[], ...expected: readonly string[]): Promise<void> => {
    const { code, stderr } = await guests.run(...argv);
    expect([code, codes(stderr)]).toEqual([3, expected]);
    expect(guests.wasTouched).toBe(false);
  };

  const openWindow = (guests: Guests, name: string): void => {
    const half = guests.machine(name).halves.get('web-root');
    if (half === undefined) throw new Error(`no half on ${name}`);
    const net = new Map([...half.config.net, ['allow-two-primaries', 'yes']]);
    Object.assign(half, { config: { ...half.config, net } });
  };

  test('a start, when it runs elsewhere (X1)', async () => {
    const guests = await stopped();
    guests.machine('bravo').exec(['drbdadm', 'primary', 'web-root']);
    guests.machine('bravo').exec(['xl', 'create', '/etc/xen/web.cfg']);
    await refused(guests, start, 'domain/runs-elsewhere');
    const { code } = await guests.run(...stop);
    expect([code, guests.places]).toEqual([0, nowhere]);
  });

  test('anything, when a node cannot be reached (X1)', async () => {
    const guests = await stopped();
    guests.machine('bravo').on = false;
    await refused(guests, start, 'ssh/unreachable');
    await refused(guests, stop, 'ssh/unreachable');
    const help = (await guests.run(...stop)).stderr.replaceAll(/\s+/g, ' ');
    expect(help).toContain('Nothing was touched: all nodes are read before one is changed.');
    expect(help).not.toContain('--without');
  });

  test('anything, when a node does not say what runs there (M9)', async () => {
    const guests = await stopped();
    guests.instead('bravo', 'sh -c [ -e /sys/hypervisor/type ]', () => fail(1, 'libxl: broken'));
    await refused(guests, start, 'domain/not-seen-everywhere');
    await refused(guests, stop, 'domain/not-seen-everywhere');
  });

  test('anything, on a machine that is not the one that the inventory means (T4)', async () => {
    const guests = await running();
    guests.instead('alpha', 'uname -nr', () => say('gamma 6.1.0-56-amd64'));
    guests.machine('alpha').domains = [];
    await refused(guests, stop, 'host/wrong-name');
    await refused(guests, ['vm', 'list'], 'host/wrong-name');
  });

  test('a start, when its disk is Primary elsewhere', async () => {
    const guests = await stopped();
    guests.machine('bravo').exec(['drbdadm', 'primary', 'web-root']);
    await refused(guests, start, 'drbd/primary-elsewhere');
  });

  test('a start, when its disk is cut off (D12)', async () => {
    const guests = await stopped();
    guests.desk.setting.room.link('alpha', 'bravo', false);
    await refused(guests, start, 'drbd/not-promotable');
  });

  test('a start, while a window for two primaries is open (D1)', async () => {
    const guests = await stopped();
    for (const name of ['alpha', 'bravo']) openWindow(guests, name);
    await refused(guests, start, 'drbd/window-open', 'drbd/window-open');
  });

  test('a stop, while a window for two primaries is open (W6)', async () => {
    const guests = await running();
    openWindow(guests, 'alpha');
    await refused(guests, stop, 'drbd/window-open');
  });

  test('a start, when its file was changed by hand (X6): all reasons at once', async () => {
    const guests = await stopped();
    guests.machine('alpha').files.put('/etc/xen/web.cfg', 'name = "web"\n', '600');
    guests.machine('bravo').exec(['drbdadm', 'primary', 'web-root']);
    await refused(guests, start, 'file/not-ours', 'drbd/primary-elsewhere');
  });

  test('what it stands on is missing: what apply would do first', async () => {
    const guests = await stopped();
    guests.machine('bravo').files.remove('/etc/xen/web.cfg');
    await refused(guests, start, 'domain/not-ready');
  });
});

describe('words that mean nothing: exit 1', () => {
  test.each<[string, readonly string[], string]>([
    ['no playbook', [], 'usage/no-playbook'],
    ['an unknown one', ['vm-stopp'], 'playbook/unreadable'],
    ['a file that is not there', ['./vm-stop.yaml'], 'playbook/unreadable'],
    ['no inputs', ['vm-stop'], 'playbook/missing-input'],
    ['an unknown VM', ['vm-stop', '--set', 'vm=wob'], 'playbook/bad-input'],
    ['a hostile VM', ['vm-stop', '--set', 'vm=web; reboot'], 'playbook/bad-input'],
    ['an unknown input', ['vm-stop', '--set', 'vm=web', '--set', 'time=1'], 'playbook/unknown-input'],
  ])('%s', async (_, words, code) => {
    const guests = unapplied();
    const run = await guests.run('run', ...words, '--yes');
    expect([run.code, codes(run.stderr), guests.wasTouched]).toEqual([1, [code], false]);
  });
});

describe('the line, the node and the guest fail', () => {
  test.each(['before', 'after'])(
    'the line is lost right %s the shutdown: the node goes on, and tells it later',
    async (when) => {
      const guests = await running();
      const { transport } = guests.desk.setting;
      if (when === 'before')
        guests.instead('alpha', 'xl shutdown', () => {
          transport.drop('alpha');
          return undefined;
        });
      else
        guests.instead('alpha', 'drbdadm secondary', () => {
          transport.drop('alpha');
          return undefined;
        });
      const { code, stdout } = await guests.run(...stop);
      expect([code, guests.places]).toEqual([0, nowhere]);
      expect(stdout).toContain('alpha: reached again');
    },
  );

  test('the node loses its power in the middle: unknown, a new look, and nothing is guessed', async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => {
      const machine = guests.machine('alpha');
      machine.cutPower();
      guests.node('alpha').running?.kill();
      guests.desk.setting.transport.drop('alpha');
      void guests.desk.setting.clock.sleep(60).then(() => machine.boot());
      return undefined;
    });
    const { code, stdout, stderr } = await guests.run(...stop);
    expect(code).toBe(4);
    expect(stdout).toContain('unknown      domain/web@alpha#shutdown');
    expect(codes(stderr)).toEqual([...Array(3).fill('step/unknown'), 'lock/lost', 'playbook/broke-off']);
    expect(stderr).toContain('there was nothing for domain.settle to put');
  });

  test('the node stays away: nothing is changed on the way back, exit 4', async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => {
      guests.machine('alpha').cutPower();
      guests.node('alpha').running?.kill();
      guests.desk.setting.transport.drop('alpha');
      return silent;
    });
    const { code, stderr } = await guests.run(...stop);
    expect(code).toBe(4);
    expect(stderr).toContain('could not all be looked at again, so domain.settle changed');
    expect(stderr).not.toContain('Nothing was touched');
  });

  test('a guest that does not obey runs on, and is left alone', async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => silent);
    const { code, stdout, stderr } = await guests.run(...stop, '--set', 'timeout=30');
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(stdout).toContain('waits until web is gone (at most 30 s)');
    expect(codes(stderr)).toEqual(['step/timeout', 'domain/runs', 'playbook/broke-off']);
  });

  test('a guest that reboots instead leaves the list for a moment: its disks stay Primary (X5)', async () => {
    const guests = await running();
    const machine = guests.machine('alpha');
    const domains = machine.domains;
    guests.instead('alpha', 'xl shutdown', () => {
      machine.domains = [];
      guests.instead('alpha', 'xl list -l', () => {
        machine.domains = domains;
        return undefined;
      });
      return silent;
    });
    const { code, stdout, stderr } = await guests.run(...stop);
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(stdout).toContain('refused      domain/web@alpha#absent');
    expect(codes(stderr)).toEqual(['step/refused', 'domain/runs', 'playbook/broke-off']);
  });

  test('Ctrl-C while it waits: the guest is left alone, and that is said', async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => silent);
    let pressed = false;
    const interrupt = (printed: string): boolean => {
      const now = !pressed && printed.includes('waits until web is gone');
      pressed ||= now;
      return now;
    };
    const { code, stderr } = await guests.desk.run(stop, { interrupt });
    expect([code, guests.places]).toEqual([130, atHome]);
    expect(codes(stderr).slice(-2)).toEqual(['domain/runs', 'playbook/broke-off']);
  });

  test('a guest that hangs on its way down: ambiguous, so nothing is changed', async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => {
      for (const domain of guests.machine('alpha').domains) domain.state = '--ps--';
      return silent;
    });
    const before = guests.received.length;
    const { code, stderr } = await guests.run(...stop);
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(codes(stderr)).toEqual(['step/timeout', 'domain/unclear', 'playbook/broke-off']);
    expect(guests.received.length - before).toBe(3);
  });

  test('the way back is planned from a new look', async () => {
    const guests = await running();
    let held = 1;
    guests.instead('alpha', 'drbdadm secondary', () =>
      held-- > 0 ? fail(11, '0: State change failed: (-12) Device is held open by someone') : undefined,
    );
    const run = await guests.run(...stop, '--json');
    expect([run.code, run.stderr, guests.places]).toEqual([4, '', nowhere]);
    const plans = lines(run).filter(({ type }) => type === 'plan');
    expect(plans.map(({ phase }) => phase)).toEqual(['steps', 'undo']);
    const [, undo] = plans.map(({ plan }) => (plan as Plan).steps.map(({ id }) => id));
    expect([...(undo ?? [])].sort()).toEqual([
      'domain/web@alpha#absent',
      'domain/web@alpha#demote-web-root',
      'domain/web@bravo#absent',
    ]);
    expect(lines(run).at(-1)).toMatchObject({ type: 'diagnostic', diagnostic: { code: 'playbook/broke-off' } });
    expect(run.stdout).toContain('domain.settle put right what there was to put right.');
  });

  test('all steps done, and yet it is there again: exit 4', async () => {
    const guests = await running();
    const machine = guests.machine('alpha');
    const domains = machine.domains;
    guests.instead('alpha', 'drbdadm secondary', () => {
      machine.domains = domains;
      return silent;
    });
    const { code, stdout, stderr } = await guests.run(...stop);
    expect([code, codes(stderr)]).toEqual([4, ['domain/still-there']]);
    expect(stdout).not.toContain('Verified');
  });

  test('what moves between the plan and the locks refuses it (C4)', async () => {
    const guests = await running();
    let looks = 0;
    guests.instead('alpha', 'cat /proc/sys/kernel/random/boot_id', () => {
      if (++looks === 2) guests.machine('alpha').domains = [];
      return undefined;
    });
    const { code, stderr } = await guests.run(...stop);
    expect([code, codes(stderr)]).toEqual([3, ['plan/stale']]);
  });
});

test('--list shows what comes with sanctl, for people and for programs', async () => {
  const guests = unapplied();
  const { code, stdout } = await guests.run('run', '--list');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/vm-stop +vm=VM timeout=120 +Ask a VM/)]);
  const stop = lines(await guests.run('run', '--list', '--json')).find(({ playbook }) => playbook === 'vm-stop');
  expect(stop).toEqual({
    version: 1,
    type: 'playbook',
    playbook: 'vm-stop',
    summary: 'Ask a VM to shut down, and wait until it is gone',
    inputs: { vm: { type: 'vm' }, timeout: { type: 'seconds', default: '120' } },
  });
});

test('a playbook of one’s own, by its path', async () => {
  const guests = await running();
  const path = guests.desk.write(
    'again.yaml',
    `playbook: again
summary: Stop and start it
inputs: { vm: vm }
steps:
  - domain.shutdown: { vm: $vm, timeout: 60 }
    undo: domain.settle
  - domain.destroy: { vm: $vm }
`,
  );
  const wrong = guests.desk.write(
    'wrong.yaml',
    'playbook: wrong\nsummary: s\nsteps: [ domain.shutdwn: { vm: web } ]\n'.replace('[ ', '\n  - ').replace(' ]', ''),
  );
  const { code, stderr } = await guests.run('run', wrong);
  expect([code, codes(stderr)]).toEqual([1, ['playbook/unknown-key']]);
  expect(stderr).toContain('Did you mean `domain.shutdown`?');
  const shown = await guests.run('run', path, '--set', 'vm=web', '--dry-run');
  expect(shown.stdout).toContain('domain/web@alpha#absent-2');
});
