/** A mirror is given a new secret under a guest: its sides never let go of each other, wherever it breaks off (docs/secrets.md). */
import { expect, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { asWished, Invariants } from './invariants.ts';
import { mirroredSite } from './inventories.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { run } from './sanctl.ts';
import { Setting } from './setting.ts';

/** The name of a secret stands for its value: another name, another value. */
function authenticated(secret: string): Site {
  const site = mirroredSite();
  const web = site.volumes['web'];
  if (web?.replication === undefined) throw new Error('a mirror');
  const secrets = { [secret]: { env: 'SIMULATED' } };
  return { ...site, secrets, volumes: { web: { ...web, replication: { ...web.replication, secret } } } };
}

function sanctl(setting: Setting) {
  const { clock, random: chance, secretOf } = setting;
  return { kinds, transport: setting.livingSanctl(), clock, random: chance, secretOf, owner: 'one' };
}

async function rotate(setting: Setting): Promise<Played | undefined> {
  const wish = { site: authenticated('second') };
  const played = await setting.until(playbook(sanctl(setting), wish, 'rotate-secret', ['volume=web']));
  await setting.pass(60);
  return played;
}

/** Two machines with a mirror that has its first secret, and a guest on it, on alpha. */
async function running(seed: number) {
  const setting = new Setting(random(seed));
  const site = authenticated('first');
  const invariants = new Invariants(setting.room, { site, destroy: new Set() });
  await setting.until(run(sanctl(setting), { site }));
  await setting.pass(60);
  const [alpha, bravo] = [...setting.room.machines.values()];
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  expect(alpha.domains[0]?.guest.records).toBeGreaterThan(0);
  return { setting, invariants, alpha, bravo };
}

function secretsOf({ room }: Setting): readonly (string | undefined)[] {
  return room.halves.map(({ config }) => config.net.get('shared-secret'));
}

function whole({ room }: Setting) {
  return asWished(room, authenticated('second'), new Set(kinds.map((kind) => kind.name)));
}

test('both sides get it, and the connection stands all the while', async () => {
  const { setting, invariants, alpha, bravo } = await running(1);
  const before = [alpha.turns, bravo.turns];
  expect(await rotate(setting)).toMatchObject({ is: 'done', unverified: [] });
  expect(new Set(secretsOf(setting)).size).toBe(1);
  expect(secretsOf(setting)[0]).toContain('second');
  expect([alpha.turns, bravo.turns]).toEqual(before);
  expect(whole(setting)).toEqual([]);
  expect(await rotate(setting)).toMatchObject({ is: 'done', plan: { steps: [] } });
  // And it holds for the next connection.
  setting.room.link('alpha', 'bravo', false);
  await setting.pass(30);
  setting.room.link('alpha', 'bravo', true);
  await setting.pass(60);
  expect(whole(setting)).toEqual([]);
  expect(invariants.violations).toEqual([]);
});

test('refused while a node is off, or the mirror is not connected; nothing is touched', async () => {
  const { setting, invariants, bravo } = await running(2);
  const before = secretsOf(setting);
  setting.room.link('alpha', 'bravo', false);
  await setting.pass(30);
  expect(await rotate(setting)).toMatchObject({ is: 'refused', diagnostics: [{ code: 'drbd/not-healthy' }] });
  bravo.cutPower();
  expect(await rotate(setting)).toMatchObject({ is: 'refused' });
  expect(secretsOf(setting).every((one) => before.includes(one))).toBe(true);
  expect(invariants.violations).toEqual([]);
});

test('the link is lost while one side has it and the other has not: the same command brings them together', async () => {
  const { setting, invariants, alpha, bravo } = await running(3);
  const old = bravo.halves.get('web')?.config;
  expect(await rotate(setting)).toMatchObject({ is: 'done' });
  const half = bravo.halves.get('web');
  if (half === undefined || old === undefined) throw new Error('no half');
  half.config = old;
  setting.room.link('alpha', 'bravo', false);
  await setting.pass(30);
  setting.room.link('alpha', 'bravo', true);
  await setting.pass(60);
  expect(setting.room.halves.map(({ connection }) => connection)).toEqual(['StandAlone', 'StandAlone']);
  // Nothing proves why, as long as the kernel has not said it.
  expect(await rotate(setting)).toMatchObject({ is: 'refused' });
  for (const machine of [alpha, bravo])
    machine.turns = [...machine.turns, '[  999.000000] drbd web: Authentication of peer failed'];
  expect(await rotate(setting)).toMatchObject({ is: 'done', unverified: [] });
  expect(whole(setting)).toEqual([]);
  expect(invariants.violations).toEqual([]);
});
