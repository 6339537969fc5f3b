/** The small shell of the model against the real one: every question of every kind, on machines in several states. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAsSeen } from '../../src/kinds/domain/move/guards.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { probesOf } from '../../src/observe/facts.ts';
import { observeScript } from '../../src/observe/observe.ts';
import type { ProbeOutputs } from '../../src/shell/command.ts';
import { parseObserved } from '../../src/shell/observe.ts';
import { render } from '../../src/shell/render.ts';
import type { Observe } from '../../src/shell/script.ts';
import { randomSite } from './inventories.ts';
import { random } from './random.ts';
import { RealShell } from './real-shell.ts';
import { run } from './sanctl.ts';
import { Setting } from './setting.ts';
import { parseScript } from './shell/parse.ts';
import { runShell } from './shell/run.ts';
import { sed } from './shell/sed.ts';

async function throughTheRealShell(setting: Setting, script: Observe): Promise<ProbeOutputs> {
  const node = setting.nodes.get('alpha');
  if (node === undefined) throw new Error('no alpha');
  const shell = new RealShell(node.machine, () => undefined);
  await shell.start();
  const { command, stdin } = render(shell.moved(script), setting.secretOf, shell.layout);
  const child = spawn('/bin/sh', ['-c', command]);
  const streams = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => {
    streams.stdout += data.toString('utf8');
  });
  child.stderr.on('data', (data: Buffer) => {
    streams.stderr += data.toString('utf8');
  });
  child.stdin.end(stdin ?? '');
  await new Promise((resolve) => child.on('close', resolve));
  await shell.stop();
  expect(shell.problems).toEqual([]);
  return parseObserved(script.boundary, streams.stdout, streams.stderr);
}

/** The second word of what `cat /proc/uptime` says moves while it is asked. */
const moving = new Set(['host.uptime']);

async function expectSame(setting: Setting, seed: number): Promise<void> {
  const script = observeScript(probesOf(kinds, randomSite(random(seed)), 'alpha'));
  const answered = setting.nodes.get('alpha')?.run(script);
  const memory = parseObserved(script.boundary, answered?.stdout ?? '', answered?.stderr ?? '');
  const real = await throughTheRealShell(setting, script);
  const still = (outputs: ProbeOutputs): unknown =>
    Object.fromEntries([...outputs].filter(([name]) => !moving.has(name)));
  expect(memory.size).toBeGreaterThan(20);
  expect(still(real)).toEqual(still(memory));
}

test('a fresh machine answers every question alike', { timeout: 60_000 }, async () => {
  await expectSame(new Setting(random(3)), 3);
});

test('a machine that has everything answers every question alike', { timeout: 60_000 }, async () => {
  const setting = new Setting(random(8));
  const { transport, clock, secretOf } = setting;
  const site = randomSite(random(8));
  await setting.until(run({ kinds, transport, clock, secretOf, random: random(8), owner: 'one' }, { site }));
  await expectSame(setting, 8);
});

const scripts = [
  'a=$(echo one; exit 3) && echo "$a" || echo "no $?"',
  'set -- x "y z"; echo "$1" $2 "$#"',
  'if [ "$1" = first ]; then echo yes; else echo no; fi; echo end',
  'case "$1" in f*) echo star ;; *) echo other ;; esac',
  'for one in a b "c d"; do printf "%s\\n" "$one"; done',
  '{ echo out; echo err >&2; } 2>/dev/null; ! true || echo not',
  "printf '%s\\n' 'a=b c' | sed -E -e 's/(a)=(b)/\\1:\\2/g'",
  "printf '%s\\n' '{ a }' b '}c' | tr '\\n}' ' \\n'; echo",
  'said=$(echo "x y"); echo $said; echo "$said"; exit 7',
  'set -- a b; while [ "$#" -ge 1 ]; do echo "$#"; if [ "$#" -eq 1 ]; then exit 3; fi; set -- last; done; echo never',
  'f() { [ "$1" != x ] || return 4; echo "$1 $#"; }; f a b; f x; echo "$? $1"',
  'echo "1 a b\n2 c" | while read -r n rest; do [ "$n" != 1 ] || continue; echo "$n:$rest"; done; echo after',
  'if [ 1 -lt 0 ]; then echo a; elif [ 2 -lt 3 ]; then echo b; else echo c; fi',
  'IFS=. read -r a b </proc/uptime && [ "$a" -ge 0 ] && echo read; read -r c </no/such || echo none',
  'set -- printf "%s\\n" "one two" three; "$@"; echo "$((7 / 2 + 1))"',
  'printf "%s\\n" "a b" "c d" | grep -q "^c" && echo found; echo "x y" | grep -qv x || echo none; echo ab | grep -F b',
  'a=$(exit 3) || [ $? -eq 3 ] || echo no; x=1; x=2 true; echo "$x"; set -- a b; shift; echo "$1"',
  'for one; do echo "<$one>"; done; set -- "echo a" b; exec $1 "$2"',
  'a=1; a=; echo "<$a>"; a= b=2; echo "$a$b"',
  '{ read -r a && read -r b; } </proc/uptime || echo one; { echo no; } </none || echo none',
  `x=/dev/drbd0; echo "$${'{x##*/}'}"`,
  'while ! true; do echo no; done; echo "$?"',
  'x=/a/b/c.d.e; echo "@{x#/} @{x#*/} @{x##*/} @{x%.*} @{x%%/*} @{x%%.*} @{y:-none} @{y-} @{1#f}"'.replaceAll('@', '$'),
  'n=3; until [ "$n" -le 0 ]; do n=$((n - 1)); done; echo "$n"; [ 3 -gt 2 ] && echo more',
  '(echo in; exit 3) || echo "out $?"; x=1; (x=2); echo "$x"',
  'printf "%s %s\\n" a b c; printf "%s-" one two; echo "$*"',
  'set -uf; export PATH; exec </dev/null; echo on; case "a b" in *" b") echo yes ;; esac',
  'f() { while read -r a; do echo "<$a>"; done </dev/null; echo end; }; f',
];

