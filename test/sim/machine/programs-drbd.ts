/** drbd-utils 9.22 over the 8.4.11 module, as the lab answered. */
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import { difference } from './content.ts';
import { attachable, Half, neverUsed } from './drbd.ts';
import { type HostConfig, parseResources, type ResourceConfig } from './drbd-config.ts';
import { freshMetadata, type Metadata, metadataOf, none, putMetadata, usableBytes } from './drbd-metadata.ts';
import { lose, startSync } from './drbd-peers.ts';
import type { LogicalVolume } from './lvm.ts';
import type { Machine } from './machine.ts';
import type { Program } from './program.ts';
import { deviceAt } from './programs-devices.ts';
import { missing } from './programs-lvm.ts';

export const drbd: Readonly<Record<string, Program>> = {
  drbdadm: installed((machine, argv) => drbdadm(machine, argv)),
  drbdmeta: installed((machine, argv) => {
    const [, , format, path = '', kind, verb] = argv;
    if (format !== 'v08' || kind !== 'internal' || verb !== 'get-gi') throw new UnknownCommand(argv.join(' '));
    const metadata = metadataAt(machine, path);
    return metadata === undefined ? fail(1) : say(generations(metadata));
  }),
  drbdsetup: installed((machine, argv) => drbdsetup(machine, argv)),
};

function installed(program: Program): Program {
  return (machine, argv, stdin) => (machine.packages.has('drbd-utils') ? program(machine, argv, stdin) : missing(argv));
}

/** What a drbdadm command needs to know of its resource on this machine. */
export interface Target {
  readonly machine: Machine;
  readonly config: ResourceConfig;
  readonly minor: number;
  readonly path: string;
  readonly half: Half | undefined;
}

type Verb = (target: Target, argv: readonly string[]) => Answer;

const verbs: Readonly<Record<string, Verb>> = {
  'create-md': createMd,
  up,
  attach,
  down,
  primary,
  secondary: ({ half, minor, ...rest }) => {
    if (half === undefined) return unknownMinor(minor, 'secondary');
    if (half.openers > 0) return refused(minor, 'secondary', 11, '(-12) Device is held open by someone');
    half.role = 'Secondary';
    half.remember();
    rest.machine.point('drbdadm: Secondary');
    return silent;
  },
  'sh-dev': ({ minor }) => say(`/dev/drbd${minor}`),
  'sh-minor': ({ minor }) => say(String(minor)),
  role: ({ half, minor }) =>
    half === undefined ? unknownMinor(minor, 'role') : say(`${half.role}/${half.peer?.role ?? 'Unknown'}`),
  cstate: ({ half, minor }) => (half === undefined ? unknownMinor(minor, 'cstate') : say(half.connection)),
  dstate: ({ half, machine, path }) => {
    if (half !== undefined) return say(`${half.disk}/${half.peer?.disk ?? 'DUnknown'}`);
    return metadataAt(machine, path) === undefined ? fail(1, 'No valid meta data found') : say('Consistent/DUnknown');
  },
  'get-gi': ({ half, machine, path }) => {
    const metadata = half === undefined || half.disk === 'Diskless' ? metadataAt(machine, path) : half.metadata;
    return metadata === undefined ? fail(1) : say(generations(metadata));
  },
  // For people, who get a drawing around the same line: nobody reads it here.
  'show-gi': ({ half }) => (half === undefined ? fail(1) : say(generations(half.metadata))),
  'new-current-uuid': (target, argv) => newCurrentUuid(target, argv),
  resize,
  adjust,
  connect,
  'net-options': netOptions,
  verify,
  disconnect: ({ half, minor, machine }) => {
    if (half === undefined) return unknownMinor(minor, 'disconnect');
    part(half, machine);
    half.connection = 'StandAlone';
    return silent;
  },
};

