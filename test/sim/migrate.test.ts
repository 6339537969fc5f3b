/** The model of `xl migrate` itself: struck at each of its moments, it leaves what the table of 3.2 knows, and no other. */
import { expect, test } from 'vitest';
import { blockScript } from '../../src/kinds/domain/move/block.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { Invariants } from './invariants.ts';
import { mirroredSite } from './inventories.ts';
import type { Machine } from './machine/machine.ts';
import { type Row, rowOf } from './outcome.ts';
import { random } from './random.ts';
import { run } from './sanctl.ts';
import { Setting } from './setting.ts';

const ssh = 'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes';

interface Stage {
  readonly setting: Setting;
  readonly alpha: Machine;
  readonly bravo: Machine;
  readonly invariants: Invariants;
}

/** A guest on alpha, and a window for it open by hand. */
async function ready(seed: number): Promise<Stage> {
  const setting = new Setting(random(seed));
  const site = mirroredSite();
  const { clock, random: chance, secretOf, room } = setting;
  await setting.until(
    run({ kinds, transport: setting.transport, clock, random: chance, secretOf, owner: 'one' }, { site }),
  );
  await setting.pass(60);
  const [alpha, bravo] = [...room.machines.values()];
  if (alpha === undefined || bravo === undefined) throw new Error('two machines');
  const invariants = new Invariants(room, { site, destroy: new Set(), moving: new Set(['web']) });
  by(alpha, 'drbdadm', 'net-options', '--protocol=C', '--allow-two-primaries=yes', 'web');
  by(bravo, 'drbdadm', 'primary', 'web');
  return { setting, alpha, bravo, invariants };
}

