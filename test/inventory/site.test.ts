/** What a valid inventory comes to. */
import { expect, test } from 'vitest';
import { macOf, uuidOf, uuidV5 } from '../../src/inventory/identity.ts';
import type { Site } from '../../src/kinds/site.ts';
import { good, load, served } from './texts.ts';

async function site(text: string): Promise<Site> {
  const result = await load(text);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value.site;
}

test('uuids are version 5 (RFC 9562, appendix A.4)', () => {
  expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});

test('identities never change: running guests and their leases have them', () => {
  expect(uuidOf('home', 'web')).toBe('1c761ee0-bfb4-5dce-aeb6-6d02145d5fbc');
  expect(macOf('home', 'web', 0)).toMatch(/^00:16:3e(:[0-9a-f]{2}){3}$/);
  expect(
    new Set([macOf('home', 'web', 0), macOf('home', 'web', 1), macOf('home', 'mail', 0), macOf('away', 'web', 0)]).size,
  ).toBe(4);
});

test('volumes: bytes, defaults, and the side that the first sync starts from', async () => {
  const { volumes } = await site(good.replace('home: alpha\n    memory', 'home: bravo\n    memory'));
  expect(volumes['web-root']).toEqual({
    name: 'web-root',
    bytes: 2 ** 30,
    group: 'vg0',
    replicas: ['alpha', 'bravo'],
    stripes: 1,
    state: 'present',
    replication: {
      protocol: 'C',
      firstSync: 'full',
      source: 'bravo',
      minor: 3,
      port: 7790,
      secret: 'drbd',
      maxRate: 100 * 2 ** 20,
    },
  });
  expect(volumes['db']).toMatchObject({ thinPool: 'pool0', replication: { firstSync: 'skip', source: 'alpha' } });
  expect(volumes['isos']).toEqual({
    name: 'isos',
    bytes: 4 * 2 ** 30,
    group: 'vg0',
    replicas: ['alpha'],
    stripes: 1,
    state: 'present',
  });
});

test('defaults reach the volumes, and the volumes have the last word', async () => {
  const text = good
    .replace(
      '{ secret: drbd }',
      '{ secret: { env: S }, maxRate: 1MiB, protocol: A }\n  volume: { group: vg0, stripes: 2, firstSync: zero }',
    )
    .replace(
      'size: 1GiB, group: vg0, replicas: [alpha, bravo], minor: 3',
      'size: 1GiB, replicas: [alpha, bravo], protocol: C, maxRate: 2MiB',
    );
  const { volumes, secrets } = await site(text);
  expect(volumes['web-root']).toMatchObject({
    group: 'vg0',
    stripes: 2,
    replication: { protocol: 'C', maxRate: 2 ** 21, firstSync: 'zero', secret: 'inline.replication' },
  });
  expect(volumes['db']).toMatchObject({
    stripes: 1,
    replication: { protocol: 'A', maxRate: 2 ** 20, firstSync: 'zero' },
  });
  expect(secrets).toEqual({ drbd: { env: 'DRBD_SECRET' }, 'inline.replication': { env: 'S' } });
});

test('nodes: defaults, the name as host, paths from the folder of the inventory', async () => {
  const text = good
    .replace(
      '{ user: root }',
      '{ user: ops, identityFile: ~/.ssh/id, knownHostsFile: keys/known, sudoPassword: { file: pw } }',
    )
    .replace('port: 2202 }', 'port: 2202, user: root, sudoPassword: drbd, configFile: /etc/ssh/x }');
  const { nodes, secrets } = await site(text);
  expect(nodes['alpha']).toEqual({
    name: 'alpha',
    address: '10.77.0.11',
    ssh: {
      host: 'alpha',
      user: 'ops',
      identityFile: '~/.ssh/id',
      knownHostsFile: 'keys/known',
      sudoPassword: 'inline.sudo',
    },
  });
  expect(nodes['bravo']?.ssh).toEqual({
    host: '127.0.0.1',
    port: 2202,
    user: 'root',
    identityFile: '~/.ssh/id',
    knownHostsFile: 'keys/known',
    configFile: '/etc/ssh/x',
    sudoPassword: 'drbd',
  });
  expect(secrets['inline.sudo']).toEqual({ file: 'pw' });
});

test('groups: one list for all nodes, or one for each', async () => {
  expect((await site(good)).volumeGroups['vg0']).toEqual({
    name: 'vg0',
    devices: { alpha: ['/dev/vdb', '/dev/vdc'], bravo: ['/dev/vdb', '/dev/vdc'] },
    thinPools: { pool0: { bytes: 2 ** 30 } },
  });
  const text = good
    .replace('    nodes: [alpha, bravo]\n', '')
    .replace('[/dev/vdb, /dev/vdc]', '{ alpha: [/dev/vdb], bravo: [/dev/sdb] }');
  expect((await site(text)).volumeGroups['vg0']?.devices).toEqual({ alpha: ['/dev/vdb'], bravo: ['/dev/sdb'] });
});

test('VMs', async () => {
  const { vms } = await site(good);
  expect(vms['web']).toEqual({
    name: 'web',
    uuid: uuidOf('home', 'web'),
    home: 'alpha',
    type: 'pv',
    vcpus: 1,
    state: 'running',
    autostart: 'never',
    memory: { bytes: 2 ** 29, minimumBytes: 2 ** 28 },
    boot: { kernel: '/boot/vmlinuz', ramdisk: '/boot/initrd.img', cmdline: 'root=/dev/xvda ro' },
    disks: [{ volume: 'web-root', as: 'xvda', readOnly: false }],
    nics: [{ bridge: 'xenbr0', mac: '00:16:3e:00:00:50' }],
  });
  expect(vms['mail']).toMatchObject({
    type: 'hvm',
    boot: { firmware: 'uefi', order: 'dc' },
    memory: { minimumBytes: 2 ** 29 },
    nics: [{ mac: macOf('home', 'mail', 0) }],
  });
});

