/** A window for two primaries, said and asked as the lab answered (D1, D2, W3 to W11), and the timer that closes a forgotten one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { askMovers, timerScript } from '../../../src/kinds/drbd/timer.ts';
import type { Window } from '../../../src/kinds/drbd/window.ts';
import * as windows from '../../../src/kinds/drbd/window.ts';
import { known } from '../../../src/kinds/reading.ts';
import type { Action, Command, Guard } from '../../../src/shell/command.ts';
import { holds } from '../../../src/shell/expect.ts';
import { commandLine } from '../../../src/shell/quote.ts';
import { actionLines } from '../../../src/shell/text.ts';
import { RealSh } from '../real-sh.ts';
import { recorded } from './recorded.ts';
import { connected, name, siteOf, worldOf } from './world.ts';

const eight: Window = {
  resource: 'web-root',
  device: '/dev/drbd0',
  dialect: '8.4',
  replicas: ['alpha', 'bravo'],
  nodeIds: { alpha: 0, bravo: 1 },
};
const nine: Window = { ...eight, dialect: '9' };

function said(actions: readonly Action[]): readonly string[] {
  return actions.flatMap((action) => (action.do === 'run' ? actionLines(action).slice(0, 1) : []));
}

describe('what is said', () => {
  test('8.4: by drbdadm, which tells the peer as well', () => {
    expect(said([windows.open(eight, 'alpha', 'bravo'), windows.close(eight, 'alpha', 'bravo')])).toEqual([
      'drbdadm net-options --protocol=C --allow-two-primaries=yes web-root',
      'drbdadm net-options --allow-two-primaries=no web-root',
    ]);
  });

  test('9 (unproven): one connection, by the node id of the peer', () => {
    expect(said([windows.open(nine, 'alpha', 'bravo'), windows.close(nine, 'bravo', 'alpha')])).toEqual([
      'drbdsetup net-options web-root 1 --protocol=C --allow-two-primaries=yes',
      'drbdsetup net-options web-root 0 --allow-two-primaries=no',
    ]);
  });

  test('the timer: one unit for each resource, whatever is in its name, and the closing in its words', () => {
    const [stop, start] = windows.startTimer({ ...eight, resource: 'a+b.c' }, 'alpha', 'bravo');
    expect(stop).toMatchObject({ command: { argv: ['systemctl', 'stop', 'sanctl-window-a\\x2bb.c.service'] } });
    expect(stop?.accept).toEqual([0, 5]);
    const [program, unit, , collect, ...words] = start?.command.argv ?? [];
    expect([program, unit, collect]).toEqual(['systemd-run', '--unit=sanctl-window-a\\x2bb.c.service', '--collect']);
    expect(words).toEqual([
      'sh',
      '-c',
      timerScript,
      'sh',
      'a+b.c',
      'drbdadm',
      'net-options',
      '--allow-two-primaries=no',
      'a+b.c',
    ]);
  });

  test('systemd leaves the text of the timer as it is', () => {
    expect(timerScript).not.toMatch(/\$\{|\$\$/);
  });

  test('windowOf: dialect, device and node ids from the facts; two dialects are none', () => {
    const volume = siteOf().volumes[name];
    if (volume === undefined) throw new Error('no volume');
    const running = connected('UpToDate', 'UpToDate');
    const sides = { alpha: { running }, bravo: { running } };
    expect(windows.windowOf(volume, '/dev/drbd0', worldOf(sides))).toEqual(known(eight));
    const newer = { kernel: known({ loaded: true, version: '9.2.0' }) };
    const mixed = worldOf({ ...sides, bravo: { running, facts: newer } });
    expect(windows.windowOf(volume, '/dev/drbd0', mixed).known).toBe(false);
  });
});

describe('what is asked, held against what DRBD answered', () => {
  /** In the order of the script: connection, disks, roles. */
  const line = (proc: string): string => {
    const [, connection, roles, disks] = /cs:(\S+) ro:(\S+) ds:(\S+)/.exec(recorded(proc)) ?? [];
    return `${connection} ${disks} ${roles}\n`;
  };
  const isSo = ({ expect: wanted }: Guard, stdout: string): boolean => holds(wanted, { code: 0, stdout });
  const [here = never(), settled = never()] = windows.mayOpen(eight, 'bravo');

  test('connected, UpToDate/UpToDate, Primary/Secondary', () => {
    expect(isSo(here, line('primary.alpha.proc'))).toBe(true);
    for (const other of ['primary.bravo', 'window.alpha', 'resizing', 'peer-down.alpha', 'disconnected.alpha'])
      expect(isSo(here, line(`${other}.proc`)), other).toBe(false);
    expect(isSo(windows.are(eight, 'bravo', ['Primary', 'Primary'])[0], line('window.alpha.proc'))).toBe(true);
  });

  test('nothing out of sync, nothing held back; another resource does not count', () => {
    const good = recorded('primary.alpha.events2');
    expect(isSo(settled, good)).toBe(true);
    expect(isSo(settled, good.replace('suspended:no', 'suspended:user'))).toBe(false);
    expect(isSo(settled, good.replace('suspended:no', 'suspended:no-data'))).toBe(false);
    const [, db = never()] = windows.mayOpen({ ...eight, resource: 'db' }, 'bravo');
    expect([settled, db].map((one) => isSo(one, recorded('syncing.alpha.events2')))).toEqual([true, false]);
  });

  test('its protocol: 8.4 shows none where it is C', () => {
    const protocol = windows.mayOpen(eight, 'bravo').at(-1) ?? never();
    expect(isSo(protocol, '')).toBe(true);
    expect(isSo(protocol, '        protocol        \tA;\n')).toBe(false);
  });

  test('open and closed, as `show` has it', () => {
    const shown = `${/.*allow-two-primaries.*/.exec(recorded('window.show'))?.[0]}\n`;
    expect(holds(windows.untilOpen(eight).until, { code: 0, stdout: shown })).toBe(true);
    expect(holds(windows.untilOpen(eight).until, { code: 0, stdout: '' })).toBe(false);
    expect(holds(windows.untilClosed(eight).until, { code: 0, stdout: shown })).toBe(false);
    expect(holds(windows.untilClosed(eight).until, { code: 0, stdout: '' })).toBe(true);
    expect(holds(windows.untilClosed(eight).until, { code: 10, stdout: '' })).toBe(false);
  });
});

