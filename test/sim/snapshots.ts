/** One seed of snapshots: sets are made, gone back to and removed while guests work and things go wrong; then the operator ends it all. */
import type { Kind } from '../../src/kinds/kind.ts';
import { volumesOf } from '../../src/kinds/reach.ts';
import type { Site, Vm } from '../../src/kinds/site.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Faults } from './faults.ts';
import { asWished, Invariants } from './invariants.ts';
import { StandsStill } from './invariants-snapshots.ts';
import { nodeNames, snapshotSite } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { isLive } from './machine/xen.ts';
import type { MovesReport } from './moves.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { type Ran, run, type Sanctl } from './sanctl.ts';
import { Setting } from './setting.ts';

const acts = ['create', 'create', 'rollback', 'rollback', 'remove', 'vm-start', 'vm-stop', 'apply'] as const;
type Act = (typeof acts)[number];
/** So few names that they are used again. */
const setNames = ['one', 'two'] as const;

export async function playSnapshots(seed: number, kinds: readonly Kind[], most = 4): Promise<MovesReport> {
  const chance = random(seed);
  const setting = new Setting(chance.fork('setting'));
  const game = new Snapshots(setting, kinds, snapshotSite(chance.fork('site')));
  const count = Math.min(most, chance.pick([0, 1, 1, 2, 3, 4]));
  await game.converge();
  // Questions are most of what is sent; what acts is where a half-done thing comes from.
  setting.strike(
    Faults.at(chance.fork('faults'), count, 300, chance.chance(0.6) ? ['probe', 'connect', 'script'] : []),
  );
  for (let turns = chance.whole(4, 9); turns > 0 && game.fine; turns--) await game.act(chance.pick(acts));
  if (game.fine) await game.end();
  return game.report(seed, `${count} faults`);
}

class Snapshots {
  readonly #setting: Setting;
  readonly #kinds: readonly Kind[];
  readonly #site: Site;
  readonly #invariants: Invariants;
  readonly #still: StandsStill;
  readonly #log: string[] = [];
  readonly #ends = new Set<string>();

  constructor(setting: Setting, kinds: readonly Kind[], site: Site) {
    this.#setting = setting;
    this.#kinds = kinds;
    this.#site = site;
    this.#invariants = new Invariants(setting.room, { site, destroy: new Set() });
    this.#still = new StandsStill(setting.room, site, (rule, detail) => this.#wrong(rule, detail));
  }

  get fine(): boolean {
    return this.#invariants.violations.length === 0;
  }

  get #machines(): readonly Machine[] {
    return [...this.#setting.room.machines.values()];
  }

  get #vms(): readonly [Vm, ...Vm[]] {
    return Object.values(this.#site.vms) as [Vm, ...Vm[]];
  }

  async converge(): Promise<void> {
    for (let round = 0; round < 20 && this.fine; round++) {
      const ran = await this.#sanctl((sanctl) => run(sanctl, { site: this.#site }));
      if (ran?.is === 'nothing to do') return this.#live(60);
      await this.#setting.pass(60);
    }
    this.#wrong('converges', `still not after 20 rounds: ${this.#log.at(-1)}`);
  }

