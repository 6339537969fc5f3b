/** `sanctl migrate`: there, and back, and what is said when it breaks off. */
import { describe, expect, test } from 'vitest';
import { fail } from '../sim/machine/answer.ts';
import { codes, lines, mirrored, running as runningOn, unapplied } from './guests.ts';

const atHome = 'alpha: web Primary; bravo: - Secondary';
const moved = 'alpha: - Secondary; bravo: web Primary';
const site = mirrored.replace('/boot/vmlinuz', '/boot/guest-vmlinuz');
const running = (inventory = site) => runningOn(inventory);
const flat = (text: string): string => text.replaceAll(/[\s|]+/g, ' ');

describe('a move', () => {
  test('there and back; apply says that it is not at home, and vm list where it is', async () => {
    const guests = await running();
    const there = await guests.run('migrate', 'web', 'bravo', '--yes');
    expect([there.stderr, there.code, guests.places]).toEqual([expect.anything(), 0, moved]);
    expect(there.stdout).toContain('Verified by a new look at alpha and bravo.');
    const listed = await guests.run('vm', 'list');
    expect([listed.code, flat(listed.stdout)]).toEqual([0, expect.stringContaining('web running bravo alpha')]);
    const { code, stdout } = await guests.run('apply', '--yes');
    expect([code, guests.places]).toEqual([0, moved]);
    expect(flat(stdout)).toContain('`sanctl migrate web alpha`');
    const back = await guests.run('migrate', 'web', 'alpha', '--yes');
    expect([back.code, guests.places]).toEqual([0, atHome]);
  });

  test('the plan alone: shown, nothing touched', async () => {
    const guests = await running();
    const { code, stdout } = await guests.run('migrate', 'web', 'bravo', '--dry-run');
    expect([code, guests.places, guests.wasTouched]).toEqual([0, atHome, false]);
    expect(stdout).toContain('$ drbdadm net-options --protocol=C --allow-two-primaries=yes web-root');
  });

  test('no is no', async () => {
    const guests = await running();
    const { code } = await guests.typing('no\n', 'migrate', 'web', 'bravo');
    expect([code, guests.places, guests.wasTouched]).toEqual([1, atHome, false]);
  });

  test('all that speaks against it, at once', async () => {
    const guests = await running(site.replace('/boot/guest-vmlinuz', '/boot/own-vmlinuz'));
    guests.machine('alpha').files.put('/boot/own-vmlinuz', '');
    guests.machine('bravo').exec(['drbdadm', 'disconnect', 'web-root']);
    const { code, stderr } = await guests.run('migrate', 'web', 'bravo', '--yes');
    expect([code, guests.wasTouched]).toEqual([3, false]);
    expect(new Set(codes(stderr))).toEqual(new Set(['move/disk-not-ready', 'move/no-kernel']));
  });

  test('one that does not run', async () => {
    const guests = await running();
    await guests.run('vm', 'stop', 'web', '--yes');
    const off = await guests.run('migrate', 'web', 'bravo', '--yes');
    expect([off.code, codes(off.stderr).includes('domain/not-running')]).toEqual([3, true]);
  });

  test('one that nobody knows, in the words of the command', async () => {
    const odd = await unapplied().run('migrate', 'wob', 'bravo');
    expect([odd.code, codes(odd.stderr)]).toEqual([1, ['usage/bad-word']]);
    expect(odd.stderr.replaceAll(/\s+/g, ' ')).toContain(
      '`sanctl migrate wob bravo`: `vm` is `wob`; it must be a VM of the inventory.',
    );
  });

  test.each([[['web']], [['web', 'bravo', '--cleanup']]])('%j: a node, or a cleanup', async (words) => {
    const { code, stderr } = await unapplied().run('migrate', ...words);
    expect([code, codes(stderr)]).toEqual([1, ['usage/no-host']]);
  });

  test('for programs', async () => {
    const guests = await running();
    const all = lines(await guests.run('migrate', 'web', 'bravo', '--yes', '--json'));
    expect(all.find(({ type }) => type === 'plan')).toMatchObject({ playbook: 'migrate', phase: 'steps' });
    expect(all.find(({ type }) => type === 'outcome')).toMatchObject({ exit: 0 });
  });
});

describe('a move that breaks off', () => {
  test('Ctrl-C while it copies: the move goes on, nothing is changed, and the way out is named', async () => {
    const guests = await running();
    const { random } = guests.machine('alpha');
    const whole = random.whole.bind(random);
    // As long as anybody may look at it.
    Object.assign(random, { whole: (least: number, most: number) => (most === 60 ? 1e6 : whole(least, most)) });
    let pressed = false;
    const interrupt = (printed: string): boolean => {
      if (pressed || !printed.includes('waits until the move has ended')) return false;
      pressed = true;
      return true;
    };
    const { code, stdout, stderr } = await guests.desk.run(['migrate', 'web', 'bravo', '--yes'], { interrupt });
    expect([pressed, code]).toEqual([true, 130]);
    expect(codes(stderr)).toContain('move/under-way');
    expect(flat(stderr)).toContain('`sanctl migrate web --cleanup`');
    expect(stdout).not.toContain('xl destroy');
    const listed = await guests.run('vm', 'list');
    expect([listed.code, codes(listed.stderr).includes('move/window-open')]).toEqual([3, true]);
    const early = await guests.run('migrate', 'web', '--cleanup', '--yes');
    expect([early.code, codes(early.stderr).includes('move/under-way')]).toEqual([3, true]);
    for (const node of ['alpha', 'bravo']) guests.desk.setting.endMovers(node);
    const late = await guests.run('migrate', 'web', '--cleanup', '--yes');
    expect([late.code, guests.places]).toEqual([0, atHome]);
    expect((await guests.run('vm', 'list')).code).toBe(0);
  });

  test('the sender fails: what began is put right, and exit 4', async () => {
    const guests = await running();
    guests.instead('alpha', 'systemd-run --unit=sanctl-migrate-web.service', () =>
      fail(1, 'Failed to start transient'),
    );
    const { code, stdout, stderr } = await guests.run('migrate', 'web', 'bravo', '--yes');
    expect([code, guests.places]).toEqual([4, atHome]);
    expect(codes(stderr)).toEqual(['step/failed', 'playbook/broke-off']);
    expect(stdout).toContain('[move/runs]');
    expect(flat(stderr)).toContain('domain.settleMove put right what there was to put right.');
    expect((await guests.run('vm', 'list')).code).toBe(0);
  });

  test('nothing to clean up', async () => {
    const guests = await running();
    const { code, stdout } = await guests.run('migrate', 'web', '--cleanup');
    expect([code, guests.wasTouched, flat(stdout)]).toEqual([
      0,
      false,
      expect.stringContaining('domain/web runs on alpha'),
    ]);
  });
});
