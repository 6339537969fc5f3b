/** nbd-server 3.24: a process that listens, and a child for each connection (test transcripts of the lab, safety.md N2, N3, N11). */
import { type Answer, fail, silent } from './answer.ts';
import { readArguments } from './arguments.ts';
import type { Device } from './content.ts';
import type { Machine } from './machine.ts';
import type { NbdServer, Served, Session } from './nbd-session.ts';
import { PageCache } from './page-cache.ts';
import { Process } from './process.ts';
import type { Program } from './program.ts';
import { deviceAt } from './programs-devices.ts';

/** It hung up, or said no; the word is what the importer is told. */
export class Denied extends Error {}
/** Nobody answers there, after so many seconds. */
export class Unreachable extends Error {
  readonly seconds: number;

  constructor(why: string, seconds: number) {
    super(why);
    this.seconds = seconds;
  }
}

export const nbdServer: Readonly<Record<string, Program>> = {
  'nbd-server': (machine, argv) => start(machine, argv),
};

function start(machine: Machine, argv: readonly string[]): Answer {
  const given = readArguments(argv, [], ['-C', '-p']);
  if (!machine.packages.has('nbd-server')) return fail(203, 'nbd-server: No such file or directory');
  const text = machine.files.get(given.one('-C') ?? '')?.content;
  if (text === undefined) return fail(1, `Error: Could not parse config file: ${given.one('-C')}`);
  const sections = parse(text);
  const generic = sections.get('generic');
  const port = Number(generic?.get('port'));
  if (machine.nbdServers.some((one) => one.main.alive && one.port === port)) return fail(1, 'Error: failed to bind');
  const served = [...sections].flatMap(([name, keys]) => (name === 'generic' ? [] : [servedOf(name, keys)]));
  const secret = generic?.get('cacertfile');
  const authority = secret === undefined ? undefined : machine.files.get(secret)?.content;
  const main = spawn(machine, argv.join(' '));
  machine.nbdServers.push({ machine, main, unit: machine.unitNow, port, served, authority });
  return silent;
}

/** N12: keys that it does not know it skips. */
function parse(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let now = new Map<string, string>();
  for (const line of text.split('\n')) {
    const name = /^\[(.*)\]$/.exec(line)?.[1];
    const [, key = '', value = ''] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
    if (key !== '') now.set(key, value);
    if (name === undefined) continue;
    now = new Map();
    sections.set(name, now);
  }
  return sections;
}

function servedOf(wireName: string, keys: ReadonlyMap<string, string>): Served {
  return {
    wireName,
    path: keys.get('exportname') ?? '',
    allow: keys.get('authfile') ?? '',
    readOnly: keys.get('readonly') === 'true',
    flush: keys.get('flush') === 'true',
    prerun: (keys.get('prerun') ?? '').split(' ').filter((word) => word !== ''),
  };
}

/** Somebody calls. */
export function call(importer: Machine, address: string, port: number): NbdServer {
  const there = importer.around.machineAt(address);
  if (there === undefined || !importer.around.linked(importer, there)) throw new Unreachable('timed out', 30);
  const server = there.nbdServers.find((one) => one.main.alive && one.port === port);
  if (server === undefined) throw new Unreachable('[Errno 111] Connection refused', 0);
  return server;
}

/** LIST tells everybody; only GO asks the list of who may connect, and then `prerun` (tried). */
export function go(server: NbdServer, wireName: string, importer: Machine): Session {
  const { machine } = server;
  const served = server.served.find((one) => one.wireName === wireName);
  if (served === undefined) throw new Denied('the server refuses: Export unknown');
  const list = machine.files.get(served.allow)?.content;
  // N2: without the file everybody may come in.
  const may = list?.split('\n').filter((line) => line !== '' && !line.startsWith('#')) ?? [importer.address];
  if (!may.includes(importer.address)) throw new Denied('the server refuses: Access denied by server configuration');
  const before = machine.unitNow;
  machine.unitNow = server.unit;
  try {
    const child = spawn(machine, server.main.commandLine, server.main.pid);
    machine.parentNow = child.pid;
    const arrival = { server, child, importer };
    machine.arrivals.push(arrival);
    if (served.prerun.length > 0 && machine.ask(served.prerun.map((word) => word.replace('/bin/', ''))).code !== 0) {
      child.end();
      throw new Denied('the server hung up');
    }
    const device = backing(machine, served.path);
    if (device === undefined) {
      child.end();
      throw new Denied('the server hung up');
    }
    const session = { server, served, child, importer, boots: [machine.bootId, importer.bootId], device };
    machine.arrivals = machine.arrivals.filter((one) => one !== arrival);
    machine.sessions.push(session);
    return session;
  } finally {
    machine.unitNow = before;
    machine.parentNow = 1;
  }
}

/** N3: opened only now. */
function backing(machine: Machine, path: string): PageCache | undefined {
  const device = deviceAt(machine, path) ?? machine.images.get(machine.files.real(path));
  return device === undefined ? undefined : cacheOf(machine, device);
}

export function cacheOf(machine: Machine, device: Device): PageCache {
  const known = machine.pageCaches.get(device);
  if (known !== undefined) return known;
  const cache = new PageCache(device);
  machine.pageCaches.set(device, cache);
  return cache;
}

/** A process of the unit whose program starts it. */
function spawn(machine: Machine, commandLine: string, parent = 1): Process {
  const process = new Process(machine, commandLine, '/dev/null', parent);
  machine.unitNow?.processes.add(process);
  return process;
}
