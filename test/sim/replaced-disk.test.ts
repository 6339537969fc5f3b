/** A disk dies under one replica while the guest runs on the other one, and a blank disk takes its place (K4, D4). */
import { expect, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { asWished, Invariants } from './invariants.ts';
import { mirroredSite } from './inventories.ts';
import { random } from './random.ts';
import { type Ran, run } from './sanctl.ts';
import { Setting } from './setting.ts';

async function apply(setting: Setting, site: Site): Promise<Ran | undefined> {
  const { clock, random: chance, secretOf } = setting;
  const ran = await setting.until(
    run({ kinds, transport: setting.livingSanctl(), clock, random: chance, secretOf, owner: 'one' }, { site }),
  );
  await setting.pass(60);
  return ran;
}

test('the guest goes on, and its data reach the new disk and nothing else', async () => {
  const setting = new Setting(random(1));
  const site = mirroredSite();
  const invariants = new Invariants(setting.room, { site, destroy: new Set() });
  await apply(setting, site);
  const [alpha, bravo] = [...setting.room.machines.values()];
  const guest = alpha?.domains[0];
  expect(guest?.guest.records).toBeGreaterThan(0);

  bravo?.replaceDisk('/dev/vdb');
  const ran = await apply(setting, site);
  expect(ran?.is === 'applied' ? ran.outcome.exit : ran).toBe(0);

  expect(alpha?.domains).toEqual([guest]);
  const [half] = setting.room.halves;
  expect([half?.disk, half?.peer?.disk, half?.role]).toEqual(['UpToDate', 'UpToDate', 'Primary']);
  expect(asWished(setting.room, site, new Set(kinds.map(({ name }) => name)))).toEqual([]);
  expect((await apply(setting, site))?.is).toBe('nothing to do');
  expect(invariants.violations).toEqual([]);
});
