/** What apply has made, verify finds nothing wrong with: over random inventories, on machines without faults. */
import { expect, test } from 'vitest';
import { ground } from '../../src/health/ground.ts';
import { verify } from '../../src/health/verify.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { randomSite } from './inventories.ts';
import { random } from './random.ts';
import { look, run, type Sanctl } from './sanctl.ts';
import { Setting } from './setting.ts';

const seeds = process.env['SANCTL_SEEDS'] === undefined ? 5 : Number(process.env['SANCTL_SEEDS']);

function sanctlOn({ transport, clock, random: chance, secretOf }: Setting): Sanctl {
  return { kinds, transport, clock, random: chance, secretOf, owner: 'one' };
}

async function found(setting: Setting, site: Site) {
  const nodes = Object.keys(site.nodes);
  const looked = await setting.clock.run(look(sanctlOn(setting), { site }, { nodes, asks: new Map() }));
  if (!looked.ok) throw new Error('a node did not answer');
  const { lines, input } = looked.value;
  for (const line of lines.values()) line.close();
  const sight = { site, facts: input.facts, unanswered: [], locks: new Map(), seconds: 0 };
  const seen = ground(kinds, sight);
  return { level: seen.level, findings: verify(input, seen, sight).findings };
}

test.each(Array.from({ length: seeds }, (_, at) => at + 1))(
  'seed %i: fresh, all is drift; applied, nothing is',
  async (seed) => {
    const setting = new Setting(random(seed));
    const site = randomSite(random(seed).fork('site'));
    const before = await found(setting, site);
    expect(before.findings.some(({ code }) => code === 'drift/volume')).toBe(true);
    for (let round = 0; round < 5; round++) {
      const ran = await setting.clock.run(run(sanctlOn(setting), { site }));
      await setting.pass(300);
      if (ran.is === 'nothing to do') break;
    }
    expect(await found(setting, site)).toEqual({ level: 'fine', findings: [] });
  },
);
