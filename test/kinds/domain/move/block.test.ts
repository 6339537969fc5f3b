/** The script that makes the target Primary: by a note only, and only what has every byte (3.1, W5). In a real shell. */
import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderDomain } from '../../../../src/kinds/domain/config.ts';
import { blockScript, importNote, note, withScript } from '../../../../src/kinds/domain/move/block.ts';
import type { Window } from '../../../../src/kinds/drbd/window.ts';
import type { NbdExport } from '../../../../src/kinds/site/exports.ts';
import { command } from '../../../../src/shell/command.ts';
import { RealSh } from '../../real-sh.ts';
import { worldWith } from '../world.ts';

const window: Window = {
  resource: 'web-root',
  device: '/dev/drbd0',
  dialect: '8.4',
  replicas: ['alpha', 'bravo'],
  nodeIds: {},
};

type Programs = Readonly<Record<string, string>>;
const shell = new RealSh();
const good = {
  cstate: 'Connected',
  dstate: 'UpToDate/UpToDate',
  role: 'Secondary/Primary',
  'sh-dev': '/dev/drbd0',
  protocol: 'C',
  flags: 'r-----',
};

/** As drbdadm says it, and as the kernel of 8.4 shows it, between two minors that are none of this one. */
function toldBy(said: typeof good, dialect: Window['dialect'], promoting: string) {
  const own = dialect === '8.4' ? said.role : said.role.split('/')[0];
  const all = Object.entries({ ...said, role: own }).map(([verb, text]) => `${verb}) echo '${text}' ;;`);
  const other = 'cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n    ns:0 nr:0\n';
  const one = `cs:${said.cstate} ro:${said.role} ds:${said.dstate} ${said.protocol} ${said.flags}`;
  shell.write('proc', `version: 8.4.11 (api:1/proto:86-101)\n10: ${other} 0: ${one}\n    ns:0 nr:0\n 1: ${other}`);
  return dialect === '8.4'
    ? { drbdadm: 'exit 127', drbdsetup: `[ "$*" = 'primary 0' ] || exit 20\n${promoting}` }
    : { drbdadm: `case $1 in\n${all.join('\n')}\nprimary) [ "$2" = web-root ] || exit 20\n${promoting} ;;\nesac` };
}