  /** Guests write whenever something is settled. */
  async #live(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 5) await this.#setting.pass(Math.min(5, left));
  }

  async act(act: Act): Promise<void> {
    const { random: chance } = this.#setting;
    const made = this.#sets();
    const any = { vm: chance.pick(this.#vms), set: chance.pick(setNames) };
    const isOfOne = (act === 'rollback' || act === 'remove') && made.length > 0 && chance.chance(0.85);
    const { vm, set } = isOfOne ? (made[chance.whole(0, made.length - 1)] ?? any) : any;
    if (act === 'apply') this.#tellRun(await this.#sanctl((sanctl) => run(sanctl, { site: this.#site })));
    else if (act.startsWith('vm-')) await this.#play(act, [`vm=${vm.name}`]);
    else {
      if (act === 'rollback' && chance.chance(0.8)) await this.#play('vm-stop', [`vm=${vm.name}`]);
      await this.#play(`snapshot-${act}`, [`vm=${vm.name}`, `name=${set}`]);
    }
    await this.#live(chance.whole(1, 40));
  }

  /** Those of which something is there. */
  #sets(): readonly { readonly vm: Vm; readonly set: string }[] {
    const names = new Set(
      this.#machines.flatMap(({ lvm }) => lvm.groups.flatMap(({ volumes }) => volumes)).map(({ name }) => name),
    );
    return this.#vms.flatMap((vm) =>
      setNames.flatMap((set) => (volumesOf(vm).some((disk) => names.has(`${disk}.at.${set}`)) ? [{ vm, set }] : [])),
    );
  }

  /** Nothing goes wrong any more: what broke off is finished, VMs start, and all sets go. */
  async end(): Promise<void> {
    await this.#setting.recover();
    await this.#live(60);
    // What cannot die holds its disks until the sockets of a lost line have given up.
    while (this.#machines.some(({ domains }) => domains.some(({ state }) => state.includes('d'))))
      await this.#setting.pass(60);
    this.#still.nobodyStandsStill();
    for (const { vm, set } of this.#halfBack()) await this.#finish(vm, set);
    for (let round = 0; round < 15 && this.fine; round++) {
      const ran = await this.#sanctl((sanctl) => run(sanctl, { site: this.#site }));
      this.#tellRun(ran);
      if (ran?.is === 'no plan')
        this.#wrong('an apply refuses nothing in the end', `${ran.codes.join()}: ${ran.details.join('; ')}`);
      if (ran?.is === 'nothing to do') break;
      await this.#live(100);
    }
    await this.#live(100);
    for (const { rule, detail } of asWished(
      this.#setting.room,
      this.#site,
      new Set(this.#kinds.map(({ name }) => name)),
    ))
      this.#wrong(rule, detail);
    for (const vm of this.#vms) for (const set of setNames) await this.#removeAll(vm, set);
    this.#nothingLeft();
  }

  /** Disks that a rollback which broke off has left, by the set that it was to go back to. */
  #halfBack(): readonly { readonly vm: Vm; readonly set: string }[] {
    const marked = this.#machines
      .flatMap(({ lvm }) => lvm.groups.flatMap(({ volumes }) => volumes))
      .filter(({ tags }) => tags.has('sanctl.restoring'));
    return this.#vms.flatMap((vm) => {
      const set = this.#still.backTo.get(vm.name);
      return set !== undefined && marked.some(({ name }) => volumesOf(vm).includes(name)) ? [{ vm, set }] : [];
    });
  }

  async #finish(vm: Vm, set: string): Promise<void> {
    const again = async (): Promise<Played | undefined> =>
      this.#play('snapshot-rollback', [`vm=${vm.name}`, `name=${set}`]);
    let played = await again();
    for (let round = 0; round < 8 && this.fine && played?.is !== 'done'; round++) {
      // Halves that were parted meanwhile come together again.
      this.#tellRun(await this.#sanctl((sanctl) => run(sanctl, { site: this.#site })));
      await this.#setting.pass(120);
      played = await again();
    }
    if (this.fine && played?.is !== 'done')
      this.#wrong('the same again finishes it', `${vm.name} ${set}: ${this.#log.at(-1)}`);
  }

  async #removeAll(vm: Vm, set: string): Promise<void> {
    for (let round = 0; round < 4 && this.fine; round++) {
      const played = await this.#play('snapshot-remove', [`vm=${vm.name}`, `name=${set}`]);
      if (played?.is === 'refused' && played.diagnostics.every(({ code }) => code === 'snapshot/no-set')) return;
    }
    if (this.fine) this.#wrong('sets are removed', `${vm.name} ${set}: ${this.#log.at(-1)}`);
  }

  /** But for what LVM was cut off in, which is no snapshot yet: a person takes it away. */
  #nothingLeft(): void {
    for (const { name: node, lvm, timers } of this.#machines) {
      for (const { name, origin } of lvm.groups.flatMap(({ volumes }) => volumes))
        if (origin !== undefined) this.#wrong('sets are removed', `${name} on ${node}`);
      if (timers.size > 0) this.#wrong('no timer is left', `${[...timers.keys()].join()} on ${node}`);
    }
  }

  async #play(name: string, set: readonly string[]): Promise<Played | undefined> {
    const onPlan = (plan: Plan): void => this.#still.about(plan, set);
    const played = await this.#sanctl((sanctl) => playbook({ ...sanctl, onPlan }, { site: this.#site }, name, set));
    this.#still.over(played);
    const end =
      played?.is === 'refused'
        ? [...new Set(played.diagnostics.map(({ code }) => code))].join()
        : (played?.is ?? 'killed');
    this.#ends.add(`${name} ${end}`);
    const why =
      played?.is === 'refused'
        ? played.diagnostics.map(({ detail }) => detail).join('; ')
        : played?.is === 'broke off'
          ? JSON.stringify([...played.outcome.steps].filter(([, { is }]) => is !== 'done'))
          : '';
    this.#log.push(`${name} ${set.join(' ')}: ${end} ${why}`);
    return played;
  }

  #tellRun(ran: Ran | undefined): void {
    if (ran?.is === 'no plan') this.#log.push(`apply: ${ran.codes.join()}: ${ran.details.join('; ')}`);
    else if (ran?.is === 'applied')
      this.#log.push(`apply: ${ran.plan.steps.map(({ id }) => id).join(', ')}: exit ${ran.outcome.exit}`);
    else this.#log.push(`apply: ${ran?.is ?? 'killed'}`);
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
      story: `${story}, ${nodeNames.map((node) => this.#machines.find(({ name }) => name === node)?.domains.filter(isLive).length).join('+')} guests`,
      end: [...this.#ends].sort().join(' | '),
      faults: this.#setting.struck,
      boundaries: this.#setting.faults.boundaries,
      violations: this.#invariants.violations,
      log: this.#log,
    };
  }
}