test.each(scripts)('%s', async (text) => {
  const host = {
    exec: () => ({ code: 127, stdout: '', stderr: '' }),
    exists: () => false,
    glob: () => [],
    read: (path: string) => (path === '/proc/uptime' ? '12.34 5.6\n' : path === '/dev/null' ? '' : undefined),
  };
  const child = spawn('/bin/sh', ['-c', text, 'sh', 'first', 'second']);
  let stdout = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString('utf8');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const mine = runShell(host, text, ['first', 'second']);
  expect({ code: mine.code, stdout: mine.stdout }).toEqual({ code, stdout });
});

test('a second look at a VM reads the lists as the real awk does', () => {
  const lists = ['empty', 'running', 'paused', 'migratedaway', 'moving'].map((name) =>
    readFileSync(new URL(`../fixtures/xen-4.17/xl-list-v-${name}.txt`, import.meta.url), 'utf8'),
  );
  const uuid = '6f3c1a52-0000-4000-8000-0000000000aa';
  const dying = `(null)                                       2     0     1     --pssd     506.5 ${uuid}        2                -\n`;
  const vm = Object.values(randomSite(random(8)).vms)[0];
  if (vm === undefined) throw new Error('no VM');
  const script = isAsSeen({ ...vm, name: 'web', uuid }, 'alpha', []).ask.argv[2] ?? '';
  const [, program = ''] = /uuid="\$2" '([^']*)'/.exec(script) ?? [];
  const machine = new Setting(random(1)).nodes.get('alpha')?.machine;
  for (const list of [...lists, lists.join('') + dying]) {
    const argv = ['awk', '-v', 'name=web', '-v', `uuid=${uuid}`, program];
    const real = spawnSync('awk', argv.slice(1), { input: list, encoding: 'utf8' });
    expect(machine?.ask(argv, list).stdout).toBe(real.stdout);
  }
});

test('what is written comes into files, and a file is read in as a script', () => {
  const files = new Map([['/conf', 'members="a b" level=6\n']]);
  const host = {
    exec: () => ({ code: 127, stdout: '', stderr: '' }),
    exists: (path: string) => files.has(path),
    glob: (pattern: string) => [...files.keys()].filter((path) => path.startsWith(pattern.replace('*', ''))),
    read: (path: string) => files.get(path),
    write: (path: string, text: string, append: boolean) => {
      files.set(path, (append ? (files.get(path) ?? '') : '') + text);
      return undefined;
    },
  };
  const text =
    'echo a >/one; x=/o; { echo b; echo c; } >>"$x"ne; . /conf; printf "%s\\n" "$level" $members; for f in "$x"*; do echo "$f"; done';
  expect(runShell(host, text, []).stdout).toBe('6\na\nb\n/one\n');
  expect(files.get('/one')).toBe('a\nb\nc\n');
});

test('what the small shell does not know, it does not guess', () => {
  for (const text of ['echo `date`', 'cat <<E\nE', 'select x in a; do :; done &']) {
    expect(() => parseScript(text), text).toThrow();
  }
  expect(sed(['-i', 's/a/b/'], 'a')).toBeUndefined();
});
