/** What people do beside sanctl, and runs that break off: the data of both must still be there. */
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/kinds/kind.ts';
import { kinds as every } from '../../src/kinds/registry.ts';
import type { Site, Volume } from '../../src/kinds/site.ts';
import { Invariants } from './invariants.ts';
import { mirroredSite } from './inventories.ts';
import { type Machine, written } from './machine/machine.ts';
import { deviceAt } from './machine/programs-devices.ts';
import { random } from './random.ts';
import { type Ran, run } from './sanctl.ts';
import { Setting } from './setting.ts';

async function apply(
  setting: Setting,
  site: Site,
  kinds: readonly Kind[] = every,
  allowDestroy: readonly string[] = [],
): Promise<Ran | undefined> {
  const { clock, random: chance, secretOf } = setting;
  const sanctl = { kinds, transport: setting.livingSanctl(), clock, random: chance, secretOf, owner: 'one' };
  const ran = await setting.until(run(sanctl, { site, allowDestroy }));
  await setting.pass(60);
  return ran;
}

function machinesOf(setting: Setting): readonly [Machine, Machine] {
  const [alpha, bravo] = [...setting.room.machines.values()];
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  return [alpha, bravo];
}

/** By hand, and it must work. */
function by(machine: Machine, ...lines: readonly string[]): void {
  for (const line of lines) {
    const { code, stderr } = machine.exec(line.split(' '));
    expect(code, `${line}: ${stderr}`).toBe(0);
  }
}

describe('a guest that a person runs on the slice itself (X1)', () => {
  /** DRBD is down on alpha, and the guest of the inventory is there on the slice that DRBD stood on. */
  async function rescue(): Promise<{ setting: Setting; alpha: Machine; bravo: Machine; invariants: Invariants }> {
    const setting = new Setting(random(1));
    const site = mirroredSite();
    const invariants = new Invariants(setting.room, { site, destroy: new Set(), byHand: true });
    await apply(setting, site);
    await setting.pass(300);
    const [alpha, bravo] = machinesOf(setting);
    by(alpha, 'xl destroy web', 'drbdadm secondary web', 'drbdadm down web');
    const file = alpha.files.get('/etc/xen/web.cfg')?.content.replace('/dev/drbd0', '/dev/vg0/web') ?? '';
    alpha.files.put('/root/rescue.cfg', file);
    return { setting, alpha, bravo, invariants };
  }

  test('DRBD does not come up under it', async () => {
    const { setting, alpha, invariants } = await rescue();
    by(alpha, 'xl create /root/rescue.cfg');
    await setting.pass(300);
    const ran = await apply(setting, mirroredSite());
    expect(ran?.is === 'no plan' ? ran.codes : ran).toContain('drbd/slice-open');
    expect(invariants.violations).toEqual([]);
  });
});

test('no guest is started on a mirror that a person has mounted here, until it is free (C2, X9)', async () => {
  const setting = new Setting(random(1));
  const site = mirroredSite();
  const invariants = new Invariants(setting.room, { site, destroy: new Set(), byHand: true });
  await apply(setting, site);
  await setting.pass(300);
  const [alpha] = machinesOf(setting);
  by(alpha, 'xl destroy web');
  const mirror = deviceAt(alpha, '/dev/drbd0');
  if (mirror === undefined) throw new Error('a mirror');
  alpha.mounts.set('/mnt', mirror);
  const ran = await apply(setting, site);
  expect(ran?.is === 'applied' ? [...ran.outcome.steps] : ran).toEqual([
    ['domain/web@bravo#absent', { is: 'done' }],
    ['domain/web@alpha#start', { is: 'refused', proves: 'nobody here has /dev/drbd0 open (C2)', answer: '/mnt' }],
  ]);
  expect(alpha.domains).toEqual([]);
  alpha.mounts.delete('/mnt');
  const again = await apply(setting, site);
  expect(again?.is === 'applied' ? again.outcome.exit : again).toBe(0);
  expect(alpha.domains.map(({ name }) => name)).toEqual(['web']);
  expect(invariants.violations).toEqual([]);
});

test('what broke off before its metadata and is larger now is never called equal over old extents (K2)', async () => {
  const mebibyte = 2 ** 20;
  const base = mirroredSite();
  const site = (bytes: number, firstSync: 'zero' | 'full'): Site => {
    const { web } = base.volumes;
    if (web?.replication === undefined) throw new Error('a mirrored volume');
    return { ...base, vms: {}, volumes: { web: { ...web, bytes, replication: { ...web.replication, firstSync } } } };
  };
  const withoutDrbd = every.filter(({ name }) => name !== 'drbd');
  for (const firstSync of ['zero', 'full'] as const) {
    const setting = new Setting(random(1));
    await apply(setting, site(64 * mebibyte, 'zero'), withoutDrbd);
    const machines = machinesOf(setting);
    for (const { name, disks, lvm } of machines) {
      expect([...(lvm.volume('vg0/web')?.tags ?? [])]).toContain('sanctl.zero');
      const free = disks.find(({ path }) => path === '/dev/vdb');
      free?.write(80 * mebibyte, 200 * mebibyte, written(`somebody before on ${name}`, false));
    }
    const larger = site(128 * mebibyte, firstSync);
    const invariants = new Invariants(setting.room, { site: larger, destroy: new Set() });
    const ran = await apply(setting, larger);
    expect(ran?.is === 'applied' ? ran.outcome.exit : ran).toBe(0);
    expect(invariants.violations).toEqual([]);
    expect(setting.room.halves.map(({ disk }) => disk)).toEqual(['UpToDate', 'UpToDate']);
  }
});

test('a volume whose making broke off, and on which a person made a filesystem meanwhile, goes by its name only (C11)', async () => {
  const setting = new Setting(random(1));
  const base = mirroredSite();
  const web: Volume = { name: 'web', bytes: 2 ** 26, group: 'vg0', replicas: ['alpha'], stripes: 1, state: 'present' };
  const site: Site = { ...base, vms: {}, volumes: { web } };
  await apply(setting, site);
  const [alpha] = machinesOf(setting);
  const slice = alpha.lvm.volume('vg0/web');
  slice?.tags.add('sanctl.unfinished');
  const data = written('a person', true, { type: 'ext4', uuid: 'u', at: 0x438 });
  slice?.write(0, 65536, data);
  alpha.around.ledger.promise(data, 65536);
  const destroy = new Set<string>();
  const invariants = new Invariants(setting.room, { site, destroy });
  const refused = await apply(setting, site);
  expect(refused?.is === 'applied' ? [...refused.outcome.steps.values()].map(({ is }) => is) : refused).toEqual([
    'refused',
  ]);
  expect(alpha.around.ledger.kept).toContain(data);
  destroy.add('volume/web');
  const ran = await apply(setting, site, every, ['volume/web']);
  expect(ran?.is === 'applied' ? ran.outcome.exit : ran).toBe(0);
  expect(invariants.violations).toEqual([]);
});