const shell = new RealSh();
const { folder } = shell;
const root = join(folder, 'run');
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
});

/** `looks` turns of the timer. */
function sh(command: Command, fakes: Readonly<Record<string, string>>, looks = 1) {
  for (const file of ['log', 'turns']) shell.write(file, '');
  const programs = {
    pgrep: 'exit 1',
    drbdsetup: `cat ${folder}/$1`,
    logger: `shift 4; echo "$@" >>${folder}/log`,
    drbdadm: `echo "drbdadm $*" >>${folder}/log`,
    sleep: `echo >>${folder}/turns; [ "$(wc -l <${folder}/turns)" -le ${looks} ]`,
    flock: 'exec /usr/bin/flock "$@"',
    ...fakes,
  };
  const ran = shell.run(command, programs, { '/run/sanctl': root });
  return { ...ran, log: readFileSync(join(folder, 'log'), 'utf8') };
}

describe('the timer', () => {
  const [, start = never()] = windows.startTimer(eight, 'alpha', 'bravo');
  const [, , , , ...words] = start.command.argv;
  const closes = 'drbdadm net-options --allow-two-primaries=no web-root\n';
  const timer = (fakes: Readonly<Record<string, string>> = {}, looks = 1) =>
    sh({ argv: words as [string, ...string[]] }, fakes, looks);
  const answers = (events: string, show: string): void => {
    shell.write('events2', events);
    shell.write('show', show);
  };
  const both = recorded('window.alpha.events2');
  const peer = both.replace('connection:Connected role:Primary', 'connection:Connected role:Secondary');
  const own = both.replace('name:web-root role:Primary', 'name:web-root role:Secondary');
  const open = recorded('window.alpha.show');
  beforeEach(() => {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
  });

  test('closes where this node or the peer is Secondary, and looks again', () => {
    for (const events of [peer, own]) {
      answers(events, open);
      expect(timer({}, 2)).toMatchObject({ stderr: '', log: closes.repeat(2) });
    }
  });

  test('ends when it is closed, or the resource is gone', () => {
    answers(peer, open.replace('allow-two-primaries', 'csums-alg'));
    expect(timer({}, 9)).toMatchObject({ status: 0, log: '' });
    expect(readFileSync(join(folder, 'turns'), 'utf8')).toBe('\n');
    answers(peer.replaceAll('web-root', 'other'), open);
    expect(timer({}, 9)).toMatchObject({ status: 0, log: '' });
    expect(readFileSync(join(folder, 'turns'), 'utf8')).toBe('\n');
  });

  test('never demotes: two Primaries are an alarm, and so is a connection that is gone', () => {
    answers(both, open);
    expect(timer().log).toBe('web-root allows two primaries, and stays so: two nodes are Primary\n');
    for (const state of ['StandAlone', 'Connecting']) {
      answers(own.replace('connection:Connected', `connection:${state}`), open);
      expect(timer().log).toBe('web-root allows two primaries, and stays so: it is not connected\n');
    }
  });

  test('a resource whose name only looks alike is another one', () => {
    const two = peer + own.replaceAll('web-root', 'web.root').replace('connection:Connected', 'connection:StandAlone');
    answers(two, open);
    expect(timer().log).toBe(closes);
    answers(both + own.replaceAll('web-root', 'web-root2'), open);
    expect(timer().log).toContain('two nodes are Primary');
  });

  test('waits while a guest moves', () => {
    answers(peer, open);
    expect(timer({ pgrep: `echo '77 /usr/lib/xen-4.17/bin/xl migrate -s ssh 1 root@10.77.0.12'` }).log).toBe('');
  });

  test('what cannot be told is an alarm', () => {
    answers(peer, open);
    expect(timer({ pgrep: 'exit 127' }).log).toContain('whether a guest moves cannot be told');
    expect(timer({ drbdsetup: '[ "$1" = show ] && exit 10; cat "$0"/../../events2' }).log).toContain('DRBD does not');
    expect(timer({ drbdsetup: `[ "$1" = show ] && exit 10; cat ${folder}/events2` }).log).toContain(
      'options cannot be',
    );
  });

  test('waits while sanctl is at work: a lease, or a batch', () => {
    answers(peer, open);
    const [up = '0'] = readFileSync('/proc/uptime', 'utf8').split('.');
    writeFileSync(join(root, 'lock'), `n0nce ${Number(up) + 60} 1 operation owner host 1 title\n`);
    expect(timer().log).toBe('');
    writeFileSync(join(root, 'lock'), `n0nce ${Number(up) - 60} 1 operation owner host 1 title\n`);
    expect(timer().log).toBe(closes);
    writeFileSync(join(root, 'running'), '');
    expect(timer().log).toBe(closes);
    expect(timer({ flock: 'exit 1' }).log).toBe('');
  });
});