describe.each(['8.4', '9'] as const)('the script, DRBD %s', (dialect) => {
  const promoted = `echo primary >>${shell.folder}/done`;

  function attach(
    said: Partial<typeof good> | undefined,
    more: Readonly<Record<string, string>> = {},
    verb = 'add',
    promoting = promoted,
  ) {
    for (const file of ['done', 'note-drbd0']) shell.write(file, '');
    const [, put] = said === undefined ? [] : note({ ...window, dialect });
    const stdin = put?.do === 'run' ? put.command.stdin : undefined;
    if (typeof stdin === 'string') shell.write('note-drbd0', stdin);
    const programs = {
      ...toldBy({ ...good, ...said }, dialect, promoting),
      'xenstore-read':
        'case $1 in */params) echo /dev/drbd0 ;; */frontend-id) echo 7 ;; */7/name) echo web--incoming ;; esac',
      'xenstore-write': `echo "$@" >>${shell.folder}/done`,
      logger: '',
      sleep: '',
      dd: '',
      block: `echo "block $*" >>${shell.folder}/done`,
      ...more,
    };
    const { status } = shell.run(command('sh', '-c', blockScript, 'block-sanctl', verb), programs, {
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin': ':',
      '/etc/xen/scripts/block "$@"': 'block "$@"',
      '/proc/drbd': `${shell.folder}/proc`,
      '/run/sanctl/move/${device#/dev/}':
        said === undefined ? `${shell.folder}/no-note` : `${shell.folder}/note-\${device##*/}`,
    });
    return { status, done: readFileSync(`${shell.folder}/done`, 'utf8') };
  }

  test('with a note, whole on both ends: Primary, then Xen’s own', () => {
    expect(attach({})).toEqual({ status: 0, done: 'primary\nblock add\n' });
  });

  const again = 'case $1 in */params) echo /dev/drbd0 ;; */frontend-id) echo 7 ;; */7/name) echo web ;; esac';
  const secondary = { dd: 'exit 1' };

  test('anything but an attach is Xen’s own, and so is a start without a note', () => {
    expect(attach({}, {}, 'remove')).toEqual({ status: 0, done: 'block remove\n' });
    expect(attach(undefined, { ...secondary, 'xenstore-read': again })).toEqual({ status: 0, done: 'block add\n' });
  });

  test('sent by a bare `xl migrate`, it stays where it was, unless its device can be used here', () => {
    const { status, done } = attach(undefined, secondary);
    expect([status, done.includes('block add'), done.includes('primary')]).toEqual([1, false, false]);
    expect(attach(undefined)).toEqual({ status: 0, done: 'block add\n' });
  });

  test('a guest that starts again while the note is there gets its disk from Xen’s own', () => {
    expect(attach({ role: 'Primary/Secondary' }, { 'xenstore-read': again })).toEqual({
      status: 0,
      done: 'block add\n',
    });
    const unread = 'case $1 in */params) echo /dev/drbd0 ;; *) exit 1 ;; esac';
    expect(attach({}, { 'xenstore-read': unread }).status).toBe(1);
  });

  const of84 = [
    { role: 'Secondary/Secondary' },
    { flags: 's-----' },
    { protocol: 'A' },
    { cstate: 'Connected ro:Secondary/Primary' },
  ];

  test.each([
    { cstate: 'WFConnection', dstate: 'UpToDate/DUnknown', role: 'Secondary/Unknown' },
    { cstate: 'StandAlone', dstate: 'UpToDate/DUnknown', role: 'Secondary/Unknown' },
    { cstate: 'SyncTarget', dstate: 'Inconsistent/UpToDate' },
    { dstate: 'UpToDate/Inconsistent' },
    { dstate: 'UpToDate/Diskless' },
    { role: 'Primary/Primary' },
    { cstate: '' },
    ...(dialect === '8.4' ? of84 : [{ 'sh-dev': '/dev/drbd1' }]),
  ])('it may lack what the guest wrote: refused, and told to Xen: %j', (said) => {
    const { status, done } = attach(said);
    expect([status, done.includes('block add'), done.includes('primary')]).toEqual([1, false, false]);
    expect(done).toMatch(/\/hotplug-error sanctl: .* \/hotplug-status error\n$/);
  });

  test('the kernel that says no is asked again, and then believed', () => {
    const no = `echo no >>${shell.folder}/done; echo '(-1) Multiple primaries not allowed'; exit 11`;
    const { status, done } = attach({}, {}, 'add', no);
    expect([status, done.match(/^no$/gm)?.length]).toEqual([1, 5]);
    expect(done).toContain('Multiple primaries not allowed');
  });

  test('a device, a note or a state that cannot be read', () => {
    expect(attach({}, { 'xenstore-read': 'exit 1' }).status).toBe(1);
    expect(attach({}, { drbdadm: 'exit 10', drbdsetup: 'exit 10' }).status).toBe(1);
  });
});