function drbdadm(machine: Machine, argv: readonly string[]): Answer {
  if (argv[1] === '--version') return say(...version(machine));
  if (argv[1] === '-c' && argv[3] === 'sh-nop') return syntaxOf(machine, argv[2] ?? '');
  const configured = resources(machine);
  if (typeof configured === 'string') return fail(10, configured);
  if (argv[1] === 'dump' && argv.length === 2)
    return {
      ...silent,
      stdout: resourceFiles(machine)
        .map(([path, one]) => dumped(path, one, machine))
        .join(''),
    };
  if (argv[1] === 'sh-resources' && argv.length === 2) return say(configured.map(({ name }) => name).join(' '));
  const dry = argv[1] === '-d' || argv[1] === '--dry-run';
  const words = dry ? argv.slice(2) : argv.slice(1);
  const verb = words[0] ?? '';
  const name = (words.at(-1) ?? '').split('/')[0] ?? '';
  const run = verbs[verb];
  if (run === undefined || (dry && verb !== 'adjust')) throw new UnknownCommand(argv.join(' '));
  const config = configured.find((one) => one.name === name);
  if (config === undefined) return fail(1, `'${name}' not defined in your config (for this host).`);
  const host = config.hosts.get(machine.name);
  if (host === undefined) return fail(1, `'${name}' not defined in your config (for this host).`);
  const target = { machine, config, minor: host.minor, path: host.disk, half: machine.halves.get(name) };
  return dry ? say(...differences(target)) : run(target, argv);
}

/** `drbdadm -c FILE sh-nop` only parses. */
function syntaxOf(machine: Machine, path: string): Answer {
  try {
    parseResources(machine.files.get(path)?.content ?? '');
    return silent;
  } catch (problem) {
    return fail(10, `${path}: parse error: ${problem instanceof Error ? problem.message : ''}`);
  }
}

/** All resources of `/etc/drbd.d`, or why the files cannot be read. */
export function resources(machine: Machine): readonly ResourceConfig[] | string {
  try {
    return resourceFiles(machine).map(([, one]) => one);
  } catch (problem) {
    return `drbd.d: parse error: ${problem instanceof Error ? problem.message : ''}`;
  }
}

/** By the file that defines it. */
function resourceFiles(machine: Machine): readonly (readonly [string, ResourceConfig])[] {
  const paths = machine.files.below('/etc/drbd.d').filter((path) => /\/[^./][^/]*\.res$/.test(path));
  return paths.flatMap((path) =>
    parseResources(machine.files.get(path)?.content ?? '').map((one) => [path, one] as const),
  );
}

export function version(machine: Machine): readonly string[] {
  return [
    'DRBDADM_BUILDTAG=GIT-hash:\\ 409097fe02187f83790b88ac3e0d94f3c167adab\\ reproducible\\ build\\,\\ 2023-01-09\\ 14:51:18',
    'DRBDADM_API_VERSION=1',
    `DRBD_KERNEL_VERSION_CODE=${machine.modules.has('drbd') ? '0x08040b' : '0x000000'}`,
    'DRBDADM_VERSION_CODE=0x091600',
    'DRBDADM_VERSION=9.22.0',
  ];
}

/** `drbdadm dump`. */
function dumped(path: string, { name, hosts, net, disk, options }: ResourceConfig, machine: Machine): string {
  const section = (title: string, values: ReadonlyMap<string, string>): string =>
    values.size === 0
      ? ''
      : `    ${title} {\n${[...values].map(([key, value]) => `        ${key.padEnd(16)} ${value};\n`).join('')}    }\n`;
  const host = ([node, one]: readonly [string, HostConfig]): string => `    on ${node} {
        volume 0 {
            device       /dev/drbd${one.minor} minor ${one.minor};
            disk         ${one.disk};
            meta-disk    internal;
        }
        address          ${one.address};
    }
`;
  return `# resource ${name} on ${machine.name}: not ignored, not stacked
# defined at ${path}:1
resource ${name} {
${[...hosts].map(host).join('')}${section('net', net)}${section('disk', disk)}${section('options', options)}}

`;
}

function unknownMinor(minor: number, verb: string): Answer {
  return fail(
    10,
    `${minor}: Failure: (127) Device minor not allocated`,
    'additional info from kernel:',
    'unknown minor',
    `Command 'drbdsetup-84 ${verb} ${minor}' terminated with exit code 10`,
  );
}

