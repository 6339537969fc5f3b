/**
 * The oracle of `sanctl import`: whatever these nodes can hold is applied, its inventory forgotten, and imported; then the
 * plan is empty. What was built by hand is taken over by marks and files alone, and after one apply the plan is empty too.
 */
import { describe, expect, test } from 'vitest';
import { importNodes } from '../../src/adopt/import.ts';
import type { Settled } from '../../src/adopt/settle.ts';
import { draftText } from '../../src/adopt/text.ts';
import { readInventory } from '../../src/inventory/index.ts';
import { kinds } from '../../src/kinds/registry.ts';
import type { Node, Site, Volume } from '../../src/kinds/site.ts';
import { sha256 } from '../../src/template/content.ts';
import { templateFiles } from '../../src/template/files.ts';
import { templateRenderer } from '../../src/template/render.ts';

import { Invariants } from './invariants.ts';
import { movableSite, nodeNames, randomSite } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { installPackage } from './machine/programs-debian.ts';
import { random } from './random.ts';
import { type Ran, run, type Wish } from './sanctl.ts';
import { canary, Setting } from './setting.ts';

const render = templateRenderer(templateFiles());
/** Whatever the inventory calls it, these nodes have one. */
const secretOf = (): string => `${canary}-replication`;
const targets: readonly Node[] = nodeNames.map((name) => ({ name, address: '', ssh: { host: name } }));
const options = { only: [], without: [], allowDestroy: [], adopt: [], waitSync: false };

async function apply(setting: Setting, wish: Wish): Promise<Ran> {
  const { clock, random: chance } = setting;
  const sanctl = { kinds, transport: setting.livingSanctl(), clock, random: chance, secretOf, owner: 'one' };
  const ran = await setting.until(run(sanctl, wish));
  if (ran === undefined) throw new Error('sanctl was killed');
  return ran;
}

async function converge(setting: Setting, site: Site): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const ran = await apply(setting, { site });
    await setting.pass(120);
    if (ran.is === 'nothing to do') return;
    if (ran.is === 'no plan') throw new Error(ran.details.join('; '));
  }
  throw new Error('it does not converge');
}

async function importAll(setting: Setting): Promise<Settled> {
  const settled = await setting.until(
    (async () => {
      const transport = setting.livingSanctl();
      const lines = new Map(
        await Promise.all(
          targets.map(async (node) => {
            const line = await transport.connect(node);
            if (!line.ok) throw new Error(node.name);
            return [node.name, line.value] as const;
          }),
        ),
      );
      return importNodes(targets, lines, {
        kinds,
        read: (text) => readInventory(text, 'imported.yaml', '/'),
        decide: async (site, facts, make) =>
          make({ kinds, site, facts, options, offline: false, render, digest: (one) => sha256(one, secretOf) }),
      });
    })(),
  );
  if (settled === undefined) throw new Error('sanctl was killed');
  if (!settled.ok) throw new Error(JSON.stringify(settled.diagnostics, undefined, 1));
  return settled.value;
}

/** As a person gets it: by its text. */
function siteOf({ draft }: Pick<Settled, 'draft'>): Site {
  const read = readInventory(draftText(draft, 'imported'), 'imported.yaml', '/');
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics));
  return read.value.site;
}

/** A secret stands in an inventory once, for all mirrors. */
function sayable(site: Site): Site {
  const all = Object.values(site.volumes).some(({ replication }) => replication?.secret !== undefined);
  const volumes = Object.entries(site.volumes).map(([name, volume]): [string, Volume] => {
    const { secret: _, ...rest } = volume.replication ?? {};
    const replication = { ...rest, ...(all ? { secret: 'replication' } : {}) } as Volume['replication'];
    return [name, volume.replication === undefined ? volume : { ...volume, replication: replication as never }];
  });
  return { ...site, volumes: Object.fromEntries(volumes) };
}

/** What an import of this site is worth: `nothing to do`, or what would be done. */
async function verdict(setting: Setting, site: Site): Promise<string> {
  const ran = await apply(setting, { site });
  if (ran.is === 'applied') return ran.plan.steps.map(({ id }) => id).join();
  return ran.is === 'no plan' ? ran.codes.join() : ran.is;
}

