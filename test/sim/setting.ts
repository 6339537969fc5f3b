/** A room with two machines as the lab makes them, a clock, and faults that strike it. */
import type { SecretRef } from '../../src/shell/command.ts';
import { VirtualClock } from './clock.ts';
import { Faults, type Struck } from './faults.ts';
import { addresses, nodeNames } from './inventories.ts';
import { isMover } from './machine/process.ts';
import { installPackage } from './machine/programs-debian.ts';
import { makeHostKey } from './machine/programs-ssh.ts';
import { SimulatedNode } from './node.ts';
import type { Random } from './random.ts';
import { Room } from './room.ts';
import { MemoryTransport } from './transport.ts';

const gibibyte = 2 ** 30;
const candidates: Readonly<Record<string, string>> = {
  lvm2: '2.03.16-2',
  'thin-provisioning-tools': '0.9.0-2',
  'drbd-utils': '9.22.0-1',
  'xen-utils-common': '4.17.7-1',
  'nbd-server': '1:3.24-1.1',
  iproute2: '6.1.0-3',
  python3: '3.11.2-1+b1',
  mdadm: '4.2-5',
  e2fsprogs: '1.47.0-2+b2',
};

/** The wildcard of every secret; long enough to be found wherever it must not be. */
export const canary = 'canary-9f2c41d7';

export class Setting {
  readonly clock = new VirtualClock();
  readonly room: Room;
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  readonly random: Random;
  /** The sanctl that runs now; a new one after it was killed. */
  transport: MemoryTransport;
  faults: Faults;
  readonly #before: Struck[] = [];
  #died: () => void = () => undefined;

  constructor(random: Random, names: readonly string[] = nodeNames) {
    this.random = random;
    this.room = new Room(random.fork('room'), this.clock);
    this.faults = Faults.none(random);
    this.room.onShot = (machine) => this.#off(machine.name);
    this.nodes = new Map(names.map((name) => [name, this.#node(name)]));
    this.transport = new MemoryTransport(this.nodes, this.clock);
  }

  readonly secretOf = ({ secret }: SecretRef): string => `${canary}-${secret}`;

  /** All that ever struck. */
  get struck(): readonly Struck[] {
    return [...this.#before, ...this.faults.struck];
  }

  /** From now on things go wrong. */
  strike(faults: Faults): void {
    this.#before.push(...this.faults.struck);
    this.faults = faults;
    this.room.onMoment = (machine) => void faults.at('move', { machine });
    faults.strikes = {
      drop: (node) => this.transport.drop(node),
      die: () => {
        this.transport.dead = true;
        this.#died();
      },
      power: (node) => this.#power(node),
      kill: (node) => this.nodes.get(node)?.running?.kill(),
      full: (node) => this.#forAWhile(node, 'full'),
      xl: (node) => this.endMovers(node),
      cut: () => {
        const [one = '', other = ''] = this.#pair();
        this.room.link(one, other, false);
        void this.clock.sleep(this.random.whole(5, 120)).then(() => this.room.link(one, other, true));
      },
    };
  }

  /** Runs it until it ends, or until that sanctl is killed: then undefined. */
  async until<T>(work: Promise<T>): Promise<T | undefined> {
    return this.clock.run(this.dying(work));
  }

  /** Undefined once that sanctl is killed. */
  dying<T>(work: Promise<T>): Promise<T | undefined> {
    const death = new Promise<undefined>((resolve) => {
      this.#died = () => resolve(undefined);
    });
    return Promise.race([work, death]);
  }

  /** Lets time pass. */
  async pass(seconds: number): Promise<void> {
    const units = [...this.room.machines.values()].some(({ fileUnits }) => fileUnits.size > 0);
    // What units do they do one after the other, also on different nodes.
    const step = units ? 10 : seconds;
    for (let left = seconds; left > 0; left -= step) {
      await this.clock.run(this.clock.sleep(Math.min(step, left)));
      this.room.settle();
      if (units) this.room.look();
    }
  }

  /** The lines of the sanctl that runs now: a new one after it was killed. */
  livingSanctl(): MemoryTransport {
    if (this.transport.dead) this.transport = new MemoryTransport(this.nodes, this.clock);
    return this.transport;
  }

  /** What was broken for a while works again, and nothing new breaks. */
  async recover(): Promise<void> {
    this.faults.cease();
    await this.pass(400);
  }

  /** Whatever moves a guest there is killed; a receiver that only watches over its guest is left. */
  endMovers(name: string): void {
    for (const process of this.room.machines.get(name)?.processes ?? []) if (isMover(process)) process.end();
  }

  async reboot(name: string): Promise<void> {
    await this.clock.run(this.powerCycle(name, 60));
  }

  /** The power goes, and comes back after so many seconds. */
  async powerCycle(name: string, seconds: number): Promise<void> {
    const machine = this.nodes.get(name)?.machine;
    if (machine?.on === true) machine.cutPower();
    this.room.settle();
    await this.clock.sleep(seconds);
    if (machine?.on === false) machine.boot();
    this.room.settle();
  }

  /** By its own systemd: it answers for a moment yet, is down for a minute, and comes back. */
  async #goesDown(name: string): Promise<void> {
    await this.clock.sleep(2);
    this.#off(name);
    await this.powerCycle(name, 60);
  }

  /** Its power is gone, and stays gone. */
  #off(name: string): void {
    const node = this.nodes.get(name);
    node?.machine.cutPower();
    node?.running?.kill();
    this.transport.drop(name);
  }

  /** Between whom the network is cut: of two nodes, there is one line. */
  #pair(): readonly string[] {
    const names = [...this.nodes.keys()];
    if (names.length < 3) return names;
    const at = this.random.whole(0, names.length - 1);
    return [names[at] ?? '', names[(at + this.random.whole(1, names.length - 1)) % names.length] ?? ''];
  }

  #power(name: string): void {
    const node = this.nodes.get(name);
    if (node === undefined || !node.machine.on) return;
    this.#off(name);
    void this.clock.sleep(this.random.whole(20, 200)).then(() => {
      if (!node.machine.on) node.machine.boot();
    });
  }

  #forAWhile(name: string, what: 'full'): void {
    const machine = this.nodes.get(name)?.machine;
    if (machine === undefined) return;
    machine[what] = true;
    void this.clock.sleep(this.random.whole(10, 200)).then(() => {
      machine[what] = false;
    });
  }

  #node(name: string): SimulatedNode {
    const machine = this.room.add(name, addresses[name] ?? '');
    machine.addDisk('/dev/vda', 4 * gibibyte);
    machine.addDisk('/dev/vdb', 2 * gibibyte);
    machine.addDisk('/dev/vdc', 2 * gibibyte);
    for (const [name_, version] of Object.entries(candidates)) machine.candidates.set(name_, version);
    installPackage(machine, 'xen-utils-common');
    if (this.random.chance(0.8)) for (const known of ['lvm2', 'drbd-utils']) installPackage(machine, known);
    machine.units.set('xendomains.service', { load: 'loaded', file: 'enabled', active: 'inactive' });
    machine.modules.add('dm_mod');
    machine.onReboot = () => void this.#goesDown(name);
    makeHostKey(machine);
    for (const file of ['guest-vmlinuz', 'guest-initrd.img']) machine.files.put(`/boot/${file}`, '');
    return new SimulatedNode(machine, this.clock, () => this.faults, this.secretOf);
  }
}
