/** `sanctl vm`: where guests are, start, stop, and the question before one is destroyed. */
import { describe, expect, test } from 'vitest';
import { fail, silent } from '../sim/machine/answer.ts';
import { codes, lines, mirrored, running, stopped, unapplied } from './guests.ts';

const atHome = 'alpha: web Primary; bravo: - Secondary';
const nowhere = 'alpha: - Secondary; bravo: - Secondary';

function rows({ stdout }: { readonly stdout: string }): readonly string[] {
  const whole = stdout.trimEnd().replaceAll(/\n +/g, ' ');
  return whole
    .split('\n')
    .slice(1)
    .map((line) => line.replaceAll(/ +/g, ' '));
}

describe('list', () => {
  test('running at home, then stopped', async () => {
    const guests = await running();
    const on = await guests.run('vm', 'list');
    expect([on.code, rows(on)]).toEqual([
      0,
      ['web running alpha alpha 128 MiB web-root (alpha Primary, bravo Secondary)'],
    ]);
    await guests.run('vm', 'stop', 'web', '--yes');
    const off = await guests.run('vm', 'list');
    expect([off.code, rows(off)]).toEqual([
      0,
      ['web stopped nowhere alpha 128 MiB web-root (alpha Secondary, bravo Secondary)'],
    ]);
    expect(guests.received).toHaveLength(3);
  });

  test('with a node out of reach: unknown, never absent, and not 0', async () => {
    const guests = await stopped();
    guests.machine('bravo').on = false;
    const dark = await guests.run('vm', 'list');
    expect([dark.code, rows(dark), codes(dark.stderr)]).toEqual([
      3,
      ['web unknown unknown on bravo alpha 128 MiB web-root (alpha Secondary, bravo unknown)'],
      ['ssh/unreachable'],
    ]);
    expect(lines(await guests.run('vm', 'list', '--json')).find(({ type }) => type === 'vm')).toMatchObject({
      version: 1,
      name: 'web',
      state: 'unknown',
      nodes: [],
      unread: ['bravo'],
    });
  });

  test('with a node that does not say: the same', async () => {
    const guests = await running();
    guests.instead('bravo', 'sh -c [ -e /sys/hypervisor/type ]', () => fail(1, 'libxl: broken'));
    const { code, stdout, stderr } = await guests.run('vm', 'list');
    expect([code, codes(stderr)]).toEqual([3, ['facts/unknown']]);
    expect(stdout).toMatch(/web +running +alpha; unknown on bravo/);
  });

  test('one that hangs, a stranger, and one that runs twice', async () => {
    const guests = await running();
    const { domains } = guests.machine('alpha');
    for (const domain of domains) domain.state = '--ps--';
    const stranger = domains.map((one) => ({
      ...one,
      name: 'thief',
      uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
      state: 'r-----',
    }));
    guests.machine('bravo').domains = stranger;
    const strange = await guests.run('vm', 'list');
    expect(strange.code).toBe(0);
    expect(strange.stdout).toMatch(/web +unclear +alpha +alpha/);
    expect(strange.stdout).toMatch(/thief +running +bravo +undeclared +128 MiB +\/dev\/drbd0/);
    for (const domain of domains) domain.state = '-b----';
    guests.machine('bravo').domains = domains;
    const twice = await guests.run('vm', 'list');
    expect([twice.code, codes(twice.stderr)]).toEqual([3, ['domain/two-live']]);
    expect(twice.stdout).toMatch(/web +runs twice +alpha and bravo/);
  });

  test('one whose making broke off: only `xl list -v` has it, and nobody knows its disks (X10)', async () => {
    const guests = await running();
    const half = { name: 'half', uuid: '6f3c1a52-0000-4000-8000-0000000000aa', state: '--p---', built: false };
    guests.machine('bravo').domains = guests.machine('alpha').domains.map((one) => ({ ...one, ...half }));
    const { code, stdout } = await guests.run('vm', 'list');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/half +unclear +bravo +undeclared +unknown +unknown/)]);
  });

  test('nothing to show', async () => {
    const guests = unapplied(mirrored.replace(/vms:.*/s, ''));
    expect(await guests.run('vm', 'list')).toMatchObject({ code: 0, stdout: expect.stringContaining('has no VMs') });
  });
});

