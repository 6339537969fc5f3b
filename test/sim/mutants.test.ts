/** Every checker must fire: on a machine that is broken by hand, and on kinds that were made careless (C13). */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site, Volume } from '../../src/kinds/site.ts';
import type { StepDraft, Verdict } from '../../src/kinds/verdict.ts';
import type { World } from '../../src/kinds/world.ts';
import type { Command } from '../../src/shell/command.ts';
import { Invariants } from './invariants.ts';
import { randomSite } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { written } from './machine/machine.ts';
import { installPackage } from './machine/programs-debian.ts';
import { playMoves } from './moves.ts';
import { random } from './random.ts';
import { namedStops, playSeed } from './seed.ts';
import { Setting } from './setting.ts';

const mebibyte = 2 ** 20;
const volume: Volume = {
  name: 'web',
  bytes: 64 * mebibyte,
  group: 'vg0',
  replicas: ['alpha', 'bravo'],
  stripes: 1,
  state: 'present',
  replication: { protocol: 'C', firstSync: 'full', source: 'alpha', maxRate: 2 ** 26 },
};
const resource = `resource "web" {
    net { protocol C; }
    volume 0 { device minor 0; disk "/dev/vg0/web"; meta-disk internal; }
    on "alpha" { address ipv4 10.77.0.11:7789; }
    on "bravo" { address ipv4 10.77.0.12:7789; }
}
`;
const domain = 'name = "guest"\nuuid = "4dfb1b3c-1b5c-4d6e-9d0f-0e2f9a0c1d00"\nmemory = 128\n';

/** Two machines with the volume of the inventory, connected; what `before` does comes before the checkers look. */
async function broken(
  before: (machine: Machine) => void,
  by: (alpha: Machine, bravo: Machine) => void,
): Promise<readonly string[]> {
  const setting = new Setting(random(1));
  const [alpha, bravo] = [...setting.room.machines.values()];
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  for (const machine of [alpha, bravo]) {
    for (const name of ['lvm2', 'drbd-utils']) installPackage(machine, name);
    machine.modules.add('drbd');
    machine.files.put('/etc/drbd.d/web.res', resource);
    machine.files.put('/etc/xen/guest.cfg', domain);
    machine.exec(['pvcreate', '/dev/vdb']);
    machine.exec(['vgcreate', 'vg0', '/dev/vdb']);
    machine.exec([
      'lvcreate',
      '--wipesignatures',
      'y',
      '--zero',
      'y',
      '--name',
      'web',
      '--size',
      `${68 * mebibyte}b`,
      '--addtag',
      'sanctl',
      'vg0',
    ]);
    before(machine);
    machine.exec(['drbdadm', 'create-md', 'web']);
    machine.exec(['drbdadm', 'up', 'web']);
  }
  await setting.pass(5);
  const site: Site = { ...randomSite(random(1)), volumes: { web: volume } };
  const invariants = new Invariants(setting.room, { site, destroy: new Set() });
  by(alpha, bravo);
  return [...new Set(invariants.violations.map(({ rule }) => rule))];
}

const nothing = (): void => undefined;