function refused(minor: number, verb: string, code: number, why: string): Answer {
  return fail(
    code,
    `${minor}: State change failed: ${why}`,
    `Command 'drbdsetup-84 ${verb} ${minor}' terminated with exit code ${code}`,
  );
}

export function lowerAt(machine: Machine, path: string): LogicalVolume | undefined {
  const device = deviceAt(machine, path);
  return device !== undefined && 'segments' in device ? device : undefined;
}

function metadataAt(machine: Machine, path: string): Metadata | undefined {
  const lower = lowerAt(machine, path);
  return lower === undefined ? undefined : metadataOf(lower);
}

/** `drbdadm get-gi`: identifiers, then MDF_CONSISTENT, WAS_UP_TO_DATE, PRIMARY_IND, CONNECTED_IND, FULL_SYNC, PEER_OUT_DATED, CRASHED_PRIMARY. */
function generations(of: Metadata): string {
  const current = of.primary
    ? `${of.current.slice(0, 15)}${(Number.parseInt(of.current.slice(15), 16) | 1).toString(16).toUpperCase()}`
    : of.current;
  const flags = [of.consistent, of.upToDate, of.primary, of.connected, false, of.peerOutdated, of.crashedPrimary].map(
    Number,
  );
  return [current, of.bitmap, ...of.history, ...flags].join(':');
}

/** Existing metadata is a question, and with stdin closed the answer is no (D3); so is any data that drbdmeta knows. */
function createMd({ machine, path, half }: Target, argv: readonly string[]): Answer {
  const given = readArguments(argv.slice(1), ['--force'], []);
  const lower = lowerAt(machine, path);
  if (lower === undefined) return fail(20, `open(${path}) failed: No such file or directory`);
  if (half !== undefined && half.disk !== 'Diskless') return fail(20, `Device '${half.minor}' is configured!`);
  if (metadataOf(lower) !== undefined && !given.has('--force')) {
    return {
      ...fail(
        1,
        'You want me to create a v08 style flexible-size internal meta data block.',
        'There appears to be a v08 flexible-size internal meta data block',
        `already in place on ${path} at byte offset ${lower.bytes - 4096}`,
        '',
        'Do you really want to overwrite the existing meta-data?',
        'stdin not a TTY, not waiting for confirmation',
      ),
      stdout: 'Operation cancelled.\n',
    };
  }
  const [head] = lower.read(0, 68 * 1024);
  if (head !== undefined && !given.has('--force'))
    return {
      ...fail(1, ' ==> This might destroy existing data! <==', 'stdin not a TTY, not waiting for confirmation'),
      stdout: 'Operation cancelled.\n',
    };
  putMetadata(lower, freshMetadata(machine.random.hex(16).toLowerCase()));
  return {
    code: 0,
    stdout: 'initializing activity log\nWriting meta data...\nNew drbd meta data block successfully created.\n',
    stderr: `initializing bitmap (4 KB) to all zero\n`,
  };
}

function up({ machine, config, minor, path, half }: Target): Answer {
  if (half !== undefined)
    return fail(
      1,
      `Device '${minor}' is configured!`,
      `Command 'drbdmeta ${minor} v08 ${path} internal apply-al' terminated with exit code 20`,
    );
  if (!machine.modules.has('drbd')) machine.modules.add('drbd');
  const lower = lowerAt(machine, path);
  const metadata = lower === undefined ? 'open failed' : attachable(lower);
  if (lower === undefined || typeof metadata === 'string') {
    return fail(
      1,
      `${String(metadata)}`,
      `Command 'drbdmeta ${minor} v08 ${path} internal apply-al' terminated with exit code 255`,
    );
  }
  const made = new Half({
    resource: config.name,
    node: machine.name,
    minor,
    config,
    lower,
    metadata,
    generate: () => `${machine.random.hex(15)}0`,
  });
  machine.halves.set(config.name, made);
  machine.point('drbdadm up: attached, not connected');
  made.connection = 'WFConnection';
  made.waitingSince = machine.around.now();
  return silent;
}

