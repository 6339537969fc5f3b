/** coreutils, procps and kmod, as asked by sanctl on Debian 12. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import { md5, sha256 } from './files.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';

export const kernel = '6.1.0-56-amd64';
const drbdVersion = '8.4.11';
/** What modprobe finds for that kernel, with what modinfo says of its version. */
const modules: Readonly<Record<string, string>> = { drbd: drbdVersion, dm_thin_pool: '', nbd: '' };

const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`;

export const system: Readonly<Record<string, Program>> = {
  uname(machine, argv) {
    if (argv[1] === '-n') return say(machine.name);
    if (argv[1] === '-r') return say(kernel);
    if (argv[1] === '-nr') return say(`${machine.name} ${kernel}`);
    throw new UnknownCommand(argv.join(' '));
  },
  date(machine, argv) {
    if (argv[1] === '+%s') return say(String(Math.floor(machine.clockSeconds)));
    if (argv[1] === '+%FT%TZ') return say(`${new Date(1000 * machine.clockSeconds).toISOString().slice(0, 19)}Z`);
    throw new UnknownCommand(argv.join(' '));
  },
  cat: (machine, argv) => {
    const path = argv[1] ?? '';
    const text = argv.length === 2 ? (special(machine, path) ?? machine.files.get(path)?.content) : undefined;
    if (text === undefined) return fail(1, `cat: ${path}: No such file or directory`);
    return { code: 0, stdout: text, stderr: '' };
  },
  grep(machine, argv) {
    if (argv.slice(1).join(' ') === '^MemTotal: /proc/meminfo')
      return say(`MemTotal:        ${machine.memoryBytes / 2048} kB`);
    throw new UnknownCommand(argv.join(' '));
  },
  find: (machine, argv) => (argv.includes('-lname') ? silent : find(machine, argv)),
  sha256sum: (machine, argv) => sums(machine, argv, sha256),
  md5sum: (machine, argv) => sums(machine, argv, md5),
  sed: (machine, argv) => sed(machine, argv),
  rm(machine, argv) {
    const [path = '', ...more] = argv.slice(argv[1] === '-f' ? 2 : 1);
    if (more.length > 0 || path.startsWith('-')) throw new UnknownCommand(argv.join(' '));
    if (argv[1] === '-f') machine.files.remove(path);
    if (argv[1] === '-f') return silent;
    if (machine.files.get(path) === undefined) return fail(1, `rm: cannot remove '${path}': No such file or directory`);
    machine.files.remove(path);
    return silent;
  },
  // Folders are there as soon as a file is.
  mkdir(_machine, argv) {
    if (readArguments(argv, ['-p'], ['-m']).rest.length === 0) throw new UnknownCommand(argv.join(' '));
    return silent;
  },
  tee(machine, argv, stdin) {
    const [, path = '', ...more] = argv;
    if (more.length > 0) throw new UnknownCommand(argv.join(' '));
    if (machine.full && !path.startsWith('/run/')) return fail(1, `tee: ${path}: No space left on device`);
    machine.files.put(path, stdin);
    return { ...silent, stdout: stdin };
  },
  // Of psmisc, which these machines do not have.
  fuser: () => fail(127, 'sh: fuser: not found'),
  ls(machine, argv) {
    if (argv.slice(1).join(' ') !== '/sys/module') throw new UnknownCommand(argv.join(' '));
    return say(...[...machine.modules].sort());
  },
  modinfo(_machine, argv) {
    const [, option, field, name = ''] = argv;
    if (option !== '-F' || field !== 'version') throw new UnknownCommand(argv.join(' '));
    const version = modules[name];
    if (version === undefined) return fail(1, `modinfo: ERROR: Module ${name} not found.`);
    return version === '' ? silent : say(version);
  },
  modprobe(machine, argv) {
    const [, name = '', ...more] = argv;
    if (more.length > 0) throw new UnknownCommand(argv.join(' '));
    if (modules[name] === undefined)
      return fail(1, `modprobe: FATAL: Module ${name} not found in directory /lib/modules/${kernel}`);
    machine.load(name);
    return silent;
  },
  true: () => silent,
  test(machine, argv) {
    const file = machine.files.get(argv[2] ?? '');
    if (argv[1] !== '-x' || argv.length !== 3) throw new UnknownCommand(argv.join(' '));
    return file !== undefined && Number.parseInt(file.mode, 8) % 2 === 1 ? silent : fail(1);
  },
  ping(machine, argv) {
    const address = argv.at(-1) ?? '';
    const other = machine.around.machineAt(address);
    const answers = other?.on === true && machine.around.linked(machine, other);
    const counts = answers ? '2 received, 0% packet loss' : '0 received, 100% packet loss';
    const text = say(`--- ${address} ping statistics ---`, `2 packets transmitted, ${counts}, time 505ms`);
    return { ...text, code: answers ? 0 : 1 };
  },
  journalctl(machine, argv) {
    const unit = argv.find((word) => word.startsWith('--unit='))?.slice('--unit='.length) ?? '';
    return say(...(machine.journal.get(unit) ?? []));
  },
  awk: (_machine, argv, stdin) => ofOneVm(argv, stdin),
  ss: (machine, argv) => sockets(machine, argv),
  ip(machine, argv) {
    if (argv.slice(1).join(' ') !== '-o address show scope global') throw new UnknownCommand(argv.join(' '));
    const ends = 'valid_lft forever preferred_lft forever';
    return say(`2: eth0    inet ${machine.address}/24 brd 10.77.0.255 scope global eth0\\       ${ends}`);
  },
};

/** What the kernel shows as files. */
export function special(machine: Machine, path: string): string | undefined {
  switch (path) {
    case '/etc/machine-id':
      return `${machine.machineId}\n`;
    case '/etc/os-release':
      return osRelease;
    case '/proc/sys/kernel/random/boot_id':
      return `${machine.bootId}\n`;
    case '/proc/uptime':
      return `${machine.uptimeSeconds.toFixed(2)} ${machine.uptimeSeconds.toFixed(2)}\n`;
    case '/proc/modules':
      return [...machine.modules].map((name) => `${name} 16384 0 - Live 0x0000000000000000\n`).join('');
    case '/proc/version':
      return `Linux version ${kernel}\n`;
    case '/sys/module/drbd/version':
      return machine.modules.has('drbd') ? `${drbdVersion}\n` : undefined;
    case '/sys/module/drbd/parameters/disable_sendpage':
      return machine.modules.has('drbd') ? (machine.copiesPages ? 'Y\n' : 'N\n') : undefined;
    case '/proc/drbd':
      return machine.modules.has('drbd')
        ? `version: ${drbdVersion} (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n`
        : undefined;
    default:
      return undefined;
  }
}

/** `find ROOT… -mindepth 1 -maxdepth 2 ( -path FOLDER/* … ) -printf '%y %m %U:%G %s %p\n'`, and nothing else. */
function find(machine: Machine, argv: readonly string[]): Answer {
  const [depth, printf] = [argv.indexOf('-mindepth'), argv.indexOf('-printf')];
  const known = argv.slice(depth, depth + 4).join(' ') === '-mindepth 1 -maxdepth 2';
  if (!known || argv[printf + 1] !== '%y %m %U:%G %s %p\\n') throw new UnknownCommand(argv.join(' '));
  const roots = argv.slice(1, depth);
  const isReached = (path: string): boolean =>
    roots.some((root) => path.startsWith(`${root}/`) && path.slice(root.length + 1).split('/').length <= 2);
  const folders = argv.flatMap((word, at) => (word === '-path' ? [(argv[at + 1] ?? '').replace(/\/\*$/, '')] : []));
  const lines = folders.flatMap((folder) =>
    machine.files
      .below(folder)
      .filter((path) => !path.slice(folder.length + 1).includes('/') && isReached(path))
      .flatMap((path) => {
        const file = machine.files.get(path);
        return file === undefined ? [] : [`f ${file.mode} ${file.owner} ${Buffer.byteLength(file.content)} ${path}`];
      }),
  );
  return say(...lines);
}

function sums(machine: Machine, argv: readonly string[], sum: (text: string) => string): Answer {
  if (argv[1] !== '--') throw new UnknownCommand(argv.join(' '));
  const out: string[] = [];
  const err: string[] = [];
  for (const path of argv.slice(2)) {
    const file = machine.files.get(path);
    if (file === undefined) err.push(`${argv[0]}: ${path}: No such file or directory\n`);
    else out.push(`${sum(file.content)}  ${path}\n`);
  }
  return { code: err.length > 0 ? 1 : 0, stdout: out.join(''), stderr: err.join('') };
}

/** The one script of the file kind: names, then lines behind a `|`, secrets hidden. */
function sed(machine: Machine, argv: readonly string[]): Answer {
  const paths = argv.slice(argv.indexOf('--') + 1);
  if (argv[1] !== '-s' || !argv.includes('1F') || !argv.includes('s/^/|/')) throw new UnknownCommand(argv.join(' '));
  const out: string[] = [];
  const err: string[] = [];
  for (const path of paths) {
    const file = machine.files.get(path);
    if (file === undefined) err.push(`sed: can't read ${path}: No such file or directory\n`);
    else if (file.content !== '')
      out.push(
        `${path}\n`,
        ...file.content
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `|${hide(line)}\n`),
      );
  }
  return { code: err.length > 0 ? 2 : 0, stdout: out.join(''), stderr: err.join('') };
}

function hide(line: string): string {
  const secret = /((secret|passw(or)?d)"?\s*[=:]?\s*)("[^"]*"?|'[^']*'?|[^\s,;]+)/gi;
  return line.replace(secret, '$1(secret)');
}

/** ss(8) `-Htln`: who listens on TCP. DRBD 8.4 listens only while it waits for its peer. */
function sockets(machine: Machine, argv: readonly string[]): Answer {
  if (!/^-H -l -t -n( -p)?$/.test(argv.slice(1).join(' '))) throw new UnknownCommand(argv.join(' '));
  const waiting = [...machine.halves.values()].filter((half) => half.connection === 'WFConnection');
  const drbd = waiting.map((half) => half.config.hosts.get(machine.name)?.address.split(' ').at(-1) ?? '');
  return say(...['0.0.0.0:22', ...drbd].map((address) => `LISTEN 0      128          ${address}       0.0.0.0:*`));
}

/** awk(1) with the one program of a second look: name, id, state and uuid of whatever bears one of a VM's names or its uuid. */
function ofOneVm(argv: readonly string[], input: string): Answer {
  const [, , name = '', , uuid = '', program = ''] = argv;
  if (!/\$5 !~ \/d\$\/ && [\s\S]* gsub\(\/\[rb\]\/, "-", \$5\); print \$1, \$2, \$5, \$7/.test(program))
    throw new UnknownCommand(argv.join(' '));
  const [own, id] = [name.replace('name=', ''), uuid.replace('uuid=', '')];
  const lines = input.split('\n').filter((line) => {
    const [first = '', , , , state = ''] = line.split(/\s+/);
    const named = [own, `${own}--incoming`, `${own}--migratedaway`].includes(first);
    return !state.endsWith('d') && (named || line.includes(id));
  });
  return say(
    ...lines.map((line) => {
      const [first, second, , , state = '', , last] = line.split(/\s+/);
      return [first, second, state.replace(/[rb]/g, '-'), last].join(' ');
    }),
  );
}