const seeds = Array.from({ length: Number(process.env['SANCTL_SEEDS'] ?? 20) }, (_, at) => at + 1);

describe('what sanctl made is found again', () => {
  test('under every seed the plan of an import is empty', { timeout: 300_000 }, async () => {
    const wrong: string[] = [];
    for (const seed of seeds) {
      const setting = new Setting(random(seed));
      const site = sayable(randomSite(random(seed).fork('site')));
      await converge(setting, site);
      const settled = await importAll(setting);
      const found = siteOf(settled);
      const said = settled.findings.filter(({ severity }) => severity !== 'note');
      const done = await verdict(setting, found);
      if (done !== 'nothing to do' || settled.adopt.length > 0 || said.length > 0)
        wrong.push(`${seed}: ${done} ${settled.adopt.join()} ${JSON.stringify(said)}`);
      expect(Object.keys(found.volumes).sort(), String(seed)).toEqual(Object.keys(site.volumes).sort());
      expect(Object.keys(found.vms).sort(), String(seed)).toEqual(Object.keys(site.vms).sort());
      expect(settled.plan?.steps, String(seed)).toEqual([]);
    }
    expect(wrong).toEqual([]);
  });
});

const mirror = `# by hand
resource web {
  device /dev/drbd0;
  disk /dev/vg0/web;
  meta-disk internal;
  on alpha { address 10.77.0.11:7788; }
  on bravo { address 10.77.0.12:7788; }
}
`;
const guest = `name = "web"
uuid = "6f3c1a52-0000-4000-8000-0000000000aa"
kernel = '/boot/guest-vmlinuz'
memory = 128
disk = [ 'vdev=xvda,access=rw,target=/dev/drbd/by-res/web/0', 'vdev=xvdb,access=rw,target=/dev/mapper/vg0-scratch' ]
vif = [ 'mac=00:16:3E:00:00:AA,bridge=xenbr0' ]
`;

/** In bytes, as somebody would have chosen: no room was added for metadata. */
const slice = 64 * 2 ** 20;

/** Everything was typed in by a person: no marks, no file of sanctl's. */
async function handBuilt(
  change: {
    readonly mirror?: string;
    readonly guest?: string;
    readonly path?: string;
    readonly by?: (alpha: Machine, bravo: Machine) => void;
  } = {},
): Promise<Setting> {
  const setting = new Setting(random(1));
  const [alpha, bravo] = [...setting.room.machines.values()];
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  const by = (machine: Machine, ...lines: readonly string[]): void => {
    for (const line of lines) {
      const { code, stderr } = machine.exec(line.split(' '));
      expect(code, `${line}: ${stderr}`).toBe(0);
    }
  };
  const making = `lvcreate --wipesignatures y --zero y --size ${slice}b --name`;
  for (const machine of [alpha, bravo]) {
    for (const name of ['lvm2', 'drbd-utils']) installPackage(machine, name);
    machine.modules.add('drbd');
    machine.files.put(change.path ?? '/etc/drbd.d/web.res', change.mirror ?? mirror);
    by(machine, 'pvcreate /dev/vdb', 'vgcreate vg0 /dev/vdb', `${making} web vg0`);
    by(machine, 'drbdadm create-md web', 'drbdadm up web');
  }
  by(alpha, `${making} scratch vg0`, `${making} spare vg0`);
  await setting.pass(5);
  by(alpha, 'drbdadm primary --force web');
  await setting.pass(60);
  alpha.files.put('/etc/xen/web.cfg', change.guest ?? guest);
  by(alpha, 'xl create /etc/xen/web.cfg');
  await setting.pass(60);
  change.by?.(alpha, bravo);
  return setting;
}

