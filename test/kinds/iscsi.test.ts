/** The scripts of both ends in a real shell, over a sysfs of files and programs that pretend. What LIO itself does was seen on real hosts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FileWant } from '../../src/kinds/file/thing.ts';
import { initiator } from '../../src/kinds/initiator/index.ts';
import { wwidOf } from '../../src/kinds/iscsi.ts';
import { known } from '../../src/kinds/reading.ts';
import type { IscsiExport } from '../../src/kinds/site/exports.ts';
import { target } from '../../src/kinds/target/index.ts';
import type { World } from '../../src/kinds/world.ts';
import { hide } from '../../src/template/content.ts';
import { templateFiles } from '../../src/template/files.ts';
import { templateRenderer } from '../../src/template/render.ts';
import { compactSite } from './compact.ts';
import { RealSh } from './real-sh.ts';

const render = (template: string, view: Parameters<ReturnType<typeof templateRenderer>>[1]): string =>
  templateRenderer(templateFiles())(template, view).join('');

const iqn = 'iqn.2026-01.internal.sanctl:case:db';
const serial = '1b526250-3894-550f-a353-dc5f3e3e8585';
const wwid = wwidOf({ serial });

test('the identity of a LUN is the one that a kernel made of this serial', () => {
  expect(wwid).toBe('360014051b5262503894550fa353dc5f3');
});

describe('the script of an import', () => {
  let sh: RealSh;
  const at = (path: string): string => join(sh.folder, path);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), `${text}\n`);
  };

  /** What a login makes appear: a session, and its disk with that identity. */
  function session(sid: number, disk: string, portal: string, of: { iqn?: string; naa?: string } = {}): void {
    const folder = `sys/class/iscsi_session/session${sid}`;
    put(`${folder}/targetname`, of.iqn ?? iqn);
    put(`sys/class/iscsi_connection/connection${sid}:0/persistent_address`, portal);
    put(`sys/class/iscsi_connection/connection${sid}:0/persistent_port`, '3260');
    put(`${folder}/device/target${sid}:0:0/${sid}:0:0:0/block/${disk}/size`, '524288');
    put(`${folder}/device/target${sid}:0:0/${sid}:0:0:0/block/${disk}/device/wwid`, of.naa ?? `naa.${wwid.slice(1)}`);
  }

  function map(...paths: readonly string[]): void {
    put('sys/block/dm-3/dm/uuid', `mpath-${wwid}`);
    put('sys/block/dm-3/dm/name', 'db');
    put('sys/block/dm-3/size', '524288');
    mkdirSync(at('sys/block/dm-3/holders'), { recursive: true });
    mkdirSync(at('sys/block/dm-3/slaves'), { recursive: true });
    for (const path of paths) symlinkSync('.', at(`sys/block/dm-3/slaves/${path}`));
  }

  const programs = {
    systemctl: 'true',
    multipathd: 'true',
    multipath: 'true',
    sleep: 'true',
    iscsiadm: 'echo "iscsiadm $*" >>"$LOG"',
    dmsetup: 'echo "$OPEN"',
  };

  function run(verb: string, more: Partial<typeof programs> = {}) {
    const view = {
      settings: at('initiator'),
      run: at('run'),
      records: at('nodes'),
      sys: at('sys'),
      multipath: at('multipath.conf'),
    };
    // No block device can be made here: its map is there when its folder is.
    const text = render('initiator/initiator', view).replace('-b "/dev/mapper/$name"', '-d "$map"');
    const script = sh.write('script', text);
    const all = Object.entries({ ...programs, ...more }).map(([name, body]) => [
      name,
      `LOG=${at('log')} OPEN=${existsSync(at('open')) ? 1 : 0}\n${body}`,
    ]);
    return sh.run({ argv: ['sh', script, verb, 'db'] }, Object.fromEntries(all));
  }
  const log = (): string => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '');

  beforeEach(() => {
    sh = new RealSh();
    put('multipath.conf', '# of sanctl');
    const credentials = [
      { word: 'user', value: 'me' },
      { word: 'password', value: "pa$s'wo`rd" },
      { word: 'mutual-password', value: 'back' },
    ];
    const settings = { script: 'x', iqn, initiator: 'iqn.x:bravo', wwid, bytes: 268435456, beat: 5, credentials };
    put('initiator.db', render('initiator/settings', { ...settings, portals: ['10.77.0.11:3260', '10.78.0.11:3260'] }));
  });

  test('with a session at each portal and no other path, it is carried out', () => {
    session(1, 'sda', '10.77.0.11');
    session(2, 'sdb', '10.78.0.11');
    map('sda', 'sdb');
    expect(run('start')).toMatchObject({ status: 0 });
    expect(log()).toBe('');
    expect(readFileSync(at('run/initiator/db'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('a record has the secret as it is, for root alone, and no command has it', () => {
    expect(run('start').status).toBe(1);
    const record = readFileSync(at(`nodes/${iqn}/10.78.0.11,3260,1/default`), 'utf8');
    expect(record).toContain(
      "node.session.auth.authmethod = CHAP\nnode.session.auth.username = me\nnode.session.auth.password = pa$s'wo`rd\nnode.session.auth.password_in = back\n",
    );
    expect(record).toContain('node.startup = manual\n');
    expect(log()).toContain(`iscsiadm -m node -T ${iqn} -p 10.77.0.11:3260 --login`);
    expect(log()).not.toContain('pa$s');
    const { stdout } = spawnSync('find', [at('nodes'), '-perm', '/077'], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  test('a stranger behind a portal is logged out, and nothing is taken for carried out (I2)', () => {
    session(1, 'sda', '10.77.0.11', { naa: 'naa.60014059999999999999999999999999' });
    const { status, stderr } = run('reload');
    expect(status).toBe(1);
    expect(stderr).toContain('a stranger (I2)');
    expect(log()).toContain(`-p 10.77.0.11:3260 --logout`);
    expect(existsSync(at('run/initiator/db'))).toBe(false);
  });

  test('the disk of another target with its identity is taken from the map before multipathd looks again (I2)', () => {
    session(1, 'sda', '10.77.0.11');
    session(2, 'sdb', '10.78.0.11');
    session(3, 'sdc', '10.77.0.11', { iqn: 'iqn.x:other' });
    map('sda', 'sdb', 'sdc');
    const { status, stderr } = run('reload', { multipathd: 'echo "multipathd $*" >>"$LOG"' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('sdc, of iqn.x:other, has the same identity: a stranger (I2)'),
    });
    expect(log()).toBe('multipathd del path sdc\n');
  });

  test('a map with a path of no session is refused (I2)', () => {
    session(1, 'sda', '10.77.0.11');
    session(2, 'sdb', '10.78.0.11');
    map('sda', 'sdb', 'sdc');
    const { status, stderr } = run('reload');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('sdc is a path of its map, and not one of ours'),
    });
  });

  test('one portal is enough; the other is said to be missing', () => {
    session(1, 'sda', '10.77.0.11');
    map('sda');
    const refused =
      'case $* in *10.78*) echo "iscsiadm: initiator reported error (8 - connection timed out)"; exit 8 ;; esac';
    const { status, stderr } = run('reload', { iscsiadm: refused });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('connection timed out') });
  });

  test('what is open, or has something on it, stays logged in (I8)', () => {
    session(1, 'sda', '10.77.0.11');
    map('sda');
    put('open', '');
    expect(run('stop').status).toBe(1);
    expect(log()).toBe('');
  });

  test('nobody uses it: its map goes first, then its own sessions, then its records', () => {
    session(1, 'sda', '10.77.0.11');
    session(3, 'sdc', '10.77.0.11', { iqn: 'iqn.x:other' });
    map('sda');
    put(`nodes/${iqn}/10.77.0.11,3260,1/default`, '');
    expect(run('stop', { multipath: 'echo "multipath $*" >>"$LOG"' }).status).toBe(0);
    expect(log()).toBe(`multipath -f db\niscsiadm -m node -T ${iqn} -p 10.77.0.11:3260 --logout\n`);
    expect(readdirSync(at('nodes'))).toEqual([]);
  });

  test('settings with a line that nobody wrote are not carried out', () => {
    put('initiator.db', `${readFileSync(at('initiator.db'), 'utf8')}run reboot`);
    expect(run('start')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('a line that sanctl did not write'),
    });
  });
});

describe('the script of a target', () => {
  /** It ends at the latest where LIO would begin: no module is loaded by a test. */
  function start(tags: string, code = 0): string {
    const sh = new RealSh();
    const at = (path: string): string => join(sh.folder, path);
    const settings = {
      script: 'x',
      iqn,
      serial,
      device: '/dev/vg0/db',
      readOnly: false,
      initiators: [],
      credentials: [],
    };
    const backing = 'volume vg0 db sanctl.export.iscsi.db-1b526250';
    sh.write('target.db', render('target/settings', { ...settings, backing, portals: ['10.77.0.11:3260'] }));
    const view = {
      settings: at('target'),
      configfs: at('configfs'),
      sys: at('sys'),
      records: at('records'),
      run: at('run'),
      hba: 'iblock_1000',
    };
    const script = sh.write('script', render('target/target', view));
    const programs = { modprobe: 'true', lvs: `echo "  ${tags}"; exit ${code}` };
    return sh.run({ argv: ['sh', script, 'start', 'db'] }, programs).stderr;
  }

  test('the volume that was marked for it is the one', () => {
    expect(start('sanctl,sanctl.export.iscsi.db-1b526250')).toBe('target db: /dev/vg0/db is not there\n');
  });

  test.each([
    ['made anew under its name (C3, S3)', 'sanctl', 0, 'is not the volume that was marked for it'],
    ['not there, or not whole', '', 0, 'is not a whole volume that sanctl made'],
    [
      'served by another as well (N7)',
      'sanctl,sanctl.export.iscsi.db-1b526250,sanctl.export.x-0',
      0,
      'another export serves',
    ],
    ['unknown (C5)', 'sanctl,sanctl.export.iscsi.db-1b526250', 5, 'cannot be read'],
  ])('%s', (_, tags, code, why) => {
    expect(start(tags, code)).toContain(why);
  });
});

describe('a target over an image', () => {
  const sh = new RealSh();
  const at = (path: string): string => join(sh.folder, path);
  const settings = {
    script: 'x',
    iqn,
    serial,
    readOnly: false,
    initiators: [],
    credentials: [],
    portals: ['10.77.0.11:3260'],
  };

  /** It ends where LIO would begin: no folder can be made where a file is. */
  function start(inode: string): string {
    mkdirSync(at('sys/block/loop3/loop'), { recursive: true });
    writeFileSync(at('sys/block/loop3/loop/backing_file'), '/srv/a.img\n');
    writeFileSync(at('loop3'), '');
    writeFileSync(at('configfs'), '');
    sh.write('target.db', render('target/settings', { ...settings, device: at('loop3'), backing: 'image' }));
    const view = {
      settings: at('target'),
      configfs: at('configfs'),
      sys: at('sys'),
      records: at('records'),
      run: at('run'),
      hba: 'h',
    };
    const script = sh.write('script', render('target/target', view).replace('-b "$device"', '-e "$device"'));
    return sh.run({ argv: ['sh', script, 'start', 'db'] }, { modprobe: 'true', stat: `echo ${inode}` }).stderr;
  }

  test('what it served first is written down, and another one under its path is not served (C3, S3)', () => {
    expect(start('77')).toContain('iscsi cannot be made');
    expect(readFileSync(at('records/db'), 'utf8')).toBe('image 77 /srv/a.img\n');
    expect(start('77')).toContain('iscsi cannot be made');
    expect(start('78')).toContain('it served image 77 /srv/a.img before');
    expect(readFileSync(at('records/db'), 'utf8')).toBe('image 77 /srv/a.img\n');
  });
});

test('whoever may only read cannot write while his entry is being made', () => {
  const sh = new RealSh();
  const at = (path: string): string => join(sh.folder, path);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), `${text}\n`);
  };
  const [group, store] = [`configfs/iscsi/${iqn}/tpgt_1`, 'configfs/core/iblock_1000/db'];
  put(`${store}/enable`, '1');
  put(`${store}/udev_path`, at('device'));
  put(`${store}/wwn/vpd_unit_serial`, `T10 VPD Unit Serial Number: ${serial}`);
  put(`${group}/attrib/prod_mode_write_protect`, '0');
  put('device', '');
  put('sys/block/device/md/uuid', '5c3d2a18-989f-3044-fd4d-9f23a9e3bfc4');
  mkdirSync(at(`${group}/lun`));
  mkdirSync(at(`${group}/acls`));
  const settings = {
    script: 'x',
    iqn,
    serial,
    device: at('device'),
    backing: 'array',
    readOnly: true,
    credentials: [],
  };
  const view = {
    settings: at('target'),
    configfs: at('configfs'),
    sys: at('sys'),
    records: at('records'),
    run: at('run'),
    hba: 'iblock_1000',
  };
  sh.write(
    'target.db',
    render('target/settings', { ...settings, initiators: ['iqn.x:a'], portals: ['10.77.0.11:3260'] }),
  );
  const script = sh.write('script', render('target/target', view).replace('-b "$device"', '-e "$device"'));
  // No entry of files has an `auth`: it ends there, before the LUN is linked.
  expect(sh.run({ argv: ['sh', script, 'start', 'db'] }, { modprobe: 'true' }).stderr).toContain('auth/userid');
  expect(readFileSync(at(`${group}/attrib/prod_mode_write_protect`), 'utf8')).toBe('1');
});