describe('movers', () => {
  const sender = '/usr/lib/xen-4.17/bin/xl migrate -s ssh -i key 3 root@10.77.0.12';
  const receiver = '/usr/lib/xen-4.17/bin/xl migrate-receive';

  function process(stdin: 'ignore' | 'pipe'): number {
    const child = spawn('sleep', ['600'], { stdio: [stdin, 'ignore', 'ignore'] });
    children.push(child);
    return child.pid ?? 0;
  }
  const told = (...lines: readonly string[]) =>
    sh(askMovers, { pgrep: lines.map((one) => `echo '${one}'`).join('\n') });

  test('sender and receiver', () => {
    const [one, other] = [process('ignore'), process('pipe')];
    expect(told(`${one} ${sender}`, `${other} ${receiver}`)).toMatchObject({
      status: 0,
      stdout: `${one} ${sender}\n${other} ${receiver}\n`,
    });
  });

  test('a receiver that stayed with its guest moves nobody; a sender without input does', () => {
    expect(told(`${process('ignore')} ${receiver}`)).toMatchObject({ status: 0, stdout: '' });
    const odd = `${process('ignore')} ${sender.replace(' 3 ', ' migrate-receive ')}`;
    expect(told(odd)).toMatchObject({ status: 0, stdout: `${odd}\n` });
  });

  test('nobody, and not known', () => {
    expect(sh(askMovers, {})).toMatchObject({ status: 0, stdout: '' });
    expect(sh(askMovers, { pgrep: 'exit 3' }).status).toBe(2);
  });

  test.each([
    ['/usr/lib/xen-4.17/bin/xl migrate -s ssh 3 root@10.77.0.12', true],
    ['xl -v migrate web bravo', true],
    ['/usr/lib/xen-4.17/bin/xl migrate-receive', true],
    ['sh -c systemd-run xl migrate web bravo', false],
    ['/usr/lib/xen-4.17/bin/xl list migrate', false],
    ['ssh -i key root@10.77.0.12 xl migrate-receive', false],
    ['node /usr/bin/sanctl migrate web bravo', false],
    ['/usr/lib/xen-4.17/bin/xl create /etc/xen/migrate.cfg', false],
    ['/usr/lib/xen-4.17/bin/libxl-save-helper --restore-domain 11 20', false],
  ])('%s: %s', (words, moves) => {
    const pattern = /pgrep -f -a '([^']*)'/.exec(askMovers.argv[2] ?? '')?.[1] ?? '';
    expect(new RegExp(pattern).test(words)).toBe(moves);
    expect(spawnSync('grep', ['-Eq', pattern], { input: `${words}\n` }).status === 0).toBe(moves);
  });
});

test('a demotion that is refused tells who may have it open, in the kernel’s words first', () => {
  const { command } = windows.demote(eight);
  const refusal = '0: State change failed: (-12) Device is held open by someone';
  const held = sh(command, {
    drbdadm: `echo '${refusal}' >&2; exit 11`,
    fuser: 'echo "/dev/drbd0: root 1 F.... dd" >&2',
    'xenstore-ls': `echo '/local/domain/0/backend/vbd/1/51712/params = "/dev/drbd0"'; echo 'x/params = "/dev/drbd01"'`,
  });
  expect(held.status).toBe(11);
  expect(held.stdout.split('\n')).toEqual([
    refusal,
    '/dev/drbd0: root 1 F.... dd',
    '/local/domain/0/backend/vbd/1/51712/params = "/dev/drbd0"',
    '',
  ]);
  expect(sh(command, {}).status).toBe(0);
  expect(commandLine(command.argv)).toContain(' sh web-root /dev/drbd0');
});

function never(): never {
  throw new Error('there is none');
}
