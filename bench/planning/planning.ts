/** Metric 11: a plan for a thousand nodes and ten thousand volumes from recorded facts. */
import { run } from '../../src/transport/local.ts';
import { abba, spread } from '../abba.ts';
import { interrupted } from '../interrupt.ts';
import type { Context, Finding, Metric } from '../metric.ts';
import type { Planned } from './plan.child.ts';

const nodes = 1000;

export const planning: Metric = {
  number: 11,
  title: 'Plan for 1,000 nodes and 10,000 volumes',
  async measure({ blocks, say }: Context): Promise<readonly Finding[]> {
    const whole: Planned[] = [];
    const arm = (count: number) => async () => {
      const planned = await plan(count);
      if (count === nodes) whole.push(planned);
      return planned.seconds;
    };
    const { seconds, ...ratio } = await abba(arm(nodes), arm(nodes / 2), blocks);
    const counted = whole.slice(2);
    const [one] = counted;
    say(`${seconds.a.toFixed(2)} s, half of it ${seconds.b.toFixed(2)} s; ${one?.things} things, ${one?.steps} steps`);
    return [
      { what: 'T(2n) / T(n), n = 500 nodes', ...ratio, hold: { most: 2.15 } },
      { what: 'time', ...spread(counted.map((each) => each.seconds)), unit: 's', hold: { below: 3 } },
      {
        what: 'memory of the whole process',
        ...spread(counted.map((each) => each.megabytes)),
        unit: 'MB',
        hold: { below: 500 },
      },
    ];
  },
};

async function plan(count: number): Promise<Planned> {
  const argv = [process.execPath, '--import', 'tsx', 'bench/planning/plan.child.ts', String(count)];
  const ran = await run(argv, { timeoutSeconds: 300, signal: interrupted });
  if (ran.code !== 0) throw new Error(`plan.child.ts: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Planned;
}
