/** One seed of failovers: a node dies or seems to, its VMs start on the other side, it comes back, and they go home. */
import type { Kind } from '../../src/kinds/kind.ts';
import { volumesOf } from '../../src/kinds/reach.ts';
import type { Site, Vm } from '../../src/kinds/site.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { movableSite, nodeNames } from './inventories.ts';
import { Half } from './machine/drbd.ts';
import type { Machine } from './machine/machine.ts';
import { isLive } from './machine/xen.ts';
import type { MovesReport } from './moves.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { run, type Sanctl } from './sanctl.ts';
import { Setting } from './setting.ts';

/** What becomes of the node, and whether its VMs may go on elsewhere. */
const stories = [
  /** All that it wrote is on the other side. */
  'its power goes',
  /** It lives on and writes, until its power is taken. */
  'it is cut off',
  /** The same, and nobody noticed for long: what it wrote since then is not on the other side. */
  'it was cut off long before',
  /** The other side was down while it went on, and came back alone. */
  'the other one slept meanwhile',
  /** Somebody parted one of its mirrors while its guest was at work. */
  'a mirror was parted by hand',
] as const;
type Story = (typeof stories)[number];

/** How long a mirror may have been alone, unless a person says otherwise (playbooks/failover.yaml). */
const ageSeconds = 600;

export async function playFailover(seed: number, kinds: readonly Kind[], most = 3): Promise<MovesReport> {
  const chance = random(seed);
  const setting = new Setting(chance.fork('setting'));
  const site = fenced(movableSite(chance.fork('site')));
  const dead = chance.pick(nodeNames);
  const game = new Failovers(setting, kinds, site, dead);
  const story = chance.pick(stories);
  const count = Math.min(most, chance.pick([0, 0, 1, 2, 3]));
  const byWord = story === 'its power goes' && chance.chance(0.3);
  await game.converge();
  await game.tell(story);
  setting.strike(Faults.at(chance.fork('faults'), count, 250));
  await game.failOver(byWord ? [`word=${dead} is off`] : []);
  if (game.fine) await game.comesBack();
  return game.report(seed, `${story}${byWord ? ', by word' : ''}, ${count} faults`);
}

/** Each has a power switch of its own. */
function fenced(site: Site): Site {
  const nodes = Object.values(site.nodes).map((node) => {
    const fence = { agent: 'fence_ipmilan', options: { ip: node.address } };
    return [node.name, { ...node, fence }] as const;
  });
  return { ...site, nodes: Object.fromEntries(nodes) };
}

class Failovers {
  readonly #setting: Setting;
  readonly #kinds: readonly Kind[];
  readonly #site: Site;
  readonly #dead: Machine;
  readonly #other: Machine;
  readonly #moving = new Set<string>();
  readonly #invariants: Invariants;
  readonly #log: string[] = [];
  readonly #seen = new Set<string>();
  /** Which VMs ran on the dead node, and must go on. */
  #due: readonly Vm[] = [];
  #end = '';

