/** One seed of moves: guests go from node to node while things go wrong; then sanctl is gone, and then the operator cleans up. */
import type { Diagnostic } from '../../src/diagnostic.ts';
import { exportCheckPath, importHolderPath, servedPaths, servedUnit } from '../../src/kinds/file/paths.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import { volumesOf } from '../../src/kinds/reach.ts';
import type { Site, Vm } from '../../src/kinds/site.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Boundary, Faults, type Struck } from './faults.ts';
import { exportsOf, handing, importedSite, listOn, notClosed, server } from './handovers.ts';
import { asWished, Invariants, type Violation } from './invariants.ts';
import { watchServed } from './invariants-served.ts';
import { movableSite, nodeNames } from './inventories.ts';
import type { Half } from './machine/drbd.ts';
import { compareGenerations } from './machine/drbd-peers.ts';
import type { Machine } from './machine/machine.ts';
import { restart } from './machine/migrate.ts';
import { isMover } from './machine/process.ts';
import { booting, type Domain, isLive } from './machine/xen.ts';
import { type Row, rowBetween } from './outcome.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { type Ran, run, type Sanctl } from './sanctl.ts';
import { Setting } from './setting.ts';
import { MemoryTransport } from './transport.ts';

export interface MovesReport {
  readonly seed: number;
  readonly story: string;
  /** The rows in which cleanups were asked for, and what they refused. */
  readonly end: string;
  readonly faults: readonly Struck[];
  readonly boundaries: number;
  readonly violations: readonly Violation[];
  readonly log: readonly string[];
}

/** Where things go wrong: anywhere, at what acts, or in the move itself. */
const sorts: readonly [Sort, ...Sort[]] = [
  { name: 'anywhere', spares: [], within: 900 },
  { name: 'where something acts', spares: ['probe', 'connect', 'script', 'answer'], within: 250 },
  {
    name: 'in the move itself',
    spares: ['probe', 'connect', 'script', 'answer', 'command', 'within command', 'after command', 'event'],
    within: 40,
  },
];

/** What a person decides, by the row of the table. */
const humanRows: Readonly<Partial<Record<Row, string>>> = {
  M5: 'move/nobody-runs',
  M7: 'move/stopped',
  M9: 'move/unclear',
};

/** What else happens meanwhile, by nobody's fault. */
const meddlers = [
  'a guest that starts again',
  'another sanctl that applies',
  'another sanctl that moves',
  'another sanctl that cleans up',
  'a person who adjusts',
  'a guest that takes the memory',
] as const;
type Meddler = (typeof meddlers)[number];

/** What the operator tries before he thinks of a cleanup. */
const otherwise = ['vm-start', 'vm-stop', 'apply'] as const;

interface Sort {
  readonly name: string;
  readonly spares: readonly Boundary[];
  readonly within: number;
}

/** Guests on mirrors; on what a third node serves. */
type Over = 'mirrors' | 'imports';

export async function playMoves(
  seed: number,
  kinds: readonly Kind[],
  most = 5,
  over: Over = 'mirrors',
): Promise<MovesReport> {
  const chance = random(seed);
  const setting = new Setting(chance.fork('setting'), over === 'mirrors' ? nodeNames : [...nodeNames, server]);
  const site = (over === 'mirrors' ? movableSite : importedSite)(chance.fork('site'));
  const game = new Moves(setting, kinds, site);
  const sort = chance.pick(sorts);
  const count = Math.min(most, chance.pick([0, 1, 1, 2, 3, 5]));
  await game.converge();
  setting.strike(Faults.at(chance.fork('faults'), count, sort.within, sort.spares));
  const besides = chance.chance(0.4) ? chance.pick(meddlers) : undefined;
  if (besides !== undefined) game.meddle(besides);
  for (let moves = chance.whole(1, 2); moves > 0 && game.fine; moves--) {
    await game.move(chance.pick(vmsOf(site)));
    if (chance.chance(0.25) && game.fine) await game.tryElse(chance.pick(vmsOf(site)), chance.pick(otherwise));
  }
  if (game.fine) await game.quiet(chance.chance(0.5));
  if (game.fine) await game.cleanUp();
  return game.report(seed, `${count} faults ${sort.name}${besides === undefined ? '' : `, and ${besides}`}`);
}

function vmsOf({ vms }: Site): readonly [Vm, ...Vm[]] {
  const [first, ...more] = Object.values(vms);
  if (first === undefined) throw new Error('no VM');
  return [first, ...more];
}

