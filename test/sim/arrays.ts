/** One seed of arrays: members on other nodes and here, a file system that is written to, and what may go wrong with them. */
import { readInventory } from '../../src/inventory/index.ts';
import type { Kind } from '../../src/kinds/kind.ts';
import type { Site } from '../../src/kinds/site.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { watchArrays } from './invariants-arrays.ts';
import { watchServed } from './invariants-served.ts';
import { addresses } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { Writer } from './machine/writer.ts';
import { type Random, random } from './random.ts';
import { Game, type SeedReport } from './seed.ts';
import { Setting } from './setting.ts';

const servers = ['alpha', 'bravo', 'charlie'] as const;
const home = 'delta';
const mount = '/srv/pool';

interface Wanted {
  readonly level: number;
  /** What each server gives: a slice of its group, or a file. */
  readonly far: readonly { readonly from: string; readonly file: boolean }[];
  /** And the node itself. */
  readonly near: string;
  readonly timeout: string;
}

const chapters = [
  'the same again',
  'a power cut of a server',
  'a power cut of its node',
  'a power cut of both',
  'a member that is away for long',
  'a stale member at boot',
  'an image that is not there',
] as const;
type Chapter = (typeof chapters)[number];

export async function playArrays(
  seed: number,
  kinds: readonly Kind[],
  settings: { readonly faults?: number; readonly chapter?: Chapter; readonly wanted?: Wanted } = {},
): Promise<SeedReport> {
  const chance = random(seed);
  const setting = new Setting(chance.fork('setting'), [...servers, home]);
  const wanted = settings.wanted ?? randomArray(chance.fork('site'));
  const story = new ArrayStory(setting, kinds, wanted, chance);
  const count = settings.faults ?? chance.whole(0, 4);
  const chapter = settings.chapter ?? chance.pick(chapters);
  await story.play(count);
  if (story.fine) await story.turn(chapter, count);
  const members = wanted.far.map(({ from, file }) => `${from}${file ? ' (file)' : ''}`);
  return story.game.report(seed, `RAID ${wanted.level} of ${members.join()} and ${wanted.near}, then ${chapter}`);
}

function randomArray(chance: Random): Wanted {
  const level = chance.pick([1, 1, 5, 6]);
  const count = level === 1 ? chance.whole(1, 2) : 3;
  const far = servers.slice(0, count).map((from) => ({ from, file: chance.chance(0.3) }));
  // Of RAID 5 three members, so that shares are whole numbers.
  const near =
    level === 5 || (count > 1 && level === 1 && chance.chance(0.5)) ? 'nothing' : chance.pick(['volume', 'image']);
  return { level, far, near, timeout: chance.pick(['15s', '30s']) };
}

function siteOf({ level, far, near, timeout }: Wanted): Site {
  const slices = far.filter(({ file }) => !file).map(({ from }) => from);
  const groups = [...slices, ...(near === 'volume' ? [home] : [])];
  const image = (node: string): string => `  file-${node}: { node: ${node}, path: /srv/${node}.img, size: 64MiB }`;
  const files = [...far.filter(({ file }) => file).map(({ from }) => from), ...(near === 'image' ? [home] : [])];
  const members = [
    ...far.map(({ from }) => `{ export: slice-${from} }`),
    ...(near === 'nothing' ? [] : [near === 'image' ? `{ image: file-${home} }` : '{ volume: near }']),
  ];
  const text = [
    `version: 1\nsite: simulated\n${groups.length === 0 ? '' : 'defaults: { volume: { group: vg0 } }\n'}nodes:`,
    ...[...servers, home].map((name) => `  ${name}: { address: ${addresses[name]} }`),
    ...(groups.length === 0
      ? []
      : [`volumeGroups:\n  vg0: { nodes: [${groups.join(', ')}], devices: [/dev/vdb] }\nvolumes:`]),
    ...slices.map((from) => `  slice-${from}: { size: 64MiB, replicas: [${from}] }`),
    ...(near === 'volume' ? [`  near: { size: 64MiB, replicas: [${home}] }`] : []),
    ...(files.length === 0 ? [] : ['images:', ...files.map(image)]),
    'exports:',
    ...far.map(
      ({ from, file }) =>
        `  slice-${from}: { ${file ? `image: file-${from}` : `volume: slice-${from}`}, from: ${from}, via: nbd, to: [${home}], timeout: ${timeout}, tls: none }`,
    ),
    'arrays:',
    `  pool: { node: ${home}, level: ${level}, members: [${members.join(', ')}], filesystem: { type: ext4, mount: ${mount} } }`,
  ].join('\n');
  const inventory = readInventory(`${text}\n`, 'inventory.yaml', '.');
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.diagnostics));
  return inventory.value.site;
}

