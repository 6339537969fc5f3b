/** Random inventories, as the resolved `Site` that the kinds read. */
import { volumesOf } from '../../src/kinds/reach.ts';
import type { Replication } from '../../src/kinds/site/storage.ts';
import type { Site, Vm, Volume } from '../../src/kinds/site.ts';
import { blankSite } from '../blank-site.ts';
import type { Random } from './random.ts';

const mebibyte = 2 ** 20;
export const nodeNames = ['alpha', 'bravo'] as const;
export const addresses: Readonly<Record<string, string>> = {
  alpha: '10.77.0.11',
  bravo: '10.77.0.12',
  charlie: '10.77.0.13',
  delta: '10.77.0.14',
};

export function randomSite(chance: Random): Site {
  const thin = chance.chance(0.3);
  const count = chance.whole(1, 3);
  const volumes = Array.from({ length: count }, (_, at) => randomVolume(chance, `vol-${at + 1}`, thin));
  const candidates = volumes.filter((volume) => volume.replicas.length > 0);
  const vms = candidates.filter(() => chance.chance(0.4)).map((volume, at) => vmOn(volume, `vm-${at + 1}`, at));
  return siteOf(volumes, vms, thin ? { pool: { bytes: 640 * mebibyte } } : {});
}

/** One volume on both machines, and a guest on it, on alpha. */
export function mirroredSite(): Site {
  const replication: Replication = { protocol: 'C', firstSync: 'full', source: 'alpha', maxRate: 64 * mebibyte };
  const bytes = 64 * mebibyte;
  const replicas = nodeNames;
  const volume: Volume = { name: 'web', bytes, group: 'vg0', replicas, stripes: 1, state: 'present', replication };
  return siteOf([volume], [vmOn(volume, 'web', 0)], {});
}

/** One or two guests with one to three disks each, all of them mirrors, so that each may move. */
export function movableSite(chance: Random): Site {
  const volumes: Volume[] = [];
  const vms = Array.from({ length: chance.whole(1, 2) }, (_, at) => {
    const both = chance.chance(0.5) ? nodeNames : ([...nodeNames].reverse() as ['bravo', 'alpha']);
    const disks = Array.from({ length: chance.pick([1, 1, 2, 3]) }, (): Volume => {
      const replication = randomReplication(chance, both[0], false);
      const volume = randomVolume(chance, `vol-${volumes.length + 1}`, false);
      volumes.push({ ...volume, bytes: volume.bytes / 2, replicas: both, replication });
      return { ...volume, replicas: both };
    });
    const [first] = disks;
    if (first === undefined) throw new Error('no disk');
    return vmOn(
      first,
      `vm-${at + 1}`,
      at,
      disks.map(({ name }) => name),
    );
  });
  return siteOf(volumes, vms, {});
}

/** One or two guests with one to three disks each, of any sort: mirrors and plain ones, thick and thin, with room for sets of all. */
export function snapshotSite(chance: Random): Site {
  const thin = chance.chance(0.4);
  const volumes: Volume[] = [];
  const vms = Array.from({ length: chance.whole(1, 2) }, (_, at) => {
    const both = chance.chance(0.5) ? nodeNames : ([...nodeNames].reverse() as ['bravo', 'alpha']);
    const disks = Array.from({ length: chance.pick([1, 2, 2, 3]) }, (): Volume => {
      const inPool = thin && chance.chance(0.6);
      const mirrored = chance.chance(0.6);
      const made: Volume = {
        name: `vol-${volumes.length + 1}`,
        bytes: chance.whole(4, 14) * 4 * mebibyte,
        group: 'vg0',
        replicas: mirrored ? both : [both[0]],
        ...(inPool ? { thinPool: 'pool' } : {}),
        stripes: 1,
        state: 'present',
        ...(mirrored ? { replication: randomReplication(chance, both[0], inPool) } : {}),
      };
      volumes.push(made);
      return made;
    });
    const names = disks.map(({ name }) => name);
    return vmOn({ ...(disks[0] as Volume), replicas: both }, `vm-${at + 1}`, at, names);
  });
  return siteOf(volumes, vms, thin ? { pool: { bytes: 640 * mebibyte } } : {});
}

