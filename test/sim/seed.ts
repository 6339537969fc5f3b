/** One seed: a random inventory on random machines, random faults, and what must be true at the end. */
import type { Images } from '../../src/apply/feeder.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import { volumesOf } from '../../src/kinds/reach.ts';
import type { Site } from '../../src/kinds/site.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Fault, Faults, type Struck } from './faults.ts';
import { withImages } from './fill.ts';
import { asWished, Invariants, type Violation } from './invariants.ts';
import { randomSite, resized, without } from './inventories.ts';
import { random } from './random.ts';
import { type Ran, run, type Sanctl, type Wish } from './sanctl.ts';
import { Setting } from './setting.ts';
import { zoo } from './zoo.ts';

export interface SeedReport {
  readonly seed: number;
  readonly story: string;
  readonly end: 'converged' | 'stopped at a human step' | 'not converged';
  readonly rounds: number;
  readonly faults: readonly Struck[];
  readonly commands: number;
  readonly boundaries: number;
  /** What the plan refused at the end. */
  readonly refusals: readonly string[];
  readonly violations: readonly Violation[];
  readonly log: readonly string[];
}

const mostRounds = 25;
/** Boundaries of a run without faults are some hundreds; later ones strike what goes on after a fault. */
const faultsWithin = 900;

/**
 * Human steps that a fault may leave, each with its name and its way out in the message. A line that is no longer needed
 * because sanctl learned to go on by itself is to be taken away.
 */
const humanSteps: readonly { readonly fault: Fault; readonly codes: readonly string[]; readonly why: string }[] = [
  {
    fault: 'power',
    codes: ['drbd/metadata-lost', 'drbd/seeded-but-new'],
    why: 'between lvextend and resize the metadata stand where the slice ended, and after a boot nobody finds them',
  },
  {
    fault: 'power',
    codes: ['drbd/file-not-ours'],
    why: 'a file that stood where it belongs when the power went, and whose hash was not noted yet, is not known as ours',
  },
  {
    fault: 'kill',
    codes: ['drbd/stand-alone', 'drbd/not-promotable'],
    why: '`drbdadm up` was killed between attach and connect',
  },
  {
    fault: 'kill',
    codes: ['domain/no-configuration'],
    why: '`xl create` was killed: its domain stays paused, and `xl list -l` hides it',
  },
];

/** What sanctl is asked for after it has converged once. */
type Chapter = (site: Site, setting: Setting) => Promise<Wish>;

export async function playSeed(
  seed: number,
  kinds: readonly Kind[],
  settings: { readonly faults?: number; readonly animal?: string; readonly fills?: true } = {},
): Promise<SeedReport> {
  const chance = random(seed);
  const setting = new Setting(chance.fork('setting'));
  const plain = randomSite(chance.fork('site'));
  const { site, images } =
    settings.fills === true ? withImages(plain, chance.fork('images')) : { site: plain, images: new Map() };
  const any = chance.chance(0.5) ? zoo[0] : chance.pick(zoo);
  const animal = zoo.find(({ name }) => name === settings.animal) ?? any;
  for (const node of setting.nodes.values()) if (chance.chance(0.6)) animal.put(setting, node.machine, site);
  const allowed = { site, destroy: new Set<string>() };
  const invariants = new Invariants(setting.room, allowed);
  const game = new Game(setting, kinds, invariants, animal.mayRefuse, images);
  const count = settings.faults ?? chance.whole(0, 5);
  setting.strike(Faults.at(chance.fork('faults'), count, faultsWithin));

  await game.play({ site });
  const chapter = chance.pick(chapters);
  if (game.end === 'converged' && game.fine) {
    const wish = await chapter.turn(site, setting);
    allowed.site = wish.site;
    for (const name of wish.allowDestroy ?? []) allowed.destroy = new Set([...allowed.destroy, name]);
    setting.strike(Faults.at(chance.fork('more faults'), count, faultsWithin));
    await game.play(wish);
  }
  return game.report(seed, `${animal.name}, then ${chapter.name}`);
}