/** As 8.4.11 does it: under a Primary only what it lost last, which a new disk is none of while the peer is away. */
function attach({ half, machine, minor, path }: Target): Answer {
  if (half === undefined) return unknownMinor(minor, 'attach');
  if (half.disk !== 'Diskless')
    return fail(10, `${minor}: Failure: (124) Device is attached to a disk (use detach first)`);
  const lower = lowerAt(machine, path);
  const metadata = lower === undefined ? 'open failed' : attachable(lower);
  if (lower === undefined || typeof metadata === 'string') return fail(20, String(metadata));
  const { peer } = half;
  if (peer?.disk !== 'UpToDate')
    return fail(10, `${minor}: Failure: (150) Can only attach to the data we lost last (see kernel log).`);
  if (usableBytes(lower) < half.bytes)
    return fail(10, `${minor}: Failure: (111) Low.dev. smaller than requested DRBD-dev. size.`);
  half.attach(lower, metadata);
  machine.point('drbdadm attach: attached, not syncing');
  startSync(peer, half, true);
  return silent;
}

/** The kernel has forgotten the options of a connection that is no more: those of the file count. */
function connect({ half, config, minor, machine }: Target, argv: readonly string[]): Answer {
  const given = readArguments(argv.slice(1), ['--discard-my-data'], []);
  if (half === undefined) return unknownMinor(minor, 'connect');
  if (half.connection !== 'StandAlone')
    return fail(10, `${minor}: Failure: (125) Device has a net-config (use disconnect first)`);
  half.config = { ...half.config, net: config.net };
  half.discards = given.has('--discard-my-data');
  half.connection = 'WFConnection';
  half.waitingSince = machine.around.now();
  return silent;
}

function down({ half, machine }: Target): Answer {
  return half === undefined ? silent : takeDown(half, machine);
}

function takeDown(half: Half, machine: Machine): Answer {
  if (half.openers > 0) return refused(half.minor, 'down', 11, '(-12) Device is held open by someone');
  half.role = 'Secondary';
  part(half, machine);
  half.remember();
  machine.halves.delete(half.resource);
  return silent;
}

/** This side leaves; the other one waits for it. */
export function part(half: Half, machine: Machine): void {
  const { peer } = half;
  half.peer = undefined;
  if (peer !== undefined) lose(peer, machine.around.now(), true);
  half.remember();
}

function primary({ half, minor }: Pick<Target, 'half' | 'minor'>, argv: readonly string[]): Answer {
  const given = readArguments(argv.slice(1), ['--force'], []);
  if (half === undefined) return unknownMinor(minor, 'primary');
  if (half.role === 'Primary') return silent;
  if (half.peer?.role === 'Primary' && !half.allowsTwoPrimaries)
    return refused(minor, 'primary', 11, '(-1) Multiple primaries not allowed by config');
  const forced = !half.hasData;
  if (forced && !given.has('--force')) return refused(minor, 'primary', 17, '(-2) Need access to UpToDate data');
  half.role = 'Primary';
  if (forced) half.disk = 'UpToDate';
  if (forced || (!half.connected && half.metadata.bitmap === none)) half.newGeneration();
  half.remember();
  if (forced && half.peer?.disk === 'Inconsistent') startSync(half, half.peer, true);
  return silent;
}

/** W3, W10: live, and what both ends must agree in is sent to the connected peer (drbd_nl.c, P_PROTOCOL_UPDATE). */
function netOptions({ half, config }: Target, argv: readonly string[]): Answer {
  const given = readArguments(argv.slice(1), [], ['--protocol', '--allow-two-primaries']);
  const two = given.one('--allow-two-primaries');
  if (given.one('--protocol') === 'A' || two === undefined) throw new UnknownCommand(argv.join(' '));
  // Not seen: by drbd_nl.c (drbd_adm_net_opts) there is no such connection.
  if (half === undefined || half.connection === 'StandAlone')
    return fail(
      10,
      '??: Failure: (162) Invalid configuration request',
      'additional info from kernel:',
      'unknown connection',
    );
  return two === 'yes' ? allowTwo(half, true) : closeWindow(half, config, argv.slice(2, -1).join(' '));
}

