/** One move over an import, with what goes wrong at one moment of it; and what a person sees before and after (docs/decisions/0016). */
import { beforeEach, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/registry.ts';
import type { Site } from '../../src/kinds/site.ts';
import { listOn, notClosed, plainSite, server } from './handovers.ts';
import { Invariants } from './invariants.ts';
import { watchServed } from './invariants-served.ts';
import { nodeNames } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { isLive } from './machine/xen.ts';
import { type Played, playbook } from './playbook.ts';
import { random } from './random.ts';
import { type Ran, run, type Sanctl } from './sanctl.ts';
import { Setting } from './setting.ts';

const site = plainSite();
let setting: Setting;
let invariants: Invariants;

beforeEach(async () => {
  setting = new Setting(random(7), [...nodeNames, server]);
  for (let round = 0; round < 5; round++) {
    await applied();
    await setting.pass(60);
  }
  invariants = new Invariants(setting.room, { site, destroy: new Set() });
  watchServed(setting.room, invariants.violations);
});

function sanctl(owner = 'one'): Sanctl {
  const { clock, random: chance, secretOf, transport } = setting;
  return { kinds, transport, clock, random: chance, secretOf, owner };
}

async function applied(wish: Site = site): Promise<string> {
  const ran: Ran | undefined = await setting.until(run(sanctl(), { site: wish }));
  return ran?.is === 'no plan' ? ran.codes.join() : (ran?.is ?? 'killed');
}

async function play(name: string, ...set: readonly string[]): Promise<Played> {
  const played = await setting.until(playbook(sanctl(), { site }, name, ['vm=vm-1', ...set]));
  if (played === undefined) throw new Error('nobody killed it');
  await setting.pass(30);
  return played;
}

/** `done`, or what speaks against it. */
function told(played: Played): string {
  if (played.is === 'refused') return played.diagnostics.map(({ code }) => code).join();
  if (played.is === 'done') return ['done', ...played.unverified.map(({ code }) => code)].join();
  return `broke off, back ${played.back.is}`;
}

function at(name: string): Machine {
  const machine = setting.room.machines.get(name);
  if (machine === undefined) throw new Error(`no ${name}`);
  return machine;
}

/** Where its guest lives, and whom the server lets in. */
function stands(): string {
  const lives = nodeNames.filter((node) => at(node).domains.some(isLive));
  const { nodes, note } = listOn(setting.room, 'slice-1');
  return `${lives.join()}; ${nodes.join()}${note}`;
}

/** It writes on, where it lives. */
async function writes(): Promise<boolean> {
  const records = (): number =>
    nodeNames.flatMap((node) => at(node).domains).reduce((sum, one) => sum + one.guest.records, 0);
  const before = records();
  await setting.pass(120);
  return records() > before;
}

test('there and back; in between an apply says what to write down, and then has nothing to do', async () => {
  expect(told(await play('migrate', 'to=bravo'))).toBe('done');
  expect(stands()).toBe('bravo; bravo');
  expect(notClosed(setting.room, 'slice-1', 'bravo')).toEqual([]);
  expect(await writes()).toBe(true);
  expect(told(await play('migrate', 'to=bravo'))).toContain('move/already-there');
  expect(await applied()).toContain('export/imported-elsewhere');
  const vms = Object.fromEntries(Object.entries(site.vms).map(([name, vm]) => [name, { ...vm, home: 'bravo' }]));
  expect(await applied({ ...site, vms })).toBe('nothing to do');
  const cleaned = await play('migrate-cleanup');
  expect([told(cleaned), cleaned.is === 'done' && cleaned.plan.steps.length]).toEqual(['done', 0]);
  expect(told(await play('migrate', 'to=alpha'))).toBe('done');
  expect(stands()).toBe('alpha; alpha');
  expect(await applied()).toBe('nothing to do');
  expect(invariants.violations).toEqual([]);
});

test('the line from the other node to the server is cut: it stays, and writes on', async () => {
  setting.room.link('bravo', server, false);
  expect(told(await play('migrate', 'to=bravo'))).toBe('broke off, back applied');
  expect(stands()).toBe('alpha; alpha');
  expect(at('bravo').nbd.filter(({ gone }) => !gone)).toEqual([]);
  setting.room.link('bravo', server, true);
  await setting.pass(300);
  expect(stands()).toBe('alpha; alpha');
  expect(await writes()).toBe(true);
  expect(told(await play('migrate', 'to=bravo'))).toBe('done');
  expect(invariants.violations).toEqual([]);
});

test('the line from where it runs to the server is cut: what waits there is never sent, and its guest goes on elsewhere', async () => {
  setting.room.link('alpha', server, false);
  await setting.pass(60);
  expect(await writes()).toBe(false);
  expect(told(await play('migrate', 'to=bravo'))).toBe('done');
  expect(stands()).toBe('bravo; bravo');
  setting.room.link('alpha', server, true);
  await setting.pass(300);
  expect(notClosed(setting.room, 'slice-1', 'bravo')).toEqual([]);
  expect(await writes()).toBe(true);
  expect(invariants.violations).toEqual([]);
});

const [source, target] = ['10.77.0.11', '10.77.0.12'];

function opened(): void {
  const id = at('alpha').domains[0]?.id;
  expect(at(server).exec(['sh', '/etc/sanctl/export', 'slice-1', 'open', source, target, String(id)]).code).toBe(0);
}

test('a server that loses its power in the window closes it to the source before it serves anybody', async () => {
  opened();
  expect(stands()).toContain(' open');
  await setting.clock.run(setting.powerCycle(server, 60));
  await setting.pass(60);
  expect(stands()).toBe('alpha; alpha');
  expect(invariants.violations).toEqual([]);
});

test('sanctl is gone after the other node has come and before its guest has: nobody is let in until a cleanup gives it back', async () => {
  opened();
  at('bravo').exec(['systemctl', 'start', 'sanctl-import-slice-1.service']);
  await setting.pass(900);
  expect(stands()).toMatch(/^alpha; bravo# move .* come$/);
  expect(await writes()).toBe(false);
  expect(await applied()).toContain('export/handed-over');
  expect(told(await play('migrate', 'to=bravo'))).toContain('export/handed-over');
  expect(told(await play('migrate-cleanup'))).toBe('done');
  expect(stands()).toBe('alpha; alpha');
  expect(await writes()).toBe(true);
  expect(invariants.violations).toEqual([]);
});

test('nor is it given back to a guest that began anew meanwhile: the other node may have written', async () => {
  opened();
  at('bravo').exec(['systemctl', 'start', 'sanctl-import-slice-1.service']);
  await setting.pass(30);
  for (const domain of at('alpha').domains) domain.id += 1;
  expect(told(await play('migrate-cleanup'))).toBe('handover/undecided');
  expect(stands()).toMatch(/^alpha; bravo# move .* come$/);
});
