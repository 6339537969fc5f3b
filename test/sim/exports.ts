/** One seed of exports: volumes that others write over the network, programs that count on it, and what may go wrong with both. */
import { readInventory } from '../../src/inventory/index.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Site } from '../../src/kinds/site.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { watchServed } from './invariants-served.ts';
import { addresses } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { Writer } from './machine/writer.ts';
import { type Random, random } from './random.ts';
import { Game, type SeedReport } from './seed.ts';
import { Setting } from './setting.ts';

const servers = ['alpha', 'bravo'] as const;
const importers = ['charlie', 'delta'] as const;

interface Served {
  readonly name: string;
  readonly from: string;
  to: readonly string[];
  readonly readOnly: boolean;
  mebibytes: number;
  timeout: string;
}

/** What somebody changes or does once all is as wished. */
const chapters = [
  'the same again',
  'larger volumes',
  'another timeout',
  'another importer',
  'a reboot of a server',
  'a reboot of an importer',
  'a volume made anew by hand',
  'a server that is killed',
  'a device that is disconnected by hand',
  'a colleague',
] as const;
type Chapter = (typeof chapters)[number];

export async function playExports(
  seed: number,
  kinds: readonly Kind[],
  settings: { readonly faults?: number; readonly chapter?: Chapter } = {},
): Promise<SeedReport> {
  const chance = random(seed);
  const setting = new Setting(chance.fork('setting'), [...servers, ...importers]);
  const served = randomExports(chance.fork('site'));
  const story = new ExportStory(setting, kinds, served, chance);
  const count = settings.faults ?? chance.whole(0, 4);
  const chapter = settings.chapter ?? chance.pick(chapters);
  await story.play(count);
  if (story.fine) await story.turn(chapter, count);
  return story.game.report(
    seed,
    `${served.map(({ name, from, to }) => `${name} ${from}:${to.join()}`).join(' ')}, then ${chapter}`,
  );
}

function randomExports(chance: Random): Served[] {
  return Array.from({ length: chance.whole(1, 3) }, (_, at) => {
    const readOnly = chance.chance(0.25);
    return {
      name: `slice-${at + 1}`,
      from: chance.pick(servers),
      to: readOnly && chance.chance(0.5) ? importers : [chance.pick(importers)],
      readOnly,
      mebibytes: 4 * chance.whole(16, 32),
      timeout: chance.pick(['none', '30s', '120s']),
    };
  });
}

/** Through the real inventory, which makes the names on the wire. */
function siteOf(served: readonly Served[]): Site {
  const nodes = [...servers, ...importers].map((name) => `  ${name}: { address: ${addresses[name]} }`);
  const volumes = served.map(
    ({ name, mebibytes, from }) => `  ${name}: { size: ${mebibytes}MiB, replicas: [${from}] }`,
  );
  const exports = served.map(
    ({ name, from, to, readOnly, timeout }) =>
      `  ${name}: { volume: ${name}, from: ${from}, via: nbd, to: [${to.join(', ')}], readOnly: ${readOnly}, timeout: ${timeout}, tls: none }`,
  );
  const text = [
    'version: 1\nsite: simulated\ndefaults: { volume: { group: vg0 } }\nnodes:',
    ...nodes,
    `volumeGroups:\n  vg0: { nodes: [${[...new Set(served.map(({ from }) => from))].join(', ')}], devices: [/dev/vdb] }`,
    'volumes:',
    ...volumes,
    'exports:',
    ...exports,
  ].join('\n');
  const inventory = readInventory(`${text}\n`, 'inventory.yaml', '.');
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.diagnostics));
  return inventory.value.site;
}

export class ExportStory {
  readonly game: Game;
  readonly #setting: Setting;
  readonly #served: readonly Served[];
  readonly #chance: Random;
  readonly #allowed: { site: Site; destroy: ReadonlySet<string>; byHand: true };
  readonly #invariants: Invariants;

