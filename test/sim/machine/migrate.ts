/**
 * `xl migrate` and the `xl migrate-receive` that it starts on the other machine (Xen 4.17), which live on by themselves.
 * What a whole move prints and shows was seen (test/fixtures/xen-4.17/migrate.txt); who renames, resumes, destroys or only
 * ends when the other end is lost is taken from tools/xl/xl_migrate.c.
 */
import { type Answer, fail, silent, UnknownCommand } from './answer.ts';
import { readArguments } from './arguments.ts';
import { Broken, Line } from './line.ts';
import type { Machine } from './machine.ts';
import { NbdDevice } from './nbd-device.ts';
import { Process } from './process.ts';
import { deviceAt } from './programs-devices.ts';
import { reach } from './programs-ssh.ts';
import { freeMib } from './programs-xen.ts';
import { fileOn } from './scripts.ts';
import { jobOn } from './units.ts';
import { booting, type Domain, type DomainDisk, isLive, openDisks, parseDomainFile, remove } from './xen.ts';

const binary = '/usr/lib/xen-4.17/bin/xl';
const running = '-b----';
const suspended = '---ss-';
const going = '--pss-';

/** How a process ended, and all that it printed. */
class Ended extends Error {
  readonly answer: Answer;

  constructor(code: number, ...last: readonly string[]) {
    super();
    this.answer = fail(code, ...last);
  }
}

/** What a process says to people, and how it ends when the other end is gone. */
class Side {
  readonly process: Process;
  readonly line: Line;
  readonly #said: string[];

  constructor(process: Process, line: Line, said: string[]) {
    this.process = process;
    this.line = line;
    this.#said = said;
  }

  get machine(): Machine {
    return this.process.machine;
  }

  /** Between two effects; faults strike here. */
  async next(seconds = 0.3): Promise<void> {
    await this.process.pass(seconds);
    this.process.moment();
  }

  say(...lines: readonly string[]): void {
    this.#said.push(...lines);
  }

  /** The domain of that id, as long as nobody destroys it. */
  domain(id: number): Domain | undefined {
    return this.machine.domains.find((one) => one.id === id);
  }

  rename(domain: Domain, name: string): boolean {
    if (!this.machine.domains.includes(domain) || this.machine.domains.some((one) => one.name === name)) return false;
    domain.name = name;
    this.changed();
    return true;
  }

  destroy(domain: Domain): void {
    remove(this.machine, domain);
    this.changed();
  }

  /** What happened without a command of sanctl is looked at as well. */
  changed(): void {
    const { around } = this.machine;
    around.settle();
    around.afterCommand(this.machine, this.process.commandLine.split(' '), 0);
  }
}

/** `xl migrate [-s SSH] DOMAIN HOST`, as `process`. Rejects with Killed when it is killed. */
export async function migrate(process: Process, argv: readonly string[]): Promise<Answer> {
  const { ssh, file, which, host } = wordsOf(argv);
  const { machine } = process;
  const domain = machine.domains.find((one) => one.name === which || String(one.id) === which);
  if (domain === undefined) return fail(1, `${which} is an invalid domain identifier (rc=-6)`);
  const { name } = domain;
  const text = file === undefined ? '' : machine.files.get(file)?.content;
  if (text === undefined) return fail(1, `Failed to read config file: ${file}: No such file or directory`);
  const goes: Goes = { from: domain, name, scripts: scriptsIn(text) };
  await process.pass(1);
  const target = reach(machine, ssh, host, 'xl migrate-receive');
  if ('code' in target) {
    await process.pass(10);
    return target;
  }
  const receiver = new Process(target, `${binary} migrate-receive`, 'pipe:[12345]');
  const line = new Line(process, receiver, patienceOf(ssh));
  const said: string[] = [];
  receive(new Side(receiver, line, said), goes).catch(machine.around.trouble);
  try {
    await send(new Side(process, line, said), domain, name);
  } catch (problem) {
    if (!(problem instanceof Ended)) throw problem;
    return { ...problem.answer, stderr: said.map((one) => `${one}\n`).join('') + problem.answer.stderr };
  }
  throw new Error('a sender says how it ended');
}

function wordsOf(argv: readonly string[]) {
  const given = readArguments(argv.slice(1), [], ['-s', '-C']);
  const [which = '', host = '', ...more] = given.rest;
  if (host === '' || more.length > 0) throw new UnknownCommand(argv.join(' '));
  return { ssh: (given.one('-s') ?? 'ssh').split(' '), file: given.one('-C'), which, host };
}

/** What goes over the line beside the memory. */
interface Goes {
  readonly from: Domain;
  readonly name: string;
  /** Of the configuration that was sent: the script of each disk that has one, by its device. */
  readonly scripts: ReadonlyMap<string, string>;
}

function scriptsIn(text: string): ReadonlyMap<string, string> {
  const disks = parseDomainFile(text).get('disk');
  const specs = (typeof disks === 'object' ? disks : []).map((spec) => [
    /(?:^|,)\s*target=(.*)$/.exec(spec)?.[1] ?? '',
    /(?:^|,)\s*script=([^,]*),/.exec(spec)?.[1],
  ]);
  return new Map(specs.flatMap(([target = '', script]) => (script === undefined ? [] : [[target, script] as const])));
}

