/** Metrics 10 and 4: the first apply of the two-node example against its commands by hand, and the second against the first. */
import { abba, spread } from '../abba.ts';
import type { Context, Finding } from '../metric.ts';
import { ansibleSite } from './ansible.ts';
import { batched } from './by-hand.ts';
import { applySeconds, drbdSecret, exampleSite, type Hosts, planOf, wavesSeconds } from './hosts.ts';

export async function firstApply(hosts: Hosts, { blocks, say }: Context): Promise<readonly Finding[]> {
  const site = exampleSite(hosts);
  await hosts.reset();
  const { steps } = await planOf(hosts, site);
  const waves = batched(steps, () => drbdSecret);
  const sanctl = async () => {
    await hosts.reset();
    return applySeconds(hosts, site);
  };
  const byHand = async () => {
    await hosts.reset();
    return wavesSeconds(hosts, waves);
  };
  const { seconds, ...ratio } = await abba(sanctl, byHand, blocks, 0);
  say(
    `${steps.length} steps: sanctl ${seconds.a.toFixed(1)} s, ${waves.length} waves by hand ${seconds.b.toFixed(1)} s`,
  );
  return [{ what: 'first apply / the same commands by hand', ...ratio, hold: { most: 1.15 } }];
}

/** Not interleaved: the second can only follow the first. */
export async function secondApply(hosts: Hosts, { blocks, say }: Context): Promise<readonly Finding[]> {
  const site = exampleSite(hosts);
  const sanctl = await shares(hosts, blocks, () => applySeconds(hosts, site), say);
  const play = await ansibleSite(hosts, site);
  const what = 'second / first, sanctl';
  const own: Finding = { what, ...spread(sanctl), hold: { most: 0.15 } };
  if ('why' in play) return [own, play];
  const theirs = spread(await shares(hosts, blocks, play.run, say));
  return [
    own,
    { what: 'second / first, Ansible', ...theirs },
    {
      what: "sanctl's share against Ansible's",
      ...spread(sanctl.map((share) => share / theirs.median)),
      hold: { below: 1 },
    },
  ];
}

async function shares(
  hosts: Hosts,
  blocks: number,
  arm: () => Promise<number>,
  say: Context['say'],
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let block = 0; block < blocks; block++) {
    await hosts.reset();
    const first = await arm();
    const second = await arm();
    say(`first ${first.toFixed(1)} s, second ${second.toFixed(1)} s`);
    found.push(second / first);
  }
  return found;
}
