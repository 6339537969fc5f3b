/** The start check of an export in a real shell, with programs that only pretend: what somebody else uses is not served. */
import { spawn, spawnSync } from 'node:child_process';
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
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-'));
  for (const name of ['bin', 'run/export', 'etc', 'records', 'by-id'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['db', 'db.started', 'db.pid']) {
    writeFileSync(join(folder, 'etc', `export-${name}.allow`), '');
    writeFileSync(join(folder, 'etc', `export-${name}.conf`), `[generic]\nport = 10809\n[${name}-1]\n`);
  }
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
  const moved = text
    .replace('PATH=/usr/sbin:', `PATH=${folder}/bin:/usr/sbin:`)
    .replaceAll('/run/sanctl', `${folder}/run`)
    .replaceAll('/etc/sanctl', `${folder}/etc`)
    .replaceAll('/var/lib/sanctl/export', `${folder}/records`)
    .replaceAll('/dev/disk/by-id', `${folder}/by-id`)
    .replaceAll('/proc/sys/kernel/random/boot_id', `${folder}/boot_id`)
    .replaceAll('/sys/fs/cgroup', `${folder}/cgroup`)
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

test('older processes of the server are ended before another one serves; one that waits for its disk keeps it from that (N5)', () => {
  const old = spawn('sleep', ['600']);
  inCgroup(`${process.pid}\n${old.pid}\n`);
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