function closeWindow(half: Half, config: ResourceConfig, options: string): Answer {
  if (half.role !== 'Primary' || half.peer?.role !== 'Primary') return allowTwo(half, false);
  const [own, other] = [...config.hosts].sort(([node]) => (node === half.node ? -1 : 1));
  const path = [own, other].map((one) => one?.[1].address.replace('ipv4 ', 'ipv4:')).join(' ');
  return fail(
    10,
    '??: Failure: (164) Can not clear allow_two_primaries as long as',
    'there a primaries on both sides',
    `Command 'drbdsetup-84 net-options ${path} ${options}' terminated with exit code 10`,
  );
}

function allowTwo(half: Half, allow: boolean): Answer {
  for (const one of [half, half.peer]) {
    if (one === undefined) continue;
    const net = new Map(one.config.net);
    if (allow) net.set('allow-two-primaries', 'yes');
    else net.delete('allow-two-primaries');
    one.config = { ...one.config, net };
  }
  return silent;
}

/** K2: without a sync, once, while both halves have never been used; the kernel refuses anything else. */
function newCurrentUuid({ half, minor, machine }: Target, argv: readonly string[]): Answer {
  const given = readArguments(argv.slice(1), ['--clear-bitmap'], []);
  if (!given.has('--clear-bitmap')) throw new UnknownCommand(argv.join(' '));
  if (half === undefined) return unknownMinor(minor, 'new-current-uuid');
  const { peer } = half;
  if (peer === undefined || !neverUsed(half)) {
    if (half.connection === 'StandAlone') throw new UnknownCommand(`${argv.join(' ')} while StandAlone`);
    return fail(
      10,
      `${minor}: Failure: (151) Need to be StandAlone`,
      `Command 'drbdsetup-84 new-current-uuid ${minor} --clear-bitmap' terminated with exit code 10`,
    );
  }
  const current = `${machine.random.hex(15)}0`;
  for (const one of [half, peer]) {
    one.metadata.current = current;
    one.metadata.bitmap = none;
    one.metadata.outOfSync.clear();
    one.disk = 'UpToDate';
  }
  half.remember();
  peer.remember();
  return silent;
}

/** D14: at once here. The words are those of the sources (`drbd_worker.c`); not seen. */
function verify({ half, minor, machine }: Target): Answer {
  if (half === undefined) return unknownMinor(minor, 'verify');
  const { peer } = half;
  if (half.connection !== 'Connected' || peer === undefined || !half.config.net.has('verify-alg'))
    throw new UnknownCommand(`verify of ${half.resource}, ${half.connection}`);
  const block = 4096;
  let at = difference(half.lower, peer.lower, 0, half.bytes);
  while (at !== undefined) {
    const start = at - (at % block);
    for (const one of [half, peer]) one.metadata.outOfSync.add(start, start + block);
    at = difference(half.lower, peer.lower, start + block, half.bytes);
  }
  machine.kernelLog = [
    ...machine.kernelLog,
    `[  100.000000] block drbd${minor}: conn( Connected -> VerifyS ) `,
    `[  101.000000] block drbd${minor}: Online verify done (total 1 sec; paused 0 sec; 65536 K/sec)`,
  ];
  return silent;
}

function noPrimary(minor: number): Answer {
  return fail(
    10,
    `${minor}: Failure: (131) Need one Primary node to resize.`,
    `Command 'drbdsetup-84 resize ${minor}' terminated with exit code 10`,
  );
}

/** Both slices must have grown: the device takes the smaller one. New blocks are copied from the Primary. */
function resize({ half, minor }: Target): Answer {
  if (half === undefined) return unknownMinor(minor, 'resize');
  const { peer } = half;
  if (half.connection !== 'Connected' && peer !== undefined)
    return fail(10, `${minor}: Failure: (129) Resize not allowed during resync.`);
  // Without its peer a device keeps the size that both agreed on (drbd_nl.c, drbd_new_dev_size; not seen on the lab).
  if (peer === undefined) return half.role === 'Primary' ? silent : noPrimary(minor);
  if (half.role !== 'Primary' && peer.role !== 'Primary') return noPrimary(minor);
  const bytes = Math.min(usableBytes(half.lower), usableBytes(peer.lower));
  const old = half.bytes;
  if (bytes <= old) return silent;
  for (const one of [half, peer]) {
    putMetadata(one.lower, one.metadata);
    one.bytes = bytes;
    one.metadata.agreedBytes = bytes;
  }
  const [source, target] = half.role === 'Primary' ? [half, peer] : [peer, half];
  source.metadata.outOfSync.add(old, bytes);
  startSync(source, target, false);
  return silent;
}