describe('start and stop', () => {
  test('there and back', async () => {
    const guests = await running();
    const stop = await guests.typing('yes\n', 'vm', 'stop', 'web');
    expect([stop.code, guests.places]).toEqual([0, nowhere]);
    const start = await guests.run('vm', 'start', 'web', '--yes');
    expect([start.code, guests.places]).toEqual([0, atHome]);
  });

  test('several disks, mirrored and plain', async () => {
    const volumes = `
  web-data: { size: 32MiB, group: vg0, replicas: [bravo, alpha] }
  web-swap: { size: 32MiB, group: vg0, replicas: [alpha] }
vms:`;
    const disks = 'as: xvda }, { volume: web-data, as: xvdb }, { volume: web-swap, as: xvdc }]';
    const guests = await running(mirrored.replace('\nvms:', volumes).replace('as: xvda }]', disks));
    const roles = (): unknown => ['web-root', 'web-data'].map((name) => guests.machine('alpha').halves.get(name)?.role);
    expect(roles()).toEqual(['Primary', 'Primary']);
    expect((await guests.run('vm', 'stop', 'web', '--yes')).code).toBe(0);
    expect(roles()).toEqual(['Secondary', 'Secondary']);
    expect((await guests.run('vm', 'start', 'web', '--yes')).code).toBe(0);
    expect(roles()).toEqual(['Primary', 'Primary']);
  });

  test('a VM that nobody knows, a time that is none', async () => {
    const guests = unapplied();
    for (const argv of [
      ['start', 'wob'],
      ['stop', 'wob'],
      ['stop', 'web', '--timeout', 'long'],
    ]) {
      const { code, stderr } = await guests.run('vm', ...argv, '--yes');
      expect([code, codes(stderr)]).toEqual([1, ['usage/bad-word']]);
      expect(stderr).not.toMatch(/playbook/);
    }
  });

  test('wanted stopped by the inventory, started by hand: apply says so and leaves it', async () => {
    const guests = await running(mirrored.replace('home: alpha\n', 'home: alpha\n    state: stopped\n'));
    expect((await guests.run('vm', 'start', 'web', '--yes')).code).toBe(0);
    const { code, stdout, stderr } = await guests.run('apply', '--yes');
    expect([code, guests.places]).toEqual([0, atHome]);
    expect(`${stdout}${stderr}`).toContain('domain/still-running');
  });

  test('a disk that another guest reads as well stays as it is', async () => {
    const shared = mirrored.replace(/disks: \[.*\]/, 'disks: [{ volume: web-root, as: xvda, readOnly: true }]');
    const guests = await running(shared);
    const { domains } = guests.machine('alpha');
    const reader = domains.map((one) => ({
      ...one,
      id: 9,
      name: 'reader',
      uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
    }));
    guests.machine('alpha').domains = [...domains, ...reader];
    const { code, stdout, stderr } = await guests.run('vm', 'stop', 'web', '--yes');
    expect([code, guests.places]).toEqual([0, 'alpha: reader Primary; bravo: - Secondary']);
    expect(`${stdout}${stderr}`).toContain('domain/disk-kept');
  });
});

