/** The scripts of a move in a real shell, over what systemd 252 and xl 4.17 answered. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Copy } from '../../../../src/kinds/domain/copies.ts';
import * as guards from '../../../../src/kinds/domain/move/guards.ts';
import * as unit from '../../../../src/kinds/domain/move/unit.ts';
import type { Guard, Run, WaitFor } from '../../../../src/shell/command.ts';
import { holds } from '../../../../src/shell/expect.ts';
import { compactSite } from '../../compact.ts';
import { RealSh } from '../../real-sh.ts';
import { web } from '../world.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const recorded = (name: string): string => readFileSync(`${fixtures}${name}.txt`, 'utf8');
const shell = new RealSh();
const uuid = '1c761ee0-bfb4-5dce-aeb6-6d02145d5fbc';
const vm = compactSite({ vms: { web: { uuid } } }).vms['web'] ?? never();

const [head = '', dom0 = ''] = recorded('xen-4.17/xl-list-v-empty').split('\n');
/** By phase: the line of the guest, as `xl list -v` had it. */
const phases = new Map(
  recorded('xen-4.17/xl-list-v-moving')
    .trimEnd()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const),
);
const list = (...names: readonly string[]): string =>
  [head, dom0, ...names.map((name) => phases.get(name) ?? never())].map((line) => `${line}\n`).join('');

describe('one look', () => {
  const isSo = ({ expect: wanted }: Guard, stdout: string): boolean => holds(wanted, { code: 0, stdout });
  const domain = { ...web, uuid, id: 2 };

  test('still the same domain, in the same state', () => {
    const live = guards.isStill(domain, 'live');
    const stopped = guards.isStill(domain, 'stopped');
    expect([isSo(live, list('source, copying')), isSo(stopped, list('source, copying'))]).toEqual([true, false]);
    expect([isSo(live, list('source, suspended')), isSo(stopped, list('source, suspended'))]).toEqual([false, true]);
    for (const other of [{ id: 3 }, { id: 22 }, { name: 'we' }, { uuid: uuid.replace('1', '2') }])
      expect(isSo(guards.isStill({ ...domain, ...other }, 'live'), list('source, copying'))).toBe(false);
    const away = guards.isStill({ ...domain, name: 'web--migratedaway' }, 'stopped');
    expect(isSo(away, list('source, the other runs'))).toBe(true);
    const incoming = guards.isStill({ ...domain, name: 'web--incoming' }, 'stopped');
    expect(isSo(incoming, list('target, copying'))).toBe(true);
  });

  test('arrived: live there, and nothing half-way', () => {
    const [live = never(), whole = never()] = guards.hasArrived(vm);
    const both = (text: string) => [isSo(live, text), isSo(whole, text)];
    expect(both(list('target, runs'))).toEqual([true, true]);
    expect(both(list('target, copying'))).toEqual([false, false]);
    expect(both(list())).toEqual([false, true]);
    expect(both(list('target, runs', 'target, copying'))).toEqual([true, false]);
    expect(isSo(guards.isNotHere(vm), list())).toBe(true);
    for (const phase of phases.keys()) expect(isSo(guards.isNotHere(vm), list(phase)), phase).toBe(false);
  });

  test('what stopped half-way does not run here, under whatever name; what lives does', () => {
    const runs = [...phases.keys()].filter((phase) => !isSo(guards.isNotLiveHere(vm), list(phase)));
    expect(runs).toEqual([...phases].flatMap(([phase, line]) => (/ [r-][b-]---- /.test(line) ? [phase] : [])));
    expect(runs).toContain('target, runs');
    expect(isSo(guards.isNotLiveHere(vm), list())).toBe(true);
    const renamed = list('target, runs').replace(/^web /m, 'bew ');
    expect(isSo(guards.isNotLiveHere(vm), renamed)).toBe(false);
  });
});