  constructor(setting: Setting, kinds: readonly Kind[], served: readonly Served[], chance: Random) {
    this.#setting = setting;
    this.#served = served;
    this.#chance = chance;
    this.#allowed = { site: siteOf(served), destroy: new Set(), byHand: true };
    this.#invariants = new Invariants(setting.room, this.#allowed);
    watchServed(setting.room, this.#invariants.violations);
    this.game = new Game(setting, kinds, this.#invariants, []);
  }

  get fine(): boolean {
    return this.#invariants.violations.length === 0 && this.game.end === 'converged';
  }

  async play(faults: number): Promise<void> {
    this.#strike(faults);
    await this.game.play({ site: this.#allowed.site });
    for (const { name, to, readOnly } of this.#served)
      if (!readOnly) for (const node of to) this.#write(this.#machine(node), name);
    for (let round = 0; round < 5; round++) await this.#setting.pass(20);
  }

  #machine(node: string): Machine {
    const machine = this.#setting.room.machines.get(node);
    if (machine === undefined) throw new Error(`no ${node}`);
    return machine;
  }

  #write(machine: Machine, name: string): void {
    const writer = new Writer(machine, `/dev/gnbd/${name}`);
    machine.writers = [...machine.writers, writer];
    writer.start();
  }

  #strike(count: number): void {
    const within = this.#chance.pick([250, 600]);
    this.#setting.strike(Faults.at(this.#chance.fork(`faults ${this.game.end}`), count, within));
  }

  /** Something happens; then what is to be is asked for again, under faults, and people start their programs anew. */
  async turn(chapter: Chapter, faults: number): Promise<void> {
    this.#strike(faults);
    const again = await this.#happens(chapter);
    for (const wish of again) {
      if (!this.fine && this.game.end !== 'stopped at a human step') return;
      this.#allowed.site = siteOf(this.#served);
      this.game.mayRefuse = wish.mayRefuse ?? [];
      await this.game.play({ site: this.#allowed.site, ...(wish.adopt === undefined ? {} : { adopt: wish.adopt }) });
      if (this.game.end === 'stopped at a human step') wish.person?.();
      await this.#restartPrograms();
    }
  }

  async #happens(chapter: Chapter): Promise<readonly Wish[]> {
    const [first] = this.#served.filter(({ readOnly }) => !readOnly);
    switch (chapter) {
      case 'larger volumes':
        for (const one of this.#served) one.mebibytes += 8;
        this.#stopPrograms();
        return [{}];
      case 'another timeout':
        for (const one of this.#served) one.timeout = one.timeout === 'none' ? '60s' : 'none';
        return [{}];
      case 'another importer':
        return first === undefined ? [{}] : this.#moves(first);
      case 'a reboot of a server':
      case 'a reboot of an importer':
        await this.#setting.reboot(this.#chance.pick(chapter.endsWith('server') ? servers : importers));
        await this.#setting.pass(60);
        return [{}];
      case 'a volume made anew by hand':
        return first === undefined ? [{}] : this.#madeAnew(first);
      case 'a server that is killed':
        for (const { main } of this.#machine(this.#chance.pick(servers)).nbdServers) main.end();
        return [{}];
      case 'a device that is disconnected by hand':
        for (const node of importers) this.#disconnect(this.#machine(node));
        return [{}];
      default:
        return [{}];
    }
  }

  /** As `nbd-client -d` does: the holder hears nothing of it. */
  #disconnect(machine: Machine): void {
    for (const device of machine.nbd) {
      device.gone = true;
      device.session.child.end();
      machine.disconnectedByHand.add(device.backend.split('/')[0]?.replace(/-[0-9a-f]+$/, '') ?? '');
    }
  }

  /** N7: whoever has it must let go first, which only a person can have happen while it is in use. */
  #moves(one: Served): readonly Wish[] {
    const [before = ''] = one.to;
    one.to = [importers.find((name) => name !== before) ?? ''];
    const machine = this.#machine(before);
    const person = (): void => {
      machine.writers = machine.writers.filter(({ path }) => path !== `/dev/gnbd/${one.name}`);
      machine.exec(['systemctl', 'disable', '--now', `sanctl-import-${one.name}.service`]);
    };
    return [{ mayRefuse: ['export/imported-elsewhere'], person }, {}];
  }

  /** S3: a volume of the same name and size, whose data are others. */
  #madeAnew(one: Served): readonly Wish[] {
    const machine = this.#machine(one.from);
    machine.exec(['systemctl', 'stop', `sanctl-export-${one.name}.service`]);
    this.#allowed.destroy = new Set([one.name]);
    for (const each of this.#setting.room.machines.values())
      each.writers = each.writers.filter(({ path }) => path !== `/dev/gnbd/${one.name}`);
    machine.exec(['lvremove', '--yes', `vg0/${one.name}`]);
    this.game.note(`${one.name} was removed by hand`);
    return [{ mayRefuse: ['export/other-volume'] }, { adopt: [`export/${one.name}`] }];
  }

  #stopPrograms(): void {
    for (const machine of this.#setting.room.machines.values()) for (const writer of machine.writers) writer.stop();
  }

  async #restartPrograms(): Promise<void> {
    await this.#setting.recover();
    for (const machine of this.#setting.room.machines.values()) for (const writer of machine.writers) writer.start();
    await this.#setting.pass(120);
  }
}

/** What is asked for, what it may be refused for, and what a person does about that. */
interface Wish {
  readonly mayRefuse?: readonly string[];
  readonly adopt?: readonly string[];
  readonly person?: () => void;
}
