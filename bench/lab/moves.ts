/** Metric 7: a live migration by sanctl against a bare `xl migrate`, and how it grows with the round trip time to the nodes. */
import { parseDocument } from 'yaml';
import { spread, timed } from '../abba.ts';
import type { Context, Finding } from '../metric.ts';
import { delayProxy } from '../rig/delay-proxy.ts';
import { applySeconds, exampleSite, type Hosts, migrateSeconds, onNode } from './hosts.ts';
import { type Pulse, watchPulse } from './pulse.ts';

/** So much that 8 round trips are more than what a move on a busy machine takes longer or shorter. */
const roundTripMilliseconds = 2000;
const vm = 'web';
const resource = 'web-root';

type Target = 'alpha' | 'bravo';

interface Moved {
  readonly seconds: number;
  /** The longest time between two durable records of the guest. */
  readonly pause: number;
}

/** A block is sanctl, bare, bare, sanctl, and two moves by sanctl over a long line: the VM ends where it began. */
export async function migration(hosts: Hosts, { blocks, say }: Context): Promise<readonly Finding[]> {
  await hosts.reset();
  const site = exampleSite(hosts, { defaults: { migration: { trust: 'managed' } } });
  await applySeconds(hosts, site);
  const address = addresses(hosts);
  const before = await losses(hosts);
  const pulse = watchPulse(hosts, vm);
  const proxy = await delayProxy(
    hosts.names.map((name) => portOf(hosts, name)),
    roundTripMilliseconds,
  );
  try {
    const far = exampleSite(
      { ...hosts, nodes: through(hosts, proxy.ports) },
      { defaults: { migration: { trust: 'managed' } } },
      'far',
    );
    const own = (to: Target, from = site) => moved(pulse, () => migrateSeconds(hosts, from, vm, to));
    const bare = (to: Target) => moved(pulse, () => byHand(hosts, to, address[to] ?? ''));
    const times: number[] = [];
    const pauses: number[] = [];
    const trips: number[] = [];
    for (let block = 0; block < blocks; block++) {
      const a = [await own('bravo')];
      const b = [await bare('alpha'), await bare('bravo')];
      a.push(await own('alpha'));
      const rtt = await proxy.roundTrip();
      const slow = [await own('bravo', far), await own('alpha', far)];
      times.push(total(a, 'seconds') / total(b, 'seconds'));
      pauses.push(total(a, 'pause') / total(b, 'pause'));
      trips.push((total(slow, 'seconds') - total(a, 'seconds')) / 2 / rtt);
      say(`sanctl ${shown(a)}, bare ${shown(b)}, at ${rtt.toFixed(2)} s of round trip ${shown(slow)}`);
    }
    const lost = (await losses(hosts)) - before;
    return [
      { what: 'time: sanctl migrate / bare xl migrate', ...spread(times) },
      { what: 'pause of the guest: sanctl migrate / bare xl migrate', ...spread(pauses), hold: { most: 1.1 } },
      { what: 'time over round trip time', ...spread(trips), hold: { most: 8 }, unit: 'RTT' },
      { what: 'times that the replication link was lost', ...spread([lost]), hold: { most: 0 } },
    ];
  } finally {
    proxy.close();
    pulse.end();
  }
}

async function moved(pulse: Pulse, work: () => Promise<number>): Promise<Moved> {
  const longest = pulse.begin();
  const seconds = await work();
  return { seconds, pause: await longest() };
}

function total(moves: readonly Moved[], of: keyof Moved): number {
  return moves.reduce((sum, one) => sum + one[of], 0);
}

function shown(moves: readonly Moved[]): string {
  return moves.map(({ seconds, pause }) => `${seconds.toFixed(1)} s (pause ${pause.toFixed(1)} s)`).join(', ');
}

/** The bare move: window and promotion before the clock starts, demotion and closing after it has stopped. */
async function byHand(hosts: Hosts, to: Target, address: string): Promise<number> {
  const from = to === 'alpha' ? 'bravo' : 'alpha';
  const both = (text: string) => Promise.all(hosts.names.map((name) => onNode(hosts, name, text)));
  await both(`drbdadm net-options --allow-two-primaries=yes ${resource}\n`);
  await onNode(hosts, to, `drbdadm primary ${resource}\n`);
  const ssh =
    'ssh -i /etc/ssh/ssh_host_ed25519_key -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile=/etc/sanctl/known_hosts';
  const seconds = await timed(
    async () =>
      void (await onNode(hosts, from, `xl migrate -C /etc/xen/${vm}.cfg -s '${ssh}' ${vm} root@${address} 2>&1\n`)),
  );
  await onNode(hosts, from, `until drbdadm secondary ${resource}; do sleep 1; done\n`);
  await both(`drbdadm net-options --allow-two-primaries=no ${resource}\n`);
  return seconds;
}

/** How often DRBD lost its peer since the nodes booted. */
async function losses(hosts: Hosts): Promise<number> {
  const text = 'dmesg | grep -c "conn( Connected -> [^S]" || true\n';
  const counts = await Promise.all(hosts.names.map((name) => onNode(hosts, name, text)));
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

interface NodeSpec {
  address: string;
  ssh: { port: number; hostKeyAlias?: string };
}

function nodesOf(hosts: Hosts): Record<string, NodeSpec> {
  return (parseDocument(hosts.nodes).toJS() as { nodes: Record<string, NodeSpec> }).nodes;
}

function addresses(hosts: Hosts): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(nodesOf(hosts)).map(([name, { address }]) => [name, address]));
}

function portOf(hosts: Hosts, name: string): number {
  const port = nodesOf(hosts)[name]?.ssh.port;
  if (port === undefined) throw new Error(`the lab gave ${name} no port`);
  return port;
}

/** The same nodes over other ports; their keys are known by their names. */
function through(hosts: Hosts, ports: readonly number[]): string {
  const document = parseDocument(hosts.nodes);
  for (const [at, name] of hosts.names.entries()) {
    document.setIn(['nodes', name, 'ssh', 'port'], ports[at]);
    document.setIn(['nodes', name, 'ssh', 'hostKeyAlias'], name);
  }
  return document.toString();
}