describe('what was built by hand is taken over', () => {
  test('by marks and files alone, and then the plan is empty', async () => {
    const setting = await handBuilt();
    const settled = await importAll(setting);
    const site = siteOf(settled);
    expect(site.volumes).toMatchObject({
      web: {
        bytes: slice - 4 * 2 ** 20,
        replicas: ['alpha', 'bravo'],
        replication: { protocol: 'C', source: 'alpha' },
      },
      scratch: { bytes: slice, replicas: ['alpha'] },
    });
    expect(site.vms['web']).toMatchObject({ home: 'alpha', uuid: '6f3c1a52-0000-4000-8000-0000000000aa' });
    expect(settled.findings.map(({ code }) => code)).toEqual(['adopt/unused', 'adopt/changes', 'adopt/boot']);
    expect(settled.adopt).toEqual(['volume/web', 'volume/scratch', '/etc/drbd.d/web.res', '/etc/xen/web.cfg']);
    const verbs = new Set(settled.plan?.steps.map(({ id, danger }) => `${id.replace(/.*#/, '')} ${danger}`));
    expect([...verbs].sort()).toEqual([
      'adjust none',
      'adopt none',
      'disable none',
      'mark none',
      'set-disable_sendpage none',
      'write none',
    ]);
    const before = new Map(
      [...setting.room.machines].map(([name, { domains, halves }]) => [name, [...domains, ...halves.values()]]),
    );
    const invariants = new Invariants(setting.room, { site, destroy: new Set() });
    const ran = await apply(setting, { site, adopt: settled.adopt });
    expect(ran.is === 'applied' ? ran.outcome.exit : ran).toBe(0);
    await setting.pass(60);
    expect(invariants.violations).toEqual([]);
    // The same domains and resources: nothing was started, stopped, or taken down.
    for (const [name, { domains, halves }] of setting.room.machines)
      expect([...domains, ...halves.values()].every((one, at) => one === before.get(name)?.[at])).toBe(true);
    expect(await verdict(setting, site)).toBe('nothing to do');
    const again = await importAll(setting);
    expect([again.adopt, again.plan?.steps]).toEqual([[], []]);
  });

  test('nothing on the nodes is touched by the import itself', async () => {
    const setting = await handBuilt();
    const files = (): unknown =>
      [...setting.room.machines.values()].map(({ files: all }) => all.paths.map((path) => all.get(path)));
    const before = JSON.stringify(files());
    for (const { received } of setting.nodes.values()) received.length = 0;
    await importAll(setting);
    expect(JSON.stringify(files())).toBe(before);
    for (const { received } of setting.nodes.values())
      expect(received.map((script) => script.do)).toEqual(['observe', 'observe']);
  });

  test('a resource in a file of another name is left out, and its guest with it', async () => {
    const setting = await handBuilt({ path: '/etc/drbd.d/r0.res' });
    const settled = await importAll(setting);
    expect(Object.keys(siteOf(settled).volumes)).toEqual(['scratch']);
    expect(siteOf(settled).vms).toEqual({});
    expect(settled.findings.map(({ code }) => code)).toEqual(['adopt/resource', 'adopt/guest', 'adopt/unused']);
    expect(settled.findings[0]?.detail).toContain('/etc/drbd.d/r0.res');
    expect(settled.plan?.steps.every(({ danger }) => danger === 'none')).toBe(true);
  });

  test('other settings of a resource are named before they are changed', async () => {
    const setting = await handBuilt({
      mirror: mirror.replace('meta-disk', 'net { after-sb-0pri discard-zero-changes; }\n  meta-disk'),
    });
    const settled = await importAll(setting);
    expect(settled.findings.find(({ code }) => code === 'adopt/changes')?.detail).toContain(
      '`net after-sb-0pri` from discard-zero-changes to disconnect',
    );
  });

  test('what the planner would refuse is left out in its own words', async () => {
    const setting = await handBuilt({
      by: (alpha, bravo) => {
        for (const machine of [bravo, alpha])
          machine.exec(['drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web']);
      },
    });
    const settled = await importAll(setting);
    expect(Object.keys(siteOf(settled).volumes)).toEqual(['scratch']);
    const refused = settled.findings.find(({ code }) => code === 'adopt/refused');
    expect(refused?.detail).toContain('[drbd/window-open]');
    expect(refused?.help).toContain('Then import again.');
  });

  test('a resource that does not run and bears no mark is left out (D3)', async () => {
    const setting = await handBuilt({
      by: (alpha, bravo) => {
        alpha.exec(['xl', 'destroy', 'web']);
        for (const machine of [alpha, bravo]) machine.exec(['drbdadm', 'down', 'web']);
      },
    });
    const settled = await importAll(setting);
    expect(settled.findings.find(({ code }) => code === 'adopt/refused')?.detail).toContain('[drbd/slice-not-ours]');
    expect(siteOf(settled).volumes).not.toHaveProperty('web');
  });

  test('a guest that does not run is taken over as one that is stopped', async () => {
    const setting = await handBuilt({ by: (alpha) => void alpha.exec(['xl', 'destroy', 'web']) });
    await setting.pass(1000);
    const settled = await importAll(setting);
    const site = siteOf(settled);
    expect(site.vms['web']).toMatchObject({ state: 'stopped', home: 'alpha' });
    await apply(setting, { site, adopt: settled.adopt });
    expect([...setting.room.machines.values()].flatMap(({ domains }) => domains)).toEqual([]);
    expect(await verdict(setting, site)).toBe('nothing to do');
  });
});

