/** The example inventories on simulated nodes: applied, they are as wished, and a second apply has nothing to do. */
import { expect, test } from 'vitest';
import { loadInventory } from '../../src/inventory/index.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { random } from './random.ts';
import { run } from './sanctl.ts';
import { Setting } from './setting.ts';

async function example(name: string): Promise<Site> {
  const inventory = await loadInventory(`examples/${name}/inventory.yaml`);
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.diagnostics));
  return inventory.value.site;
}

async function applied(setting: Setting, site: Site): Promise<readonly string[]> {
  const told: string[] = [];
  for (let round = 0; round < 2; round++) {
    const { clock, random: chance, secretOf } = setting;
    const sanctl = { kinds, transport: setting.livingSanctl(), clock, random: chance, secretOf, owner: 'one' };
    const ran = await setting.until(run(sanctl, { site }));
    if (ran === undefined) throw new Error('sanctl was killed');
    told.push(
      ran.is === 'applied'
        ? `exit ${ran.outcome.exit}${ran.outcome.exit === 0 ? '' : JSON.stringify([...ran.outcome.steps].filter(([, { is }]) => is !== 'done' && is !== 'not-reached'))}`
        : ran.is === 'no plan'
          ? `no plan: ${ran.details.join('; ')}`
          : ran.is,
    );
    if (ran.is !== 'applied') break;
    await setting.pass(60);
  }
  expect(setting.faults.unknown).toEqual([]);
  return told;
}

test.each(['san', 'backup-pool', 'hardened-export'])('%s', async (name) => {
  const site = await example(name);
  const setting = new Setting(random(1), Object.keys(site.nodes));
  expect(await applied(setting, site)).toEqual(['exit 0', 'nothing to do']);
});