const missing = spawnSync('shellcheck', ['--version']).status === 0 ? undefined : 'no shellcheck on this machine';

test.skipIf(missing !== undefined).each(['target/target', 'initiator/initiator'])(
  `shellcheck has nothing to say of %s${missing === undefined ? '' : ` (${missing})`}`,
  (template) => {
    const view = { settings: '/s', configfs: '/c', run: '/r', hba: 'h', records: '/n', sys: '/sys', multipath: '/m' };
    // SC2015: what follows `||` is meant for both. SC2016: backticks around a command that people are to read.
    const words = ['-s', 'sh', '-e', 'SC2015,SC2016', '-'];
    expect(spawnSync('shellcheck', words, { input: render(template, view), encoding: 'utf8' }).stdout).toBe('');
  },
);

describe('the files of both ends', () => {
  const exported = (name: string, more: Partial<IscsiExport>): Partial<IscsiExport> & { readonly via: 'iscsi' } => ({
    via: 'iscsi',
    serial: `${name.padEnd(8, '0')}-0000-4000-8000-000000000001`,
    portals: ['10.77.0.11', '10.78.0.11'],
    ...more,
  });
  const chap = { user: 'charlie', password: 'chap', mutual: { user: 'storage', password: 'back' } };
  const site = compactSite({
    volumes: { aaaa: { size: '64MiB' }, bbbb: { size: '64MiB', replicas: ['alpha', 'bravo'] } },
    initiators: { bravo: 'iqn.x:bravo', charlie: 'iqn.x:charlie' },
    nodes: ['alpha', 'bravo', 'charlie'],
    exports: {
      aaaa: exported('aaaa', { to: ['charlie'], timeoutSeconds: 15, multipath: 'active-active', chap }),
      bbbb: exported('bbbb', { to: ['bravo', 'charlie'], readOnly: true, multipath: 'active-passive' }),
      cccc: exported('cccc', { to: ['bravo'], backing: { image: 'i' }, portals: ['10.77.0.11'], timeoutSeconds: 3 }),
    },
    images: { i: {} },
  });
  const world = {
    site,
    render: templateRenderer(templateFiles()),
    digest: () => 'digest',
    imageBytes: () => known(2 ** 30),
    have: () => ({ hosts: {}, configured: known({}), running: known({}), ports: known([]) }),
  } as unknown as World;
  const files = Object.fromEntries(
    [...target.expand(site, world), ...initiator.expand(site, world)]
      .filter(({ kind }) => kind === 'file')
      .map(({ name, nodes, want }) => [`${name}@${nodes[0]}`, hide((want as FileWant).content)]),
  );

  test('a target tells whom it lets in, and its secrets by name only', () => {
    expect(files['etc/sanctl/target.aaaa@alpha']).toContain(
      'backing volume vg0 aaaa sanctl.export.iscsi.aaaa-aaaa0000\nreadonly no\nportal 10.77.0.11:3260\nportal 10.78.0.11:3260\ninitiator iqn.x:charlie\nuser charlie\npassword (secret)\nmutual-user storage\nmutual-password (secret)\n',
    );
    expect(files['etc/sanctl/target.cccc@alpha']).toContain('device /dev/sanctl/image/i\nbacking image\nreadonly no\n');
  });

  test('who only reads is one of several, and each import logs in with the name of its node (I9)', () => {
    expect(files['etc/sanctl/initiator.bbbb@bravo']).toContain('\ninitiator iqn.x:bravo\n');
    expect(files['etc/sanctl/initiator.bbbb@charlie']).toContain('\ninitiator iqn.x:charlie\n');
    expect(files['etc/sanctl/initiator.aaaa@charlie']).toContain(
      '\nuser charlie\npassword (secret)\nmutual-user storage\nmutual-password (secret)\n',
    );
    expect(files['etc/sanctl/initiator.bbbb@charlie']).not.toContain('password');
  });

  test('multipath takes what is named, and waits no longer than was declared (I6)', () => {
    const charlie = files['etc/multipath.conf@charlie'] ?? '';
    expect(charlie).toContain('wwid ".*"\n  protocol ".*"\n');
    // 15 s are the shortest: three beats of 3 s, and 3 looks of 2 s; of 120 s, 55 looks.
    expect(charlie).toContain('fast_io_fail_tmo 3\n');
    expect(charlie).toMatch(/alias "aaaa"\n.*multibus\n.*"round-robin 0"\n.*no_path_retry 3\n/);
    expect(charlie).toMatch(/alias "bbbb"\n.*failover\n.*"service-time 0"\n.*no_path_retry 55\n.*failback manual\n/);
    expect(files['etc/multipath.conf@bravo']).toMatch(/alias "cccc"\n.*failover\n.*\n.*no_path_retry fail\n/);
  });
});
