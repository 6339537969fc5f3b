/** coreutils, procps and kmod, as asked by sanctl on Debian 12. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import { md5, sha256 } from './files.ts';
import type { Machine } from './machine.ts';
import { sessionsAsked } from './nbd-session.ts';
import type { Program } from './program.ts';
import { overFiles, realText } from './programs-text.ts';
import { drbdVersion, kernel, readFile } from './special.ts';
import { listed } from './sysfs.ts';

/** What modprobe finds for that kernel, with what modinfo says of its version. */
const modules: Readonly<Record<string, string>> = { drbd: drbdVersion, dm_thin_pool: '', nbd: '' };

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
    const paths = argv.slice(argv[1] === '--' ? 2 : 1);
    const texts = paths.map((path) => [path, readFile(machine, path)] as const);
    const missing = texts.filter(([, text]) => text === undefined);
    const stderr = missing.map(([path]) => `cat: ${path}: No such file or directory\n`).join('');
    return { code: Number(missing.length > 0), stdout: texts.map(([, text]) => text ?? '').join(''), stderr };
  },
  grep(machine, argv, stdin) {
    if (argv.slice(1).join(' ') === '^MemTotal: /proc/meminfo')
      return say(`MemTotal:        ${machine.memoryBytes / 2048} kB`);
    return overFiles(machine, argv) ?? realText(argv, stdin);
  },
  find: (machine, argv) => (argv.includes('-lname') ? silent : find(machine, argv)),
  sha256sum: (machine, argv, stdin) => (argv.length === 1 ? realText(argv, stdin) : sums(machine, argv, sha256)),
  md5sum: (machine, argv) => sums(machine, argv, md5),
  sed: (machine, argv, stdin) =>
    argv[1] === '-s' ? sed(machine, argv) : (overFiles(machine, argv) ?? realText(argv, stdin)),
  rm(machine, argv) {
    const [path = '', ...more] = argv.slice(1).filter((word) => word !== '-f' && word !== '--');
    machine.images.get(path)?.forget(`${path} was removed`);
    machine.images.delete(path);
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
    if (argv.length !== 2) throw new UnknownCommand(argv.join(' '));
    if (argv[1] === '/sys/module') return say(...[...machine.modules].sort());
    const names = listed(machine, argv[1] ?? '');
    return names === undefined ? fail(2, `ls: cannot access '${argv[1]}': No such file or directory`) : say(...names);
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
  dmesg: (machine) => say(...machine.kernelLog),
  awk: (_machine, argv, stdin) => ofOneVm(argv, stdin) ?? realText(argv, stdin),
  ss: (machine, argv) => sockets(machine, argv),
  ip(machine, argv) {
    if (argv.slice(1).join(' ') !== '-o address show scope global') throw new UnknownCommand(argv.join(' '));
    const ends = 'valid_lft forever preferred_lft forever';
    return say(`2: eth0    inet ${machine.address}/24 brd 10.77.0.255 scope global eth0\\       ${ends}`);
  },
};

/** `find ROOT… -mindepth 1 -maxdepth N ( -path FOLDER/* … ) -printf '%y %m %U:%G %s %p\\n'`, or the devices of nbd, and nothing else. */
function find(machine: Machine, argv: readonly string[]): Answer {
  if (argv.includes('*/nbd*/*')) return nbdFiles(machine);
  // Who has a device as the disk of a guest; whether a folder is empty, of which there are none without files.
  if (argv[1] === '-L' || argv.slice(2).join(' ') === '-mindepth 1 -maxdepth 1') return silent;
  const [depth, printf] = [argv.indexOf('-mindepth'), argv.indexOf('-printf')];
  const most = Number(argv[depth + 3]);
  const known = argv.slice(depth, depth + 3).join(' ') === '-mindepth 1 -maxdepth' && most >= 1;
  if (!known || argv[printf + 1] !== '%y %m %U:%G %s %p\\n') throw new UnknownCommand(argv.join(' '));
  const roots = argv.slice(1, depth);
  const isReached = (path: string): boolean =>
    roots.some((root) => path.startsWith(`${root}/`) && path.slice(root.length + 1).split('/').length <= most);
  const patterns = argv.flatMap((word, at) => (word === '-path' ? [argv[at + 1] ?? ''] : []));
  const lines = machine.files.paths
    .filter((path) => isReached(path) && patterns.some((one) => isMatch(path, one)))
    .sort()
    .flatMap((path) => {
      const file = machine.files.get(path);
      const type = file?.type === 'symbolic link' ? 'l' : 'f';
      return file === undefined
        ? []
        : [`${type} ${file.mode} ${file.owner} ${Buffer.byteLength(file.content)} ${path}`];
    });
  return say(...lines);
}

/** A `*` of find(1) also stands for a slash: but folders are not in the model, only files in them. */
function isMatch(path: string, pattern: string): boolean {
  if (!pattern.endsWith('/*')) return path === pattern;
  return path.startsWith(pattern.slice(0, -1)) && !path.slice(pattern.length - 1).includes('/');
}

/** As `grep -H .` says them; one that is not connected has a size only. */
function nbdFiles(machine: Machine): Answer {
  const paths = Array.from({ length: 16 }, (_, at) => `/sys/devices/virtual/block/nbd${at}`);
  const files = paths.flatMap((path) => [`${path}/size`, `${path}/backend`]);
  return say(
    ...files.flatMap((path) => {
      const text = readFile(machine, path);
      return text === undefined ? [] : [`${path}:${text.trim()}`];
    }),
  );
}

function sums(machine: Machine, argv: readonly string[], sum: (text: string) => string): Answer {
  const out: string[] = [];
  const err: string[] = [];
  for (const path of argv.slice(argv[1] === '--' ? 2 : 1)) {
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
  return line.replace(secret, (_all, word: string, _which, _or, value: string) => {
    const quote = /^["']/.exec(value)?.[0] ?? '';
    return `${word}${quote}(secret)${quote}`;
  });
}

/** ss(8) `-Htln`: who listens on TCP. DRBD 8.4 listens only while it waits for its peer. */
function sockets(machine: Machine, argv: readonly string[]): Answer {
  if (argv.slice(1, -1).join(' ') === '-H -t -n -p state connected exclude time-wait')
    return sessionsAsked(machine, argv.at(-1) ?? '');
  if (!/^-H -l -t -n( -p)?$/.test(argv.slice(1).join(' '))) throw new UnknownCommand(argv.join(' '));
  const waiting = [...machine.halves.values()].filter((half) => half.connection === 'WFConnection');
  const drbd = waiting.map((half) => half.config.hosts.get(machine.name)?.address.split(' ').at(-1) ?? '');
  const nbd = machine.nbdServers.filter(({ main }) => main.alive).map(({ port }) => `${machine.address}:${port}`);
  return say(
    ...['0.0.0.0:22', ...drbd, ...nbd].map((address) => `LISTEN 0      128          ${address}       0.0.0.0:*`),
  );
}

/** awk(1) with the one program of a second look: name, id, state and uuid of whatever bears one of a VM's names or its uuid. */
function ofOneVm(argv: readonly string[], input: string): Answer | undefined {
  const [, , name = '', , uuid = '', program = ''] = argv;
  if (!/\$5 !~ \/d\$\/ && [\s\S]* gsub\(\/\[rb\]\/, "-", \$5\); print \$1, \$2, \$5, \$7/.test(program))
    return undefined;
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