  constructor(setting: Setting, kinds: readonly Kind[], site: Site, dead: string) {
    this.#setting = setting;
    this.#kinds = kinds;
    this.#site = site;
    const machine = (name: string): Machine => {
      const found = setting.room.machines.get(name);
      if (found === undefined) throw new Error(`no machine ${name}`);
      return found;
    };
    this.#dead = machine(dead);
    this.#other = machine(nodeNames.find((name) => name !== dead) ?? '');
    this.#invariants = new Invariants(setting.room, { site, destroy: new Set(), moving: this.#moving });
    for (const one of setting.room.machines.values()) one.packages.set('fence-agents', '4.12.1');
    setting.room.checks.push(() => this.#startsOnWhatWasWhole());
  }

  get fine(): boolean {
    return this.#invariants.violations.length === 0;
  }

  get #vms(): readonly Vm[] {
    return Object.values(this.#site.vms);
  }

  async converge(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const ran = await this.#sanctl((sanctl) => run(sanctl, { site: this.#site }));
      if (ran?.is === 'nothing to do') return void (await this.#setting.pass(120));
      await this.#setting.pass(60);
    }
    this.#wrong('converges', 'still not after 20 rounds');
  }

  /** What happens to the node. Which of its VMs can be started elsewhere follows from it. */
  async tell(story: Story): Promise<void> {
    const { room, random: chance } = this.#setting;
    const ran = this.#vms.filter((vm) => this.#runsOn(this.#dead, vm));
    const cut = (): void => room.link(this.#dead.name, this.#other.name, false);
    const off = (): void => room.onShot(this.#dead);
    switch (story) {
      case 'its power goes':
        off();
        this.#due = ran;
        break;
      case 'it is cut off':
        cut();
        this.#dead.cutOff = true;
        this.#due = ran;
        break;
      case 'it was cut off long before':
        cut();
        await this.#live(chance.whole(ageSeconds + 60, 3000));
        this.#dead.cutOff = true;
        break;
      case 'the other one slept meanwhile':
        cut();
        await this.#setting.reboot(this.#other.name);
        for (const volume of Object.keys(this.#site.volumes)) this.#other.exec(['drbdadm', 'up', volume]);
        await this.#setting.pass(chance.whole(30, 120));
        off();
        break;
      case 'a mirror was parted by hand':
        for (const vm of ran) this.#other.exec(['drbdadm', 'disconnect', volumesOf(vm)[0] ?? '']);
        await this.#live(chance.whole(1, 60));
        cut();
        for (const vm of ran) this.#other.exec(['drbdadm', 'connect', volumesOf(vm)[0] ?? '']);
        off();
        break;
    }
    await this.#setting.pass(chance.whole(20, 60));
  }

  /** Guests write whenever something is settled. */
  async #live(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 10) await this.#setting.pass(Math.min(10, left));
  }

  /** The operator, at most six times; meanwhile things go wrong, in the end nothing does. */
  async failOver(more: readonly string[]): Promise<void> {
    for (let round = 0; round < 6 && this.fine; round++) {
      const played = await this.#play('failover', [`node=${this.#dead.name}`, ...more]);
      this.#end = played === undefined ? 'killed' : played.is === 'refused' ? codesOf(played) : played.is;
      if (round > 0 && (played?.is === 'refused' || played?.is === 'done')) break;
      if (this.#setting.struck.length > 0) await this.#setting.recover();
    }
    const restarted = this.#setting.struck.some(({ fault, node }) => fault === 'power' && node === this.#other.name);
    const late = this.#setting.struck.length > 0;
    for (const vm of this.#due) {
      if (!this.fine || restarted || this.#runsOn(this.#other, vm)) continue;
      // What broke off is tried again for as long as the mirrors are young enough.
      if (!late) this.#wrong('a failover starts what it can', `${vm.name}: ${this.#end}; ${this.#log.at(-1)}`);
    }
    for (const vm of this.#vms)
      if (this.#due.length === 0 && this.#runsOn(this.#other, vm) && vm.home === this.#dead.name)
        this.#wrong('a failover starts nothing on what may be old', vm.name);
  }

  /** What it finds when it comes back: its own guests run elsewhere, and stay there. */
  async comesBack(): Promise<void> {
    const elsewhere = this.#vms.filter((vm) => this.#runsOn(this.#other, vm));
    this.#dead.cutOff = false;
    if (!this.#dead.on) this.#dead.boot();
    if (!this.#other.on) this.#other.boot();
    await this.#setting.pass(30);
    this.#setting.room.link(this.#dead.name, this.#other.name, true);
    for (let round = 0; round < 6 && this.fine; round++) {
      const ran = await this.#sanctl((sanctl) => run(sanctl, { site: this.#site }));
      this.#log.push(`apply: ${ran?.is === 'no plan' ? ran.codes.join() : ran?.is}`);
      await this.#setting.pass(120);
    }
    for (const vm of elsewhere)
      if (!this.#runsOn(this.#other, vm)) this.#wrong('what was taken over stays where it is', vm.name);
  }

  /** Of each guest that begins to run: no record of it may be missing that was made while both sides were together, nor an older one than agreed. */
  #startsOnWhatWasWhole(): void {
    const { ledger } = this.#setting.room;
    const machines = [...this.#setting.room.machines.values()];
    for (const machine of machines)
      for (const domain of machine.domains.filter(isLive)) {
        const key = `${machine.name} ${machine.bootId} ${domain.id}`;
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        for (const { as, device } of domain.disks) {
          if (!(device instanceof Half)) continue;
          const there = new Set(device.read(0, device.bytes).map(({ written }) => written));
          const own = new RegExp(`^guest ${domain.name} #\\d+ on ${as}$`);
          const missing = ledger.kept.filter((written) => own.test(written.by) && !there.has(written));
          const times = missing.map((written) => ledger.promisedAt.get(written) ?? 0);
          const oldest = Math.min(...times);
          const now = machine.around.now();
          if (oldest < device.lostAt || now - oldest > ageSeconds + 400 || (missing.length > 0 && device.lostAt < 0))
            this.#wrong(
              'a guest never starts on stale data',
              `${domain.name} on ${machine.name} lacks ${missing.length} records of ${as}, the oldest made ${Math.round(now - oldest)} s before`,
            );
        }
      }
  }

  #runsOn(machine: Machine, { uuid }: Vm): boolean {
    return machine.domains.some((one) => one.uuid === uuid && isLive(one));
  }

  async #play(name: string, set: readonly string[]): Promise<Played | undefined> {
    const played = await this.#sanctl((sanctl) => playbook(sanctl, { site: this.#site }, name, set));
    const text =
      played?.is === 'refused'
        ? played.diagnostics.map(({ code, detail }) => `${code} (${detail})`).join('; ')
        : played?.is === 'broke off'
          ? JSON.stringify([...played.outcome.steps].filter(([, { is }]) => is !== 'done'))
          : played?.is === 'done'
            ? played.unverified.map(({ code }) => code).join()
            : 'sanctl was killed';
    this.#log.push(`${name} ${set.join(' ')}: ${played?.is}: ${text}`);
    return played;
  }

  async #sanctl<T>(work: (sanctl: Sanctl) => Promise<T>): Promise<T | undefined> {
    const { clock, random: chance, secretOf } = this.#setting;
    const transport = this.#setting.livingSanctl();
    try {
      return await this.#setting.until(
        work({ kinds: this.#kinds, transport, clock, random: chance, secretOf, owner: 'one' }),
      );
    } catch (problem) {
      this.#wrong('sanctl does not throw', problem instanceof Error ? (problem.stack ?? '') : String(problem));
      return undefined;
    }
  }

  #wrong(rule: string, detail: string): void {
    if (this.#invariants.violations.length < 20) this.#invariants.violations.push({ rule, detail });
  }

  report(seed: number, story: string): MovesReport {
    for (const command of this.#setting.faults.unknown) this.#wrong('only known commands', command);
    for (const trouble of this.#setting.room.troubles)
      this.#wrong('the model holds', trouble instanceof Error ? (trouble.stack ?? trouble.message) : String(trouble));
    return {
      seed,
      story,
      end: this.#end,
      faults: this.#setting.struck,
      boundaries: this.#setting.faults.boundaries,
      violations: this.#invariants.violations,
      log: this.#log,
    };
  }
}

function codesOf({ diagnostics }: Extract<Played, { is: 'refused' }>): string {
  return [...new Set(diagnostics.map(({ code }) => code))].join();
}