test('what nodes do by themselves, and how they trust each other', async () => {
  expect(await site(good)).toMatchObject({ migration: { trust: 'manual' }, boot: { waitSeconds: 600 } });
  const text = good
    .replace('{ secret: drbd }', '{ secret: drbd }\n  migration: { trust: managed }\n  boot: { wait: 60 }')
    .replace('home: alpha\n', 'home: alpha\n    autostart: home\n');
  expect(await site(text)).toMatchObject({
    migration: { trust: 'managed' },
    boot: { waitSeconds: 60 },
    vms: { web: { autostart: 'home' }, mail: { autostart: 'never' } },
  });
});

test('exports: each with what its way needs, and a time after which it fails where something must go on without it', async () => {
  const { exports, images, initiators, secrets, certificates } = await site(served);
  expect(images['file']).toEqual({ name: 'file', node: 'hub', path: '/srv/file.img', bytes: 2 ** 31 });
  expect(exports['legacy']).toEqual({
    name: 'legacy',
    backing: { volume: 'legacy' },
    from: 'alpha',
    via: 'gnbd',
    to: ['bravo', 'charlie'],
    readOnly: false,
    // What is written has one (N5).
    connections: 1,
    tls: 'mutual',
    wireName: 'legacy-cd4d2644',
  });
  expect(exports['slice-b']).toMatchObject({ port: 10809, timeoutSeconds: 30 });
  expect(exports['slice-a']).toMatchObject({ backing: { image: 'slice-a' }, timeoutSeconds: 30 });
  expect(exports['lun']).toEqual({
    name: 'lun',
    backing: { volume: 'db' },
    from: 'bravo',
    via: 'iscsi',
    to: ['charlie'],
    readOnly: false,
    timeoutSeconds: 120,
    portals: ['10.77.0.12', '10.78.0.12'],
    multipath: 'active-passive',
    iqn: 'iqn.2026-01.internal.sanctl:home:lun',
    serial: uuidOf('home', 'export/lun'),
    chap: { user: 'charlie', password: 'chap', mutual: { user: 'lun', password: 'inline.chap.mutual.lun' } },
  });
  expect(initiators).toEqual({ charlie: 'iqn.2026-01.internal.sanctl:home:initiator:charlie' });
  expect(secrets['inline.chap.mutual.lun']).toEqual({ env: 'MUTUAL' });
  expect(certificates).toBe('certificates');
});

test('exports: the defaults, and their last word', async () => {
  const text = served
    .replace('via: gnbd', 'via: gnbd\n    timeout: none')
    .replace('tls: mutual', 'timeout: 1min\n    connections: 2\n    tls: none\n    certificates: ~/ca')
    .replace('defaults:', 'defaults:\n  iscsi: { prefix: iqn.2020-02.org.example }')
    .replace('port: 10809', 'timeout: none, tls: mutual')
    .replace('{ export: slice-b }', '{ image: other }')
    .replace('images:', 'images:\n  other: { node: hub, path: /srv/other.img, size: 2GiB }')
    .replace('portals: [10.77.0.12, 10.78.0.12]\n    multipath: active-passive', 'timeout: 7s');
  const { exports, certificates } = await site(text);
  expect(exports['legacy']).toMatchObject({ connections: 1, tls: 'none' });
  expect(exports['isos']).toMatchObject({ timeoutSeconds: 60, connections: 2, tls: 'none' });
  expect(exports['slice-b']).toMatchObject({ tls: 'mutual' });
  expect(exports['slice-b']?.timeoutSeconds).toBeUndefined();
  expect(exports['lun']).toMatchObject({
    timeoutSeconds: 7,
    portals: ['10.77.0.12'],
    iqn: 'iqn.2020-02.org.example:home:lun',
  });
  expect(exports['lun']).not.toHaveProperty('multipath');
  expect(certificates).toBe('~/ca');
});

test('arrays, and disks that stand on an import', async () => {
  const { arrays, vms } = await site(served);
  expect(arrays['backup']).toEqual({
    name: 'backup',
    node: 'hub',
    level: 6,
    chunkBytes: 2 ** 18,
    bitmap: 'internal',
    rebuildRate: 100 * 2 ** 20,
    members: [{ export: 'slice-a' }, { export: 'slice-b' }, { volume: 'local' }, { image: 'file' }],
    filesystem: { type: 'ext4', mount: '/.snapshots' },
  });
  expect(vms['web']?.disks).toEqual([
    { export: 'legacy', as: 'xvda', readOnly: false },
    { export: 'isos', as: 'xvdb', readOnly: true },
  ]);
  const zero = await site(served.replace('level: 6\n    chunk: 256KiB', 'level: 0'));
  expect(zero.arrays['backup']).toMatchObject({ bitmap: 'none', chunkBytes: 2 ** 19 });
  const one = await site(served.replace('level: 6\n    chunk: 256KiB', 'level: 1'));
  expect(one.arrays['backup']).not.toHaveProperty('chunkBytes');
});

test('K1: what is served has its data where it is served from, and not where the first replica is', async () => {
  const text = served
    .replace('defaults:', 'defaults:\n  replication: { secret: chap }')
    .replace('db: { size: 1GiB, replicas: [bravo] }', 'db: { size: 1GiB, replicas: [hub, bravo] }');
  expect((await site(text)).volumes['db']?.replication?.source).toBe('bravo');
});
