/** `sanctl verify --online`: mirrors are compared, what differs is told, and nothing is copied (D4, D14). */
import { expect, test } from 'vitest';
import { fail } from '../sim/machine/answer.ts';
import { codes, type Guests, lines, mirrored, running } from './guests.ts';

const two = mirrored.replace('vms:', '  db: { size: 32MiB, group: vg0, replicas: [bravo, alpha] }\nvms:');

function verified(guests: Guests): readonly string[] {
  return guests.received.map(({ id }) => id).filter((id) => id.endsWith('#verify'));
}

/** Past DRBD, as a bad disk does. */
function rot(guests: Guests, name: string): void {
  guests.machine('bravo').halves.get(name)?.lower.write(8192, 12288, { by: 'a bad disk', precious: false });
}

test('equal mirrors: one after the other, and nothing is found', async () => {
  const guests = await running(two);
  const { code, stdout } = await guests.run('verify', '--online', '--yes');
  expect(stdout).toContain('home: nothing differs, 2 of 2 mirrors compared');
  expect(code).toBe(0);
  expect(verified(guests)).toEqual(['drbd/web-root@alpha#verify', 'drbd/db@alpha#verify']);
});

test('what differs is a finding with exit 2, and stays as it is', async () => {
  const guests = await running(two);
  rot(guests, 'web-root');
  const { code, stdout } = await guests.run('verify', '--online', '--yes', '--json');
  const all = lines({ code, stdout, stderr: '' });
  expect(all.filter(({ type }) => type === 'compared')).toEqual([
    { version: 1, type: 'compared', mirror: 'web-root', node: 'alpha', ended: true, outOfSyncBytes: 4096 },
    { version: 1, type: 'compared', mirror: 'db', node: 'alpha', ended: true, outOfSyncBytes: 0 },
  ]);
  expect(all.filter(({ type }) => type === 'finding').map((one) => one['code'])).toEqual(['drbd/out-of-sync']);
  expect(code).toBe(2);
  const half = guests.machine('bravo').halves.get('web-root');
  expect(half?.metadata.outOfSync.bytes).toBe(4096);
  expect(half?.connection).toBe('Connected');
});

test('only what is named', async () => {
  const guests = await running(two);
  const { code } = await guests.run('verify', '--online', '--only', 'drbd/db', '--yes');
  expect(code).toBe(0);
  expect(verified(guests)).toEqual(['drbd/db@alpha#verify']);
  const wrong = await guests.run('verify', '--online', '--only', 'drbd/dbb', '--yes');
  expect([wrong.code, codes(wrong.stderr)]).toEqual([1, ['plan/nothing-selected']]);
});

test('a dry run and a no begin nothing', async () => {
  const guests = await running();
  const dry = await guests.run('verify', '--online', '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain('drbdadm verify web-root');
  await guests.typing('n\n', 'verify', '--online');
  expect(verified(guests)).toEqual([]);
});

test('one mirror that is not whole keeps all of them from it', async () => {
  const guests = await running(two);
  guests.machine('bravo').exec(['drbdadm', 'disconnect', 'db']);
  const { code, stderr } = await guests.run('verify', '--online', '--yes');
  expect([code, new Set(codes(stderr))]).toEqual([3, new Set(['drbd/stand-alone', 'drbd/not-healthy'])]);
  expect(verified(guests)).toEqual([]);
});

test('one of which the kernel never said that it ended is not taken for compared (C5)', async () => {
  const guests = await running();
  guests.instead('alpha', 'drbdadm verify', () => ({ code: 0, stdout: '', stderr: '' }));
  const { code, stdout, stderr } = await guests.run('verify', '--online', '--yes');
  expect([code, codes(stderr)]).toEqual([4, ['verify/broken-off']]);
  expect(stdout).toContain('0 of 1 mirror compared');
});

test('one that the kernel refuses', async () => {
  const guests = await running();
  guests.instead('alpha', 'drbdadm verify', () => fail(10, 'State change failed'));
  expect((await guests.run('verify', '--online', '--yes')).code).toBe(4);
});

test('its options mean nothing without it, and the other way round', async () => {
  const guests = await running();
  expect((await guests.run('verify', '--only', 'drbd/web-root')).code).toBe(1);
  expect((await guests.run('verify', '--online', '--ignore', 'drbd/out-of-sync')).code).toBe(1);
  expect((await guests.run('verify', '--online', '--timeout', 'soon')).code).toBe(1);
});
