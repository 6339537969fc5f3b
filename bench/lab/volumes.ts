/** Metrics 5 and 6: how the time of an apply grows with the number of mirrored volumes, and that it does not with their size. */
import { type Arm, abba, spread, thereAndBack, timed, total } from '../abba.ts';
import type { Context, Finding } from '../metric.ts';
import { batched, naive, type Wave } from './by-hand.ts';
import { applySeconds, drbdSecret, type Hosts, onNode, planOf, siteFolder, wavesSeconds } from './hosts.ts';

/** Thin: the first sync is skipped, so that what is measured is the work and not the copying. */
function inventory(hosts: Hosts, names: readonly string[], size: string): string {
  const volumes = names.map(
    (name) => `  ${name}: { size: ${size}, group: vg0, thinPool: pool0, replicas: [${hosts.names.join(', ')}] }`,
  );
  return `version: 1
site: bench
volumeGroups:
  vg0: { nodes: [${hosts.names.join(', ')}], devices: [/dev/vdb], thinPools: { pool0: { size: 1GiB } } }
volumes:
${volumes.join('\n')}
`;
}

function site(hosts: Hosts, names: readonly string[], size: string): string {
  return siteFolder(hosts, `thin-${names.length}-${size}`, inventory(hosts, names, size));
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `v${at + 1}`);
}

function fresh(hosts: Hosts, work: () => Promise<number>): Arm {
  return async () => {
    await hosts.reset();
    return work();
  };
}

/** Half as many for the growth. An emulated node needs ten minutes for 32, as performance.md has it: too long for a block. */
const many = 16;

/** A block is sanctl with many, with half of them, the batched script, and all three in the opposite order; then the naive script once. */
export async function volumeCount(hosts: Hosts, { blocks, say }: Context): Promise<readonly Finding[]> {
  const names = numbered(many);
  await hosts.reset();
  const { steps } = await planOf(hosts, site(hosts, names, '32MiB'));
  const applied = (count: number): Arm => {
    const path = site(hosts, numbered(count), '32MiB');
    return fresh(hosts, () => applySeconds(hosts, path));
  };
  const byHand = (waves: readonly Wave[]): Arm => fresh(hosts, () => wavesSeconds(hosts, waves));
  const secretOf = (): string => drbdSecret;
  const script = batched(steps, secretOf);
  const simple = byHand(naive(steps, names, secretOf));
  const ratios = { growth: [] as number[], batched: [] as number[], naive: [] as number[] };
  for (let block = 0; block < blocks; block++) {
    const [all = [], half = [], scripted = []] = await thereAndBack([applied(many), applied(many / 2), byHand(script)]);
    const slow = await timed(simple);
    say(
      `${many} volumes ${secondsText(all)}, ${many / 2} volumes ${secondsText(half)}; batched ${secondsText(scripted)}, naive ${secondsText([slow])}`,
    );
    ratios.growth.push(total(all) / total(half));
    ratios.batched.push(total(all) / total(scripted));
    ratios.naive.push(total(all) / 2 / slow);
  }
  return [
    { what: `T(2n) / T(n), n = ${many / 2} volumes`, ...spread(ratios.growth), hold: { most: 2.15 } },
    { what: `${many} volumes: sanctl / batched script`, ...spread(ratios.batched), hold: { most: 1.25 } },
    { what: `${many} volumes: sanctl / naive script`, ...spread(ratios.naive), hold: { most: 0.5 } },
  ];
}

function secondsText(times: readonly number[]): string {
  return times.map((one) => `${one.toFixed(1)} s`).join(' and ');
}

export async function volumeSize(hosts: Hosts, { blocks, say }: Context): Promise<readonly Finding[]> {
  const [name] = ['big'];
  const replicated: number[] = [];
  const applied = (size: string, bytes: number): Arm => {
    const path = site(hosts, [name ?? ''], size);
    return fresh(hosts, async () => {
      const seconds = await applySeconds(hosts, path);
      replicated.push((await replicatedBytes(hosts)) / bytes);
      return seconds;
    });
  };
  const { seconds, ...ratio } = await abba(applied('8GiB', 2 ** 33), applied('256MiB', 2 ** 28), blocks, 0);
  say(`8 GiB ${seconds.a.toFixed(1)} s, 256 MiB ${seconds.b.toFixed(1)} s`);
  return [
    { what: 'T(8 GiB) / T(256 MiB), first sync skipped', ...ratio, hold: { most: 1.1 } },
    { what: 'bytes replicated / size', ...spread(replicated), hold: { below: 0.01 } },
  ];
}

/** Sent and received by all resources of the first node; `/proc/drbd` counts in KiB (DRBD User's Guide 8.4, 6.3). */
async function replicatedBytes(hosts: Hosts): Promise<number> {
  const [node = ''] = hosts.names;
  const text = await onNode(hosts, node, 'cat /proc/drbd\n');
  return [...text.matchAll(/\bn[sr]:(\d+)/g)].reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}
