/** `sanctl snapshot` over simulated nodes: guests go on, sets are of one moment, a disk is what it is called; each checker has its mutant (C13). */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import type { Verb } from '../../src/kinds/verb.ts';
import type { World } from '../../src/kinds/world.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Action, run } from '../../src/shell/command.ts';
import { StandsStill } from './invariants-snapshots.ts';
import { mirroredSite, resized } from './inventories.ts';
import { type Machine, written } from './machine/machine.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { run as applied } from './sanctl.ts';
import { seedsOf, describe as told } from './seeds.ts';
import { Setting } from './setting.ts';
import { playSnapshots } from './snapshots.ts';

test('under every seed of snapshots nothing breaks', { timeout: 900_000 }, async () => {
  const broken: string[] = [];
  for (const seed of seedsOf(0, 1, 40)) {
    const report = await playSnapshots(seed, kinds);
    if (report.violations.length > 0) broken.push(told(report, 'snapshots'));
  }
  expect(broken.slice(0, 5), `${broken.length} seeds`).toEqual([]);
});

test('the seeds tell of sets, of ways back and of refusals, each for its reason', { timeout: 900_000 }, async () => {
  let ends = '';
  for (let seed = 1; seed <= 12; seed++) ends += ` | ${(await playSnapshots(seed, kinds, 0)).end}`;
  const told = ['create done', 'rollback done', 'remove done', 'rollback snapshot/runs', 'create snapshot/is-there'];
  for (const end of told) expect(ends).toContain(`snapshot-${end}`);
});

/** The kinds, the steps of one verb of snapshots changed. */
function careless(name: string, change: (action: Action) => readonly Action[]): readonly Kind[] {
  return withVerb(kinds, 'snapshot', name, ({ plan }) => ({
    plan: (given, world) =>
      new Map(
        [...plan(given, world)].map(([thing, verdict]) => [
          thing,
          {
            ...verdict,
            steps: verdict.steps.map((step) => ({ ...step, actions: step.actions.flatMap(change) })),
          },
        ]),
      ),
  }));
}

function withVerb(all: readonly Kind[], kind: string, name: string, change: (verb: Verb) => Partial<Verb>) {
  return all.map((one) => {
    const verb = one.verbs?.[name];
    if (one.name !== kind || verb === undefined) return one;
    return { ...one, verbs: { ...one.verbs, [name]: { ...verb, ...change(verb) } } };
  });
}

/** A `sh -c` with another text and other words. */
function rewritten(
  action: Action,
  text: (script: string) => string,
  words: (all: readonly string[]) => readonly string[],
) {
  if (action.do !== 'run' || action.command.argv[0] !== 'sh') return [action];
  const [, option = '', script = '', own = '', ...rest] = action.command.argv;
  return [run('sh', option, text(script), own, ...words(rest))];
}

async function finds(mutant: readonly Kind[], rules: readonly string[], seeds: number): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await playSnapshots(seed, mutant, 0);
    if (violations.some(({ rule }) => rules.includes(rule))) return true;
  }
  return false;
}

const same = <T>(one: T): T => one;
const isLvm = (action: Action, word: string): boolean =>
  action.do === 'run' && action.command.argv[0] === 'lvchange' && action.command.argv.includes(word);

describe('careless snapshots are found by the seeds', { timeout: 600_000 }, () => {
  test('its guest goes on while they are made', async () => {
    const mutant = careless('create', (one) => rewritten(one, same, ([, ...rest]) => ['', ...rest]));
    expect(await finds(mutant, ['a set that is whole is of one moment'], 20)).toBe(true);
  });

  test('nobody lets its guest go on', async () => {
    const quiet = (script: string): string => script.replace(/^ *(systemd-run|trap) .*$/gm, '  true');
    const mutant = careless('create', (one) => rewritten(one, quiet, same));
    expect(await finds(mutant, ['a guest stands still for ten seconds at most'], 10)).toBe(true);
  });

  test('a disk that is half put back does not say so', async () => {
    const mutant = careless('rollback', (one) => (isLvm(one, '--addtag') ? [] : [one]));
    expect(await finds(mutant, ['a disk is as it was, or as the set, or says that it is neither'], 20)).toBe(true);
  });

  test('nothing is put back, and all is said to be well', async () => {
    const mutant = careless('rollback', (one) => (one.do === 'run' && one.command.argv[0] === 'sh' ? [] : [one]));
    expect(await finds(mutant, ['a rollback gives what the set has'], 20)).toBe(true);
  });

  test('with its snapshot, the disk goes', async () => {
    const mutant = careless('remove', (one) => {
      if (one.do !== 'run') return [one];
      const [program, ...words] = one.command.argv;
      return [run(program, ...words.map((word) => word.replace(/\.at\..*$/, '')))];
    });
    expect(await finds(mutant, ['nothing is lost'], 40)).toBe(true);
  });
});