/** What the kernel runs against what the file says; every command that would make them equal. */
function differences({ half, machine, config, minor, path }: Target): readonly string[] {
  if (half === undefined)
    return [
      `drbdsetup-84 new-resource ${config.name}`,
      `drbdsetup-84 new-minor ${config.name} ${minor} 0`,
      `drbdmeta ${minor} v08 ${path} internal apply-al`,
      `drbdsetup-84 attach ${minor} ${path} ${path} internal`,
      `drbdsetup-84 connect ${config.name} ...`,
    ];
  const same = (name: 'net' | 'disk' | 'options'): boolean =>
    JSON.stringify([...config[name]].sort()) === JSON.stringify([...half.config[name]].sort());
  const out: string[] = [];
  if (half.disk === 'Diskless')
    out.push(
      `drbdmeta ${minor} v08 ${path} internal apply-al`,
      `drbdsetup-84 attach ${minor} ${path} ${path} internal`,
    );
  else if (half.minor !== minor || half.lower !== lowerAt(machine, path)) out.push(`drbdsetup-84 detach ${half.minor}`);
  if (!same('disk')) out.push(`drbdsetup-84 disk-options ${minor} --set-defaults`);
  if (!same('options')) out.push(`drbdsetup-84 resource-options ${config.name} --set-defaults`);
  if (!same('net'))
    out.push(`drbdsetup-84 net-options ${config.hosts.get(machine.name)?.address.replace(' ', ':')} --set-defaults`);
  if (half.connection === 'StandAlone') out.push(`drbdsetup-84 connect ${config.name} ...`);
  return out;
}

function adjust(target: Target, argv: readonly string[]): Answer {
  if (argv.length !== 3) throw new UnknownCommand(argv.join(' '));
  const { half, config } = target;
  if (half === undefined) return up(target);
  if (half.connection === 'StandAlone') {
    half.config = config;
    return connect(target, argv);
  }
  // W6: it closes a window, or fails.
  const closed = half.allowsTwoPrimaries ? closeWindow(half, config, '--set-defaults') : silent;
  if (closed.code === 0) half.config = config;
  return closed;
}

function drbdsetup(machine: Machine, argv: readonly string[]): Answer {
  const asked = argv.slice(1).join(' ');
  if (!machine.modules.has('drbd')) return fail(20, "Could not connect to 'drbd' generic netlink family");
  if (asked === 'events2 --now --statistics all' || asked === 'events2 --now --statistics')
    return say(...[...machine.halves.values()].flatMap(events), 'exists -');
  const name = asked.startsWith('events2 --now --statistics ') ? (argv.at(-1) ?? '') : undefined;
  if (name !== undefined) return eventsOf(machine, name);
  if (argv[1] === 'role' || argv[1] === 'down') return byName(machine, argv);
  if (argv[1] === 'show' && argv.length <= 3) return show(machine, argv[2]);
  if (argv[1] === 'primary' && argv.length === 3) return primaryByMinor(machine, Number(argv[2]));
  throw new UnknownCommand(argv.join(' '));
}

/** As drbdadm has it done, but for the line in which that says what it ran. */
function primaryByMinor(machine: Machine, minor: number): Answer {
  const half = [...machine.halves.values()].find((one) => one.minor === minor);
  const { stderr, ...answer } = primary({ half, minor }, ['drbdadm', 'primary']);
  return { ...answer, stderr: stderr.replace(/^Command .*\n/m, '') };
}

