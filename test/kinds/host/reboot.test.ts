/** What is asked of a node right before it boots, and what then boots it, in a real shell over what DRBD 8.4.11 and xl 4.17 printed. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isSpare, later } from '../../../src/kinds/host/boot-script.ts';
import type { Command } from '../../../src/shell/command.ts';
import { RealSh } from '../real-sh.ts';

const fixture = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url)), 'utf8');
const list = fixture('xen-4.17/xl-list-v-empty.txt');

interface Node {
  readonly drbd?: string;
  readonly list?: string;
  /** What `drbdadm` says of web-root. */
  readonly state?: readonly [string, string, string];
  /** A line in its lock. */
  readonly lock?: string;
  readonly programs?: Readonly<Record<string, string>>;
}

const whole = ['Connected', 'UpToDate/UpToDate', 'Secondary/Primary'] as const;

/** Its programs write down what they were told. */
function on({ drbd, list: said = list, state = whole, lock, programs = {} }: Node, { argv }: Command) {
  const shell = new RealSh();
  const run = join(shell.folder, 'run');
  mkdirSync(run);
  if (lock !== undefined) shell.write('run/lock', lock);
  const told = join(shell.folder, 'told');
  const [cstate, dstate, role] = state;
  const note = `echo "$(basename "$0") $*" >>${told}`;
  const all = {
    xl: `cat ${shell.write('list', said)}`,
    drbdadm: `case $1 in cstate) echo ${cstate} ;; dstate) echo ${dstate} ;; role) echo ${role} ;; *) ${note} ;; esac`,
    systemctl: note,
    // Nobody waits in a test.
    sleep: note,
    flock: 'exit 0',
    ...programs,
  };
  const answer = shell.run({ argv }, all, {
    '/run/sanctl': run,
    '/proc/uptime': shell.write('uptime', '100.00 90.00\n'),
    '/proc/drbd': drbd === undefined ? join(shell.folder, 'none') : shell.write('drbd', drbd),
  });
  return { ...answer, told: existsSync(told) ? readFileSync(told, 'utf8').trimEnd().split('\n') : [] };
}

const guard = isSpare('alpha', ['xen', 'web-root']).ask;
/** Without the unit around it. */
const script: Command = (() => {
  const { argv } = later(['xen', 'web-root']).command;
  const [first = '', ...more] = argv.slice(argv.indexOf('sh'));
  return { argv: [first, ...more] };
})();

/** Of a member: the cluster has web-root, and not db. */
const member: Command = (() => {
  const { argv } = later(['xen', 'web-root/managed', 'db'], ['1', 'alpha']).command;
  const [first = '', ...more] = argv.slice(argv.indexOf('sh'));
  return { argv: [first, ...more] };
})();

/** What a Pacemaker would do that is asked over a copy. */
function cluster(lines: string): Readonly<Record<string, string>> {
  const summary = `Transition Summary:\n${lines}\n`;
  const quiet = 'exit 0';
  return {
    cibadmin: 'echo "<cib/>"',
    crm_simulate: `printf '%s\\n' "${summary}"`,
    crm_verify: quiet,
    crm_diff: quiet,
    crm_resource: quiet,
  };
}

const primary = fixture('drbd-8.4.11/primary.alpha.proc.txt');
const spare = fixture('drbd-8.4.11/primary.bravo.proc.txt');