describe('one mirror with a guest', () => {
  const site = mirroredSite();

  /** It runs, and the checkers look; `act` goes by a sanctl with these kinds. */
  async function game(all: readonly Kind[] = kinds) {
    const setting = new Setting(random(7));
    const sanctl = {
      ...{ kinds: all, transport: setting.transport, clock: setting.clock, random: setting.random },
      ...{ secretOf: setting.secretOf, owner: 'one' },
    };
    const apply = (wish: Site = site, onPlan: () => void = () => undefined) =>
      setting.clock.run(applied({ ...sanctl, onPlan }, { site: wish }));
    const play = (name: string, ...set: readonly string[]) =>
      setting.clock.run(playbook(sanctl, { site }, name, ['vm=web', ...set]));
    await apply();
    await setting.pass(60);
    const alpha = setting.room.machines.get('alpha');
    if (alpha === undefined) throw new Error('no alpha');
    const broken: string[] = [];
    const still = new StandsStill(setting.room, site, (rule) => broken.push(rule));
    return { apply, play, alpha, still, broken };
  }

  /** As the script of a timer does (docs/snapshots.md). */
  function bySchedule(machine: Machine, tag = 'sanctl.schedule.nightly.web'): void {
    const tags = ['sanctl.snapshot', 'sanctl.set.nightly-20261122-030000', tag].flatMap((one) => ['--addtag', one]);
    const name = ['--name', 'web.at.nightly-20261122-030000', 'vg0/web'];
    machine.exec(['lvcreate', '--snapshot', '--permission', 'r', '--extents', '100%ORIGIN', ...tags, ...name]);
  }

  test('a plan is as good as before when a schedule made a snapshot meanwhile (C4)', async () => {
    const { apply, play, alpha } = await game();
    await play('vm-stop');
    const ran = await apply(site, () => bySchedule(alpha));
    expect([ran.is, ran.is === 'applied' && ran.outcome.exit]).toEqual(['applied', 0]);
  });

  test('not when a person made one', async () => {
    const { apply, play, alpha } = await game();
    await play('vm-stop');
    const ran = await apply(site, () => bySchedule(alpha, 'by-hand'));
    expect([ran.is, ran.is === 'applied' && ran.outcome.exit]).toEqual(['applied', 3]);
  });

  test('what would make its origin larger than it is asks for it (L5)', async () => {
    const { apply, alpha } = await game();
    const before = alpha.lvm.volume('vg0/web')?.bytes;
    const ran = await apply(resized(site, 4), () => bySchedule(alpha));
    const steps = ran.is === 'applied' ? [...ran.outcome.steps] : [];
    expect(steps.find(([id]) => id === 'volume/web@alpha#grow')?.[1]).toMatchObject({
      is: 'refused',
      proves: 'vg0/web has no snapshots, which would be too small for it (L5)',
    });
    expect(alpha.lvm.volume('vg0/web')?.bytes).toBe(before);
  });

  test('no VM starts on a disk that is half put back; whoever starts one is seen', async () => {
    const blind = kinds.map((one) => (one.name === 'domain' ? { ...one, plan: unmarked(one.plan) } : one));
    for (const [all, found] of [
      [kinds, []],
      [blind, ['no VM on a disk half put back']],
    ] as const) {
      const { apply, play, alpha, broken } = await game(all);
      await play('vm-stop');
      alpha.exec(['lvchange', '--addtag', 'sanctl.restoring', 'vg0/web']);
      await apply();
      expect([...new Set(broken)]).toEqual(found);
    }
  });

  test('who calls untouched what was touched is seen', async () => {
    const { play, alpha, still, broken } = await game();
    await play('snapshot-create', 'name=one');
    await play('vm-stop');
    const plan = { steps: [{ id: 'snapshot/web@alpha#rollback-web', node: 'alpha' }] } as unknown as Plan;
    still.about(plan, ['vm=web', 'name=one']);
    const brokeOff = { is: 'broke off', outcome: { touched: false } } as unknown as Played;
    still.over(brokeOff);
    expect(broken).toEqual([]);
    alpha.lvm.volume('vg0/web')?.write(0, 4096, written('somebody', false));
    still.over(brokeOff);
    expect(broken).toEqual(['what is called untouched is as it was']);
  });
});

/** To it no disk is half put back. */
function unmarked(plan: Kind['plan']): Kind['plan'] {
  return (thing, world) =>
    plan(thing, {
      ...world,
      have: ((kind, node) => {
        const facts = world.have(kind, node);
        return kind === 'volume' ? JSON.parse(JSON.stringify(facts).replaceAll('sanctl.restoring', 'x')) : facts;
      }) as World['have'],
    });
}