describe('the script, an import', () => {
  const one = { name: 'a.b-1', via: 'nbd' } as NbdExport;
  const unit = 'sanctl-import-a.b-1.service';

  /** `starts`: what systemctl does when the unit is to start. */
  function attach(starts: string, settings: { readonly noted?: boolean; readonly more?: Programs } = {}) {
    for (const file of ['done', 'note']) shell.write(file, '');
    const [, put] = importNote(one);
    const stdin = put?.do === 'run' ? put.command.stdin : undefined;
    if (typeof stdin === 'string') shell.write('note', stdin);
    const told = `echo "$*" >>${shell.folder}/done`;
    const programs = {
      'xenstore-read':
        'case $1 in */params) echo /dev/gnbd/a.b-1 ;; */frontend-id) echo 7 ;; */7/name) echo web--incoming ;; esac',
      'xenstore-write': `echo "$@" >>${shell.folder}/done`,
      timeout: 'shift; "$@"',
      systemctl: `${told}\ncase $1 in start) ${starts} ;; show) echo "StatusText=alpha serves no a.b-1" ;; esac`,
      logger: '',
      dd: 'exit 1',
      block: `echo "block $*" >>${shell.folder}/done`,
      drbdadm: 'exit 20',
      drbdsetup: 'exit 20',
      ...settings.more,
    };
    const { status } = shell.run(command('sh', '-c', blockScript, 'block-sanctl', 'add'), programs, {
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin': ':',
      '/etc/xen/scripts/block "$@"': 'block "$@"',
      '/run/sanctl/move/${device#/dev/}': `${shell.folder}/${settings.noted === false ? 'no-note' : 'note'}`,
      '[ -b "$device" ]': `[ -e "${shell.folder}/\${device##*/}" ]`,
    });
    return { status, done: readFileSync(`${shell.folder}/done`, 'utf8') };
  }
  const comes = `touch ${shell.folder}/a.b-1`;

  test('with a note: its unit is started, and once it is up, Xen’s own', () => {
    expect(attach(comes)).toEqual({ status: 0, done: `start ${unit}\nblock add\n` });
    rmSync(`${shell.folder}/a.b-1`);
  });

  test.each([
    ['that is not up in time', 'exit 124'],
    ['that is up, and no device is there', ''],
  ])('one %s is stopped again: it would take the disk from a guest that goes on where it was (N7)', (_, starts) => {
    const { status, done } = attach(starts);
    expect([status, done.includes('block add')]).toEqual([1, false]);
    expect(done.split('\n').slice(0, 3)).toEqual([
      `start ${unit}`,
      `show --property=StatusText ${unit}`,
      `stop ${unit}`,
    ]);
    expect(done).toMatch(/hotplug-error sanctl: .* alpha serves no a\.b-1 .*hotplug-status error\n$/);
  });

  test('sent by a bare `xl migrate`, nothing is imported', () => {
    const { status, done } = attach(comes, { noted: false });
    expect([status, done.includes('start'), done.includes('block add')]).toEqual([1, false, false]);
  });

  test('a guest that starts again has it already', () => {
    const again = 'case $1 in */params) echo /dev/gnbd/a.b-1 ;; */frontend-id) echo 7 ;; */7/name) echo web ;; esac';
    expect(attach(comes, { more: { 'xenstore-read': again } })).toEqual({ status: 0, done: 'block add\n' });
  });

  test('its note has no name that a mirror’s, or the file of a VM, could have', () => {
    const paths = ['drbd0', 'web.cfg'].flatMap((name) =>
      importNote({ ...one, name }).flatMap((action) => (action.do === 'run' ? (action.command.argv[1] ?? '') : [])),
    );
    expect(paths).toEqual(['-p', '/run/sanctl/move/gnbd/drbd0', '-p', '/run/sanctl/move/gnbd/web.cfg']);
  });
});

test('what 8.4 must say is what it was seen to say', () => {
  const shown = readFileSync('test/fixtures/drbd-8.4.11/primary.bravo.proc.txt', 'utf8');
  const [, put] = note(window);
  const [, told = 'nothing'] =
    put?.do === 'run' && typeof put.command.stdin === 'string' ? put.command.stdin.split('\n') : [];
  expect(shown).toContain(`\n 0: ${told}-----\n`);
});

describe('the configuration that goes with the guest', () => {
  const rendered = (): string => {
    const world = worldWith({});
    const vm = world.site.vms['web'];
    if (vm === undefined) throw new Error('there is no web');
    const disks = [0, 10].map((minor) => ({
      on: 'volume' as const,
      volume: `v${minor}`,
      path: `/dev/drbd${minor}`,
      names: [],
      below: [],
      as: 'xvda',
      readOnly: false,
      replicated: true,
    }));
    return renderDomain(vm, disks, world).join('');
  };
  const ten = { ...window, resource: 'v10', device: '/dev/drbd10' };

  test('is the file, but for who attaches its mirrors', () => {
    const text = withScript(rendered(), [window.device, ten.device]) ?? '';
    expect(text).toContain('"format=raw, vdev=xvda, access=rw, script=block-sanctl, target=/dev/drbd0"');
    expect(text.replaceAll('script=block-sanctl, ', '')).toBe(rendered());
    expect(withScript(rendered(), [ten.device])?.match(/block-sanctl/g)).toHaveLength(1);
  });

  test('a name with signs that mean something to a regular expression is only itself', () => {
    const named = rendered().replace('/dev/drbd0', '/dev/gnbd/a.b');
    expect(withScript(named, ['/dev/gnbd/a.b'])).toContain('script=block-sanctl, target=/dev/gnbd/a.b"');
    expect(withScript(named, ['/dev/gnbd/a.c'])).toBeUndefined();
    expect(withScript(rendered().replace('/dev/drbd0', '/dev/gnbd/axb'), ['/dev/gnbd/a.b'])).toBeUndefined();
  });

  test('each mirror stands in it once', () => {
    expect(withScript(rendered().replace('/dev/drbd0', '/dev/drbd/by-res/v0/0'), [window.device])).toBeUndefined();
    expect(withScript(`${rendered()}${rendered()}`, [window.device])).toBeUndefined();
  });
});
