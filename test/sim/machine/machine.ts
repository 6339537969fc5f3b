/** A simulated machine: its disks, what lies on them, what runs, and what it answers to a command. */
import type { Random } from '../random.ts';
import { uuid } from '../random.ts';
import { type Answer, Killed, UnknownCommand } from './answer.ts';
import type { Device, Signature, Written } from './content.ts';
import { Disk } from './disk.ts';
import type { Half } from './drbd.ts';
import { Files } from './files.ts';
import type { Ledger } from './ledger.ts';
import { type LogicalVolume, Lvm } from './lvm.ts';
import type { MdArray } from './md-array.ts';
import type { NbdDevice } from './nbd-device.ts';
import type { Arrival, NbdServer, Session } from './nbd-session.ts';
import type { PageCache } from './page-cache.ts';
import type { Process } from './process.ts';
import type { Service } from './services.ts';
import type { ImageFile, LoopDevice } from './storage.ts';
import { bootUnits, type FileUnit } from './units.ts';
import type { Writer } from './writer.ts';
import type { Domain } from './xen.ts';

/** What a machine sees of the world around it. */
export interface Surroundings {
  readonly ledger: Ledger;
  /** Seconds of the virtual clock. */
  now(): number;
  /** Lets everything that goes on by itself go on until now: handshakes, resyncs, guests. */
  settle(): void;
  sleep(seconds: number): Promise<void>;
  machineAt(address: string): Machine | undefined;
  /** Both have power, and the network between them works. */
  linked(one: Machine, other: Machine): boolean;
  /** Things may go wrong now. */
  moment(machine: Machine): void;
  /** Something that lives on by itself failed as only a mistake of the model fails. */
  trouble(problem: unknown): void;
  /** Its power switch takes its power. */
  shoot(machine: Machine): void;
  /** What a program answers; undefined when there is none of that name. */
  program(machine: Machine, argv: readonly string[], stdin: string): Answer | undefined;
  /** Asked after every command: the invariants. */
  afterCommand(machine: Machine, argv: readonly string[], code: number): void;
}

export interface Unit {
  load: string;
  file: string;
  active: string;
}

export class Machine {
  readonly name: string;
  readonly address: string;
  readonly random: Random;
  readonly around: Surroundings;
  readonly machineId: string;
  readonly files = new Files();
  readonly lvm = new Lvm();
  readonly halves = new Map<string, Half>();
  /** By name: the installed version. */
  readonly packages = new Map<string, string>();
  readonly candidates = new Map<string, string>();
  readonly units = new Map<string, Unit>();
  readonly modules = new Set<string>();
  /** DRBD's `disable_sendpage`. */
  copiesPages = false;
  disks: readonly Disk[] = [];
  domains: Domain[] = [];
  /** Somebody let root log in on the other machines, and has looked at their host keys. */
  knowsOthers = true;
  /** What runs besides the commands of sanctl. */
  readonly processes = new Set<Process>();
  nextPid = 1500;
  readonly xenstore = new Map<string, string>();
  /** Whether a batch of sanctl runs, which holds /run/sanctl/running. */
  batchRuns: () => boolean = () => false;
  /** What dmesg(1) prints; tests put in it what real kernels said. */
  kernelLog: readonly string[] = [];
  /** What DRBD said to the kernel log when a connection came or went, since the boot. */
  turns: readonly string[] = [];
  /** Nobody reaches it by ssh any more, though it lives. */
  cutOff = false;
  /** What units said, by name. */
  readonly journal = new Map<string, readonly string[]>();
  /** Who else has a device open, as `usersProbe` tells it. */
  readonly deviceUsers = new Map<string, readonly string[]>();
  /** What was said to syslog as an alert. */
  readonly alarms: string[] = [];
  /** Transient units. */
  readonly services = new Map<string, Service>();
  /** Transient timers, by name: what each of them is. */
  readonly timers = new Map<string, object>();
  /** Units of files that sanctl wrote, by name. */
  readonly fileUnits = new Map<string, FileUnit>();
  /** The one whose program runs at this moment: its control group. */
  unitNow: FileUnit | undefined;
  advancing = false;
  /** Whose child a script is that starts at this moment. */
  parentNow = 1;
  /** By id of a process that is none of `processes`: a script. */
  readonly parents = new Map<number, number>();
  nbdServers: NbdServer[] = [];
  sessions: Session[] = [];
  arrivals: Arrival[] = [];
  nbd: readonly NbdDevice[] = [];
  /** Imports whose device somebody disconnected without their holder: their links may lead anywhere (N8). */
  readonly disconnectedByHand = new Set<string>();
  /** What lies in its memory and not on the device yet. */
  readonly pageCaches = new Map<Device, PageCache>();
  loops: readonly LoopDevice[] = [];
  /** By path: files that are disks. */
  readonly images = new Map<string, ImageFile>();
  arrays: readonly MdArray[] = [];
  readonly mounts = new Map<string, Device>();
  /** Programs that write, and count on what they were told. */
  writers: readonly Writer[] = [];
  nextDomid = 1;
  memoryBytes = 2 ** 31;
  on = true;
  /** By how much its clock is wrong. */
  clockAheadSeconds = 0;
  bootId: string;
  bootedAt: number;
  /** What the device mapper keeps of groups whose disk died. */
  leftovers: readonly LogicalVolume[] = [];
  /** The disk with `/` has no room left: every write of a file fails. */
  full = false;
  /** `systemctl reboot`: whoever turns machines on and off does it. */
  onReboot: () => void = () => undefined;
  /** How many commands were run. */
  commands = 0;
  /** Called between the effects of a command: a test may cut it there by throwing Killed. */
  onPoint: (label: string) => void = () => undefined;