function by(machine: Machine, ...argv: readonly string[]): string {
  const { code, stdout, stderr } = machine.exec(argv);
  expect(code, `${argv.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

function begin(alpha: Machine, command = ssh, config: readonly string[] = []): void {
  const log = '/run/sanctl/migrate-web.log';
  const output = ['-p', `StandardOutput=truncate:${log}`, '-p', `StandardError=append:${log}`];
  const unit = ['systemd-run', '--unit=sanctl-migrate-web', '-p', 'RemainAfterExit=yes', ...output];
  by(alpha, ...unit, 'xl', 'migrate', '-s', command, ...config, 'web', 'root@10.77.0.12');
}

const strikes = {
  'the sender is killed': ({ setting }) => setting.endMovers('alpha'),
  'the receiver is killed': ({ setting }) => setting.endMovers('bravo'),
  'the source loses its power': ({ setting }) => void setting.powerCycle('alpha', 60),
  'the target loses its power': ({ setting }) => void setting.powerCycle('bravo', 60),
} satisfies Record<string, (stage: Stage) => void>;

/** What is left of the move once the machines are back, and whoever still waits for somebody who is gone was ended. */
async function left(seed: number, at: number, strike: (stage: Stage) => void): Promise<string | undefined> {
  const stage = await ready(seed);
  const { setting, alpha } = stage;
  let moments = 0;
  setting.room.onMoment = () => {
    moments += 1;
    if (moments === at) strike(stage);
  };
  begin(alpha);
  await setting.pass(400);
  for (const node of ['alpha', 'bravo']) setting.endMovers(node);
  await setting.pass(10);
  expect(stage.invariants.violations, `at moment ${at}`).toEqual([]);
  expect(setting.room.troubles).toEqual([]);
  return moments < at ? undefined : rowOf(setting.room, mirroredSite().vms['web']?.uuid ?? '', 'alpha', 'bravo');
}

test('a move that nothing strikes goes through, and says so as xl did on the lab', async () => {
  const { setting, alpha, bravo, invariants } = await ready(1);
  begin(alpha);
  const seen = new Set<string>();
  for (let second = 0; second < 100; second++) {
    await setting.pass(1);
    const names = (machine: Machine): string =>
      machine.domains.map(({ name, state, built }) => `${name} ${state}${built ? '' : ' unbuilt'}`).join() || '-';
    seen.add(`${names(alpha)} | ${names(bravo)}`);
  }
  expect([...seen].filter((one) => one !== 'web -b---- | -')).toEqual([
    'web -b---- | web--incoming --p--- unbuilt',
    'web ---ss- | web--incoming --p--- unbuilt',
    'web ---ss- | web--incoming --p---',
    'web--migratedaway ---ss- | web--incoming --p---',
    'web--migratedaway ---ss- | web -b----',
    'web--migratedaway --pss- | web -b----',
    '- | web -b----',
  ]);
  expect(by(alpha, 'cat', '/run/sanctl/migrate-web.log')).toContain('Migration successful.\n');
  const shown = ['systemctl', 'show', '-p', 'ActiveState,SubState,ExecMainStatus', 'sanctl-migrate-web.service'];
  expect(by(alpha, ...shown)).toBe('ExecMainStatus=0\nActiveState=active\nSubState=exited\n');
  expect(invariants.violations).toEqual([]);
  expect(bravo.domains[0]?.guest.records).toBeGreaterThan(20);
});

const leaves: Readonly<Record<keyof typeof strikes, readonly Row[]>> = {
  'the sender is killed': ['M2', 'M4', 'M5', 'M7'],
  'the receiver is killed': ['M1', 'M2', 'M3', 'M4', 'M5'],
  'the source loses its power': ['M1', 'M5', 'M8'],
  'the target loses its power': ['M2', 'M5', 'M7', 'M8'],
};

test.each(Object.entries(strikes))('%s at every moment', async (name, strike) => {
  const rows = leaves[name as keyof typeof strikes];
  const found = new Set<string>();
  for (const seed of [1, 2, 3]) {
    for (let at = 1; ; at++) {
      const row = await left(seed, at, strike);
      if (row === undefined) break;
      found.add(row);
    }
  }
  expect([...found].sort()).toEqual(rows);
});

test('an ssh that asks whether the other end is alive lets xl itself resume its guest when the target is gone', async () => {
  const { setting, alpha, bravo, invariants } = await ready(1);
  begin(alpha, `${ssh} -o ServerAliveInterval=10 -o ServerAliveCountMax=3`);
  while (alpha.domains[0]?.state !== '---ss-') await setting.pass(1);
  bravo.cutPower();
  await setting.pass(100);
  expect(alpha.domains.map(({ name, state }) => `${name} ${state}`)).toEqual(['web -b----']);
  expect(invariants.violations).toEqual([]);
});

test('xl itself moves a guest onto old data when the network was away for a moment (the invariant that sees it)', async () => {
  const { setting, alpha, bravo, invariants } = await ready(1);
  begin(alpha);
  await setting.pass(3);
  setting.room.link('alpha', 'bravo', false);
  await setting.pass(20);
  setting.room.link('alpha', 'bravo', true);
  await setting.pass(100);
  expect(setting.room.halves.map(({ connection, role }) => `${connection} ${role}`)).toEqual([
    'StandAlone Primary',
    'StandAlone Primary',
  ]);
  expect(by(alpha, 'cat', '/run/sanctl/migrate-web.log')).toContain('Migration successful.\n');
  expect(bravo.domains.map(({ name, state }) => `${name} ${state}`)).toEqual(['web -b----']);
  expect(new Set(invariants.violations.map(({ rule }) => rule))).toEqual(new Set(['a guest finds what it wrote']));
});

/** A note on bravo, the script of sanctl or a careless one, and DRBD apart while the memory of the guest comes. */
async function apartAtTheEnd(script: string): Promise<Stage> {
  const stage = await ready(1);
  const { setting, alpha, bravo } = stage;
  by(bravo, 'drbdadm', 'secondary', 'web');
  for (const machine of [alpha, bravo]) machine.files.put('/etc/xen/scripts/block-sanctl', script, '755');
  bravo.files.put('/run/sanctl/move/drbd0', 'web\nConnected UpToDate/UpToDate Secondary/Primary\n');
  const file = alpha.files.get('/etc/xen/web.cfg')?.content ?? '';
  alpha.files.put('/run/sanctl/move/web.cfg', file.replace('target=', 'script=block-sanctl, target='));
  begin(alpha, ssh, ['-C', '/run/sanctl/move/web.cfg']);
  await setting.pass(5);
  by(bravo, 'drbdadm', 'disconnect', 'web');
  await setting.pass(100);
  by(bravo, 'xl', 'list');
  return stage;
}

test('the script that attaches the disks lets no guest onto a half that may lack what it wrote', async () => {
  const { alpha, bravo, invariants } = await apartAtTheEnd(blockScript);
  expect(invariants.violations).toEqual([]);
  expect(alpha.domains.map(({ name, state }) => `${name} ${state}`)).toEqual(['web -b----']);
  expect(bravo.domains).toEqual([]);
});

test('a careless script does, and the invariant sees it', async () => {
  const careless = blockScript.replace(/\[ "\$state" = "\$good" \] \|\|.*/, ':');
  expect(careless).not.toBe(blockScript);
  const { bravo, invariants } = await apartAtTheEnd(careless);
  expect(bravo.domains.map(({ name, state }) => `${name} ${state}`)).toEqual(['web -b----']);
  expect(new Set(invariants.violations.map(({ rule }) => rule))).toEqual(new Set(['a guest finds what it wrote']));
});

test('one machine reaches another by its host key where both have the files for it, and for nothing else', async () => {
  const { alpha, bravo } = await ready(1);
  const key = (machine: Machine): string => by(machine, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub').split(' ')[1] ?? '';
  const managed =
    'ssh -i /etc/ssh/ssh_host_ed25519_key -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/known';
  const say = (command: string): string => {
    const { code, stdout, stderr } = alpha.exec([...managed.split(' '), 'root@10.77.0.12', ...command.split(' ')]);
    return `${code} ${stdout}${stderr}`;
  };
  expect(say('xl info')).toMatch(/^255 No ED25519 host key is known for 10.77.0.12 /);
  alpha.files.put('/known', `10.77.0.12 ssh-ed25519 ${key(bravo)}\n`);
  expect(say('xl info')).toMatch(/^255 .*Permission denied/);
  bravo.files.put(
    '/root/.ssh/authorized_keys2',
    `restrict,from="10.77.0.11",command="…" ssh-ed25519 ${key(alpha)} alpha\n`,
  );
  expect(say('xl info')).toMatch(/^0 host +: bravo\n/);
  expect(say('id')).toBe('1 not allowed: id\n');
});