describe('each invariant fires on a machine that breaks it', () => {
  test('nothing breaks by itself', async () => {
    expect(await broken(nothing, (alpha) => alpha.exec(['drbdadm', 'primary', '--force', 'web']))).toEqual([]);
  });

  test('a lost filesystem', async () => {
    const put = (machine: Machine): void => {
      const data = written('somebody', true, { type: 'ext4', uuid: 'u', at: 0x438 });
      machine.disks[2]?.write(0, mebibyte, data);
      machine.around.ledger.promise(data, mebibyte);
    };
    expect(await broken(put, (alpha) => alpha.exec(['wipefs', '--all', '/dev/vdc']))).toEqual(['nothing is lost']);
  });

  test('a guest record that only one half had', async () => {
    const break_ = (alpha: Machine, bravo: Machine): void => {
      alpha.exec(['drbdadm', 'primary', '--force', 'web']);
      const record = written('guest', true);
      alpha.halves.get('web')?.write(0, 4096, record);
      alpha.around.ledger.promise(record, 4096);
      for (const machine of [alpha, bravo]) machine.exec(['drbdadm', 'secondary', 'web']);
      for (const machine of [alpha, bravo]) machine.lvm.volume('vg0/web')?.write(0, mebibyte, undefined);
      alpha.exec(['drbdadm', 'role', 'web']);
    };
    expect(await broken(nothing, break_)).toContain('nothing is lost');
  });

  test('two writers', async () => {
    const start = (...machines: readonly Machine[]): void => {
      for (const machine of machines) machine.exec(['xl', 'create', '/etc/xen/guest.cfg']);
    };
    expect(await broken(nothing, start)).toEqual(['never two live domains']);
  });

  test('a window, and two Primaries, where no move is under way', async () => {
    const open = (alpha: Machine, bravo: Machine): void => {
      alpha.exec(['drbdadm', 'primary', '--force', 'web']);
      alpha.exec(['drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web']);
      bravo.exec(['drbdadm', 'primary', 'web']);
    };
    expect(await broken(nothing, open)).toEqual(['no window without a move', 'never two writers']);
  });

  test('a guest that is ended while it runs', async () => {
    const end = (alpha: Machine): void => {
      alpha.exec(['xl', 'create', '/etc/xen/guest.cfg']);
      alpha.exec(['xl', 'destroy', 'guest']);
    };
    expect(await broken(nothing, end)).toEqual(['a live domain is not destroyed']);
  });

  test('halves that are called equal and are not', async () => {
    const differ = (machine: Machine): void =>
      machine.lvm.volume('vg0/web')?.write(4 * mebibyte, 8 * mebibyte, written(`old data of ${machine.name}`, false));
    const skip = (alpha: Machine): unknown => alpha.exec(['drbdadm', 'new-current-uuid', '--clear-bitmap', 'web/0']);
    expect(await broken(differ, skip)).toEqual(['UpToDate means equal']);
  });

  test('a first sync from the wrong side', async () => {
    expect(await broken(nothing, (_alpha, bravo) => bravo.exec(['drbdadm', 'primary', '--force', 'web']))).toEqual([
      'the right source',
    ]);
  });

  test('a second seed', async () => {
    const twice = (alpha: Machine, bravo: Machine): void => {
      alpha.exec(['drbdadm', 'new-current-uuid', '--clear-bitmap', 'web/0']);
      for (const machine of [alpha, bravo]) {
        const half = machine.halves.get('web');
        if (half === undefined) throw new Error('not up');
        half.metadata.current = '0000000000000004';
        half.disk = 'Inconsistent';
      }
      alpha.exec(['drbdadm', 'new-current-uuid', '--clear-bitmap', 'web/0']);
    };
    expect(await broken(nothing, twice)).toEqual(['seeded once']);
  });

  test('an undeclared volume that goes', async () => {
    const other = (machine: Machine): unknown =>
      machine.exec([
        'lvcreate',
        '--wipesignatures',
        'y',
        '--zero',
        'y',
        '--name',
        'theirs',
        '--size',
        '4194304b',
        'vg0',
      ]);
    const remove = (alpha: Machine): unknown => alpha.exec(['lvremove', '--yes', 'vg0/theirs']);
    expect(await broken(other, remove)).toEqual(['undeclared things stay']);
  });

  test('a volume that becomes smaller', async () => {
    const shrink = (alpha: Machine): void => {
      alpha.exec(['lvs', '--noheadings', '-o', 'lv_uuid']);
      alpha.lvm.volume('vg0/web')?.segments.pop();
      alpha.exec(['lvs', '--noheadings', '-o', 'lv_uuid']);
    };
    expect(await broken(nothing, shrink)).toContain('nothing shrinks');
  });
});

/** The kinds, one of them changed. */
function withKind(name: string, change: (kind: Kind) => Partial<Kind>): readonly Kind[] {
  return kinds.map((kind) => (kind.name === name ? { ...kind, ...change(kind) } : kind));
}

function mapSteps(verdict: Verdict, change: (step: StepDraft) => StepDraft): Verdict {
  return { ...verdict, steps: verdict.steps.map(change) };
}