class Moves {
  readonly #setting: Setting;
  readonly #kinds: readonly Kind[];
  readonly #site: Site;
  readonly #moving = new Set<string>();
  readonly #invariants: Invariants;
  readonly #log: string[] = [];
  readonly #ends: string[] = [];
  /** The operator's own sanctl is at work. */
  #busy = false;

  constructor(setting: Setting, kinds: readonly Kind[], site: Site) {
    this.#setting = setting;
    this.#kinds = kinds;
    this.#site = site;
    this.#invariants = new Invariants(setting.room, { site, destroy: new Set(), moving: this.#moving });
    watchServed(setting.room, this.#invariants.violations);
  }

  get fine(): boolean {
    return this.#invariants.violations.length === 0;
  }

  get #machines(): readonly Machine[] {
    return [...this.#setting.room.machines.values()];
  }

  async converge(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const ran = await this.#sanctl((sanctl) => run(sanctl, { site: this.#site }));
      this.#tellRun(ran);
      if (ran?.is === 'nothing to do') return;
      await this.#setting.pass(60);
    }
    this.#wrong('converges', 'still not after 20 rounds');
  }

  /** To wherever it is not. */
  async move(vm: Vm): Promise<void> {
    const at = this.#nodeOf(vm);
    if (at === undefined) return;
    const to = nodeNames.find((name) => name !== at) ?? '';
    const onPlan = (): void => this.#begin(vm);
    const played = await this.#sanctl((sanctl) =>
      playbook({ ...sanctl, onPlan }, { site: this.#site }, 'migrate', [`vm=${vm.name}`, `to=${to}`]),
    );
    this.#tell(`${vm.name} to ${to}`, played);
    this.#over(vm, played);
    await this.#setting.pass(this.#setting.random.whole(1, 120));
  }

  /** At some moment while the first guest moves. */
  meddle(what: Meddler): void {
    const { clock, random: chance } = this.#setting;
    void clock
      .sleep(chance.whole(1, 150))
      .then(() => this.#meddle(what))
      .catch(this.#machines[0]?.around.trouble);
  }

  async #meddle(what: Meddler): Promise<void> {
    const { random: chance, room } = this.#setting;
    const vm = chance.pick(vmsOf(this.#site));
    const machine = room.machines.get(chance.pick(nodeNames));
    if (machine?.on !== true) return;
    const domain = machine.domains.find((one) => one.uuid === vm.uuid && isLive(one));
    switch (what) {
      case 'a guest that starts again':
        return domain === undefined ? undefined : restart(machine, domain);
      case 'a person who adjusts':
        for (const volume of volumesOf(vm)) machine.exec(['drbdadm', 'adjust', volume]);
        return;
      case 'a guest that takes the memory':
        machine.domains = [...machine.domains, stranger(machine)];
        return;
      default:
        return this.#another(what, vm, machine.name);
    }
  }

  /** A colleague at another desk, whose sanctl is not struck. */
  async #another(what: Meddler, vm: Vm, to: string): Promise<void> {
    const { clock, random: chance, secretOf, nodes } = this.#setting;
    const transport = new MemoryTransport(nodes, clock);
    const sanctl: Sanctl = { kinds: this.#kinds, transport, clock, random: chance, secretOf, owner: 'two' };
    const onPlan = (): void => this.#begin(vm);
    if (what === 'another sanctl that applies') this.#tellRun(await run(sanctl, { site: this.#site }));
    else {
      const [name, set] = what.endsWith('moves') ? ['migrate', [`to=${to}`]] : ['migrate-cleanup', []];
      const played = await playbook({ ...sanctl, onPlan }, { site: this.#site }, name as string, [
        `vm=${vm.name}`,
        ...(set ?? []),
      ]);
      this.#tell(what, played);
      if (!this.#busy) this.#over(vm, played);
    }
  }

  async tryElse(vm: Vm, what: (typeof otherwise)[number]): Promise<void> {
    const wish = { site: this.#site };
    if (what === 'apply') this.#tellRun(await this.#sanctl((sanctl) => run(sanctl, wish)));
    else this.#tell(what, await this.#sanctl((sanctl) => playbook(sanctl, wish, what, [`vm=${vm.name}`])));
    await this.#setting.pass(this.#setting.random.whole(1, 60));
  }

  /** D1: from now on two may be Primary. */
  #begin(vm: Vm): void {
    for (const volume of volumesOf(vm)) this.#moving.add(volume);
  }

  /** sanctl has seen that it is over. */
  #over(vm: Vm, played: Played | undefined): void {
    if (played?.is === 'done' && played.unverified.length === 0)
      for (const volume of volumesOf(vm)) this.#moving.delete(volume);
  }

  /** Nothing goes wrong any more and nobody does anything for ten minutes: timers close what nobody may need. */
  async quiet(freed: boolean): Promise<void> {
    await this.#setting.recover();
    if (freed) this.#endMovers();
    await this.#setting.pass(600);
    const moves = this.#machines.some(({ processes }) => [...processes].some(isMover));
    for (const half of this.#setting.room.halves) {
      const both = half.role === 'Primary' && half.peer?.role === 'Primary';
      if (half.allowsTwoPrimaries && half.peer !== undefined && !both && !moves)
        this.#wrong('a forgotten window closes', `${half.resource} on ${half.node} is open`);
    }
    for (const name of vmsOf(this.#site).flatMap(exportsOf))
      if (handing(this.#setting.room, name) === 'open') this.#wrong('a forgotten window closes', `${name} is open`);
  }

  /** What still waits for somebody who is gone is ended by a person, as the help says. */
  #endMovers(): void {
    for (const node of nodeNames) this.#setting.endMovers(node);
  }

  /** The operator, with everything healed: cleans up until there is nothing more to do, and does himself what is his to do. */
  async cleanUp(): Promise<void> {
    this.#endMovers();
    for (const machine of this.#machines)
      machine.domains = machine.domains.filter(({ name }) => name !== strangersName);
    await this.#setting.pass(60);
    // What cannot die holds its disks until the sockets of a lost line have given up; or until its import is dropped, which a cleanup does.
    for (
      let left = 30;
      left > 0 && this.#machines.some(({ domains }) => domains.some(({ state }) => state.includes('d')));
      left--
    )
      await this.#setting.pass(60);
    for (const vm of vmsOf(this.#site)) if (this.fine) await this.#settle(vm);
    if (this.fine) this.#nothingLeft();
    if (this.fine) await this.#applied();
  }

  #nothingLeft(): void {
    for (const { name, services } of this.#machines) {
      const left = [...services.keys()];
      if (left.length > 0) this.#wrong('after a cleanup nothing of a move is left', `${left.join()} on ${name}`);
    }
  }

  async #settle(vm: Vm): Promise<void> {
    for (let round = 0; round < 8 && this.fine; round++) {
      const row = rowBetween(this.#setting.room, vm.uuid, ...nodeNames);
      const onPlan = (): void => this.#begin(vm);
      const played = await this.#sanctl((sanctl) =>
        playbook({ ...sanctl, onPlan }, { site: this.#site }, 'migrate-cleanup', [`vm=${vm.name}`]),
      );
      this.#tell(`cleanup of ${vm.name} in row ${row}`, played);
      this.#over(vm, played);
      if (played?.is === 'refused') this.#refused(vm, row, played.diagnostics);
      if (played?.is === 'broke off') this.#mend(vm, this.#torn(vm));
      if (played?.is === 'done' && played.plan.steps.length === 0) {
        await this.#setting.pass(30);
        return this.#settled(vm, row);
      }
      await this.#setting.pass(120);
    }
    if (this.fine) this.#wrong('a cleanup comes to its end', this.#log.slice(-2).join('; '));
  }

  /** Only what the table says, or a split brain that is one. Whose it is to do, does it. */
  #refused(vm: Vm, row: Row, diagnostics: readonly Diagnostic[]): void {
    const codes = [...new Set(diagnostics.map(({ code }) => code))];
    this.#ends.push(`${row} ${codes.join()}`);
    const torn = this.#torn(vm);
    const expected = [
      humanRows[row],
      ...(torn.length > 0 ? ['move/split-brain'] : []),
      ...(humanRows[row] !== undefined || this.#anotherRuns(vm) ? ['handover/undecided'] : []),
    ];
    const strange = diagnostics.filter(({ code }) => !expected.includes(code));
    if (strange.length > 0)
      this.#wrong(
        'a cleanup refuses only what it must',
        `in row ${row}: ${strange.map(({ code, detail }) => `${code} ${detail}`).join('; ')}`,
      );
    else if (torn.length > 0) this.#mend(vm, torn);
    else if (humanRows[row] === undefined) this.#decide(vm);
    else this.#destroyCopies(vm);
  }

  /** After the target has come, a guest runs at the source that is not the one which was left. */
  #anotherRuns(vm: Vm): boolean {
    const at = this.#machines.find(({ name }) => name === this.#nodeOf(vm));
    const ids = (at?.domains ?? []).filter(({ uuid }) => uuid === vm.uuid).map(({ id }) => String(id));
    return exportsOf(vm).some((name) => {
      const [, , source = '', , domain = '', state] = listOn(this.#setting.room, name).note.split(' ');
      return state === 'come' && source === at?.address && !ids.includes(domain);
    });
  }

  /** As the help says: left to the node where it runs, and the other one lets go. */
  #decide(vm: Vm): void {
    const at = this.#machines.find(({ name }) => name === this.#nodeOf(vm));
    for (const name of exportsOf(vm).filter((one) => handing(this.#setting.room, one) !== 'no')) {
      for (const machine of this.#machines.filter((one) => one !== at && one.name !== server)) {
        machine.exec(['systemctl', 'disable', '--now', servedUnit('import', name)]);
        machine.exec([importHolderPath, 'drop', servedPaths('import', name).config]);
      }
      this.#setting.room.machines.get(server)?.exec(['sh', exportCheckPath, name, 'close', at?.address ?? '']);
    }
  }

  /** Halves of it that do not connect, both Primary or both changed apart from each other: only a person may know whose count (D4). */
  #torn(vm: Vm): readonly Half[] {
    const volumes = new Set(volumesOf(vm));
    const apart = this.#setting.room.halves.filter((half) => volumes.has(half.resource) && half.peer === undefined);
    return apart.filter((half) => {
      const other = apart.find((one) => one !== half && one.resource === half.resource);
      if (other === undefined) return false;
      return (half.role === 'Primary' && other.role === 'Primary') || compareGenerations(half, other) === 'split brain';
    });
  }

  /** Nobody knows which copy has the whole memory: all go, but for one that runs (3.2). */
  #destroyCopies({ uuid }: Vm): void {
    for (const machine of this.#machines)
      for (const domain of machine.domains.filter((one) => one.uuid === uuid && !isLive(one)))
        machine.exec(['xl', 'destroy', String(domain.id)]);
  }

  /** What changed where no guest runs is given up; where none runs at all, the side on which it wrote less: a person knows. */
  #mend(vm: Vm, torn: readonly Half[]): void {
    if (torn.length > 0) this.#destroyCopies(vm);
    const runs = this.#nodeOf(vm);
    for (const { resource, node } of torn) {
      const [most] = torn.filter((half) => half.resource === resource).sort((a, b) => records(b) - records(a));
      const keeps = runs ?? most?.node;
      const machine = this.#setting.room.machines.get(node);
      const give = node === keeps ? [] : ['--discard-my-data'];
      if (node !== keeps) machine?.exec(['drbdadm', 'secondary', resource]);
      // One that still waits has the options of the window, and would be dropped for them (D17).
      machine?.exec(['drbdadm', 'disconnect', resource]);
      machine?.exec(['drbdadm', 'connect', ...give, resource]);
    }
  }

  /** W11: nothing of the move is left, and nothing that would act on it later. */
  #settled(vm: Vm, row: Row): void {
    this.#ends.push(row);
    const copies = this.#machines.flatMap(({ domains }) => domains.filter(({ uuid }) => uuid === vm.uuid));
    const at = this.#nodeOf(vm);
    if (copies.length > (at === undefined ? 0 : 1))
      this.#wrong('after a cleanup nothing of a move is left', this.#state());
    const names = new Set(volumesOf(vm));
    for (const half of this.#setting.room.halves.filter(({ resource }) => names.has(resource))) {
      const { resource, node, role } = half;
      if (half.allowsTwoPrimaries) this.#wrong('after a cleanup no window is open', `${resource} on ${node}`);
      if ((role === 'Primary') !== (node === at))
        this.#wrong('after a cleanup the guest has its disks', `${resource} is ${role} on ${node}`);
    }
    for (const detail of exportsOf(vm).flatMap((name) => notClosed(this.#setting.room, name, at)))
      this.#wrong('after a cleanup the guest has its disks', detail);
  }

  /** Of a guest on imports a person writes down where it is: its home is who imports them. */
  #homed(): Site {
    const { room } = this.#setting;
    const vms = Object.values(this.#site.vms).map((vm) => {
      const [keeper] = exportsOf(vm).flatMap((name) => listOn(room, name).nodes);
      return [vm.name, { ...vm, home: keeper ?? vm.home }] as const;
    });
    return { ...this.#site, vms: Object.fromEntries(vms) };
  }

  async #applied(): Promise<void> {
    const site = this.#homed();
    for (let round = 0; round < 15 && this.fine; round++) {
      const ran = await this.#sanctl((sanctl) => run(sanctl, { site }));
      this.#tellRun(ran);
      const torn = vmsOf(this.#site).filter((vm) => this.#torn(vm).length > 0);
      if (ran?.is === 'no plan' && !(torn.length > 0 && ran.codes.every((code) => code === 'drbd/stand-alone')))
        return this.#wrong(
          'after a cleanup an apply refuses nothing',
          `${ran.codes.join()}: ${ran.details.join('; ')}`,
        );
      if (ran?.is === 'nothing to do') break;
      for (const vm of torn) this.#mend(vm, this.#torn(vm));
      await this.#setting.pass(100);
    }
    await this.#setting.pass(300);
    const kinds = new Set(this.#kinds.map(({ name }) => name));
    const where = Object.values(site.vms).map((vm) => [vm.name, { ...vm, home: this.#nodeOf(vm) ?? vm.home }] as const);
    for (const { rule, detail } of asWished(this.#setting.room, { ...site, vms: Object.fromEntries(where) }, kinds))
      this.#wrong(rule, detail);
  }

  #state(): string {
    const domains = this.#machines.flatMap(({ name, domains }) =>
      domains.map((one) => `${one.name}@${name} ${one.state}`),
    );
    const halves = this.#setting.room.halves.map(
      (half) => `${half.resource}@${half.node} ${half.role} ${half.allowsTwoPrimaries}`,
    );
    return [...domains, ...halves].join('; ');
  }

  #nodeOf({ uuid }: Vm): string | undefined {
    return this.#machines.find(({ domains }) => domains.some((one) => one.uuid === uuid && isLive(one)))?.name;
  }

  async #sanctl<T>(work: (sanctl: Sanctl) => Promise<T>): Promise<T | undefined> {
    this.#busy = true;
    const { clock, random: chance, secretOf } = this.#setting;
    const transport = this.#setting.livingSanctl();
    try {
      return await this.#setting.until(
        work({ kinds: this.#kinds, transport, clock, random: chance, secretOf, owner: 'one' }),
      );
    } catch (problem) {
      this.#wrong('sanctl does not throw', problem instanceof Error ? (problem.stack ?? '') : String(problem));
      return undefined;
    } finally {
      this.#busy = false;
    }
  }

  #tell(what: string, played: Played | undefined): void {
    if (played === undefined) this.#log.push(`${what}: sanctl was killed`);
    else if (played.is === 'refused')
      this.#log.push(
        `${what}: refused: ${played.diagnostics.map(({ code, detail }) => `${code} (${detail})`).join('; ')}`,
      );
    else if (played.is === 'done')
      this.#log.push(
        `${what}: done ${stepsOf(played.plan)}; not as it should be: ${played.unverified.map(({ code, detail }) => `${code} (${detail})`).join('; ')}`,
      );
    else {
      const bad = [...played.outcome.steps].filter(([, { is }]) => is !== 'done' && is !== 'not-reached');
      this.#log.push(`${what}: broke off: ${JSON.stringify(bad)}; back: ${JSON.stringify(played.back)}`);
    }
  }

  #tellRun(ran: Ran | undefined): void {
    if (ran?.is === 'no plan')
      this.#log.push(`no plan: ${ran.codes.map((code, at) => `${code} (${ran.details[at]})`).join('; ')}`);
    else if (ran?.is === 'applied') this.#log.push(`applied ${stepsOf(ran.plan)}: exit ${ran.outcome.exit}`);
    else this.#log.push(ran === undefined ? 'sanctl was killed' : ran.is);
  }

  #wrong(rule: string, detail: string): void {
    this.#invariants.violations.push({ rule, detail });
  }

  report(seed: number, story: string): MovesReport {
    for (const command of this.#setting.faults.unknown) this.#wrong('only known commands', command);
    for (const trouble of this.#setting.room.troubles)
      this.#wrong('the model holds', trouble instanceof Error ? (trouble.stack ?? trouble.message) : String(trouble));
    return {
      seed,
      story,
      end: this.#ends.join(' | '),
      faults: this.#setting.struck,
      boundaries: this.#setting.faults.boundaries,
      violations: this.#invariants.violations,
      log: this.#log,
    };
  }
}

function records({ lower }: Half): number {
  return lower.read(0, lower.bytes).filter(({ written }) => written.by.startsWith('guest ')).length;
}

const strangersName = 'stranger';

/** Whom the inventory does not know. */
function stranger(machine: Machine): Domain {
  const memoryKib = 950 * 1024;
  const name = strangersName;
  const uuid = '9b1f3c52-0000-4000-8000-0000000000bb';
  return {
    ...{
      name,
      uuid,
      memoryKib,
      maxMemoryKib: memoryKib,
      id: machine.nextDomid++,
      state: '-b----',
      type: 'pv',
      vcpus: 1,
    },
    ...{ kernel: undefined, ramdisk: undefined, cmdline: undefined, disks: [], nics: [], built: true, guest: booting },
  };
}

function stepsOf({ steps }: Plan): string {
  return steps.map(({ id }) => id).join(', ');
}
