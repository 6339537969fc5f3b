/** `sanctl status`: one screen over simulated nodes, well and ill; live, told by lines, and as JSON. */
import { describe, expect, test } from 'vitest';
import { written } from '../sim/machine/machine.ts';
import { codes, lines, mirrored, running, stopped } from './guests.ts';

/** The table without its columns: `~ mirror web-root not connected …`. */
function rows({ stdout }: { readonly stdout: string }): readonly string[] {
  const table = stdout.slice(stdout.indexOf('   what ')).trimEnd();
  const whole = table
    .replaceAll(/\n {20,}/g, ' ')
    .split('\n')
    .slice(1);
  return whole.map((line) => line.replaceAll(/ +/g, ' ').trim());
}

function row(run: { readonly stdout: string }, about: string): string | undefined {
  return rows(run).find((line) => line.replace(/^[!?~>] /, '').startsWith(about));
}

/** Every line fits. */
function widest({ stdout }: { readonly stdout: string }): number {
  return Math.max(...stdout.split('\n').map(({ length }) => length));
}

describe('once', () => {
  test('all is well', async () => {
    const guests = await running();
    const well = await guests.run('status');
    expect([well.code, well.stderr]).toEqual([0, '']);
    expect(well.stdout.split('\n').slice(0, 2)).toEqual(['home: 6 fine', '']);
    expect(rows(well).slice(2)).toEqual([
      'group vg0@alpha whole 1.93 GiB of 2 GiB free',
      'group vg0@bravo whole 1.93 GiB of 2 GiB free',
      'mirror web-root UpToDate alpha Primary, bravo Secondary; 64 MiB',
      'vm web running on alpha; 128 MiB',
    ]);
    expect(widest(well)).toBeLessThanOrEqual(80);
    expect(guests.wasTouched).toBe(false);
  });

  test('a node is out of reach: it stands on top, the rest is shown, and nothing of it is well (C5)', async () => {
    const guests = await running();
    guests.machine('bravo').on = false;
    const dark = await guests.run('status');
    expect([dark.code, codes(dark.stdout)]).toEqual([2, ['ssh/unreachable', 'drbd/not-connected']]);
    expect(rows(dark)[0]).toBe('? node bravo unreachable');
    expect(row(dark, 'mirror')).toMatch(/^~ mirror web-root not connected alpha Primary, bravo not seen;/);
    expect(row(dark, 'vm')).toBe('? vm web running on alpha; not seen on bravo; 128 MiB');
    expect(widest(dark)).toBeLessThanOrEqual(80);
  });

  test('nobody answers', async () => {
    const guests = await running();
    for (const name of ['alpha', 'bravo']) guests.machine(name).on = false;
    const dark = await guests.run('status');
    expect([dark.code, codes(dark.stdout)]).toEqual([2, ['ssh/unreachable', 'ssh/unreachable']]);
    expect(rows(dark).every((line) => line.startsWith('? '))).toBe(true);
  });

  test('a mirror that stands alone, with its next command above all rows', async () => {
    const guests = await running();
    guests.machine('bravo').exec(['drbdadm', 'disconnect', 'web-root']);
    const alone = await guests.run('status');
    expect([alone.code, codes(alone.stdout)]).toEqual([2, ['drbd/stand-alone']]);
    expect(alone.stdout.indexOf('drbdadm connect web-root')).toBeLessThan(alone.stdout.indexOf('what '));
    expect(row(alone, 'mirror')).toMatch(/^! mirror web-root StandAlone/);
  });

  test('a window that is open, and how it is closed', async () => {
    const guests = await running();
    const open = ['drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web-root'];
    guests.machine('alpha').exec(open);
    const wide = await guests.run('status');
    expect([wide.code, codes(wide.stdout)]).toEqual([2, ['move/window-open', 'move/window-open']]);
    expect(wide.stdout).toContain('`sanctl migrate web --cleanup`');
    expect(row(wide, 'mirror')).toMatch(/^! mirror web-root window open/);
  });

  test('a resync: how far, how fast, how long, told from two looks; it is nothing to be afraid of', async () => {
    const guests = await running(mirrored.replace('64MiB', '1GiB'));
    const { room } = guests.desk.setting;
    room.link('alpha', 'bravo', false);
    await guests.desk.setting.pass(60);
    guests
      .machine('alpha')
      .halves.get('web-root')
      ?.write(0, 2 ** 30, written('the guest', false));
    room.link('alpha', 'bravo', true);
    await guests.desk.setting.pass(4);
    const copying = await guests.run('status');
    expect(copying.code).toBe(0);
    expect(row(copying, 'mirror')).toMatch(
      /^> mirror web-root resync \d+ % [\d.]+ [KM]iB\/s; \d+ s left; alpha Primary, bravo/,
    );
  });

  test('a VM that should run', async () => {
    const guests = await stopped();
    const off = await guests.run('status');
    expect([off.code, codes(off.stdout), row(off, 'vm')]).toEqual([
      2,
      ['domain/not-running'],
      '! vm web stopped 128 MiB',
    ]);
    expect(off.stdout).toContain('`sanctl vm start web`');
  });

  test('a node that is held, and one that a dead sanctl left', async () => {
    const guests = await running();
    const lock = (until: number): void =>
      guests
        .machine('alpha')
        .files.put('/run/sanctl/lock', `n0 ${until} 0 20260101T000000Z-n0 bWU= ZGVzaw== 7 YXBwbHk=\n`);
    const now = Math.floor(guests.machine('alpha').uptimeSeconds);
    lock(now + 60);
    const held = await guests.run('status');
    expect([held.code, row(held, 'operation')]).toEqual([
      0,
      expect.stringMatching(/^> operation 20260101T000000Z-n0 at work apply; on alpha; by me@desk; for /),
    ]);
    lock(now - 60);
    const left = await guests.run('status');
    expect([left.code, codes(left.stdout)]).toEqual([2, ['lock/left']]);
    expect(left.stdout).toContain('`sanctl unlock alpha`');
  });

  test('as JSON: a line for each row, with figures, and for each finding', async () => {
    const guests = await running();
    guests.machine('bravo').on = false;
    const all = lines(await guests.run('status', '--json'));
    expect(all.find(({ section }) => section === 'mirror')).toMatchObject({
      version: 1,
      type: 'status',
      name: 'web-root',
      nodes: ['alpha', 'bravo'],
      level: 'weak',
      figures: expect.arrayContaining([{ name: 'mirror_primary', node: 'alpha', value: 1 }]),
    });
    expect(all.filter(({ type }) => type === 'finding').map(({ code }) => code)).toEqual([
      'ssh/unreachable',
      'drbd/not-connected',
    ]);
  });

  test('a table that wraps is still read from its first column', async () => {
    const guests = await running(mirrored.replaceAll('web-root', 'a-volume-with-a-name-of-some-length'));
    const wide = await guests.run('status');
    expect([wide.code, row(wide, 'mirror')]).toEqual([
      0,
      'mirror a-volume-with-a-name-of-some-length UpToDate alpha Primary, bravo Secondary; 64 MiB',
    ]);
  });

  test('an inventory that cannot be read', async () => {
    const guests = await running();
    expect(await guests.run('status', 'nowhere.yaml')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('watch', () => {
  test('where there is no terminal: what is not fine at first, then a line for each change', async () => {
    const guests = await running();
    let looked = 0;
    guests.instead('alpha', 'cat /etc/machine-id', () => {
      looked += 1;
      if (looked === 3) guests.machine('bravo').exec(['drbdadm', 'disconnect', 'web-root']);
      if (looked === 6) guests.machine('bravo').exec(['drbdadm', 'connect', 'web-root']);
      return undefined;
    });
    const watched = await guests.desk.run(['status', '--watch'], {
      interrupt: (printed) => printed.includes('mirror web-root: UpToDate'),
    });
    expect(watched.code).toBe(0);
    const told = watched.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\[ *\d+ s\] /, ''));
    expect(told[0]).toMatch(/^home: 6 fine/);
    expect(told).toContainEqual(expect.stringMatching(/^error drbd\/stand-alone: .* help: /));
    expect(told).toContainEqual(expect.stringMatching(/^mirror web-root: StandAlone \(was UpToDate\); alpha Primary/));
    expect(told.at(-1)).toMatch(/^mirror web-root: UpToDate \(was /);
  });

  test('on a terminal: drawn in place, within its size; what was seen last stays', async () => {
    const guests = await running();
    const { stdout } = await guests.desk.run(['status', '--watch'], {
      terminal: { columns: 80, rows: 8 },
      interrupt: (printed) => printed.split('\u001b[H').length > 3,
    });
    const [before, first = '', second = '', ...more] = stdout.split('\u001b[H');
    expect(before).toBe('\u001b[?1049h\u001b[?25l');
    expect(first.split('\r\n').length).toBeLessThan(8);
    expect(second.startsWith('home: 6 fine\u001b[K')).toBe(true);
    const [, after] = more.join('').split('\u001b[?25h\u001b[?1049l');
    expect(after?.split('\n').length).toBeGreaterThan(8);
  });

  test('a node that stops to answer stays on top until it is reached again', async () => {
    const guests = await running();
    let looked = 0;
    guests.instead('alpha', 'cat /etc/machine-id', () => {
      looked += 1;
      if (looked === 2) guests.machine('bravo').cutPower();
      return undefined;
    });
    const watched = await guests.desk.run(['status', '--watch', '--json'], {
      interrupt: (printed) => printed.includes('"is":"over"'),
    });
    const about = lines(watched).filter(({ is }) => is === 'found' || is === 'over');
    const told = about.map((one) => `${one['is']} ${(one['finding'] as { code: string }).code}`);
    expect(told).toContain('found ssh/unreachable');
    expect(told.at(-1)).toBe('over observe/no-answer');
  });

  test('a node that comes back is seen again', async () => {
    const guests = await running();
    guests.machine('bravo').on = false;
    let looked = 0;
    guests.instead('alpha', 'cat /etc/machine-id', () => {
      looked += 1;
      if (looked === 2) guests.machine('bravo').on = true;
      return undefined;
    });
    const watched = await guests.desk.run(['status', '--watch', '--json'], {
      interrupt: (printed) => printed.includes('"is":"over"') && printed.includes('"state":"up"'),
    });
    expect(lines(watched)).toContainEqual(
      expect.objectContaining({
        type: 'change',
        is: 'over',
        finding: expect.objectContaining({ code: 'ssh/unreachable' }),
      }),
    );
  });
});
