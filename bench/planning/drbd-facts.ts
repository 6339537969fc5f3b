/** Facts about DRBD 8.4 of one node of the fleet: every resource connected, up to date and seeded. */
import type { Configured, DrbdFacts, Half, Running } from '../../src/kinds/drbd/facts.ts';
import { slicePath } from '../../src/kinds/drbd/resource.ts';
import { known } from '../../src/kinds/reading.ts';
import type { Volume } from '../../src/kinds/site.ts';
import type { NodeName } from '../../src/step.ts';

export function drbdFacts(volumes: readonly Volume[], node: NodeName): DrbdFacts {
  const all = volumes.map((volume) => ({ volume, ...numbers(volume) }));
  return {
    kernel: known({ loaded: true, version: '8.4.11' }),
    utils: known('9.22.0'),
    running: known(Object.fromEntries(all.map((one) => [one.volume.name, running(one, node)]))),
    configured: known(Object.fromEntries(all.map((one) => [one.volume.name, configured(one)]))),
    halves: Object.fromEntries(volumes.map(({ name }) => [name, half])),
    ports: known(all.map(({ port }) => port)),
  };
}

interface Numbered {
  readonly volume: Volume;
  readonly minor: number;
  readonly port: number;
}

/** As sanctl gives them out: the same on all nodes, no two alike. */
export function numbers({ name }: Pick<Volume, 'name'>): Omit<Numbered, 'volume'> {
  const at = (Number(name.replace(/\D/g, '')) - 1) / 2;
  return { minor: at, port: 7789 + at };
}

function running({ volume, minor, port }: Numbered, node: NodeName): Running {
  const primary = volume.replication?.source === node;
  const peer = { replication: 'Established', disk: 'UpToDate', resyncSuspended: 'no', outOfSyncBytes: 0 };
  return {
    role: primary ? 'Primary' : 'Secondary',
    suspended: 'no',
    volumes: { '0': { minor, disk: 'UpToDate', bytes: volume.bytes, open: undefined, backing: slicePath(volume) } },
    connections: [{ peer: '', state: 'Connected', role: primary ? 'Secondary' : 'Primary', volumes: { '0': peer } }],
    port,
    twoPrimaries: false,
  };
}

function configured({ volume, minor, port }: Numbered): Configured {
  const host = { minor, port, nodeId: undefined, disk: slicePath(volume) };
  return { hosts: Object.fromEntries(volume.replicas.map((node) => [node, host])) };
}

const half: Half = {
  signatures: known(['drbd']),
  generation: known({ current: 'A3F1C0DE5EED0001', consistent: true, upToDate: true }),
  adjust: known([]),
};
