/** Every checker of arrays must fire: on a node that is broken by hand, and on kinds that were made careless (C13). */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { ArrayStory, playArrays } from './arrays.ts';
import { withoutStep, withText } from './careless.ts';
import { type Machine, written } from './machine/machine.ts';
import { type Leg, MdArray, superblockOn } from './machine/md-array.ts';
import { random } from './random.ts';
import { Setting } from './setting.ts';

const far = (from: string) => ({ from, file: false });
const mirror = { level: 1, far: [far('alpha')], near: 'volume', timeout: '30s' };

async function broken(by: (array: MdArray, other: Machine) => void): Promise<readonly string[]> {
  const setting = new Setting(random(1), ['alpha', 'bravo', 'charlie', 'delta']);
  const story = new ArrayStory(setting, kinds, mirror, random(1));
  await story.play(0);
  const [alpha, delta] = ['alpha', 'delta'].map((name) => setting.room.machines.get(name));
  const [array] = delta?.arrays ?? [];
  if (array === undefined || alpha === undefined) throw new Error('there is no array');
  by(array, alpha);
  alpha.exec(['uname', '-n']);
  return [...new Set(story.game.report(1, '').violations.map(({ rule }) => rule))];
}

describe('each invariant fires on a node that breaks it', () => {
  test('nothing breaks by itself', async () => {
    expect(await broken(() => undefined)).toEqual([]);
  });

  test('members that differ', async () => {
    const differ = ({ legs: [first] }: MdArray): void =>
      first?.device.write(2 ** 24, 2 ** 25, written('somebody', false));
    expect(await broken(differ)).toEqual(['members that are in are equal']);
  });

  test('an array on two nodes', async () => {
    const twice = ({ known }: MdArray, other: Machine): void => {
      other.arrays = [new MdArray(other, 127, 'pool', known, [])];
    };
    expect(await broken(twice)).toEqual(['an array is assembled once']);
  });
});

async function finds(
  careless: readonly Kind[],
  rule: string,
  story: Parameters<typeof playArrays>[2],
  seeds: number,
): Promise<boolean> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await playArrays(seed, careless, { faults: 0, ...story });
    if (violations.some((one) => one.rule === rule)) return true;
  }
  return false;
}

describe('careless kinds are found by the seeds of arrays', { timeout: 120_000 }, () => {
  test('a member that is away is not waited for, and a stale one starts alone (R2)', async () => {
    const eager = withText('array', '/etc/sanctl/array', 'may_lack "$member" ||\n      fail', 'true ||\n      fail');
    const pair = { level: 1, far: [far('alpha'), far('bravo')], near: 'nothing', timeout: '30s' };
    const story = { wanted: pair, chapter: 'a stale member at boot' } as const;
    expect(await finds(eager, 'a guest finds what it wrote', story, 3)).toBe(true);
  });

  test('a member that is back stays out', async () => {
    const story = { wanted: mirror, chapter: 'a member that is away for long' } as const;
    expect(await finds(withoutStep('array', 'rejoin'), 'converges to what was asked', story, 2)).toBe(true);
  });
});

/** One member was told that all is clean, the other one has not flushed it yet: and right then its server loses its power. */
async function forgotten(played: readonly Kind[], chapter: 'a power cut of a server' | 'a power cut of both') {
  const setting = new Setting(random(1), ['alpha', 'bravo', 'charlie', 'delta']);
  const story = new ArrayStory(setting, played, mirror, random(1));
  await story.play(0);
  const delta = setting.room.machines.get('delta');
  const [array] = delta?.arrays ?? [];
  const [near, distant] = array?.legs ?? [];
  if (delta === undefined || array === undefined || near === undefined || distant === undefined)
    throw new Error('there is no array of two');
  const dirtyOn = ({ device }: Leg): number | undefined => superblockOn(device)?.dirty.length;
  delta.writers = [];
  await setting.pass(60);
  array.write(2 ** 25, 2 ** 25 + 65536, written('somebody', false));
  for (let second = 0; second < 30 && dirtyOn(near) === dirtyOn(distant); second++) await setting.pass(1);
  expect([dirtyOn(near), dirtyOn(distant)]).toEqual([0, 1]);
  await story.turn(chapter, 0);
  return [...new Set(story.game.report(1, '').violations.map(({ rule }) => rule))];
}

describe('a bitmap that is ahead of a member that forgot (N1, R7)', { timeout: 120_000 }, () => {
  const without = (text: string): readonly Kind[] => withText('array', '/etc/sanctl/array', text, 'true ||');

  test('the member is copied whole, or all is called dirty', async () => {
    expect(await forgotten(kinds, 'a power cut of a server')).toEqual([]);
    expect(await forgotten(kinds, 'a power cut of both')).toEqual([]);
  });

  test('a member that forgot something is taken in by the bitmap', async () => {
    const found = await forgotten(without('[ ! -e "$forgot" ] ||'), 'a power cut of a server');
    expect(found).toContain('members that are in are equal');
  });

  test('a member that forgot something is used by its events', async () => {
    const found = await forgotten(without('doubt "$member" ||'), 'a power cut of both');
    expect(found).toContain('members that are in are equal');
  });
});