describe('three looks', () => {
  /** What `xl list -v` says, look by look. */
  function look(copies: readonly Copy[], ...lists: readonly string[]) {
    for (const [at, text] of lists.entries()) shell.write(`list-${at + 1}`, text);
    shell.write('looks', '');
    const guard = guards.isAsSeen(vm, 'alpha', copies);
    const xl = `echo >>${shell.folder}/looks; cat ${shell.folder}/list-$(wc -l <${shell.folder}/looks)`;
    const { status, stdout } = shell.run(guard.ask, { xl, sleep: '' }, { '/sys/hypervisor/type': '/' });
    const count = readFileSync(`${shell.folder}/looks`, 'utf8').length;
    return { holds: holds(guard.expect, { code: status ?? 1, stdout }), looks: count };
  }
  const seen = (state: string, name = 'web'): readonly Copy[] => [
    { node: 'alpha', domain: { ...web, name, uuid, id: 2, state }, live: true },
  ];

  test('what the plan saw, and nothing else; running and blocked are one state', () => {
    const [blocked, idle] = [list('source, copying'), list('source, copying').replace('-b----', '------')];
    expect(look(seen('r-----'), blocked, idle, blocked)).toEqual({ holds: true, looks: 3 });
    expect(look([], list(), list(), list())).toEqual({ holds: true, looks: 3 });
    expect(look([], blocked, blocked, blocked).holds).toBe(false);
    expect(look(seen('-b----'), list(), list(), list()).holds).toBe(false);
    const away = list('source, the other runs');
    expect(look(seen('--pss-', 'web--migratedaway'), away, away, away).holds).toBe(true);
    expect(look(seen('--p---', 'web--migratedaway'), away, away, away).holds).toBe(false);
  });

  test('another node’s domains are not expected here', () => {
    const [copy = never()] = seen('-b----');
    expect(look([{ ...copy, node: 'bravo' }], list(), list(), list()).holds).toBe(true);
  });

  test('a change ends it', () => {
    const [here, gone] = [list('source, copying'), list()];
    expect(look(seen('-b----'), here, gone, here)).toEqual({ holds: false, looks: 2 });
    expect(look([], gone, gone, here)).toEqual({ holds: false, looks: 3 });
    expect(look(seen('-b----'), here, list('source, suspended'), here).holds).toBe(false);
  });

  test('one with its uuid under another name, or its name with another uuid', () => {
    const renamed = list('source, copying').replace(/^web /m, 'bew ');
    expect(look([], renamed, renamed, renamed).holds).toBe(false);
    const stranger = list('source, copying').replace(uuid, '6f3c1a52-0000-4000-8000-0000000000aa');
    expect(look([], stranger, stranger, stranger).holds).toBe(false);
    const alike = list('source, copying')
      .replace(/^web /m, 'web2 ')
      .replace(uuid, '6f3c1a52-0000-4000-8000-0000000000aa');
    expect(look([], alike, alike, alike).holds).toBe(true);
  });

  test('where there is no hypervisor there is nothing of it', () => {
    const guard = guards.isAsSeen(vm, 'alpha', []);
    const { status, stdout } = shell.run(guard.ask, { xl: 'exit 1' }, { '/sys/hypervisor/type': '/nowhere' });
    expect(holds(guard.expect, { code: status ?? 1, stdout })).toBe(true);
    const unread = { '/sys/hypervisor/type': '/nowhere', '/proc/version': '/nowhere' };
    expect(shell.run(guard.ask, { xl: 'exit 1' }, unread).status).not.toBe(0);
  });

  test('a list that fails proves nothing', () => {
    const guard = guards.isAsSeen(vm, 'alpha', []);
    const { status } = shell.run(guard.ask, { xl: 'exit 1', sleep: '' }, { '/sys/hypervisor/type': '/' });
    expect(status).not.toBe(0);
  });
});

describe('right before one is begun', () => {
  const [others = never(), own = never()] = unit.mayBegin(vm);
  const sender = 'xl migrate -s ssh -C';
  const ask = (pgrep: string): boolean => {
    const { status, stdout } = shell.run(others.ask, { pgrep });
    return holds(others.expect, { code: status ?? 1, stdout });
  };

  test('what sanctl began may go on, and nobody else may be at work', () => {
    const ours = `echo '7 /usr/lib/xen-4.17/bin/${sender} /run/sanctl/move/db.cfg 3 root@10.77.0.12'`;
    const byHand = `echo '8 ${sender} /root/db.cfg db root@10.77.0.12'`;
    expect([ask('exit 1'), ask(ours), ask(`${ours}; ${ours}`)]).toEqual([true, true, true]);
    expect([ask(byHand), ask(`${ours}; ${byHand}`)]).toEqual([false, false]);
    expect([ask(`echo '999999999 xl migrate-receive'`), ask('exit 127')]).toEqual([false, false]);
  });

  test('but its own has ended', () => {
    const at = (state: string): boolean => holds(own.expect, { code: 0, stdout: `SubState=${state}\n` });
    expect(['dead', 'failed', 'exited'].map(at)).toEqual([true, true, true]);
    expect(['running', 'start', 'stop-sigterm', ''].map(at)).toEqual([false, false, false, false]);
  });
});

