/** Metrics 5 and 6: how the time of an apply grows with the number of mirrored volumes, and that it does not with their size. */
import { type Arm, abba, spread, timed } from '../abba.ts';
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

export async function volumeCount(hosts: Hosts, { blocks, say }: Context): Promise<readonly Finding[]> {
  const applied = (count: number): Arm => {
    const path = site(hosts, numbered(count), '32MiB');
    return fresh(hosts, () => applySeconds(hosts, path));
  };
  const growth = await abba(applied(16), applied(8), blocks, 0);
  say(`16 volumes ${growth.seconds.a.toFixed(1)} s, 8 volumes ${growth.seconds.b.toFixed(1)} s`);
  const names = numbered(32);
  await hosts.reset();
  const { steps } = await planOf(hosts, site(hosts, names, '32MiB'));
  const byHand = (waves: readonly Wave[]): Arm => fresh(hosts, () => wavesSeconds(hosts, waves));
  const secretOf = (): string => drbdSecret;
  const careful = await abba(applied(32), byHand(batched(steps, secretOf)), blocks, 0);
  say(`32 volumes: sanctl ${careful.seconds.a.toFixed(1)} s, batched ${careful.seconds.b.toFixed(1)} s`);
  const simple = await repeated(byHand(naive(steps, names, secretOf)), blocks);
  say(
    `32 volumes: sanctl ${careful.seconds.a.toFixed(1)} s, naive ${simple.map((one) => one.toFixed(1)).join(', ')} s`,
  );
  const figure = (what: string, { seconds: _, ...ratio }: typeof growth, most: number): Finding => ({
    what,
    ...ratio,
    hold: { most },
  });
  return [
    figure('T(2n) / T(n), n = 8 volumes', growth, 2.15),
    figure('32 volumes: sanctl / batched script', careful, 1.25),
    {
      what: '32 volumes: sanctl / naive script',
      ...spread(simple.map((seconds) => careful.seconds.a / seconds)),
      hold: { most: 0.5 },
    },
  ];
}

/** Not interleaved: it takes several times as long as the others, so that no drift of the machine decides. */
async function repeated(arm: Arm, times: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let at = 0; at < times; at++) seconds.push(await timed(arm));
  return seconds;
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
