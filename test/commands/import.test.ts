/** `sanctl import` as a person meets it: what is printed, what is written, and what the exit code says. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadInventory } from '../../src/inventory/index.ts';
import { canary } from '../sim/setting.ts';
import { mirrored, running } from './guests.ts';
import { Desk } from './setting.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('what sanctl made', () => {
  test('comes back as an inventory whose plan is empty', async () => {
    const guests = await running();
    const { desk } = guests;
    const out = desk.path('found.yaml');
    const { code, stdout, stderr } = await guests.run('import', 'alpha', 'bravo', '--out', out);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.replaceAll('\n', ' ')).toBe(
      'Imported: 2 nodes, 1 volume group, 1 volume, 1 virtual machine. Nothing on the nodes was touched. Its plan is empty: all of it is as wished. ',
    );
    const loaded = await loadInventory(out);
    expect(loaded.ok && Object.keys(loaded.value.site.volumes)).toEqual(['web-root']);
    const plan = await guests.run('plan', out, '--detailed-exitcode');
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining('Nothing to do')]);
    expect(guests.wasTouched).toBe(false);
  });

  test('is at home where it was moved to', async () => {
    const guests = await running(mirrored.replace('/boot/vmlinuz', '/boot/guest-vmlinuz'));
    const moved = await guests.run('migrate', 'web', 'bravo', '--yes');
    expect(moved.code).toBe(0);
    const out = guests.desk.path('found.yaml');
    const { code, stdout } = await guests.run('import', 'alpha', 'bravo', '--out', out);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Its plan is empty')]);
    const loaded = await loadInventory(out);
    expect(loaded.ok && loaded.value.site.vms['web']?.home).toBe('bravo');
  });

  test('is printed where no file is named, and what is said goes elsewhere', async () => {
    const guests = await running();
    const { code, stdout, stderr } = await guests.run('import', 'alpha', 'bravo');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Written by `sanctl import alpha bravo`.*\n\nversion: 1\n/);
    expect(stderr).toContain('Its plan is empty');
  });
});

/** The marks and the record of what was written are gone: as if a person had made all of it. */
async function unmarked() {
  const guests = await running();
  for (const name of ['alpha', 'bravo']) {
    const machine = guests.machine(name);
    machine.files.remove('/var/lib/sanctl/files.sha256');
    const file = machine.files.get('/etc/drbd.d/web-root.res');
    machine.files.put('/etc/drbd.d/web-root.res', `# by hand\n${file?.content}`);
    machine.exec(['lvchange', '--deltag', 'sanctl', '--deltag', 'sanctl.seeded', 'vg0/web-root']);
  }
  for (const node of guests.desk.setting.nodes.values()) node.received.length = 0;
  return guests;
}

describe('what sanctl did not make', () => {
  test('is taken over by the words that are printed; then the plan is empty', async () => {
    const guests = await unmarked();
    const out = guests.desk.path('found.yaml');
    const imported = await guests.run('import', 'alpha', 'bravo', '--out', out, '--json');
    expect(imported.code).toBe(0);
    const told = JSON.parse(imported.stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(told).toMatchObject({ version: 1, type: 'import', adopt: expect.arrayContaining(['volume/web-root']) });
    expect(guests.wasTouched).toBe(false);
    const words = (told.adopt as string[]).flatMap((word) => ['--adopt', word]);
    const refused = await guests.run('plan', out);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('[volume/foreign]')]);
    const applied = await guests.run('apply', out, '--yes', ...words);
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const plan = await guests.run('plan', out, '--detailed-exitcode');
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining('Nothing to do')]);
  });

  test('names the next command, and ends with 2 where something cannot be said', async () => {
    const guests = await unmarked();
    const alpha = guests.machine('alpha');
    alpha.files.put('/etc/nbd-server/conf.d/isos.conf', '[isos]\n');
    const out = guests.desk.path('found.yaml');
    const { code, stdout, stderr } = await guests.run('import', 'alpha', 'bravo', '--out', out);
    expect(code).toBe(2);
    expect(stdout).toContain('sanctl plan found.yaml --adopt volume/web-root --adopt /etc/drbd.d/web-root.res');
    expect(stderr).toContain('[adopt/elsewhere]');
    expect(readFileSync(out, 'utf8')).toContain(
      '# - An NBD export (/etc/nbd-server/conf.d/isos.conf) on alpha. [adopt/elsewhere]',
    );
  });

  test('and Pacemaker may run, stays out (P6)', async () => {
    const guests = await unmarked();
    guests.machine('alpha').files.put('/var/lib/pacemaker/cib/cib.xml', '<cib/>');
    const { code, stdout } = await guests.run('import', 'alpha', 'bravo', '--out', guests.desk.path('found.yaml'));
    expect(code).toBe(2);
    expect(stdout).toContain('0 volumes, 0 virtual machines');
  });
});

test('a secret stays on the nodes; until somebody gives it, the plan of an import is not known', async () => {
  const secret = 'defaults: { replication: { secret: drbd } }\nsecrets: { drbd: { env: DRBD } }\nnodes:';
  const desk = new Desk();
  desk.write('inventory.yaml', mirrored.replace('nodes:', secret));
  const value = `${canary}-drbd`;
  vi.stubEnv('DRBD', value);
  expect((await desk.run(['apply', '--yes', '--wait-sync'])).code).toBe(0);
  const out = desk.path('found.yaml');
  const without = await desk.run(['import', 'alpha', 'bravo']);
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('[adopt/secret]')]);
  vi.stubEnv('SANCTL_DRBD_SECRET', value);
  const given = await desk.run(['import', 'alpha', 'bravo', '--out', out]);
  expect([given.code, given.stdout]).toEqual([0, expect.stringContaining('Its plan is empty')]);
  for (const text of [without.stdout, without.stderr, given.stdout, given.stderr, readFileSync(out, 'utf8')])
    expect(text).not.toContain(canary);
});

describe('nothing is overwritten, nothing is guessed', () => {
  test('a file that is there stays', async () => {
    const guests = await running();
    const out = guests.desk.path('inventory.yaml');
    const { code, stderr } = await guests.run('import', 'alpha', 'bravo', '--out', out);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[adopt/not-written]')]);
    expect(readFileSync(out, 'utf8')).toBe(mirrored);
  });

  test('a node that does not answer is no absence: nothing is imported (C5)', async () => {
    const guests = await running();
    guests.machine('bravo').on = false;
    const { code, stdout, stderr } = await guests.run('import', 'alpha', 'bravo');
    expect([code, stdout, stderr]).toEqual([3, '', expect.stringContaining('[ssh/unreachable]')]);
  });

  test('one half of a mirror alone is left out', async () => {
    const guests = await running();
    const { code, stderr } = await guests.run('import', 'alpha');
    expect([code, stderr]).toEqual([2, expect.stringContaining('bravo, which was not asked')]);
  });

  test.each(['-x', 'a b', 'root@', 'alpha:99999', '$(id)'])('%j is no machine', async (word) => {
    const { code, stderr } = await new Desk().run(['import', '--', word]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[usage/bad-target]')]);
  });
});