describe('the oracle fires (C13)', () => {
  const mutants: readonly (readonly [string, (site: Site) => Site])[] = [
    [
      'an importer that drops a disk',
      (site) => ({ ...site, vms: changed(site.vms, (vm) => ({ ...vm, disks: vm.disks.slice(1) })) }),
    ],
    [
      'an importer that swaps the replicas of a mirror',
      (site) => ({
        ...site,
        volumes: changed(site.volumes, (one) => ({ ...one, replicas: [...one.replicas].reverse() })),
      }),
    ],
    [
      'an importer that puts a plain volume on the other node',
      (site) => ({
        ...site,
        volumes: changed(site.volumes, (one) => (one.replicas.length > 1 ? one : { ...one, replicas: ['bravo'] })),
      }),
    ],
    [
      'an importer that loses a size',
      (site) => ({ ...site, volumes: changed(site.volumes, (one) => ({ ...one, bytes: one.bytes + 2 ** 24 })) }),
    ],
    [
      'an importer that takes another uuid',
      (site) => ({ ...site, vms: changed(site.vms, (vm) => ({ ...vm, uuid: vm.uuid.replace('a', 'b') })) }),
    ],
  ];

  test.each(mutants)('%s', async (_name, mutate) => {
    const setting = await handBuilt();
    const settled = await importAll(setting);
    const site = siteOf(settled);
    await apply(setting, { site, adopt: settled.adopt });
    await setting.pass(60);
    expect(await verdict(setting, site)).toBe('nothing to do');
    expect(await verdict(setting, mutate(site))).not.toBe('nothing to do');
  });
});

function changed<T>(all: Readonly<Record<string, T>>, change: (one: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));
}

describe('what else sanctl makes is found again', () => {
  test('trust between nodes', async () => {
    const setting = new Setting(random(3));
    const site: Site = { ...sayable(movableSite(random(3))), migration: { trust: 'managed' } };
    await converge(setting, site);
    const found = siteOf(await importAll(setting));
    expect(found.migration.trust).toBe('managed');
    expect(await verdict(setting, found)).toBe('nothing to do');
  });

  test('stripes, several disks for a group, and several for a guest', async () => {
    const setting = new Setting(random(5));
    const base = movableSite(random(5));
    const site: Site = {
      ...base,
      volumeGroups: {
        vg0: {
          name: 'vg0',
          thinPools: {},
          devices: { alpha: ['/dev/vdb', '/dev/vdc'], bravo: ['/dev/vdb', '/dev/vdc'] },
        },
      },
      volumes: changed(base.volumes, (volume) => ({ ...volume, stripes: 2 })),
    };
    await converge(setting, sayable(site));
    const settled = await importAll(setting);
    expect(Object.values(siteOf(settled).volumes).every(({ stripes }) => stripes === 2)).toBe(true);
    expect(await verdict(setting, siteOf(settled))).toBe('nothing to do');
  });
});