describe('the service', () => {
  const domain = { ...web, id: 2 };
  const log = recorded('xen-4.17/migrate');
  /** As `systemctl show -p NAME UNIT` of systemd 252; what else is told to it is written down. */
  function ask({ command }: Run | WaitFor, state: Readonly<Record<string, string>>, procs = '') {
    const shown = Object.entries(state)
      .map(([name, value]) => `${name}) echo ${name}=${value} ;;`)
      .join('\n');
    const systemctl = `[ "$1" = show ] || { echo "$*" >>${shell.folder}/told; exit; }\ncase $3 in\n${shown}\nesac`;
    shell.write('told', '');
    shell.write('log', log);
    shell.write('cgroup.procs', procs);
    const ran = shell.run(
      command,
      { systemctl },
      {
        '/run/sanctl/migrate-web.log': `${shell.folder}/log`,
        '/sys/fs/cgroup/system.slice/$1': shell.folder,
      },
    );
    return { ...ran, told: readFileSync(`${shell.folder}/told`, 'utf8') };
  }
  const states = {
    running: { SubState: 'running', ExecMainCode: '0', ExecMainStatus: '0' },
    exited: { SubState: 'exited', ExecMainCode: '1', ExecMainStatus: '0' },
    failed: { SubState: 'failed', ExecMainCode: '1', ExecMainStatus: '1' },
    killed: { SubState: 'failed', ExecMainCode: '2', ExecMainStatus: '9' },
    gone: { SubState: 'dead', ExecMainCode: '0', ExecMainStatus: '0' },
    unheard: {},
  };

  test('is waited for until it has ended', () => {
    const wait = unit.untilEnded(vm, domain);
    const looks = Object.values(states).map((state) => ask(wait, state).stdout.trim());
    expect(looks).toEqual([
      'Migration successful.',
      'exited 0',
      'exited 1',
      'exited by signal 9',
      'exited unseen: the node forgot it',
      'Migration successful.',
    ]);
    expect(looks.map((stdout) => holds(wait.until, { code: 0, stdout }))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('tells what its ssh has written so far', () => {
    const look = ask(unit.untilEnded(vm, domain), states.running, `${process.pid}\n`);
    expect(look.stdout.trim()).toBe('Migration successful.');
    const ssh = { ...unit.untilEnded(vm, domain) };
    const words = ssh.command.argv.map((word) => word.replace('= ssh', '!= ssh')) as [string, ...string[]];
    const { stdout } = ask({ ...ssh, command: { argv: words } }, states.running, `${process.pid}\n`);
    expect(stdout).toMatch(/^\d+ MiB sent\n$/);
    // As long as it is there, systemd is not even asked.
    expect(ask({ ...ssh, command: { argv: words } }, states.exited, `${process.pid}\n`).stdout).toBe(stdout);
  });

  test('fails as it failed, with the end of its log', () => {
    expect(ask(unit.result(vm), states.exited)).toMatchObject({ status: 0, stderr: '' });
    for (const state of [states.failed, states.killed, states.gone, states.running, states.unheard]) {
      const { status, stderr } = ask(unit.result(vm), state);
      expect([status, stderr.includes('Migration successful.')]).toEqual([1, true]);
    }
  });

  test('is forgotten once it has ended, and never touched while it is at work', () => {
    expect(ask(unit.forget(vm), states.exited)).toMatchObject({ status: 0, told: 'stop sanctl-migrate-web.service\n' });
    expect(ask(unit.forget(vm), states.failed)).toMatchObject({
      status: 0,
      told: 'reset-failed sanctl-migrate-web.service\n',
    });
    expect(ask(unit.forget(vm), states.gone)).toMatchObject({ status: 0, told: '' });
    for (const state of [states.running, { SubState: 'stop-sigterm' }, { SubState: 'start' }, states.unheard])
      expect(ask(unit.forget(vm), state)).toMatchObject({ status: 1, told: '' });
  });

  test('as an answer', () => {
    const at = (SubState: string): string => `SubState=${SubState}\n`;
    expect(
      ['running', 'start', 'stop-sigterm', 'exited', 'failed', 'dead'].map((one) => unit.isAtWork(at(one))),
    ).toEqual([true, true, true, false, false, false]);
    expect(['running', 'exited', 'failed', 'dead'].map((one) => unit.isEnded(at(one)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([unit.isAtWork(''), unit.isAtWork('Failed to connect to bus'), unit.isEnded('')]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });
});

function never(): never {
  throw new Error('there is none');
}
