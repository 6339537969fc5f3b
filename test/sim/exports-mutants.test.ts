/** Every checker of exports must fire: on nodes that are broken by hand, and on kinds that were made careless (C13). */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { World } from '../../src/kinds/world.ts';
import { withKind, withText } from './careless.ts';
import { ExportStory, playExports } from './exports.ts';
import type { Machine } from './machine/machine.ts';
import { NbdDevice } from './machine/nbd-device.ts';
import { PageCache } from './machine/page-cache.ts';
import { random } from './random.ts';
import { Setting } from './setting.ts';

/** Two exports that charlie imports; what `by` does to it is looked at after the next command. */
async function broken(
  by: (machines: Readonly<Record<'alpha' | 'charlie' | 'delta', Machine>>) => void,
): Promise<readonly string[]> {
  const setting = new Setting(random(1), ['alpha', 'bravo', 'charlie', 'delta']);
  const one = { from: 'alpha', to: ['charlie'], readOnly: false, mebibytes: 64, timeout: 'none' };
  const served = [
    { ...one, name: 'slice-1' },
    { ...one, name: 'slice-2' },
  ];
  const story = new ExportStory(setting, kinds, served, random(1));
  await story.play(0);
  const at = (name: string): Machine => {
    const machine = setting.room.machines.get(name);
    if (machine === undefined) throw new Error(`no ${name}`);
    return machine;
  };
  by({ alpha: at('alpha'), charlie: at('charlie'), delta: at('delta') });
  at('bravo').exec(['uname', '-n']);
  return [...new Set(story.game.report(1, '').violations.map(({ rule }) => rule))];
}

function firstOf(machine: Machine): NbdDevice {
  const [device] = machine.nbd;
  if (device === undefined) throw new Error('nothing is connected');
  return device;
}

describe('each invariant fires on nodes that break it', () => {
  test('nothing breaks by itself', async () => {
    expect(await broken(() => undefined)).toEqual([]);
  });

  test('a second importer', async () => {
    const second = ({ charlie, delta }: { charlie: Machine; delta: Machine }): void => {
      const { backend, session } = firstOf(charlie);
      const is = { machine: delta, index: 0, backend, readOnly: false, lostSeconds: 15, deadSeconds: 60 };
      delta.nbd = [new NbdDevice(is, session)];
    };
    expect(await broken(second)).toEqual(['one importer of what is written']);
  });

  test('a connection that goes on with other data', async () => {
    const other = ({ alpha, charlie }: { alpha: Machine; charlie: Machine }): void => {
      const device = firstOf(charlie);
      const [, , third] = alpha.disks;
      if (third !== undefined) device.reconnect({ ...device.session, device: new PageCache(third) });
    };
    expect(await broken(other)).toContain('a device keeps its data');
  });

  test('a name that leads to another import', async () => {
    const stray = ({ charlie }: { charlie: Machine }): void => {
      const other = charlie.nbd.find(({ backend }) => backend.startsWith('slice-2'));
      charlie.files.link('/dev/gnbd/slice-1', `../nbd${other?.index}`);
    };
    expect(await broken(stray)).toEqual(['what is served is what it is called']);
  });

  test('a server without its list', async () => {
    expect(await broken(({ alpha }) => alpha.files.remove('/etc/sanctl/export-slice-1.allow'))).toEqual([
      'what is served is what it is called',
    ]);
  });
});

async function finds(
  careless: readonly Kind[],
  rule: string,
  chapter: Parameters<typeof playExports>[2],
  seeds: number,
): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await playExports(seed, careless, { faults: 0, ...chapter });
    if (violations.some((one) => one.rule === rule)) return true;
  }
  return false;
}

describe('careless kinds are found by the seeds of exports', { timeout: 120_000 }, () => {
  test('a server that lost its power says that nothing was forgotten (N1)', async () => {
    const forgetful = withText('export', '/etc/sanctl/export', '[ "$was" = "$boot" ] ||', 'true ||');
    expect(await finds(forgetful, 'a guest finds what it wrote', { chapter: 'a reboot of a server' }, 20)).toBe(true);
  });

  test('nobody asks who else imports what only one may write (N7)', async () => {
    const careless = withKind('import', (kind) => ({
      plan: (thing, world) => {
        const [here = ''] = thing.nodes;
        const blind: World = {
          ...world,
          leftOut: [],
          have: ((name: 'import', node: string) =>
            name === 'import' && node !== here
              ? { ...world.have('import', node), devices: { known: true, value: [] } }
              : world.have(name, node)) as World['have'],
        };
        const verdict = kind.plan(thing, blind);
        const steps = verdict.steps.filter(({ verb }) => verb !== 'alone');
        return {
          ...verdict,
          steps: steps.map(({ needs = [], ...step }) => ({
            ...step,
            needs: needs.filter((one) => !one.endsWith('#alone')),
          })),
        };
      },
    }));
    expect(await finds(careless, 'one importer of what is written', { chapter: 'another importer' }, 6)).toBe(true);
  });

  test('nobody connects what is asked for', async () => {
    const careless = withKind('import', () => ({ plan: () => ({ steps: [], diagnostics: [] }) }));
    expect(await finds(careless, 'converges to what was asked', { chapter: 'the same again' }, 2)).toBe(true);
  });
});
