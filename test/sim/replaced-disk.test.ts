/** A disk dies under one replica, and a blank disk takes its place: filled from the other half, and from nowhere else (K4, D4). */
import { expect, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { asWished, Invariants } from './invariants.ts';
import { mirroredSite } from './inventories.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { type Ran, run } from './sanctl.ts';
import { Setting } from './setting.ts';

async function apply(setting: Setting, site: Site): Promise<Ran | undefined> {
  const ran = await setting.until(run(sanctl(setting), { site }));
  await setting.pass(60);
  return ran;
}

async function replace(setting: Setting, site: Site, node: string): Promise<Played | undefined> {
  const played = await setting.until(playbook(sanctl(setting), { site }, 'replace-disk', [`node=${node}`]));
  await setting.pass(60);
  return played;
}

function sanctl(setting: Setting) {
  const { clock, random: chance, secretOf } = setting;
  return { kinds, transport: setting.livingSanctl(), clock, random: chance, secretOf, owner: 'one' };
}

/** Two machines with a mirror, and a guest on it, on alpha. */
async function running(seed: number) {
  const setting = new Setting(random(seed));
  const site = mirroredSite();
  const invariants = new Invariants(setting.room, { site, destroy: new Set() });
  await apply(setting, site);
  const [alpha, bravo] = [...setting.room.machines.values()];
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  const guest = alpha.domains[0];
  expect(guest?.guest.records).toBeGreaterThan(0);
  return { setting, site, invariants, alpha, bravo, guest };
}

function codesOf(played: Played | undefined): readonly string[] {
  return played?.is === 'refused' ? played.diagnostics.map(({ code }) => code) : [`${played?.is}`];
}

test.each(['alpha', 'bravo'] as const)('under %s: the guest goes on, and one command rebuilds it', async (name) => {
  const { setting, site, invariants, alpha, guest } = await running(1);
  setting.room.machines.get(name)?.replaceDisk('/dev/vdb');

  const played = await replace(setting, site, name);
  expect(played).toMatchObject({ is: 'done', unverified: [] });

  expect(alpha.domains).toEqual([guest]);
  const [half] = setting.room.halves;
  expect([half?.disk, half?.peer?.disk, half?.role]).toEqual(['UpToDate', 'UpToDate', 'Primary']);
  expect(asWished(setting.room, site, new Set(kinds.map((kind) => kind.name)))).toEqual([]);
  expect((await apply(setting, site))?.is).toBe('nothing to do');
  expect(await replace(setting, site, name)).toMatchObject({ is: 'done', plan: { steps: [] } });
  expect(invariants.violations).toEqual([]);
});

test('after a power cut, as the disk was not pulled while it ran', async () => {
  const { setting, site, invariants, bravo } = await running(2);
  bravo.replaceDisk('/dev/vdb');
  await setting.reboot('bravo');
  expect(await replace(setting, site, 'bravo')).toMatchObject({ is: 'done', unverified: [] });
  expect(asWished(setting.room, site, new Set(kinds.map((kind) => kind.name)))).toEqual([]);
  expect(invariants.violations).toEqual([]);
});

test('never from a half that is not good, nor where the other one cannot be asked', async () => {
  const { setting, site, invariants, alpha, bravo } = await running(3);
  bravo.replaceDisk('/dev/vdb');
  const good = alpha.halves.get('web');
  if (good === undefined) throw new Error('no half');
  good.disk = 'Outdated';
  expect(codesOf(await replace(setting, site, 'bravo'))).toContain('drbd/no-good-copy');
  good.disk = 'UpToDate';
  alpha.cutPower();
  expect(codesOf(await replace(setting, site, 'bravo'))).not.toContain('done');
  expect(bravo.lvm.groups).toEqual([]);
  expect(invariants.violations).toEqual([]);
});

test('when both disks are gone nothing is made: an empty mirror is no restored one', async () => {
  const { setting, site, alpha, bravo } = await running(4);
  alpha.domains = [];
  for (const half of setting.room.halves) half.openers = 0;
  alpha.replaceDisk('/dev/vdb');
  bravo.replaceDisk('/dev/vdb');
  expect(codesOf(await replace(setting, site, 'bravo'))).toContain('drbd/no-good-copy');
  expect(bravo.lvm.groups).toEqual([]);
});

test('a disk that is not blank is left as it is', async () => {
  const { setting, site, bravo } = await running(5);
  bravo.replaceDisk('/dev/vdb');
  const [, disk] = bravo.disks;
  disk?.write(0x438, 0x43a, { by: 'somebody', precious: true, signature: { type: 'ext4', uuid: 'x', at: 0x438 } });
  expect(codesOf(await replace(setting, site, 'bravo'))).toContain('volumeGroup/not-blank');
  expect(bravo.leftovers).not.toEqual([]);
});
