import { describe, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import { written } from '../sim/machine/machine.ts';
import { random } from '../sim/random.ts';
import { run } from '../sim/sanctl.ts';
import { Setting } from '../sim/setting.ts';
import { play, type Stage } from './play.ts';
import { scenarios } from './scenarios.ts';

/** The simulated stage. */
function simulated(): Stage {
  const setting = new Setting(random(1));
  const machine = (node: string) => {
    const found = setting.room.machines.get(node);
    if (found === undefined) throw new Error(`there is no ${node}`);
    return found;
  };
  return {
    async apply(site, allowDestroy) {
      const { clock, secretOf } = setting;
      const sanctl = { kinds, transport: setting.transport, clock, secretOf, random: setting.random, owner: 'one' };
      const ran = await setting.until(run(sanctl, { site, allowDestroy }));
      await setting.pass(120);
      if (ran === undefined) throw new Error('sanctl was killed, and nobody did it');
      if (ran.is === 'no plan') return { is: 'refused', codes: ran.codes };
      if (ran.is === 'nothing to do') return { is: 'applied', exit: 0, steps: [] };
      return { is: 'applied', exit: ran.outcome.exit, steps: ran.plan.steps.map(({ id }) => id) };
    },
    reboot: (node) => setting.reboot(node),
    async type(node, argv) {
      const disk = machine(node).disks.find(({ path }) => path === argv.at(-1));
      if (argv[0] !== 'mke2fs' || disk === undefined) throw new Error(`not on simulated nodes: ${argv.join(' ')}`);
      disk.write(
        0,
        2 ** 24,
        written('mke2fs', true, { type: 'ext4', uuid: '9f2c41d7-0000-4000-a000-000000000000', at: 0x438 }),
      );
    },
  };
}

describe('the contract, on simulated nodes', () => {
  test.each(scenarios)('$name', (scenario) => play(simulated(), scenario));
});