/** Without `ServerAliveInterval` it waits for ever (ssh_config(5)); a count that is not given is 3. */
function patienceOf(ssh: readonly string[]): number {
  const option = (name: string): string | undefined => ssh.find((word) => word.startsWith(`${name}=`))?.split('=')[1];
  const interval = Number(option('ServerAliveInterval') ?? 0);
  return interval === 0 ? Number.POSITIVE_INFINITY : interval * Number(option('ServerAliveCountMax') ?? 3);
}

async function send(self: Side, domain: Domain, name: string): Promise<never> {
  const { process, line, machine } = self;
  await hear(self, 'Migration failed, no banner');
  self.say('Saving to migration stream new xl format (info 0x3/0x0/1194)', `xc: info: Saving domain ${domain.id}`);
  try {
    await line.flow(process, machine.random.whole(10, 60));
    if (!machine.domains.includes(domain) || !isLive(domain))
      throw new Ended(1, 'migration sender: libxl_domain_suspend failed (rc=-3)');
    domain.state = suspended;
    for (const { device, readOnly } of domain.disks) if (device instanceof NbdDevice && !readOnly) device.standStill();
    self.changed();
    await self.next();
    await line.flow(process, machine.random.whole(1, 10));
    line.write(process, 'the end of the stream');
    await line.read(process);
  } catch (problem) {
    throw broken(problem) ? resumed(self, domain) : problem;
  }
  self.say('migration sender: Target has acknowledged transfer.');
  await self.next();
  if (!self.rename(domain, `${name}--migratedaway`)) throw resumed(self, domain);
  await self.next();
  self.say('migration sender: Giving target permission to start.');
  // From here on it is not safe to go on, whatever happens.
  try {
    line.write(process, 'GO');
    if ((await line.read(process)) === 'failure') await takeBack(self, domain, name);
  } catch (problem) {
    throw broken(problem) ? badly() : problem;
  }
  self.say('migration sender: Target reports successful startup.');
  domain.state = going;
  await self.next(3);
  self.destroy(domain);
  throw new Ended(0, 'Migration successful.');
}

function broken(problem: unknown): boolean {
  return problem instanceof Broken;
}

async function hear(self: Side, otherwise: string): Promise<void> {
  try {
    await self.line.read(self.process);
  } catch (problem) {
    throw broken(problem) ? new Ended(1, otherwise) : problem;
  }
}

/** The sender itself lets its guest go on. */
function resumed(self: Side, domain: Domain, said = 'Migration failed, resuming at sender.'): Ended {
  if (domain.state === suspended) domain.state = running;
  self.changed();
  return new Ended(1, said);
}

function badly(): Ended {
  return new Ended(
    1,
    '** Migration failed during final handshake **',
    'Domain state is now undefined !',
    'Please CHECK AT BOTH ENDS for running instances, before renaming and',
    ' resuming at most one instance.  Two simultaneous instances of the domain',
    ' would probably result in SEVERE DATA LOSS and it is now your',
    ' responsibility to avoid that.  Sorry.',
  );
}

/** The target said that it could not start it, and that it has destroyed its copy. */
async function takeBack(self: Side, domain: Domain, name: string): Promise<never> {
  await self.line.read(self.process);
  self.rename(domain, name);
  throw resumed(self, domain, 'Migration failed due to problems at target.');
}

async function receive(self: Side, goes: Goes): Promise<void> {
  const { process } = self;
  try {
    await receiveOn(self, goes);
  } catch (problem) {
    if (!(problem instanceof Ended) && !broken(problem)) throw problem;
  }
  process.end();
}

async function receiveOn(self: Side, { from, name, scripts }: Goes): Promise<void> {
  const { process, line, machine } = self;
  self.say('migration target: Ready to receive domain.');
  line.write(process, 'banner');
  await self.next();
  const incoming = made(self, from, `${name}--incoming`);
  try {
    await line.read(process);
    incoming.guest = from.guest;
  } catch (problem) {
    // libxl takes back what it could not build.
    if (broken(problem)) self.destroy(incoming);
    throw problem;
  }
  await self.next();
  await build(self, incoming, from, scripts);
  await self.next();
  self.say('migration target: Transfer complete, requesting permission to start domain.');
  line.write(process, 'ready');
  await self.next();
  try {
    await line.read(process);
  } catch (problem) {
    // Whether it can still say so decides whether it destroys its copy, or ends and leaves it.
    if (broken(problem) && machine.random.chance(0.5)) self.destroy(incoming);
    throw problem;
  }
  self.say('migration target: Got permission, starting domain.');
  await self.next();
  if (!self.rename(incoming, name)) return fails(self, incoming);
  await self.next();
  incoming.state = running;
  self.changed();
  self.say('migration target: Domain started successsfully.');
  await self.next();
  line.write(process, 'success');
}