  constructor(name: string, address: string, random: Random, around: Surroundings) {
    this.name = name;
    this.address = address;
    this.random = random;
    this.around = around;
    this.machineId = random.hex(32).toLowerCase();
    this.bootId = uuid(random);
    this.bootedAt = around.now();
  }

  get uptimeSeconds(): number {
    return this.around.now() - this.bootedAt + 100;
  }

  /** Since 1970, by its own clock. */
  get clockSeconds(): number {
    return Date.UTC(2026, 0) / 1000 + this.around.now() + this.clockAheadSeconds;
  }

  addDisk(path: string, bytes: number): Disk {
    const disk = new Disk(path, bytes, this.disks.length * 16, this.around.ledger);
    this.disks = [...this.disks, disk];
    return disk;
  }

  /** The disk dies, DRBD goes on without it, and somebody puts a blank one into its place. */
  replaceDisk(path: string): void {
    const dead = this.disks.find((disk) => disk.path === path);
    if (dead === undefined) throw new Error(`no disk ${path}`);
    for (const half of this.halves.values()) if (half.lower.group.pvs.some((pv) => pv.disk === dead)) half.loseDisk();
    for (const group of this.lvm.groups.filter((one) => one.pvs.some((pv) => pv.disk === dead)))
      this.leftovers = [...this.leftovers, ...group.volumes.filter((one) => one.active)];
    this.lvm.groups = this.lvm.groups.filter((group) => group.pvs.every((pv) => pv.disk !== dead));
    this.lvm.pvs = this.lvm.pvs.filter((pv) => pv.disk !== dead);
    dead.write(0, dead.bytes, undefined);
    this.disks = this.disks.map((disk) =>
      disk === dead ? new Disk(path, dead.bytes, dead.minor, this.around.ledger) : disk,
    );
  }

  /** Runs a command, and looks afterwards whether everything still holds. Throws what `ask` throws. */
  exec(argv: readonly string[], stdin = ''): Answer {
    this.around.settle();
    this.around.ledger.during = `${this.name}$ ${argv.join(' ')}`;
    let code = -1;
    try {
      const answer = this.ask(argv, stdin);
      code = answer.code;
      return answer;
    } finally {
      this.around.settle();
      this.around.afterCommand(this, argv, code);
    }
  }

  /**
   * What a program answers: a question, or a command within another one. Throws UnknownCommand for what no real machine
   * was ever asked, Killed when it is cut.
   */
  ask(argv: readonly string[], stdin = ''): Answer {
    if (!this.on) throw new Killed(`${this.name} has no power`);
    const answer = this.around.program(this, argv, stdin);
    if (answer === undefined) throw new UnknownCommand(`${this.name}$ ${argv.join(' ')}`);
    this.commands += 1;
    return answer;
  }

  /** A moment between two effects of one command. */
  point(label: string): void {
    this.onPoint(label);
  }

  /** What is in memory is gone. */
  cutPower(): void {
    this.on = false;
    for (const process of this.processes) process.lose();
    this.services.clear();
    this.timers.clear();
    this.fileUnits.clear();
    this.nbdServers = [];
    this.sessions = [];
    this.arrivals = [];
    for (const device of this.nbd) device.gone = true;
    this.nbd = [];
    this.pageCaches.clear();
    this.loops = [];
    this.arrays = [];
    this.mounts.clear();
    for (const writer of this.writers) writer.stop();
    this.xenstore.clear();
    this.halves.clear();
    this.leftovers = [];
    this.domains = [];
    for (const folder of ['/run', '/dev']) this.files.removeBelow(folder);
    for (const group of this.lvm.groups) for (const volume of group.volumes) volume.active = false;
  }

  boot(): void {
    this.on = true;
    this.bootId = uuid(this.random);
    this.bootedAt = this.around.now();
    this.turns = [];
    this.nextDomid = 1;
    this.modules.delete('drbd');
    for (const module of this.modulesAtBoot()) this.load(module);
    for (const group of this.lvm.groups) for (const volume of group.volumes) volume.active = true;
    for (const unit of this.units.values()) unit.active = unit.file === 'enabled' ? 'active' : 'inactive';
    bootUnits(this);
  }

  /** With the parameters of modprobe.d(5). */
  load(module: string): void {
    this.modules.add(module);
    if (module !== 'drbd') return;
    const options = this.files.get('/etc/modprobe.d/sanctl.conf')?.content ?? '';
    this.copiesPages = options.includes('\noptions drbd disable_sendpage=Y\n');
  }

  /** modules-load.d(5). */
  modulesAtBoot(): readonly string[] {
    const files = this.files.below('/etc/modules-load.d').filter((path) => path.endsWith('.conf'));
    return files.flatMap((path) =>
      (this.files.get(path)?.content ?? '').split('\n').filter((line) => line !== '' && !/^[#;]/.test(line)),
    );
  }
}

/** Something that was on a disk before sanctl came. */
export function written(by: string, precious: boolean, signature?: Signature): Written {
  return signature === undefined ? { by, precious } : { by, precious, signature };
}
