/** `sh -c …` of the kinds: run by the simulated shell, but for the one that reads a device byte by byte. */
import { foreignProbe } from '../../../src/kinds/cluster/foreign.ts';
import { openersOfMirror } from '../../../src/kinds/domain/guards.ts';
import { lostProbe } from '../../../src/kinds/drbd/lost.ts';
import { deviceScripts } from '../../../src/kinds/host/fence.ts';
import { setScript } from '../../../src/kinds/module/parameters.ts';
import { copyScript } from '../../../src/kinds/snapshot/rollback.ts';
import { contentQuestion } from '../../../src/kinds/volume-group/gate.ts';
import { firewallProbe, logProbe, usersProbe } from '../../../src/why/asks.ts';
import { type Host, type Running, runShell, startShell } from '../shell/run.ts';
import { type Answer, fail, say, silent, UnknownCommand } from './answer.ts';
import { difference, isZero } from './content.ts';
import type { Machine } from './machine.ts';
import { goingOf } from './nbd-device.ts';
import { openersOf } from './openers.ts';
import type { Program } from './program.ts';
import { deviceAt, holdersOf } from './programs-devices.ts';
import { readFile } from './special.ts';
import { listed, sysFiles, writeSys } from './sysfs.ts';

const mebibyte = 2 ** 20;

export const shell: Readonly<Record<string, Program>> = {
  sh(machine, argv, stdin) {
    const [, , text = '', , ...words] = argv;
    const file = argv[1]?.startsWith('/') ? fileNow(machine, argv[1], argv.slice(2)) : undefined;
    const known = file ?? tooFine(machine, argv);
    if (known !== undefined) return known;
    const exec = (call: readonly string[], input: string): Answer => machine.ask(call, input);
    return runShell({ ...hostOf(machine), exec }, text, words, stdin);
  },
};

/** A script as it goes on, for whoever lets time pass meanwhile; undefined when it is none, or one that is answered at once. */
export function scriptOn(machine: Machine, argv: readonly string[], stdin: string): Running | undefined {
  const [name, first = '', text = '', , ...words] = argv;
  if (name === 'sh' && first.startsWith('/')) return scriptFile(machine, argv);
  if (name !== 'sh' || tooFine(machine, argv) !== undefined) return undefined;
  if (text === copyScript) return copying(machine, words);
  return startShell(hostOf(machine), text, words, stdin);
}

/**
 * The copy of a rollback, whose bytes would be too fine for the model: each part goes straight from one device to the other. Its own
 * text runs in a real shell (test/kinds/snapshot/scripts.test.ts).
 */
function* copying(machine: Machine, [from = '', to = '']: readonly string[]): Running {
  const part = 4 * mebibyte;
  for (const path of [to, from]) {
    const found = yield { argv: ['blockdev', '--getsize64', path], stdin: '' };
    if (found.code !== 0) return found;
  }
  const bytes = deviceAt(machine, to)?.bytes ?? 0;
  if ((deviceAt(machine, from)?.bytes ?? 0) < bytes) return fail(1, 'the snapshot is smaller than the disk');
  for (let at = 0; at * part < bytes; at++) {
    const end = Math.min(bytes, (at + 1) * part);
    yield { argv: ['sleep', '0.2'], stdin: '' };
    const [source, target] = [deviceAt(machine, from), deviceAt(machine, to)];
    if (source === undefined || target === undefined) return fail(1, `dd: failed to open '${to}'`);
    if (difference(source, target, at * part, end) === undefined) continue;
    const copied = yield {
      argv: ['dd', `if=${from}`, `of=${to}`, `bs=${part}`, `skip=${at}`, `seek=${at}`, 'count=1'],
      stdin: '',
    };
    if (copied.code !== 0) return copied;
  }
  return yield { argv: ['cmp', '-n', String(bytes), from, to], stdin: '' };
}

/** A file of a machine as it runs, with what its caller put into its environment. */
export function fileOn(machine: Machine, path: string, words: readonly string[], environment: Environment): Running {
  const text = machine.files.get(path)?.content;
  if (text === undefined) throw new UnknownCommand(`${machine.name}$ ${path}`);
  return startShell(hostOf(machine), text, words, '', environment);
}

/** A script that a unit runs: a file, or a text; undefined for any other program. */
export function scriptFile(machine: Machine, argv: readonly string[]): Running | undefined {
  const [name, first = '', ...words] = argv;
  if (name !== 'sh') return undefined;
  if (first === '-c') return startShell(hostOf(machine), words[0] ?? '', words.slice(2));
  return fileOn(machine, first, words, { $: String(scriptPid(machine, 1)) });
}

/** A file that a program runs, and waits for. */
function fileNow(machine: Machine, path: string, words: readonly string[]): Answer {
  const script = fileOn(machine, path, words, { $: String(scriptPid(machine, machine.parentNow)) });
  for (let next = script.next(); ; ) {
    if (next.done) return next.value;
    const { argv, stdin } = next.value;
    next = script.next(argv[0] === 'sleep' ? silent : machine.ask(argv, stdin));
  }
}

function scriptPid(machine: Machine, parent: number): number {
  const pid = machine.nextPid++;
  machine.parents.set(pid, parent);
  return pid;
}

type Environment = Readonly<Record<string, string>>;

