/** The start check of an export in a real shell, with programs that only pretend: what somebody else uses is not served. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { goodState } from '../../../src/kinds/drbd/ask.ts';
import { hide } from '../../../src/template/content.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';

const text = hide(
  templateRenderer(templateFiles())('export/check', { good: goodState({ replicas: ['', ''] }, '8.4') }),
);
const heldOpen = readFileSync('test/fixtures/drbd-8.4.11/errors/secondary-held-open.txt', 'utf8').split('\n')[0] ?? '';
const slice = ['slice', 'vg0', 'db', 'sanctl.export.db-1'];
const mirror = ['mirror', 'vg0', 'db', 'sanctl.export.db-1', '/dev/null'];

let folder: string;
/** What somebody careless would have written. */
let mutation = (script: string): string => script;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-'));
  for (const name of ['bin', 'run/export', 'etc', 'records', 'by-id'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['db', 'db.started', 'db.pid']) {
    writeFileSync(join(folder, 'etc', `export-${name}.allow`), '');
    writeFileSync(join(folder, 'etc', `export-${name}.conf`), `[generic]\nport = 10809\n[${name}-1]\n`);
  }
  mutation = (script) => script;
  writeFileSync(join(folder, 'own-cgroup'), '0::/user.slice\n');
  bootedAs('boot-1');
  pretend('lvs', 'echo "  gggg-1 vvvv-1 sanctl,sanctl.export.db-1"');
  writeFileSync(join(folder, 'by-id', 'dm-uuid-LVM-gggg1vvvv1'), '');
  drbd('Secondary/Secondary');
  pretend('drbdsetup', 'echo resource');
  pretend('losetup', '');
  pretend('lsblk', 'echo "raid1 "');
  pretend('mdadm', 'printf "MD_LEVEL=raid1\\nMD_UUID=94dff044:ebc5144c:fed8bef4:4459f735\\n"');
});