/** Where a run may stop once these faults struck, whatever it began with (Q1). */
export function namedStops(struck: readonly Struck[]): readonly string[] {
  const faults = new Set(struck.map(({ fault }) => fault));
  return humanSteps.filter(({ fault }) => faults.has(fault)).flatMap(({ codes }) => codes);
}

const chapters: readonly [{ name: string; turn: Chapter }, ...{ name: string; turn: Chapter }[]] = [
  { name: 'the same again', turn: async (site) => ({ site }) },
  { name: 'larger volumes', turn: async (site, setting) => ({ site: resized(site, setting.random.whole(1, 5)) }) },
  {
    name: 'a reboot of one node',
    turn: async (site, setting) => {
      await setting.reboot(setting.random.pick(['alpha', 'bravo']));
      return { site };
    },
  },
  {
    name: 'a power cut of both nodes',
    turn: async (site, setting) => {
      await Promise.all([setting.reboot('alpha')]);
      await setting.reboot('bravo');
      return { site };
    },
  },
  {
    name: 'a volume that is to go',
    turn: async (site) => {
      const idle = Object.keys(site.volumes).find(
        (name) => !Object.values(site.vms).some((vm) => volumesOf(vm).includes(name)),
      );
      return idle === undefined ? { site } : { site: without(site, idle), allowDestroy: [`volume/${idle}`] };
    },
  },
];

/** Runs of sanctl over one setting, one after the other, with what must be true after each. */
export class Game {
  end: SeedReport['end'] = 'not converged';
  readonly #setting: Setting;
  readonly #kinds: readonly Kind[];
  readonly #invariants: Pick<Invariants, 'violations'>;
  /** What sanctl may refuse for ever. */
  mayRefuse: readonly string[];
  /** A line that was cut during the last look shows after it only: it takes another look to say that nothing is left to do. */
  showsLate = false;
  readonly #images: Images;
  readonly #log: string[] = [];
  #rounds = 0;
  #refusals: readonly string[] = [];

  constructor(
    setting: Setting,
    kinds: readonly Kind[],
    invariants: Pick<Invariants, 'violations'>,
    mayRefuse: readonly string[],
    images: Images = new Map(),
  ) {
    this.#images = images;
    this.#setting = setting;
    this.#kinds = kinds;
    this.#invariants = invariants;
    this.mayRefuse = mayRefuse;
  }

  get fine(): boolean {
    return this.#invariants.violations.length === 0;
  }

  /** Applies until nothing is left to do, or the same refusal comes again and nothing goes wrong any more. */
  async play(wish: Wish): Promise<void> {
    this.end = 'not converged';
    let recovered = false;
    let seen = this.#setting.faults.struck.length;
    for (let round = 0; round < mostRounds && this.fine; round++) {
      this.#rounds += 1;
      const struck = this.#setting.faults.struck.length;
      const ran = await this.#once(wish);
      this.#tell(ran);
      const calm = this.#setting.faults.struck.length === struck;
      if (ran?.is === 'nothing to do' && calm && (await this.#quiet())) {
        if (!this.showsLate || seen === struck) return this.#converged(wish);
        seen = struck;
        await this.#setting.recover();
      }
      if (ran?.is === 'no plan' && calm && recovered) return this.#stopped(ran.codes, ran.details);
      recovered = ran?.is === 'no plan' && calm;
      if (recovered) await this.#setting.recover();
      await this.#setting.pass(
        ran?.is === 'applied' && ran.outcome.exit === 0 ? 1 : this.#setting.random.whole(1, 300),
      );
    }
    if (!this.fine) return;
    const { faults } = this.#setting;
    this.#wrong('converges', `still not after ${mostRounds} rounds; faults ${JSON.stringify(faults.struck.slice(-3))}`);
  }

  /** One run, whatever comes of it. */
  async attempt(wish: Wish): Promise<void> {
    this.#tell(await this.#once(wish));
  }