function siteOf(
  volumes: readonly Volume[],
  vms: readonly Vm[],
  thinPools: Site['volumeGroups'][string]['thinPools'],
): Site {
  const homes = new Map(vms.map((vm) => [volumesOf(vm)[0], vm.home]));
  return {
    ...blankSite,
    name: 'simulated',
    nodes: Object.fromEntries(
      nodeNames.map((name) => [name, { name, address: addresses[name] ?? '', ssh: { host: name } }]),
    ),
    volumeGroups: {
      vg0: { name: 'vg0', devices: Object.fromEntries(nodeNames.map((name) => [name, ['/dev/vdb']])), thinPools },
    },
    volumes: Object.fromEntries(volumes.map((volume) => [volume.name, withSource(volume, homes.get(volume.name))])),
    vms: Object.fromEntries(vms.map((vm) => [vm.name, vm])),
    secrets: { replication: { env: 'SIMULATED' } },
  };
}

function randomVolume(chance: Random, name: string, thin: boolean): Volume {
  const both = chance.chance(0.5) ? nodeNames : ([...nodeNames].reverse() as ['bravo', 'alpha']);
  const replicas = chance.chance(0.75) ? both : [both[0]];
  const inPool = thin && chance.chance(0.6);
  return {
    name,
    bytes: chance.whole(8, 40) * 4 * mebibyte,
    group: 'vg0',
    replicas,
    ...(inPool ? { thinPool: 'pool' } : {}),
    stripes: 1,
    state: 'present',
    ...(replicas.length > 1 ? { replication: randomReplication(chance, replicas[0] ?? 'alpha', inPool) } : {}),
  };
}

function randomReplication(chance: Random, source: string, thin: boolean): Replication {
  return {
    protocol: 'C',
    firstSync: thin ? chance.pick(['skip', 'full']) : chance.pick(['full', 'full', 'zero']),
    source,
    ...(chance.chance(0.5) ? { secret: 'replication' } : {}),
    maxRate: 64 * mebibyte,
  };
}

function withSource(volume: Volume, home: string | undefined): Volume {
  if (home === undefined || volume.replication === undefined) return volume;
  return { ...volume, replication: { ...volume.replication, source: home } };
}

function vmOn(volume: Volume, name: string, at: number, disks = [volume.name]): Vm {
  return {
    name,
    uuid: `4dfb1b3c-1b5c-4d6e-9d0f-0e2f9a0c1d${at.toString(16).padStart(2, '0')}`,
    home: volume.replicas[0] ?? 'alpha',
    type: 'pv',
    memory: { bytes: 128 * mebibyte, minimumBytes: 128 * mebibyte },
    vcpus: 1,
    boot: { kernel: '/boot/guest-vmlinuz', ramdisk: '/boot/guest-initrd.img', cmdline: 'console=hvc0' },
    disks: disks.map((one, place) => ({ volume: one, as: `xvd${'abc'[place]}`, readOnly: false })),
    nics: [{ bridge: 'xenbr0', mac: `00:16:3e:00:00:${(0x50 + at).toString(16)}` }],
    state: 'running',
    autostart: 'never',
  };
}

/** The same inventory with every volume larger by some extents, or smaller. */
export function resized(site: Site, extents: number): Site {
  const volumes = Object.entries(site.volumes).map(([name, volume]) => [
    name,
    { ...volume, bytes: volume.bytes + extents * 4 * mebibyte },
  ]);
  return { ...site, volumes: Object.fromEntries(volumes) };
}

/** The same inventory in which one volume is to go, together with the domains on it. */
export function without(site: Site, name: string): Site {
  const volume = site.volumes[name];
  if (volume === undefined) throw new Error(`no volume ${name}`);
  const vms = Object.entries(site.vms).filter(([, vm]) => !volumesOf(vm).includes(name));
  return {
    ...site,
    volumes: { ...site.volumes, [name]: { ...volume, state: 'absent' } },
    vms: Object.fromEntries(vms),
  };
}