function pretend(program: string, script: string): void {
  writeFileSync(join(folder, 'bin', program), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', program), 0o755);
}

function bootedAs(boot: string): void {
  writeFileSync(join(folder, 'boot_id'), `${boot}\n`);
}

function drbd(role: string, more = ''): void {
  pretend(
    'drbdadm',
    `echo "$*" >>${folder}/asked
case $1 in ${more} role) echo ${role} ;; cstate) echo Connected ;; dstate) echo UpToDate/UpToDate ;; sh-dev) echo /dev/null ;; esac`,
  );
}

function check(name: string, words: readonly string[]) {
  const moved = mutation(text)
    .replace('PATH=/usr/sbin:', `PATH=${folder}/bin:/usr/sbin:`)
    .replaceAll('/run/sanctl', `${folder}/run`)
    .replaceAll('/etc/sanctl', `${folder}/etc`)
    .replaceAll('/var/lib/sanctl/export', `${folder}/records`)
    .replaceAll('/var/lib/sanctl/files', `${folder}/files`)
    .replaceAll('/dev/disk/by-id', `${folder}/by-id`)
    .replaceAll('/proc/sys/kernel/random/boot_id', `${folder}/boot_id`)
    .replace('"/dev/$3/$4"', `"${folder}/$4"`)
    .replaceAll('/sys/class/block', `${folder}/block`)
    .replaceAll('/sys/fs/cgroup', `${folder}/cgroup`)
    .replaceAll('/proc/self/cgroup', `${folder}/own-cgroup`)
    .replace('[ -b "$device" ]', '[ -e "$device" ]');
  writeFileSync(join(folder, 'check'), moved);
  const { status, stderr } = spawnSync('sh', [join(folder, 'check'), name, ...words], { encoding: 'utf8' });
  return { status, said: stderr.trim() };
}
function asked(): readonly string[] {
  return readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
}
function recordOf(name: string): string {
  return readFileSync(join(folder, 'records', name), 'utf8');
}

test('a slice is linked, and what it is stays written down', () => {
  expect(check('db', slice)).toEqual({ status: 0, said: '' });
  expect(readlinkSync(join(folder, 'run/export/db'))).toBe(`${folder}/by-id/dm-uuid-LVM-gggg1vvvv1`);
  expect(recordOf('db')).toBe('db rw volume vvvv-1\n');
  expect(check('db', slice).status).toBe(0);
});

test('the notes of an export are no name of another (C3)', () => {
  const device = join(folder, 'by-id', 'dm-uuid-LVM-gggg1vvvv1');
  for (const name of ['db.started', 'db.pid']) {
    pretend('lvs', `echo "  gggg-1 vvvv-1 sanctl,sanctl.export.db-1"`);
    expect(check(name, [...slice, 'shared']).status).toBe(0);
  }
  expect(check('db', [...slice, 'shared']).status).toBe(0);
  expect(readFileSync(device, 'utf8')).toBe('');
});

test('another slice under the name of the first is not served (S3)', () => {
  check('db', slice);
  pretend('lvs', 'echo "  gggg-1 vvvv-2 sanctl,sanctl.export.db-1"');
  writeFileSync(join(folder, 'by-id', 'dm-uuid-LVM-gggg1vvvv2'), '');
  expect(check('db', slice)).toEqual({
    status: 1,
    said: 'db: it served volume vvvv-1 before, and this is volume vvvv-2 (S3)',
  });
  expect(recordOf('db')).toBe('db rw volume vvvv-1\n');
});

test('nor another image, nor one of its name that was made anew', () => {
  const [first, second] = ['first.img', 'second.img'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(first, 'data');
  writeFileSync(second, 'data');
  expect(check('db', ['image', '4', first]).status).toBe(0);
  expect(check('db', ['image', '4', second]).said).toContain('(S3)');
  expect(check('db', slice).said).toContain('(S3)');
});

test('what another export serves is not served twice, unless both only read (N7)', () => {
  check('db.pid', slice);
  expect(check('db', slice)).toMatchObject({ status: 1 });
  expect(check('db', slice).said).toContain('systemctl disable --now sanctl-export-db.pid.service');
  expect(check('db', [...slice, 'shared']).status).toBe(0);
});

test('nor what is marked for another, by whatever way, unless it is only read (N7)', () => {
  pretend('lvs', 'echo "  gggg-1 vvvv-1 sanctl,sanctl.export.db-1,sanctl.export.iscsi.db-1"');
  expect(check('db', slice).said).toContain('marked for another export, too');
  expect(check('db', [...slice, 'shared']).status).toBe(0);
});

/** A slice over which md has an array, as a boot may leave it; LVM calls it open until that is stopped. */
function heldByMd(state: string): void {
  for (const name of ['db', 'dm-uuid-LVM-gggg1vvvv1'])
    mkdirSync(join(folder, 'block', name, 'holders', 'md127'), { recursive: true });
  mkdirSync(join(folder, 'block/md127/md'), { recursive: true });
  writeFileSync(join(folder, 'block/md127/md/array_state'), `${state}\n`);
  pretend('mdadm', `echo "$*" >>${folder}/asked`);
  pretend(
    'lvs',
    `case $* in *lv_device_open=0*) [ -e ${folder}/asked ] || exit 0 ;; esac
echo "  gggg-1 vvvv-1 sanctl,sanctl.export.db-1"`,
  );
}

test('an array that a boot made of a slice, and nobody wrote to, is taken apart: it is the leg of another node (R2)', () => {
  heldByMd('inactive');
  expect(check('db', slice)).toEqual({ status: 0, said: '' });
  expect(asked()).toEqual(['--stop /dev/md127']);
});

test('one that is written to is somebody’s, and its slice is not served (C2)', () => {
  heldByMd('clean');
  expect(check('db', slice).said).toContain('somebody has it open');
  expect(existsSync(join(folder, 'asked'))).toBe(false);
});

test('nor is anything taken apart over a slice that is not the export’s (C3)', () => {
  heldByMd('inactive');
  pretend('lvs', '');
  expect(check('db', slice).said).toContain('no volume was made for it');
  expect(existsSync(join(folder, 'asked'))).toBe(false);
});

test('a mirror that is Primary and that nobody has open is served', () => {
  drbd('Primary/Secondary');
  expect(check('db', mirror)).toEqual({ status: 0, said: '' });
  expect(asked().filter((line) => /^(primary|secondary)/.test(line))).toEqual(['secondary db', 'primary db']);
});

test('one that somebody has open here is not (C2, X1)', () => {
  drbd('Primary/Secondary', `secondary) echo '${heldOpen}' >&2; exit 11 ;;`);
  const { status, said } = check('db', mirror);
  expect(status).toBe(1);
  expect(said).toContain('somebody has its mirror db open (C2, X1)');
  expect(existsSync(join(folder, 'run/export/db'))).toBe(false);
});

test('who only reads is in nobody’s way', () => {
  drbd('Primary/Secondary', 'secondary) exit 11 ;;');
  expect(check('db', [...mirror, 'shared']).status).toBe(0);
});

test('Primary on both sides is a window (D1)', () => {
  drbd('Primary/Primary');
  expect(check('db', mirror).said).toContain('(D1)');
});

test('a Secondary one is promoted only by the rule of the boot (D2, D12)', () => {
  expect(check('db', mirror).status).toBe(0);
  drbd('Secondary/Secondary', 'dstate) echo UpToDate/UpToDate; exit 10 ;;');
  expect(check('db', mirror).said).toContain('cannot be read');
  drbd('Secondary/Unknown', 'cstate) echo WFConnection ;;');
  expect(check('db', mirror).said).toBe('db: its mirror db is WFConnection UpToDate/UpToDate Secondary/Unknown');
});

test('nor while a batch of sanctl runs, or somebody holds the node (W1)', () => {
  writeFileSync(join(folder, 'run/lock'), 'somebody 99999999999 ab\n');
  expect(check('db', mirror).said).toContain('somebody holds this node');
  writeFileSync(join(folder, 'run/lock'), 'nonsense\n');
  expect(check('db', mirror).said).toContain('somebody holds this node');
  writeFileSync(join(folder, 'run/lock'), 'somebody 0 ab\n');
  expect(check('db', mirror).status).toBe(0);
  writeFileSync(join(folder, 'run/running'), 'batch');
  expect(check('db', mirror).said).toContain('sanctl is at work here');
});

test('neither an image that is a loop device, nor an array that is mounted or built on (C2)', () => {
  const image = join(folder, 'first.img');
  writeFileSync(image, 'data');
  pretend('losetup', 'echo "/dev/loop0: []: (first.img)"');
  expect(check('db', ['image', '4', image]).said).toContain('(C2)');
  pretend('lsblk', 'echo "raid1 /mnt"');
  expect(check('db', ['array', '/dev/null']).said).toContain('(C2)');
  pretend('lsblk', 'printf "raid1 \\nlvm \\n"');
  expect(check('db', ['array', '/dev/null']).said).toContain('(C2)');
  pretend('lsblk', 'exit 32');
  expect(check('db', ['array', '/dev/null']).said).toContain('cannot be read');
  pretend('lsblk', 'printf "raid1 \\npart \\n"');
  expect(check('db', ['array', '/dev/null']).status).toBe(0);
  expect(recordOf('db')).toBe('db rw array 94dff044:ebc5144c:fed8bef4:4459f735 /dev/null\n');
});

/** `[NAME/what it is/since when nothing was lost]`. */
function served(): readonly string[] {
  const config = readFileSync(join(folder, 'run/export/.db.conf'), 'utf8').split('\n');
  expect(config.slice(0, 2)).toEqual(['[generic]', 'port = 10809']);
  return config[2]?.slice(1, -1).split('/') ?? [];
}

test('the name on the wire says what is served, and changes with it (S3)', () => {
  const [first, second] = ['first.img', 'second.img'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(first, 'data');
  writeFileSync(second, 'data');
  check('db', ['image', '4', first]);
  const [name, one] = served();
  expect(name).toBe('db-1');
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  rmSync(join(folder, 'records', 'db'));
  check('db', ['image', '4', second]);
  expect(served()[1]).not.toBe(one);
});

test('after a server that lost its power another name is served: its memory held what it had acknowledged (N1)', () => {
  check('db', slice);
  const before = served();
  check('db', slice);
  expect(served()).toEqual(before);
  bootedAs('boot-2');
  check('db', slice);
  expect(served()).toEqual([...before.slice(0, 2), 'boot-2']);
});

test('after one that wrote down everything before it stopped it is the same, once (N1)', () => {
  inCgroup();
  check('db', slice);
  expect(check('db', ['stopped'])).toEqual({ status: 0, said: '' });
  bootedAs('boot-2');
  check('db', slice);
  expect(served()[2]).toBe('boot-1');
  bootedAs('boot-3');
  check('db', slice);
  expect(served()[2]).toBe('boot-3');
});

test('one that could not write, or stops in a later boot without having served, has written down nothing (N1)', () => {
  inCgroup();
  check('db', slice);
  pretend('sync', 'case $1 in */run/*) exit 1 ;; esac');
  expect(check('db', ['stopped']).status).toBe(1);
  pretend('sync', '');
  bootedAs('boot-2');
  check('db', ['stopped']);
  check('db', slice);
  expect(served()[2]).toBe('boot-2');
});

test('what is only read is the same after any boot', () => {
  check('db', [...slice, 'shared']);
  bootedAs('boot-2');
  check('db', [...slice, 'shared']);
  expect(served()[2]).toBe('shared');
});

const [source, target, other] = ['10.77.0.12', '10.77.0.13', '10.77.0.14'];
const written = '# Written by sanctl: who may connect.';

function letIn(...lines: readonly string[]): void {
  writeFileSync(join(folder, 'etc', 'export-db.allow'), `${[written, ...lines].join('\n')}\n`);
}
function listed(): readonly string[] {
  return readFileSync(join(folder, 'etc', 'export-db.allow'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
}
/** As ss prints who is connected, and with which processes: of each its address, and a pid; `itself` is the script that asks, and all above it. */
function connected(...ends: readonly (readonly [address: string, pid: number | 'itself'])[]): void {
  const lines = ends.map(([address, pid]) => {
    const users = pid === 'itself' ? '$own' : `("nbd-server",pid=${pid},fd=4)`;
    return `echo "ESTAB 0      0      10.77.0.11:10809 ${address}:39333 users:(${users.replaceAll('"', '\\"')})"`;
  });
  const walk = [
    'pid=$PPID own=',
    'while [ "$pid" -gt 1 ]; do',
    '  own="$own(\\"sh\\",pid=$pid,fd=4),"',
    "  pid=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$pid/status)",
    'done',
  ];
  pretend('ss', [...walk, ...lines].join('\n'));
}

test('who was let in when it was asked for, and is no more, is not served (N7)', () => {
  inCgroup();
  letIn(source);
  connected([target, 'itself']);
  expect(check('db', ['fence']).said).toBe('db: 10.77.0.13 is let in no more (N7)');
  connected([source, 'itself']);
  expect(check('db', ['fence'])).toEqual({ status: 0, said: '' });
  connected([source, 1]);
  expect(check('db', ['fence']).said).toBe('db: who connects cannot be told (N7)');
});

test('a guest that moves: both are let in, once only the source is and is connected alone (N7)', () => {
  letIn(source);
  connected();
  expect(check('db', ['open', source, target, '5']).said).toContain('is connected (N7): nobody');
  connected([source, 1], [other, 2]);
  expect(check('db', ['open', source, target, '5']).said).toContain(`${other} users`);
  letIn(source, other);
  connected([source, 1]);
  expect(check('db', ['open', source, target, '5']).said).toContain(`not ${source} alone is let in`);
  letIn(source);
  expect(check('db', ['open', source, target, '5'])).toEqual({ status: 0, said: '' });
  expect(listed()).toEqual([`# move ${source} ${target} 5 open`, source, target]);
  expect(check('db', ['open', source, target, '5']).said).toContain('already');
});

test('once the target has come the source is out, for good; the source itself changes nothing (N7)', () => {
  inCgroup();
  letIn(`# move ${source} ${target} 5 open`, source, target);
  connected([source, 'itself']);
  expect(check('db', ['fence']).status).toBe(0);
  expect(listed()[0]).toContain('open');
  connected([target, 'itself']);
  expect(check('db', ['fence']).status).toBe(0);
  expect(listed()).toEqual([`# move ${source} ${target} 5 come`, target]);
  connected([source, 'itself']);
  expect(check('db', ['fence']).said).toContain('let in no more');
});

test('what is written there is remembered as sanctl’s own (C8)', () => {
  letIn(source);
  connected([source, 1]);
  check('db', ['open', source, target, '5']);
  const [sum = '', path = ''] = readFileSync(join(folder, 'files.sha256'), 'utf8').trim().split('  ');
  expect(path).toBe(join(folder, 'etc', 'export-db.allow'));
  expect(sum).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));
});

test('it is closed to the source or the target and nobody else, and to the target only if it has come', () => {
  connected();
  letIn(source);
  expect(check('db', ['close', target]).status).toBe(1);
  expect(check('db', ['close', source]).status).toBe(0);
  letIn(`# move ${source} ${target} 5 open`, source, target);
  expect(check('db', ['close', target]).said).toBe('db: 10.77.0.13 has not come');
  expect(check('db', ['close', other]).status).toBe(1);
  expect(check('db', ['close', source])).toEqual({ status: 0, said: '' });
  expect(listed()).toEqual([source]);
  letIn(`# move ${source} ${target} 5 come`, target);
  expect(check('db', ['close', target])).toEqual({ status: 0, said: '' });
  expect(listed()).toEqual([target]);
});

test('whoever else is connected is ended before the note is gone; one that waits for its disk keeps it (N7)', () => {
  const old = spawn('sleep', ['600']);
  letIn(`# move ${source} ${target} 5 come`, target);
  connected([target, process.pid], [source, old.pid ?? 0]);
  pretend('sleep', '');
  expect(check('db', ['close', target]).said).toContain(`still waits for its disk: ${old.pid}`);
  expect(listed()).toEqual([`# move ${source} ${target} 5 come`, target]);
  pretend('sleep', `printf '#!/bin/sh\n' >${folder}/bin/ss`);
  expect(check('db', ['close', target])).toEqual({ status: 0, said: '' });
  expect(listed()).toEqual([target]);
  return new Promise<void>((done) => old.on('exit', (_code, signal) => done(expect(signal).toBe('SIGKILL'))));
});

test('nor is it gone while nobody can tell who is connected (C5)', () => {
  letIn(`# move ${source} ${target} 5 come`, target);
  pretend('ss', 'exit 1');
  expect(check('db', ['close', target]).said).toContain('who is connected cannot be told (N7)');
  expect(listed()).toEqual([`# move ${source} ${target} 5 come`, target]);
});

test('a note that nobody knows lets nothing begin or end', () => {
  connected([source, 'itself']);
  inCgroup();
  letIn('# move somewhere', source);
  for (const words of [['fence'], ['open', source, target, '5'], ['close', source]])
    expect(check('db', words).said).toContain('a note that nobody knows');
});

test('a server that starts closes what nobody has come through: whoever comes later would not know what it forgot (N1)', () => {
  inCgroup();
  connected();
  writeFileSync(join(folder, 'own-cgroup'), '0::/system.slice/sanctl-export-db.service\n');
  letIn(`# move ${source} ${target} 5 open`, source, target);
  expect(check('db', slice)).toEqual({ status: 0, said: '' });
  expect(listed()).toEqual([source]);
  letIn(`# move ${source} ${target} 5 come`, target);
  check('db', slice);
  expect(listed()).toEqual([`# move ${source} ${target} 5 come`, target]);
});

/** As nbd-server does it: the list first, and `prerun` some time later. */
function asksFor(address: string): { readonly serve: () => boolean } {
  const asked = listed().includes(address);
  const serve = (): boolean => {
    connected([address, 'itself']);
    return asked && check('db', ['fence']).status === 0;
  };
  return { serve };
}

/** Every way in which the two may come and the timer may go off: what went wrong (N7). */
function wrongs(): readonly string[] {
  const opened = (): void => letIn(`# move ${source} ${target} 5 open`, source, target);
  const gone = (): unknown => watched();
  inCgroup();
  opened();
  const late = asksFor(target);
  gone();
  const afterTimer = late.serve();
  opened();
  const early = asksFor(source);
  const came = asksFor(target).serve();
  const overtaken = early.serve();
  const again = asksFor(source).serve();
  connected();
  gone();
  const afterAll = asksFor(source).serve();
  return [
    ...(afterTimer ? ['the target is served after the timer'] : []),
    ...(came ? [] : ['the target is not served']),
    ...(overtaken ? ['the source, asked before, is served after the target'] : []),
    ...(again ? ['the source comes back'] : []),
    ...(afterAll ? ['the timer lets the source in again'] : []),
  ];
}

test('whatever comes first, the source never writes after the target', () => {
  expect(wrongs()).toEqual([]);
});

test.each([
  ['the list is not asked again', '  grep -Fqx "$who" "$list" ||', '  true ||', 'the target is served after the timer'],
  ['the source stays in the list', 'come" "$target"', 'come" "$source" "$target"', 'the source comes back'],
  [
    'the timer closes all',
    '[ "$state" != open ] || end_move',
    '[ -z "$state" ] || end_move',
    'the timer lets the source in again',
  ],
  ['nobody is let in', 'begin_move() {', 'admit() { refuse no; }\nbegin_move() {', 'the target is not served'],
])('and that is noticed when %s (C13)', (_what, from, to, wrong) => {
  mutation = (script) => {
    expect(script).toContain(from);
    return script.replace(from, () => to);
  };
  expect(wrongs()).toContain(wrong);
});

/** Until its fourth `sleep`. */
function watched() {
  pretend('logger', `echo "$*" >>${folder}/logged`);
  pretend('sleep', `echo >>${folder}/slept; [ "$(wc -l <${folder}/slept)" -lt 4 ]`);
  rmSync(join(folder, 'slept'), { force: true });
  rmSync(join(folder, 'logged'), { force: true });
  const { status } = check('db', ['watch']);
  return { status, logged: existsSync(join(folder, 'logged')) ? readFileSync(join(folder, 'logged'), 'utf8') : '' };
}

test('when sanctl is gone, what nobody has come through is closed to the source; what the target has, stays and is told', () => {
  connected([source, 1]);
  letIn(`# move ${source} ${target} 5 open`, source, target);
  expect(watched()).toEqual({ status: 0, logged: '' });
  expect(listed()).toEqual([source]);
  // Nobody is connected at this moment: the guest writes at the target all the same.
  connected();
  letIn(`# move ${source} ${target} 5 come`, target);
  expect(watched().logged).toContain('daemon.alert');
  expect(listed()).toEqual([`# move ${source} ${target} 5 come`, target]);
});

test('while sanctl holds the node, or a batch runs, it waits', () => {
  connected([source, 1]);
  letIn(`# move ${source} ${target} 5 open`, source, target);
  writeFileSync(join(folder, 'run/lock'), 'somebody 99999999999 ab\n');
  expect(watched().logged).toBe('');
  expect(listed()).toEqual([`# move ${source} ${target} 5 open`, source, target]);
});

test('older processes of the server are ended before another one serves; one that waits for its disk keeps it from that (N5)', () => {
  const old = spawn('sleep', ['600']);
  inCgroup(`${process.pid}\n${old.pid}\n`);
  letIn(source);
  connected([source, 'itself']);
  pretend('sleep', `echo ${process.pid} >${group()}`);
  expect(check('db', ['fence'])).toEqual({ status: 0, said: '' });
  pretend('sleep', '');
  inCgroup(`${process.pid}\n${old.pid}\n`);
  expect(check('db', ['fence'])).toEqual({
    status: 1,
    said: `db: an older process of its server still waits for its disk: ${old.pid} `.trim(),
  });
  return new Promise<void>((done) => old.on('exit', (_code, signal) => done(expect(signal).toBe('SIGKILL'))));
});

test('where they cannot be told, nobody is served', () => {
  letIn(source);
  connected([source, 'itself']);
  expect(check('db', ['fence']).said).toContain('the processes of its unit cannot be told');
});

function group(): string {
  return join(folder, 'cgroup/system.slice/sanctl-export-db.service/cgroup.procs');
}

/** The test is what serves, as far as the script can see. */
function inCgroup(processes = `${process.pid}\n`): void {
  mkdirSync(dirname(group()), { recursive: true });
  writeFileSync(join(folder, 'cgroup/cgroup.controllers'), '');
  writeFileSync(group(), processes);
}