/** `X--incoming`, whose memory is still to come: paused, without disks, and hidden from `xl list -l`. */
function made(self: Side, from: Domain, name: string): Domain {
  const { machine } = self;
  if (freeMib(machine) < from.memoryKib / 1024 || machine.domains.some((one) => one.name === name)) throw failed(self);
  const id = machine.nextDomid++;
  const domain: Domain = { ...from, name, id, state: '--p---', disks: [], built: false, guest: booting };
  machine.domains = [...machine.domains, domain];
  self.changed();
  return domain;
}

/** Its disks come after all its memory (libxl_create.c, domcreate_rebuild_done); one that cannot be attached ends it all. */
async function build(self: Side, incoming: Domain, from: Domain, scripts: Goes['scripts']): Promise<void> {
  const wanted = from.disks.map(({ as, target, readOnly }) => ({ as, target, readOnly, script: scripts.get(target) }));
  const disks = await attachAll(self.process, incoming, wanted);
  if (disks === undefined) {
    self.destroy(incoming);
    throw failed(self);
  }
  incoming.disks = disks;
  openDisks(incoming);
  incoming.built = true;
  // What stays with the guest for as long as that runs is the same program with the same words (xl_utils.c, do_daemonize).
  incoming.monitor = new Process(self.machine, self.process.commandLine);
  self.changed();
}

interface Wanted {
  readonly as: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly script?: string | undefined;
}

/** Undefined: one of them cannot be. */
async function attachAll(
  process: Process,
  to: Domain,
  wanted: readonly Wanted[],
): Promise<readonly DomainDisk[] | undefined> {
  const disks: DomainDisk[] = [];
  for (const { script, ...disk } of wanted) {
    // libxl looks for no device where a script is named (by its source, 4.17).
    const there = script === undefined || (await attach(process, to, disk.target, script));
    const device = there ? deviceAt(process.machine, disk.target) : undefined;
    if (device === undefined) return undefined;
    disks.push({ ...disk, device, open: false, ...(script === undefined ? {} : { script }) });
  }
  return disks;
}

/**
 * Its guest starts again: the domain goes, and whoever watches over it makes it anew a moment later, with the same devices
 * and another number (X5; that the scripts run again is from libxl, not seen).
 */
export async function restart(machine: Machine, domain: Domain): Promise<void> {
  const process = domain.monitor ?? new Process(machine, `${binary} create`);
  domain.state = '---sr-';
  await process.pass(1);
  if (!machine.domains.includes(domain)) return;
  const { disks: wanted } = domain;
  const again: Domain = { ...domain, state: '--p---', disks: [], built: false, guest: booting, monitor: process };
  delete domain.monitor;
  remove(machine, domain);
  await process.pass(machine.random.whole(1, 2));
  again.id = machine.nextDomid++;
  machine.domains = [...machine.domains, again];
  const disks = await attachAll(process, again, wanted);
  if (disks === undefined) {
    remove(machine, again);
    return;
  }
  again.disks = disks;
  openDisks(again);
  Object.assign(again, { built: true, state: running });
  machine.around.afterCommand(machine, process.commandLine.split(' '), 0);
}

/** The script, as a process of its own: its programs take a moment each. */
async function attach(process: Process, incoming: Domain, target: string, script: string): Promise<boolean> {
  const { machine } = process;
  const path = `backend/vbd/${incoming.id}/${target}`;
  machine.xenstore.set(`${path}/params`, target);
  machine.xenstore.set(`${path}/frontend-id`, String(incoming.id));
  machine.xenstore.set(`/local/domain/${incoming.id}/name`, incoming.name);
  const running = fileOn(machine, `/etc/xen/scripts/${script}`, ['add'], { XENBUS_PATH: path });
  for (let next = running.next(); ; ) {
    if (next.done) return next.value.code === 0;
    const { argv, stdin } = next.value;
    await process.pass(argv[0] === 'sleep' ? Number(argv[1]) : 0.1);
    if (['drbdadm', 'timeout'].includes(argv[0] ?? '')) process.moment();
    if (argv[0] === 'timeout') next = running.next(await inTime(process, Number(argv[1]), argv.slice(2)));
    else next = running.next(argv[0] === 'sleep' ? silent : machine.exec(argv, stdin));
  }
}

/** timeout(1) around a `systemctl start`; the job goes on without whoever waited for it. */
async function inTime(process: Process, seconds: number, argv: readonly string[]): Promise<Answer> {
  const { machine } = process;
  machine.around.settle();
  const job = jobOn(machine, argv);
  if (job === undefined) return machine.exec(argv);
  for (let left = seconds; left > 0; left--) {
    const next = job.next();
    if (next.done) return next.value;
    await process.pass(next.value);
    machine.around.settle();
  }
  return fail(124);
}

function failed(self: Side): Ended {
  self.say('migration target: Domain creation failed (code -3).');
  return new Ended(1);
}

async function fails(self: Side, incoming: Domain): Promise<void> {
  self.line.write(self.process, 'failure');
  self.say('migration target: Failure, destroying our copy.');
  await self.next();
  self.destroy(incoming);
  self.line.write(self.process, 'permission to resume');
}
