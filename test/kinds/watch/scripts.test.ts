/** What nodes look with by themselves, in the real /bin/sh of this machine, over the words of real DRBD; and their units, by systemd's own reader. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Watch } from '../../../src/kinds/site/watch.ts';
import { expand } from '../../../src/kinds/watch/things.ts';
import type { World } from '../../../src/kinds/world.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/drbd-8.4.11/', import.meta.url));
// By the sources (drbd_worker.c); not seen yet.
const began = '[ 2166.1] block drbd0: conn( Connected -> VerifyS ) \n';
const done = '[ 2266.1] block drbd0: Online verify done (total 100 sec; paused 0 sec; 700 K/sec)\n';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sanctl-watch-'));
  for (const folder of ['bin', 'sys/module/drbd', 'figures']) mkdirSync(join(root, folder), { recursive: true });
  program('drbdsetup', `cat ${root}/$1`);
  program('drbdadm', `echo "$*" >>${root}/asked; [ "$1" != sh-minor ] || echo 0`);
  program('dmesg', `cat ${root}/log`);
  program('sendmail', `{ echo "sendmail $*"; cat; } >>${root}/mails`);
  program('page', `{ echo "page $*: $SANCTL_ALERT_SUBJECT"; cat; } >>${root}/pages`);
  program('systemctl', 'exit 1');
  program('lvs', `cat ${root}/pools`);
  program('sleep', 'true');
  put('pools', '');
  see('primary.alpha');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(name: string, text: string): void {
  writeFileSync(join(root, name), text);
}

function program(name: string, text: string): void {
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/** What was written there since it was last asked for. */
function told(name: string): string {
  const path = join(root, name);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  rmSync(path, { force: true });
  return text;
}

/** What DRBD 8.4.11 printed then. */
function see(situation: string, change = (text: string): string => text): void {
  put('events2', change(readFileSync(join(fixtures, `${situation}.events2.txt`), 'utf8')));
  put('show', readFileSync(join(fixtures, `${situation}.show.txt`), 'utf8'));
}

const alerts: Watch['alerts'] = [{ mail: 'root@example.org' }];

/** Files of alpha by their path. */
function files(wanted: Partial<Watch> = {}, thinPools: Readonly<Record<string, string>> = {}) {
  const site = compactSite({
    volumeGroups: { vg0: { devices: ['/dev/vdb'], thinPools } },
    volumes: { 'web-root': { size: '64MiB', replicas: ['alpha', 'bravo'] } },
    watch: { everySeconds: 300, alerts, ...wanted },
  });
  const world = { site, render: templateRenderer(templateFiles()) } as unknown as World;
  return new Map(
    expand(site, world)
      .filter(({ kind, nodes }) => kind === 'file' && nodes[0] === 'alpha')
      .map(({ name, want }) => [name, (want as { content: readonly string[] }).content.join('')]),
  );
}

function run(words: readonly string[], wanted: Partial<Watch> = {}, thinPools: Readonly<Record<string, string>> = {}) {
  const text = files(wanted, thinPools).get('etc/sanctl/watch') ?? '';
  put('watch', text.replace('/var/lib/sanctl/watch', `${root}/notes`).replace('sys=/sys', `sys=${root}/sys`));
  const env = { PATH: `${root}/bin:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync('/bin/sh', [join(root, 'watch'), ...words], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function alert(wanted: Partial<Watch> = {}): number | null {
  return run(['alert'], wanted).status;
}

describe('alerts', () => {
  test('nothing is told while all is well', () => {
    expect(alert()).toBe(0);
    expect(told('mails')).toBe('');
  });

  test('a change is told once, and its end', () => {
    see('split-brain.alpha');
    expect(alert()).toBe(0);
    const first = told('mails');
    expect(first).toContain('sendmail -i -- root@example.org\nTo: root@example.org\nSubject: sanctl: case: ');
    expect(first).toContain('new:     drbd/stand-alone: mirror web-root is StandAlone');
    expect(alert()).toBe(0);
    expect(told('mails')).toBe('');
    see('primary.alpha');
    expect(alert()).toBe(0);
    expect(told('mails')).toContain('no more: drbd/stand-alone: mirror web-root');
    expect(alert()).toBe(0);
    expect(told('mails')).toBe('');
  });

  test('a figure that moves is no change', () => {
    const differ = (kib: number): void =>
      see('primary.alpha', (text) => text.replace('out-of-sync:0', `out-of-sync:${kib}`));
    differ(4);
    alert();
    expect(told('mails')).toContain('drbd/out-of-sync: mirror web-root has blocks that differ');
    differ(8);
    alert();
    expect(told('mails')).toBe('');
  });

  test('a window is told when it was there at the look before, too (D1)', () => {
    put('show', readFileSync(join(fixtures, 'window.alpha.show.txt'), 'utf8'));
    alert();
    expect(told('mails')).toBe('');
    alert();
    expect(told('mails')).toContain('drbd/window-open');
  });

  test('what cannot be read is told, and is not well (C5)', () => {
    see('primary.alpha', (text) => text.replace('exists -\n', ''));
    alert();
    expect(told('mails')).toContain('facts/unknown: mirror web-root cannot be read');
    program('drbdsetup', 'exit 20');
    alert();
    expect(told('mails')).toBe('');
    rmSync(join(root, 'sys/module/drbd'), { recursive: true });
    alert();
    expect(told('mails')).toContain('new:     drbd/not-running: mirror web-root is down');
  });

  test('a thin pool that is nearly full', () => {
    put('pools', '  pool 79.99 80.00\n  other 12.00 1.00\n');
    run(['alert'], {}, { pool: '1GiB' });
    expect(told('mails')).toContain('new:     volumeGroup/pool-full: thin pool vg0/pool is 80 % full or more (L5)\n\n');
  });

  test('whoever could not be told is told at the next look, and nobody else twice', () => {
    const wanted = { alerts: [...alerts, { command: join(root, 'bin/page'), recipient: 'ops' }] };
    program('sendmail', 'exit 75');
    see('split-brain.alpha');
    expect(alert(wanted)).toBe(1);
    expect(told('pages')).toContain('page ops: sanctl: case: ');
    program('sendmail', `cat >>${root}/mails`);
    expect(alert(wanted)).toBe(0);
    expect(told('mails')).toContain('drbd/stand-alone');
    expect(told('pages')).toBe('');
  });

  test('names of others are text, whatever they hold', () => {
    put('pools', `  $(touch\t${root}/x)\`id\`\u001b[2J 99.00 99.00\n`);
    run(['alert'], {}, { pool: '1GiB' });
    expect(existsSync(join(root, 'x'))).toBe(false);
    const mail = told('mails');
    expect(mail).toContain('volumeGroup/pool');
    expect(mail).not.toContain('\u001b');
  });

  test('the secret is never told (4.4)', () => {
    put('show', 'net {\n  shared-secret "canary"; allow-two-primaries yes;\n}\n');
    const said = [run(['alert']), run(['alert'])];
    const mail = told('mails');
    expect(mail).toContain('drbd/window-open');
    expect(JSON.stringify(said) + mail).not.toContain('canary');
  });
});