/** Without any file: `down` takes a resource by its name; `role` of 8.4 wants a minor (seen). */
function byName(machine: Machine, [, verb, name = '']: readonly string[]): Answer {
  if (verb === 'role') return roleOf(machine, name);
  const half = machine.halves.get(name);
  return half === undefined ? fail(10, `${name}: Failure: (158) Unknown resource`) : takeDown(half, machine);
}

function roleOf(machine: Machine, minor: string): Answer {
  if (!/^\d+$/.test(minor)) return fail(20, `Cannot determine minor device number of device '${minor}'`);
  const half = [...machine.halves.values()].find((one) => one.minor === Number(minor));
  return half === undefined ? unknownMinor(Number(minor), 'role') : say(`${half.role}/${half.peer?.role ?? 'Unknown'}`);
}

function show(machine: Machine, name: string | undefined): Answer {
  const halves = [...machine.halves.values()].filter((half) => name === undefined || half.resource === name);
  if (name !== undefined && halves.length === 0) return fail(10, `${name}: No such resource`);
  return { ...silent, stdout: halves.map(shown).join('\n') };
}

function eventsOf(machine: Machine, name: string): Answer {
  const half = machine.halves.get(name);
  return half === undefined ? fail(10, `${name}: No such resource`) : say(...events(half), 'exists -');
}

const connections: Readonly<Record<string, string>> = { WFConnection: 'Connecting', StandAlone: 'StandAlone' };

/** `drbdsetup events2 --now --statistics` of the 8.4 module. */
function events(half: Half): readonly string[] {
  const { peer, resource, connection } = half;
  const replication =
    connection === 'Connected' ? 'Established' : connections[connection] === undefined ? connection : 'Off';
  const named = connection === 'StandAlone' ? '' : ' conn-name:peer';
  const dirty =
    half.connection === 'SyncSource' ? (peer?.metadata.outOfSync.bytes ?? 0) : half.metadata.outOfSync.bytes;
  const kibibytes = Math.floor(half.bytes / 1024);
  const waiting = peer === undefined ? 'yes' : 'no';
  return [
    `exists resource name:${resource} role:${half.role} suspended:no write-ordering:flush`,
    `exists connection name:${resource} peer-node-id:0${named} connection:${connections[connection] ?? 'Connected'} role:${peer?.role ?? 'Unknown'} congested:no`,
    `exists device name:${resource} volume:0 minor:${half.minor} disk:${half.disk} size:${kibibytes} read:0 written:0 al-writes:8 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:${waiting} blocked:no`,
    `exists peer-device name:${resource} peer-node-id:0${named} volume:0 replication:${replication} peer-disk:${peer?.disk ?? 'DUnknown'} resync-suspended:no received:0 sent:0 out-of-sync:${Math.ceil(dirty / 1024)} pending:0 unacked:0`,
  ];
}

/** Of a connection that is no more it knows nothing (seen after a split brain). */
function shown(half: Half): string {
  const { config, node } = half;
  const own = config.hosts.get(node);
  const other = [...config.hosts].find(([name]) => name !== node)?.[1];
  const net = [...config.net].filter(([key, value]) => key !== 'protocol' || value !== 'C');
  const lower = `/dev/${half.lower.group.name}/${half.lower.name}`;
  const disk = `            disk\t\t\t"${lower}";
            meta-disk\t\t\tinternal;
            disk {
${[...config.disk].map(([key, value]) => `                ${key.padEnd(16)}\t${value};\n`).join('')}            }
`;
  const alone = half.connection === 'StandAlone';
  const connection = `    net {
${net.map(([key, value]) => `        ${key.padEnd(16)}\t${/^[\w-]+$/.test(value) && !['cram-hmac-alg', 'shared-secret', 'verify-alg', 'csums-alg'].includes(key) ? value : `"${value}"`};\n`).join('')}    }
    _remote_host {
        address\t\t\t${other?.address};
    }
`;
  return `resource ${half.resource} {
    options {
    }
${alone ? '' : connection}    _this_host {
${alone ? '' : `        address\t\t\t${own?.address};\n`}        volume 0 {
            device\t\t\tminor ${half.minor};
${half.disk === 'Diskless' ? '' : disk}        }
    }
}
`;
}