/** Which rules the seeds find broken. */
async function found(careless: readonly Kind[], seeds: number, animal?: string): Promise<ReadonlySet<string>> {
  const rules = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const report = await playSeed(seed, careless, { faults: 0, ...(animal === undefined ? {} : { animal }) });
    for (const { rule } of report.violations) rules.add(rule);
  }
  return rules;
}

describe('careless kinds are found by the seeds', () => {
  test('a disk is taken for blank unseen', async () => {
    const careless = withKind('volumeGroup', (kind) => ({
      parse: (outputs, site, node) => {
        const facts = JSON.parse(JSON.stringify(kind.parse(outputs, site, node))) as Record<
          string,
          Record<string, unknown>
        >;
        for (const device of Object.values(facts['devices'] ?? {}) as { known: boolean; value: unknown }[]) {
          if (!device.known || JSON.stringify(device).includes('LVM2_member')) continue;
          if (typeof device.value === 'object')
            Object.assign(device.value ?? {}, { signatures: [], content: { is: 'zero' } });
        }
        return facts;
      },
      plan: (thing, world) => mapSteps(kind.plan(thing, world), (step) => ({ ...step, guards: [] })),
    }));
    expect(await found(careless, 6, 'data without any signature at the beginning of the disk')).toContain(
      'nothing is lost',
    );
  });

  test('halves are declared equal without being zero', async () => {
    const careless = withKind('drbd', (kind) => ({
      plan: (thing, world) =>
        mapSteps(kind.plan(thing, world), (step) =>
          step.verb === 'seed'
            ? {
                ...step,
                actions: [
                  {
                    do: 'run',
                    command: { argv: ['drbdadm', 'new-current-uuid', '--clear-bitmap', `${thing.name}/0`] },
                  },
                ],
              }
            : step,
        ),
    }));
    expect(await found(careless, 10, 'free extents that hold an old filesystem and old DRBD metadata')).toContain(
      'UpToDate means equal',
    );
  });

  test('the first sync starts from the other side', async () => {
    const other: Readonly<Record<string, string>> = { alpha: 'bravo', bravo: 'alpha' };
    const careless = withKind('drbd', (kind) => ({
      plan: (thing, world) =>
        mapSteps(kind.plan(thing, world), (step) =>
          step.verb === 'seed' ? { ...step, node: other[step.node] ?? '', guards: [] } : step,
        ),
    }));
    expect(await found(careless, 20)).toContain('the right source');
  });

  test('a step is forgotten', async () => {
    const careless = withKind('domain', (kind) => ({
      plan: (thing, world) => {
        const verdict = kind.plan(thing, world);
        return { ...verdict, steps: verdict.steps.filter((step) => step.verb !== 'start') };
      },
    }));
    expect(await found(careless, 20)).toContain('converges to what was asked');
  });
});

describe('careless filling is found by the seeds', () => {
  async function fillsFind(careless: readonly Kind[], rule: string, seeds: number): Promise<boolean> {
    for (let seed = 1; seed <= seeds; seed++) {
      const { violations } = await playSeed(seed, careless, { faults: 0, fills: true });
      if (violations.some((one) => one.rule === rule)) return true;
    }
    return false;
  }

  test('a domain starts while its disk is filled', async () => {
    const careless = withKind('domain', (kind) => ({
      expand: (site, world) =>
        kind
          .expand(site, world)
          .map((thing) => ({ ...thing, needs: thing.needs.filter((need) => !need.startsWith('fill/')) })),
      plan: (thing, world) =>
        mapSteps(kind.plan(thing, world), (step) => ({
          ...step,
          guards: step.guards.filter(({ ask }) => !ask.argv.join(' ').includes('unfilled')),
        })),
    }));
    const domainFirst = careless.toSorted(
      (one, other) => Number(other.name === 'domain') - Number(one.name === 'domain'),
    );
    expect(await fillsFind(domainFirst, 'no guest on a disk that is not filled', 40)).toBe(true);
  });

  test('what was filled once is filled again', async () => {
    const forgetful = (world: World): World => ({
      ...world,
      have: (kind, node) => {
        const text = JSON.stringify(world.have(kind, node));
        return JSON.parse(text.replaceAll('"sanctl.filled"', '"sanctl.unfilled"'));
      },
    });
    const careless = withKind('fill', (kind) => ({
      plan: (thing, world) =>
        mapSteps(kind.plan(thing, forgetful(world)), (step) => ({
          ...step,
          guards: [],
          actions: step.actions.filter((action) => action.do !== 'wait'),
        })),
    }));
    expect(await fillsFind(careless, 'only what was made for it is filled', 40)).toBe(true);
  });
});

