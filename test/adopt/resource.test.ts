import { expect, test } from 'vitest';
import { parseDump } from '../../src/adopt/resource.ts';
import { recorded } from './recorded.ts';

test('what people write, as drbdadm prints it: files, hosts, and options with those of `common` below them', () => {
  const dump = parseDump(recorded('drbd-utils-9.22/dump-by-hand-8.4'));
  expect(dump?.speaksForAll).toBe(true);
  const found = dump?.resources;
  expect(found?.map(({ name, file }) => [name, file])).toEqual([
    ['db', '/etc/drbd.d/r1.res'],
    ['two', '/etc/drbd.d/r1.res'],
    ['web', '/etc/drbd.d/web.res'],
  ]);
  const web = found?.find(({ name }) => name === 'web');
  expect(web?.hosts).toEqual(
    [
      ['alpha', '10.77.0.11'],
      ['bravo', '10.77.0.12'],
    ].map(([name, address]) => ({
      name,
      address,
      port: 7789,
      volumes: [{ number: '0', minor: 0, disk: '/dev/vg0/web', metaDisk: 'internal' }],
    })),
  );
  expect(Object.fromEntries(web?.options ?? [])).toEqual({
    'net after-sb-0pri': 'discard-zero-changes',
    'net protocol': 'C',
    'net cram-hmac-alg': 'sha1',
    'net shared-secret': '(secret)',
    'disk c-max-rate': '30M',
    'startup wfc-timeout': '15',
    'handlers fence-peer': '/usr/lib/drbd/crm-fence-peer.sh',
  });
  const two = found?.find(({ name }) => name === 'two');
  expect(two?.hosts[0]?.volumes.map(({ number, metaDisk }) => [number, metaDisk])).toEqual([
    ['0', 'internal'],
    ['1', '/dev/vg0/meta [0]'],
  ]);
});

test('DRBD 9: volumes stand at the resource, and a mesh of its hosts is nothing strange', () => {
  const [own] = parseDump(recorded('drbd-utils-9.22/dump-by-hand-9'))?.resources ?? [];
  expect(own?.strange).toEqual([]);
  expect(own?.hosts.map(({ name, volumes }) => [name, volumes[0]?.disk])).toEqual([
    ['alpha', '/dev/vg0/own'],
    ['bravo', '/dev/vg0/own'],
  ]);
});

test('what sanctl itself wrote, and what is for one host or one connection alone', () => {
  const dump = parseDump(recorded('drbd-8.4.11/dump'));
  expect(dump?.speaksForAll).toBe(false);
  const [db] = dump?.resources ?? [];
  expect(db?.file).toBe('/etc/drbd.d/db.res');
  const text = recorded('drbd-8.4.11/dump').replace(
    'resource db {',
    'resource db {\n  connection { net { ping-int 5; } }',
  );
  expect(parseDump(text)?.resources[0]?.strange).toEqual(['connection']);
});

test('half of a text is none', () => {
  const text = recorded('drbd-8.4.11/dump');
  expect(parseDump(text.slice(0, text.length / 2))).toBeUndefined();
});