/** Where a person has to look: what a cut in the middle of `mdadm --create` leaves, and more lost members than it can lose. */
const half = ['array/half-there', 'array/not-ours', 'array/failed', 'facts/unknown'];

export class ArrayStory {
  readonly game: Game;
  readonly #setting: Setting;
  readonly #wanted: Wanted;
  readonly #chance: Random;
  readonly #site: Site;
  readonly #invariants: Invariants;

  constructor(setting: Setting, kinds: readonly Kind[], wanted: Wanted, chance: Random) {
    this.#setting = setting;
    this.#wanted = wanted;
    this.#chance = chance;
    this.#site = siteOf(wanted);
    this.#invariants = new Invariants(setting.room, { site: this.#site, destroy: new Set(), byHand: true });
    watchServed(setting.room, this.#invariants.violations);
    watchArrays(setting.room, this.#invariants.violations);
    this.game = new Game(setting, kinds, this.#invariants, half);
    this.game.showsLate = true;
  }

  get fine(): boolean {
    return this.#invariants.violations.length === 0 && this.game.end === 'converged';
  }

  get #home(): Machine {
    return this.#machine(home);
  }

  async play(faults: number): Promise<void> {
    this.#strike(faults);
    await this.game.play({ site: this.#site });
    if (!this.fine) return;
    this.#home.writers = [new Writer(this.#home, mount)];
    await this.#write();
  }

  #machine(node: string): Machine {
    const machine = this.#setting.room.machines.get(node);
    if (machine === undefined) throw new Error(`no ${node}`);
    return machine;
  }

  #strike(count: number): void {
    const within = this.#chance.pick([300, 700]);
    this.#setting.strike(Faults.at(this.#chance.fork(`faults ${this.game.end}`), count, within));
  }

  /** A person starts the program wherever it can be, and it writes for a while. */
  async #write(): Promise<void> {
    for (const writer of this.#home.writers) writer.start();
    for (let round = 0; round < 8; round++) await this.#setting.pass(15);
  }

  async turn(chapter: Chapter, faults: number): Promise<void> {
    this.#strike(faults);
    await this.#happens(chapter);
    if (chapter === 'an image that is not there') this.game.mayRefuse = [...half, 'image/lost', 'array/member-missing'];
    await this.game.attempt({ site: this.#site });
    await this.#setting.pass(300);
    await this.game.play({ site: this.#site });
    if (this.game.end === 'stopped at a human step' && chapter === 'an image that is not there') {
      await this.#setting.pass(900);
      this.game.mayRefuse = half;
      await this.game.play({ site: this.#site });
    }
    if (!this.fine) return;
    await this.#setting.recover();
    await this.#write();
  }

  async #happens(chapter: Chapter): Promise<void> {
    const [first = { from: 'alpha' }, second] = this.#wanted.far;
    switch (chapter) {
      case 'a power cut of a server':
        return this.#off(first.from, 60);
      case 'a power cut of its node':
        return this.#off(home, 60);
      case 'a power cut of both':
        this.#away(first.from, 60);
        return this.#off(home, 60);
      case 'a member that is away for long':
        this.#away(first.from, 120);
        return this.#write();
      case 'a stale member at boot':
        this.#away(first.from, 200);
        await this.#write();
        // For longer than the units wait for it at boot.
        if (second !== undefined) this.#away(second.from, 1800);
        await this.#off(home, 90);
        await this.#setting.pass(1200);
        return this.#write();
      case 'an image that is not there':
        return this.#unmounted();
      default:
    }
  }

  async #off(node: string, seconds: number): Promise<void> {
    await this.#setting.clock.run(this.#setting.powerCycle(node, seconds));
    await this.#setting.pass(120);
  }

  /** Meanwhile everything else goes on. */
  #away(node: string, seconds: number): void {
    void this.#setting.powerCycle(node, seconds);
  }

  /** What it is on is not mounted, and a person sees to that after a while. */
  async #unmounted(): Promise<void> {
    const machine = [...this.#setting.room.machines.values()].find(({ images }) => images.size > 0);
    const [path, image] = [...(machine?.images ?? [])][0] ?? [];
    const file = machine?.files.get(path ?? '');
    if (machine === undefined || path === undefined || image === undefined || file === undefined) return;
    machine.cutPower();
    machine.files.remove(path);
    machine.images.delete(path);
    await this.#setting.pass(30);
    machine.boot();
    void this.#setting.clock.sleep(600).then(() => {
      machine.files.put(path, file.content, file.mode);
      machine.images.set(path, image);
    });
  }
}