/** What would be too fine for the model: bytes of a device, open files of processes. */
function tooFine(machine: Machine, [, option, text = '', , ...words]: readonly string[]): Answer | undefined {
  if (option === '-n') return silent;
  if (option !== '-c') throw new UnknownCommand(`sh ${option}`);
  if (text === contentQuestion('')[2]) return content(machine, words[0] ?? '');
  if (text === setScript) return setParameter(machine, words);
  if (text === logProbe.command.argv[2]) return say(...machine.kernelLog);
  if (text === foreignProbe.command.argv[2]) return say('ActiveState=inactive');
  if (text === lostProbe.command.argv[2]) return say(`${machine.uptimeSeconds.toFixed(2)} 0.00`, ...machine.turns);
  if (text === deviceScripts.off || text === deviceScripts.status) return powerSwitch(machine, text, words);
  if (text === firewallProbe.command.argv[2]) return silent;
  if (text === usersProbe('').command.argv[2]) return say(...(machine.deviceUsers.get(words[0] ?? '') ?? []));
  if (text === openersOfMirror) return openers(machine, words[0] ?? '');
  return text.startsWith('find /proc/[0-9]*/fd -lname ') ? silent : undefined;
}

function openers(machine: Machine, path: string): Answer {
  const device = deviceAt(machine, path);
  return device === undefined ? silent : say(...openersOf(machine, device));
}

/** The device of a machine is reached by that machine's own address, whatever the state of the machine. */
function powerSwitch({ around }: Machine, text: string, words: readonly string[]): Answer {
  const address = words.find((word) => word.startsWith('ip='))?.slice('ip='.length) ?? '';
  const victim = around.machineAt(address);
  if (victim === undefined) return fail(1, 'ERROR: Connection timed out');
  if (text === deviceScripts.status) return say(victim.on ? 'on' : 'off');
  if (victim.on) around.shoot(victim);
  return say('Success: Powered OFF');
}

function setParameter(machine: Machine, [path, value]: readonly string[]): Answer {
  if (path !== '/sys/module/drbd/parameters/disable_sendpage') throw new UnknownCommand(path ?? '');
  machine.copiesPages = value === 'Y';
  return silent;
}

/** The package that brings a program, as `command -v` finds it. */
const bringer: Readonly<Record<string, string>> = {
  drbdadm: 'drbd-utils',
  xl: 'xen-utils-common',
  lvs: 'lvm2',
  fence_ipmilan: 'fence-agents',
};

function hostOf(machine: Machine): Host {
  return {
    exists: (path) => exists(machine, path),
    read: (path) => readFile(machine, path),
    write: (path, text, append) => write(machine, path, text, append),
    isLink: (path) => machine.files.get(path)?.type === 'symbolic link',
    glob: (pattern) => globbed(machine, pattern),
  };
}

/** Files and the folders that they are in; none whose name begins with a dot. */
function globbed(machine: Machine, pattern: string): readonly string[] {
  const start = pattern.slice(0, pattern.indexOf('*'));
  const paths = [...machine.files.paths, ...sysFiles(machine).keys()].filter((path) => path.startsWith(start));
  const all = new Set(paths.map((path) => path.split('/').slice(0, pattern.split('/').length).join('/')));
  const like = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`);
  return [...all].filter((path) => like.test(path) && !path.slice(start.lastIndexOf('/')).includes('/.')).sort();
}

function write(machine: Machine, path: string, text: string, append: boolean): string | undefined {
  if (writeSys(machine, path, text) === true) return undefined;
  if (machine.full && !path.startsWith('/run/')) return `cannot create ${path}: No space left on device`;
  if (append) machine.files.append(path, text);
  else machine.files.put(path, text);
  machine.point(`${path} is written`);
  return undefined;
}

function exists(machine: Machine, path: string): boolean {
  const module = /^\/sys\/module\/([^/]+)(?:\/version)?$/.exec(path)?.[1];
  if (module !== undefined) return machine.modules.has(module);
  if (path === '/run/sanctl/running') return machine.batchRuns();
  if (path === '/sys/hypervisor/type') return machine.packages.has('xen-utils-common');
  if (path === '/sys/class/net/xenbr0/bridge') return true;
  if (machine.leftovers.some(({ group }) => path === `/dev/${group.name}`)) return true;
  const needs = bringer[path];
  if (needs !== undefined) return machine.packages.has(needs);
  if (readFile(machine, path) !== undefined || listed(machine, path) !== undefined) return true;
  return deviceAt(machine, path) !== undefined;
}

/** The samples of `contentQuestion`. */
function content(machine: Machine, path: string): Answer {
  const device = deviceAt(machine, path);
  if (device === undefined) return fail(2, `blockdev: cannot open ${path}: No such file or directory`);
  if (device.bytes < 8 * mebibyte || goingOf(device) !== 'goes') return fail(2);
  if (holdersOf(machine, device).length > 0) return say('held');
  const step = Math.floor(device.bytes / 17);
  const places = Array.from({ length: 16 }, (_, at) => ({
    at: Math.floor((step * (at + 1)) / 4096) * 4096,
    bytes: 65536,
  }));
  const samples = [
    { at: mebibyte, bytes: 3 * mebibyte },
    ...places,
    { at: device.bytes - 4 * mebibyte, bytes: 4 * mebibyte },
  ];
  const data = samples.find(({ at, bytes }) => !isZero(device, at, at + bytes));
  if (data !== undefined) return say(`data at ${data.at}`);
  return say(isZero(device, 0, mebibyte) ? 'zero' : 'zero after 1 MiB');
}