describe('asked before', () => {
  test('nothing runs, and all is whole: not a word', () => {
    expect(on({ drbd: spare }, guard)).toMatchObject({ status: 0, stdout: '' });
    expect(on({ drbd: `${spare}\n 1: cs:Unconfigured\n` }, guard)).toMatchObject({ status: 0, stdout: '' });
    // DRBD 9, and a node without any.
    expect(on({}, guard)).toMatchObject({ status: 0, stdout: '' });
  });

  test.each<[string, Node, string]>([
    ['a domain', { list: fixture('xen-4.17/xl-list-v-running.txt') }, 'domains are here: web'],
    ['a hypervisor that does not answer', { programs: { xl: 'exit 1' } }, 'what runs here cannot be read'],
    [
      'a mirror in use',
      { drbd: primary },
      'minor 0 of DRBD is cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----',
    ],
    [
      'a mirror that is copied',
      { drbd: fixture('drbd-8.4.11/syncing.bravo.proc.txt') },
      'minor 1 of DRBD is cs:SyncTarget',
    ],
    ['a peer that is away', { drbd: fixture('drbd-8.4.11/alone.proc.txt') }, 'cs:WFConnection'],
    [
      'a mirror in use, by its name',
      { state: ['Connected', 'UpToDate/UpToDate', 'Primary/Secondary'] },
      'web-root is Connected',
    ],
    [
      'the only good copy',
      { state: ['WFConnection', 'UpToDate/DUnknown', 'Secondary/Unknown'] },
      'web-root is WFConnection',
    ],
    ['a mirror that cannot be asked', { programs: { drbdadm: 'exit 10' } }, 'web-root is not to be read'],
  ])('%s', (_about, node, said) => {
    expect(on(node, guard).stdout).toContain(said);
  });
});

describe('what boots it', () => {
  test('takes its mirrors down, and then itself; nobody gets the node meanwhile', () => {
    const { told, status, stderr } = on({ drbd: spare }, script);
    expect([told.slice(0, 3), status]).toEqual([['drbdadm down web-root', 'systemctl reboot', 'sleep 600'], 1]);
    // Ten minutes later it still runs.
    expect([told.slice(3), stderr]).toEqual([
      ['drbdadm up web-root'],
      'systemctl reboot was told, and nothing has come of it for 10 minutes\n',
    ]);
  });

  test('waits until the run has let go of the node, and not for ever', () => {
    const { told, status, stderr } = on({ drbd: spare, lock: 'n0 160 90 20260101T000000Z-n0 x x 1 x\n' }, script);
    expect([told, status]).toEqual([Array.from({ length: 119 }, () => 'sleep 1'), 1]);
    expect(stderr).toBe('somebody holds this node (`sanctl journal`)\n');
    expect(on({ drbd: spare, lock: 'n0 99 90 20260101T000000Z-n0 x x 1 x\n' }, script).told).toContain(
      'systemctl reboot',
    );
  });

  test('does nothing when something has come in between', () => {
    expect(on({ drbd: primary }, script)).toMatchObject({
      told: [],
      status: 1,
      stderr: expect.stringContaining('minor 0 of DRBD'),
    });
  });

  test('a mirror that somebody holds keeps it up', () => {
    const drbdadm = `case $1 in cstate) echo Connected ;; dstate) echo UpToDate/UpToDate ;; role) echo Secondary/Primary ;;
      *) echo 'State change failed: (-12) Device is held open by someone' >&2; exit 11 ;; esac`;
    const { told, status, stderr } = on({ drbd: spare, programs: { drbdadm } }, script);
    expect([told, status]).toEqual([[], 1]);
    expect(stderr).toContain('web-root cannot be taken down: State change failed');
  });

  test('a reboot that is refused: its mirrors come up again', () => {
    const { told, status } = on({ drbd: spare, programs: { systemctl: 'exit 1' } }, script);
    expect([told, status]).toEqual([['drbdadm down web-root', 'drbdadm up web-root'], 1]);
  });

  test('a member of a cluster leaves it first, and comes back to it when it does not boot', () => {
    const programs = cluster('  * Stop       drbd-web-root:0     ( Unpromoted alpha )  due to node availability\n');
    expect(on({ drbd: spare, programs }, member).told).toEqual([
      ...['systemctl stop pacemaker', 'drbdadm down db', 'systemctl reboot', 'sleep 600'],
      ...['systemctl start pacemaker', 'drbdadm up db'],
    ]);
  });

  test('not so where the cluster would do more than that, or does not stop', () => {
    const programs = cluster('  * Move       vm-web     ( alpha -> bravo )\n');
    const { told, stderr } = on({ drbd: spare, programs }, member);
    expect([told, stderr]).toEqual([[], 'the cluster would: Move       vm-web     ( alpha -> bravo )\n']);
    const stuck = { ...cluster(''), systemctl: '[ "$1" != stop ]' };
    expect(on({ drbd: spare, programs: stuck }, member)).toMatchObject({
      told: [],
      stderr: 'pacemaker does not stop\n',
    });
  });
});
