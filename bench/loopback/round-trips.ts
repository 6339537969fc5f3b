/** Metric 2: how many round trips a no-change run costs: the slope of its time over the round trip time. */
import { type Arm, type Spread, slope, spread, timed } from '../abba.ts';
import { type Context, type Finding, type Metric, notRun } from '../metric.ts';
import { ansiblePlay, ansibleVersion } from '../rig/ansible.ts';
import { type DelayProxy, delayProxy } from '../rig/delay-proxy.ts';
import { noChangeRun, siteOf, tasks } from '../rig/looking.ts';
import { noSshd, type SshdRig, startSshd } from '../rig/sshd.ts';

const roundTripMilliseconds = [0, 20, 100];

export const roundTrips: Metric = {
  number: 2,
  title: 'Round trips of a no-change run',
  async measure(context) {
    const missing = noSshd();
    if (missing !== undefined) return [notRun('round trips', missing)];
    const rig = await startSshd(1);
    const proxies: DelayProxy[] = [];
    try {
      for (const each of roundTripMilliseconds) proxies.push(await delayProxy(rig.ports, each));
      for (const proxy of proxies) rig.knowPorts(proxy.ports);
      return await slopes(rig, proxies, context);
    } finally {
      for (const proxy of proxies) proxy.close();
      rig.close();
    }
  },
};

async function slopes(rig: SshdRig, proxies: readonly DelayProxy[], context: Context): Promise<readonly Finding[]> {
  const few = await measure(proxies, context.blocks, (proxy) => sanctl(rig, proxy, 20));
  const many = await measure(proxies, context.blocks, (proxy) => sanctl(rig, proxy, 40));
  const change = spread(few.map((one, at) => Math.abs((many[at] ?? Number.NaN) / one - 1)));
  return [
    { what: 'sanctl, 20 tasks', ...spread(few), unit: 'RTT', hold: { most: 8.5 } },
    { what: 'sanctl, 40 tasks', ...spread(many), unit: 'RTT', hold: { most: 8.5 } },
    { what: 'sanctl, 40 tasks against 20: difference of the slopes', ...change, hold: { most: 0.05 } },
    await ansible(rig, proxies, context),
  ];
}

function sanctl(rig: SshdRig, proxy: DelayProxy, count: number): Arm {
  const site = siteOf(rig, proxy.ports);
  return async () => void (await noChangeRun(site, tasks(count)));
}

/** Explains only: two round trip times and 20 tasks are enough to see its slope. */
async function ansible(rig: SshdRig, proxies: readonly DelayProxy[], context: Context): Promise<Finding> {
  const what = 'Ansible, 20 tasks';
  if ((await ansibleVersion()) === undefined) return notRun(what, 'there is no Ansible (`apt-get install ansible`)');
  const ends = [proxies[0], proxies.at(-1)].filter((proxy) => proxy !== undefined);
  const plays = new Map(ends.map((proxy) => [proxy, ansiblePlay(rig, proxy.ports, tasks(20))]));
  const found = await measure(ends, context.blocks, (proxy) => async () => plays.get(proxy)?.run());
  return { what, ...spread(found), unit: 'RTT' } satisfies Spread & Finding;
}

/** A slope for each block: up through the round trip times and down again, so that drift cancels. One block is dropped. */
async function measure(
  proxies: readonly DelayProxy[],
  blocks: number,
  arm: (proxy: DelayProxy) => Arm,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let block = 0; block <= blocks; block++) {
    const points: (readonly [number, number])[] = [];
    for (const proxy of [...proxies, ...proxies.toReversed()]) {
      const before = await proxy.roundTrip();
      const seconds = await timed(arm(proxy));
      points.push([(before + (await proxy.roundTrip())) / 2, seconds]);
    }
    found.push(slope(points));
  }
  return found.slice(1);
}