describe('a node that is off', () => {
  const plain = mirrored.replace('replicas: [alpha, bravo]', 'replicas: [alpha]');

  test('is left out by the word of a person, as for apply (X1)', async () => {
    const guests = await running(plain);
    guests.machine('bravo').on = false;
    const refused = await guests.run('vm', 'stop', 'web', '--yes');
    expect([refused.code, codes(refused.stderr)]).toEqual([3, ['ssh/unreachable']]);
    const help = refused.stderr.replaceAll(/\s+/g, ' ');
    expect(help).toContain(
      'it is certain that no VM of the inventory runs there (it is off): `sanctl vm stop web --without bravo`.',
    );
    expect(guests.wasTouched).toBe(false);
    const stopped = await guests.run('vm', 'stop', 'web', '--yes', '--without', 'bravo');
    expect([stopped.code, codes(stopped.stderr)]).toEqual([0, []]);
    expect(guests.machine('alpha').domains).toEqual([]);
    const started = await guests.run('run', 'vm-start', '--set', 'vm=web', '--yes', '--without', 'bravo');
    expect([started.code, codes(started.stderr)]).toEqual([0, []]);
    expect(started.stdout).toContain('[domain/not-asked]');
    expect(guests.machine('alpha').domains.map(({ name }) => name)).toEqual(['web']);
  });

  test('is not left out where the VM depends on it', async () => {
    const guests = await running();
    const { code, stderr } = await guests.run('vm', 'stop', 'web', '--yes', '--without', 'bravo');
    expect([code, codes(stderr), guests.wasTouched, guests.places]).toEqual([1, ['playbook/left-out'], false, atHome]);
    expect(stderr.replace('[playbook/left-out]', '')).not.toContain('playbook');
    const typo = await guests.run('vm', 'stop', 'web', '--yes', '--without', 'brav');
    expect([typo.code, codes(typo.stderr)]).toEqual([1, ['usage/bad-option']]);
  });

  test('stays left out when the guest has to be ended', async () => {
    const guests = await running(plain);
    guests.machine('bravo').on = false;
    guests.instead('alpha', 'xl shutdown', () => silent);
    const argv = ['vm', 'stop', 'web', '--yes', '--timeout', '20', '--without', 'bravo'];
    const { stderr } = await guests.run(...argv);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('`sanctl run vm-destroy --set vm=web --without bravo`');
    const { code } = await guests.typing('yes\n', ...argv);
    expect([code, guests.machine('alpha').domains]).toEqual([0, []]);
  });
});

describe('a guest that does not shut down', () => {
  const deaf = async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => silent);
    return guests;
  };

  test('nobody there: not destroyed, and the command that would', async () => {
    const guests = await deaf();
    const { code, stderr } = await guests.run('vm', 'stop', 'web', '--yes', '--timeout', '20');
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(codes(stderr).at(-1)).toBe('vm/still-running');
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('`sanctl run vm-destroy --set vm=web`');
    expect(guests.received.some(({ id }) => id.includes('#destroy'))).toBe(false);
  });

  test('--yes was said to the shutdown alone; no is no', async () => {
    const guests = await deaf();
    const { code, stdout, stderr } = await guests.typing('no\n', 'vm', 'stop', 'web', '--yes');
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(stderr).toContain('1 step destroys data. Type yes: ');
    expect(stdout).toContain('$ xl destroy 1');
    expect(stderr).toContain('web was not destroyed; it may still shut down.');
  });

  test('yes ends it, and gives its disks free', async () => {
    const guests = await deaf();
    const { code, stdout } = await guests.typing('yes\n', 'vm', 'stop', 'web', '--yes');
    expect([code, guests.places]).toEqual([0, nowhere]);
    expect(stdout).toContain('destroys data: what the guest of web has not written to its disks');
  });

  test('it obeyed in the end, before the yes: nothing is destroyed', async () => {
    const guests = await deaf();
    let looks = 0;
    // Asked before the plan, under the lock, on the way back, and before the question.
    guests.instead('alpha', 'cat /proc/uptime', () => {
      if (++looks === 4) guests.machine('alpha').exec(['xl', 'destroy', 'web']);
      return undefined;
    });
    const { code, stdout } = await guests.typing('yes\n', 'vm', 'stop', 'web', '--yes');
    expect(code).toBe(0);
    expect(stdout).not.toContain('xl destroy');
  });

  test('any other failure leads to no question', async () => {
    const guests = await running();
    guests.instead('alpha', 'xl shutdown', () => fail(1, 'libxl: error: asked in vain'));
    const { code, stderr, stdout } = await guests.typing('yes\n', 'vm', 'stop', 'web', '--yes');
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(stdout).not.toContain('xl destroy');
    expect(codes(stderr)).not.toContain('vm/still-running');
  });
});