  async #once(wish: Wish): Promise<Ran | undefined> {
    const { clock, random: chance, secretOf } = this.#setting;
    const transport = this.#setting.livingSanctl();
    let plan: Plan | undefined;
    const onPlan = (made: Plan): void => {
      plan = made;
    };
    const sanctl: Sanctl = {
      kinds: this.#kinds,
      transport,
      clock,
      random: chance,
      secretOf,
      owner: 'one',
      onPlan,
      images: this.#images,
    };
    try {
      const ran = await this.#setting.until(run(sanctl, wish));
      this.#sentAsPlanned(plan);
      return ran;
    } catch (problem) {
      this.#wrong(
        'sanctl does not throw',
        problem instanceof Error ? (problem.stack ?? problem.message) : String(problem),
      );
      return undefined;
    }
  }

  /** What the plan shows is what the nodes received, and nothing else. */
  #sentAsPlanned(plan: Plan | undefined): void {
    for (const node of this.#setting.nodes.values()) {
      const batch = node.received.splice(0).flatMap((script) => (script.do === 'batch' ? script.steps : []));
      const strange = batch.find((step) => plan?.steps.includes(step) !== true);
      if (strange !== undefined) this.#wrong('the plan is what is sent', `${strange.id} was not in the plan`);
    }
  }

  /** What somebody else did, or saw. */
  note(line: string): void {
    this.#log.push(line);
  }

  #tell(ran: Ran | undefined): void {
    if (ran === undefined) this.#log.push('sanctl was killed');
    else if (ran.is === 'no plan')
      this.#log.push(`no plan: ${ran.codes.map((code, at) => `${code} (${ran.details[at]})`).join('; ')}`);
    else if (ran.is === 'nothing to do') this.#log.push('nothing to do');
    else {
      const bad = [...ran.outcome.steps].filter(([, { is }]) => is !== 'done' && is !== 'not-reached');
      this.#log.push(
        `applied ${ran.plan.steps.map(({ id }) => id).join(', ')}: exit ${ran.outcome.exit} ${JSON.stringify(bad)} ${ran.outcome.steps.size === 0 ? ran.outcome.diagnostics.map(({ code }) => code).join() : ''}`,
      );
    }
  }

  /** Batches of a dead sanctl have ended, nodes are up. */
  async #quiet(): Promise<boolean> {
    const busy = [...this.#setting.nodes.values()].some(
      ({ running, machine }) => running?.alive === true || !machine.on,
    );
    if (busy) await this.#setting.pass(100);
    return !busy;
  }

  async #converged(wish: Wish): Promise<void> {
    this.end = 'converged';
    await this.#setting.recover();
    for (const violation of asWished(this.#setting.room, wish.site, new Set(this.#kinds.map(({ name }) => name))))
      this.#wrong(violation.rule, violation.detail);
    const again = await this.#once(wish);
    if (again?.is !== 'nothing to do')
      this.#wrong(
        'the second plan is empty',
        JSON.stringify(again?.is === 'applied' ? again.plan.steps.map(({ id }) => id) : again),
      );
  }

  #stopped(codes: readonly string[], details: readonly string[]): void {
    this.end = 'stopped at a human step';
    this.#refusals = codes;
    const named = namedStops(this.#setting.struck);
    const strange = codes.filter((code) => !this.mayRefuse.includes(code) && !named.includes(code));
    if (strange.length > 0) this.#wrong('refuses only what it must', `${strange.join()}: ${details.join('; ')}`);
  }

  #wrong(rule: string, detail: string): void {
    this.#invariants.violations.push({ rule, detail });
  }

  report(seed: number, story: string): SeedReport {
    for (const command of this.#setting.faults.unknown) this.#wrong('only known commands', command);
    const machines = [...this.#setting.room.machines.values()];
    return {
      seed,
      story,
      end: this.end,
      rounds: this.#rounds,
      faults: this.#setting.struck,
      commands: machines.reduce((sum, { commands }) => sum + commands, 0),
      boundaries: this.#setting.faults.boundaries,
      refusals: this.#refusals,
      violations: this.#invariants.violations,
      log: this.#log,
    };
  }
}