test('a human step counts only where the fault that leaves it struck', () => {
  const struck = (fault: 'kill' | 'power') => [{ at: 1, boundary: 'command' as const, fault, node: 'alpha' }];
  expect(namedStops([])).toEqual([]);
  expect(namedStops(struck('kill'))).toContain('drbd/stand-alone');
  expect(namedStops(struck('power'))).not.toContain('drbd/stand-alone');
});

/** The kinds, one verb of a domain changed in what it answers. */
function withVerb(name: string, change: (verdict: Verdict) => Verdict): readonly Kind[] {
  return withKind('domain', ({ verbs = {} }) => {
    const verb = verbs[name];
    if (verb === undefined) throw new Error(`there is no ${name}`);
    const plan: typeof verb.plan = (given, world) =>
      new Map([...verb.plan(given, world)].map(([thing, verdict]) => [thing, change(verdict)]));
    return { verbs: { ...verbs, [name]: { ...verb, plan } } };
  });
}

/** Whether the seeds of moves find that rule broken. */
async function movesFind(careless: readonly Kind[], rule: string, seeds: number): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await playMoves(seed, careless);
    if (violations.some((one) => one.rule === rule)) return true;
  }
  return false;
}

describe('careless moves are found by the seeds', () => {
  const isTimer = ({ argv: [program, unit = ''] }: Command): boolean =>
    program === 'systemd-run' && unit.includes('sanctl-window');

  test('a window is opened, and nothing on the nodes will close it', async () => {
    const careless = withVerb('openWindow', (verdict) =>
      mapSteps(verdict, (step) => ({
        ...step,
        actions: step.actions.filter((action) => action.do !== 'run' || !isTimer(action.command)),
      })),
    );
    expect(await movesFind(careless, 'a forgotten window closes', 40)).toBe(true);
  });

  test('a window stays open once the guest has gone', async () => {
    const careless = withVerb('settleMove', (verdict) => ({ ...verdict, steps: [] }));
    expect(await movesFind(careless, 'after a cleanup no window is open', 60)).toBe(true);
  });

  test('a cleanup begins with the end of whatever is there', async () => {
    const destroy = ['alpha', 'bravo'].map(
      (node): StepDraft => ({
        verb: 'destroy',
        node,
        title: 'destroy',
        danger: 'none',
        guards: [],
        actions: [{ do: 'run', command: { argv: ['xl', 'destroy', '1'] }, accept: [0, 1] }],
      }),
    );
    const careless = withVerb('settleMove', (verdict) => ({ ...verdict, steps: [...destroy, ...verdict.steps] }));
    expect(await movesFind(careless, 'a live domain is not destroyed', 3)).toBe(true);
  });

  test('a cleanup that refuses whatever there is', async () => {
    const shy = { severity: 'error', code: 'move/unclear', summary: '', detail: '' } as const;
    const careless = withVerb('settleMove', () => ({ steps: [], diagnostics: [shy] }));
    expect(await movesFind(careless, 'a cleanup refuses only what it must', 3)).toBe(true);
  });

  test('a cleanup that leaves what nobody uses Primary', async () => {
    const careless = withVerb('settleMove', (verdict) => ({
      ...verdict,
      steps: verdict.steps
        .filter(({ verb }) => verb !== 'demote')
        .map(({ needs = [], ...step }) => ({ ...step, needs: needs.filter((one) => !one.endsWith('#demote')) })),
    }));
    expect(await movesFind(careless, 'a cleanup comes to its end', 60)).toBe(true);
  });

  test('who is undecided is taken for settled', async () => {
    const careless = withVerb('settleMove', (verdict) => ({ ...verdict, diagnostics: [] }));
    expect(await movesFind(careless, 'after a cleanup nothing of a move is left', 60)).toBe(true);
  });
});
