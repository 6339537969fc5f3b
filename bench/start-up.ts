/** Metric 12: how long `sanctl --help` takes, against Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { type Arm, abba } from './abba.ts';
import type { Context, Finding, Metric } from './metric.ts';
import { builtProgram } from './rig/program.ts';

/** One after another: a single start is too short to time. */
const repeats = 5;

export const startUp: Metric = {
  number: 12,
  title: 'Start-up',
  async measure({ blocks, say }: Context): Promise<readonly Finding[]> {
    const help = starts([...(await builtProgram()), '--help']);
    const { seconds, ...ratio } = await abba(help, starts([process.execPath, '-e', '0']), blocks);
    say(`sanctl --help ${(seconds.a / repeats).toFixed(3)} s, node -e 0 ${(seconds.b / repeats).toFixed(3)} s`);
    return [{ what: '`sanctl --help` / `node -e 0`', ...ratio, hold: { most: 3 } }];
  },
};

/** Without a library between: what it adds to both arms would bring their ratio nearer to one. */
function starts([program = '', ...words]: readonly string[]): Arm {
  return async () => {
    for (let turn = 0; turn < repeats; turn++) {
      const { status } = spawnSync(program, words, { stdio: 'ignore', timeout: 60_000 });
      if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${status}`);
    }
    return undefined;
  };
}
