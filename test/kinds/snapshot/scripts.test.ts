/** The scripts of a snapshot in the real /bin/sh of this machine: programs that only a node has are stand-ins which write down what they were asked. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { create } from '../../../src/kinds/snapshot/create.ts';
import { rollback } from '../../../src/kinds/snapshot/rollback.ts';
import type { Action } from '../../../src/shell/command.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sanctl-snapshot-'));
  mkdirSync(join(root, 'bin'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function program(name: string, text: string): void {
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>${root}/asked\n${text}\n`);
  chmodSync(path, 0o755);
}

/** The first command that is a script. */
function run(actions: readonly Action[]): { readonly code: number | null; readonly asked: readonly string[] } {
  const script = actions.find((action) => action.do === 'run' && action.command.argv[0] === 'sh');
  if (script?.do !== 'run') throw new Error('no script');
  const [, ...words] = script.command.argv.map((word) => word.replaceAll('/run/sanctl', root));
  const { status } = spawnSync('/bin/sh', words, { env: { PATH: `${root}/bin:${process.env['PATH']}` } });
  return { code: status, asked: asked() };
}

function asked(): readonly string[] {
  return readFileSync(join(root, 'asked'), 'utf8').trim().split('\n');
}

const slice = { group: 'vg0', uuid: 'u', pool: '', bytes: 4096, node: 'alpha', replicated: false } as const;

describe('of one moment', () => {
  const step = create({
    vm: { name: 'web' } as never,
    set: 'monday',
    node: 'alpha',
    slices: [
      { ...slice, name: 'root' },
      { ...slice, name: 'data', pool: 'pool' },
    ] as never,
    domain: { name: 'web', id: 5, uuid: 'x' } as never,
  });
  /** A guest whose state is a file. */
  const xl = `case $1 in
  list) echo "Name ID Mem VCPUs State Time(s)"; printf 'web 5 128 1 %s 1.0\\n' "$(cat ${'$'}ROOT/state)" ;;
  pause) echo '--p---' >${'$'}ROOT/state ;;
  unpause) echo '-b----' >${'$'}ROOT/state ;;
esac`;

  beforeEach(() => {
    writeFileSync(join(root, 'state'), '-b----\n');
    program('xl', xl.replaceAll('$ROOT', root));
    program('systemd-run', '');
    program('systemctl', '');
    program('lvcreate', `cat ${root}/state >>${root}/meanwhile`);
  });

  test('the timer is first, the guest stands still for all of them, and goes on', () => {
    expect(run(step.actions)).toEqual({
      code: 0,
      asked: [
        'xl list 5',
        'systemd-run --quiet --collect --unit=sanctl-unpause-5 --on-active=10 --timer-property=AccuracySec=100ms xl unpause 5',
        'xl pause 5',
        'lvcreate --snapshot --permission r --extents 100%ORIGIN --addtag sanctl.snapshot --addtag sanctl.set.monday --addtag sanctl.snapshot.unfinished --name root.at.monday vg0/root',
        'lvcreate --snapshot --permission r --setactivationskip n --addtag sanctl.snapshot --addtag sanctl.set.monday --addtag sanctl.snapshot.unfinished --name data.at.monday vg0/data',
        'xl list 5',
        'xl unpause 5',
        'systemctl stop sanctl-unpause-5.timer',
      ],
    });
    expect(readFileSync(join(root, 'meanwhile'), 'utf8')).toBe('--p---\n--p---\n');
    expect(readFileSync(join(root, 'state'), 'utf8')).toBe('-b----\n');
  });

  test('one that cannot be made: the guest goes on at once, and the step fails', () => {
    program('lvcreate', 'exit 5');
    const { code, asked: said } = run(step.actions);
    expect(code).toBe(5);
    expect(said.slice(-2)).toEqual(['xl unpause 5', 'systemctl stop sanctl-unpause-5.timer']);
  });

  test('a guest that the timer let go on meanwhile: they are of different moments', () => {
    program('lvcreate', `echo '-b----' >${root}/state`);
    expect(run(step.actions).code).toBe(1);
  });

  test('without a timer no guest is paused', () => {
    program('systemd-run', 'exit 1');
    const { code, asked: said } = run(step.actions);
    expect([code, said.some((line) => line.startsWith('xl pause'))]).toEqual([1, false]);
  });

  test('one that is paused already is left as it is', () => {
    writeFileSync(join(root, 'state'), '--p---\n');
    const { code, asked: said } = run(step.actions);
    expect([code, said]).toEqual([1, ['xl list 5']]);
  });
});

describe('going back', () => {
  const part = 4 * 2 ** 20;

  /** The step over two files instead of devices. */
  function goBack(from: string, to: string): ReturnType<typeof run> {
    program('blockdev', `stat -c %s "$2"`);
    const real = execFileSync('sh', ['-c', 'command -v dd']).toString().trim();
    // A regular file of a test may be on tmpfs, which knows no O_DIRECT.
    program(
      'dd',
      `for word; do shift; case $word in *flag=direct) ;; *) set -- "$@" "$word" ;; esac; done; exec ${real} "$@"`,
    );
    const volume = { name: 'root', group: 'vg0' } as never;
    const snapshot = { set: 'monday', node: 'alpha', group: 'vg0', origin: 'root', slice: { name: 's', uuid: 'u' } };
    const step = rollback({
      volume,
      snapshot: snapshot as never,
      slice: { ...slice, name: 'root' } as never,
      mirror: undefined,
      looked: [],
    });
    const here = new Map([
      ['/dev/vg0/s', from],
      ['/dev/vg0/root', to],
      ['/run/sanctl/rollback', join(root, 'spool')],
    ]);
    return run(
      step.actions.map((action) =>
        action.do === 'run'
          ? { ...action, command: { argv: action.command.argv.map((word) => here.get(word) ?? word) as never } }
          : action,
      ),
    );
  }

  test('what differs is written, what does not is left, and what is behind the end stays out', () => {
    const [from, to] = [join(root, 'from'), join(root, 'to')];
    writeFileSync(from, Buffer.concat([Buffer.alloc(part, 1), Buffer.alloc(part, 2), Buffer.alloc(8192, 3)]));
    writeFileSync(to, Buffer.concat([Buffer.alloc(part, 1), Buffer.alloc(part, 9), Buffer.alloc(4096, 9)]));
    const { code, asked: said } = goBack(from, to);
    expect(code).toBe(0);
    expect(said.filter((line) => line.includes(`of=${to}`)).length).toBe(2);
    expect(readFileSync(to).equals(readFileSync(from).subarray(0, 2 * part + 4096))).toBe(true);
  });

  test('a disk that has grown since: nothing of it is written', () => {
    const [from, to] = [join(root, 'from'), join(root, 'to')];
    writeFileSync(from, Buffer.alloc(part, 1));
    writeFileSync(to, Buffer.alloc(2 * part, 9));
    expect(goBack(from, to).code).not.toBe(0);
    expect(readFileSync(to).equals(Buffer.alloc(2 * part, 9))).toBe(true);
  });
});