describe('by a schedule', () => {
  const wanted = { verify: { schedule: 'weekly' } };
  const verify = () => run(['verify', 'web-root'], wanted);

  test('a mirror is compared, and what differs is told at once', () => {
    put('log', began + done);
    const marks = `sed -i s/out-of-sync:0/out-of-sync:4/ ${root}/events2`;
    program('drbdadm', `echo "$*" >>${root}/asked; case $1 in sh-minor) echo 0 ;; verify) ${marks} ;; esac`);
    expect(verify()).toMatchObject({ status: 0, stdout: 'web-root: compared, 4 KiB differ\n' });
    expect(told('asked')).toBe('verify web-root\nsh-minor web-root\n');
    expect(told('mails')).toContain('drbd/out-of-sync');
  });

  test('one that broke off is no success', () => {
    put('log', began);
    expect(verify()).toMatchObject({ status: 1, stderr: expect.stringContaining('the comparison broke off') });
    put('log', done + began);
    expect(verify().status).toBe(1);
  });

  test('nothing is begun in a mirror that is not whole, or has a window', () => {
    for (const [situation, mirror] of [
      ['split-brain.alpha', 'web-root'],
      ['syncing.alpha', 'db'],
      ['peer-down.alpha', 'web-root'],
    ] as const) {
      see(situation);
      expect(run(['verify', mirror], wanted).status).toBe(1);
    }
    see('primary.alpha');
    put('show', readFileSync(join(fixtures, 'window.alpha.show.txt'), 'utf8'));
    expect(verify().status).toBe(1);
    expect(told('asked')).toBe('');
  });

  test('that the last one failed is told', () => {
    program('systemctl', 'exit 0');
    alert(wanted);
    expect(told('mails')).toContain('verify/broken-off');
  });
});

describe('figures', () => {
  const metrics = () => run(['metrics', join(root, 'figures')], {}, { pool: '1GiB' });

  test('are those of `sanctl metrics`, as promtool reads them', () => {
    put('pools', '  pool 79.99 80.00\n');
    expect(metrics().status).toBe(0);
    const text = readFileSync(join(root, 'figures/sanctl.prom'), 'utf8');
    expect(text).toMatch(/^sanctl_mirror_up_to_date\{site="case",mirror="web-root",node="[^"]+"\} 1$/m);
    expect(text).toMatch(/^sanctl_pool_data_percent\{site="case",group="vg0",pool="pool",node="[^"]+"\} 79\.99$/m);
    const read = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    if (read.error === undefined) expect(read).toMatchObject({ status: 0, stderr: '' });
  });

  test('what is not known has none, and nothing half is left (C5)', () => {
    metrics();
    program('drbdsetup', 'exit 20');
    expect(metrics().status).toBe(0);
    expect(readFileSync(join(root, 'figures/sanctl.prom'), 'utf8')).not.toContain('sanctl_mirror');
    expect(existsSync(join(root, 'figures/sanctl.new'))).toBe(false);
    expect(run(['metrics', join(root, 'nowhere')]).status).toBe(1);
  });
});

describe('units', () => {
  const unit = (name: string): string => name.replace('etc/systemd/system/', '');
  const wanted = { verify: { schedule: 'Sun 03:00' }, metrics: { folder: '/srv/figures', everySeconds: 60 } };
  const units = [...files(wanted)].filter(([name]) => name.startsWith('etc/systemd/'));

  test('each task has a service and a timer', () => {
    expect(units.map(([name]) => unit(name))).toEqual(
      ['watch', 'verify', 'metrics'].flatMap((task) => [`sanctl-${task}.service`, `sanctl-${task}.timer`]),
    );
    const texts = new Map(units.map(([name, text]) => [unit(name), text]));
    expect(texts.get('sanctl-verify.timer')).toContain('\nOnCalendar=Sun 03:00\n');
    expect(texts.get('sanctl-watch.timer')).toContain('\nOnBootSec=300s\nOnUnitInactiveSec=300s\n');
    expect(texts.get('sanctl-verify.service')).toContain(' /etc/sanctl/watch verify web-root\n');
  });

  test('systemd reads them', () => {
    for (const [name, text] of units) put(unit(name), text);
    const paths = units.map(([name]) => join(root, unit(name)));
    const read = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
    if (read.error === undefined) expect(read).toMatchObject({ status: 0, stderr: '' });
  });
});
