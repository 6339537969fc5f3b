/** What cannot be said: what, where, why. Each case changes one thing of two nodes that can be said whole. */
import { describe, expect, test } from 'vitest';
import { draftOf } from '../../src/adopt/draft.ts';
import type { FoundGuest } from '../../src/adopt/guest.ts';
import type { Look } from '../../src/adopt/look.ts';
import type { FoundResource } from '../../src/adopt/resource.ts';
import type { LogicalVolume } from '../../src/kinds/volume/facts.ts';

type Changed<T> = { -readonly [K in keyof T]: T[K] };

const slice = 64 * 2 ** 20;
const usable = slice - 10 * 4096;

function volumeOf(name: string, more: Partial<LogicalVolume> = {}): LogicalVolume {
  return {
    name,
    uuid: `uuid-${name}`,
    group: 'vg0',
    groupUuid: 'uuid',
    bytes: slice,
    path: `/dev/vg0/${name}`,
    tags: [],
    segmentTypes: ['linear'],
    stripes: 1,
    pool: '',
    origin: '',
    active: true,
    open: true,
    health: '',
    zeroes: false,
    monitored: true,
    hidden: false,
    ...more,
  };
}

function webResource(): Changed<FoundResource> {
  return {
    name: 'web',
    file: '/etc/drbd.d/web.res',
    hosts: ['alpha', 'bravo'].map((name, at) => ({
      name,
      address: `10.77.0.1${at + 1}`,
      port: 7789,
      volumes: [{ number: '0', minor: 0, disk: '/dev/vg0/web', metaDisk: 'internal' }],
    })),
    options: new Map([['net protocol', 'C']]),
    strange: [],
  };
}

function webGuest(): Changed<FoundGuest> {
  return {
    name: 'web',
    uuid: '6f3c1a52-0000-4000-8000-0000000000aa',
    type: 'pv',
    memoryBytes: 2 ** 27,
    vcpus: 1,
    boot: { kernel: '/boot/vmlinuz' },
    disks: [
      { as: 'xvda', target: '/dev/drbd0', readOnly: false },
      { as: 'xvdb', target: '/dev/mapper/vg0-scratch', readOnly: false },
    ],
    nics: [{ mac: '00:16:3e:00:00:50', bridge: 'xenbr0' }],
    unsaid: [],
  };
}

function look(node: string, at: number): Changed<Look> {
  const disk = { minor: 0, disk: 'UpToDate', bytes: usable, open: undefined, backing: '/dev/vg0/web' };
  return {
    node,
    ssh: { host: node },
    machineId: String(at).padStart(32, '0'),
    groups: [
      {
        name: 'vg0',
        uuid: 'g',
        bytes: 2 ** 31,
        extentBytes: 2 ** 22,
        freeExtents: 9,
        missingPvs: 0,
        tags: [],
        systemId: '',
        exported: false,
      },
    ],
    pvs: [
      { path: '/dev/vdb', uuid: 'p', group: 'vg0', groupUuid: 'g', bytes: 2 ** 31, missing: false, duplicate: false },
    ],
    volumes: node === 'alpha' ? [volumeOf('web'), volumeOf('scratch')] : [volumeOf('web')],
    running: {
      web: {
        role: 'Secondary',
        suspended: 'no',
        volumes: { '0': disk },
        connections: [],
        port: 7789,
        twoPrimaries: false,
      },
    },
    resources: [webResource()],
    speaksForAll: false,
    guests:
      node === 'alpha'
        ? [
            {
              domain: {
                name: 'web',
                id: 1,
                uuid: 'u',
                state: '-b----',
                memoryBytes: 0,
                vcpus: 1,
                type: 'pv',
                kernel: '',
                disks: [],
                nics: [],
              },
              live: true,
              config: webGuest(),
            },
          ]
        : [],
    files: [],
    others: [],
    addresses: [`10.77.0.1${at + 1}`],
    boot: { starts: [], waitSeconds: undefined },
    trusted: false,
  };
}

function set<T extends object>(target: T, more: Partial<T>): void {
  Object.assign(target, more);
}

interface Told {
  readonly volumes: readonly string[];
  readonly vms: readonly string[];
  readonly codes: readonly string[];
  readonly details: string;
}

function told(change: (alpha: Changed<Look>, bravo: Changed<Look>) => void = () => undefined): Told {
  const looks = ['alpha', 'bravo'].map(look);
  const [alpha, bravo] = looks;
  if (alpha === undefined || bravo === undefined) throw new Error('two looks');
  change(alpha, bravo);
  const drafted = draftOf(looks);
  const found = drafted.ok ? drafted.value.findings : drafted.diagnostics;
  return {
    volumes: drafted.ok ? drafted.value.draft.volumes.map(({ name }) => name) : [],
    vms: drafted.ok ? drafted.value.draft.vms.map(({ name }) => name) : [],
    codes: found.map(({ code }) => code),
    details: found.map(({ detail }) => detail).join('\n'),
  };
}

/** On both nodes, which say the same. */
function each(change: (resource: Changed<FoundResource>) => void) {
  return (...looks: readonly Changed<Look>[]): void => {
    for (const one of looks) {
      const resource = webResource();
      change(resource);
      one.resources = [resource];
    }
  };
}

function guest(change: (guest: Changed<FoundGuest>) => void) {
  return (alpha: Changed<Look>): void => {
    const config = webGuest();
    change(config);
    alpha.guests = alpha.guests.map((one) => ({ ...one, config }));
  };
}

test('all of it can be said', () => {
  expect(told()).toEqual({ volumes: ['web', 'scratch'], vms: ['web'], codes: [], details: '' });
});

describe('a resource that stays out, and its guest with it', () => {
  const mirrors: readonly (readonly [string, (alpha: Changed<Look>, bravo: Changed<Look>) => void, string])[] = [
    ['in a file of another name', each((one) => set(one, { file: '/etc/drbd.d/r0.res' })), '/etc/drbd.d/r0.res'],
    [
      'in a file together with another one',
      (alpha) => {
        alpha.resources = [...alpha.resources, { ...webResource(), name: 'db' }];
      },
      'together with db',
    ],
    [
      'a third host, which nobody asked',
      each((one) => set(one, { hosts: [...one.hosts, { ...one.hosts[0], name: 'charlie' } as never] })),
      'charlie, which was not asked',
    ],
    [
      'files that differ',
      (alpha) => each((one) => set(one, { options: new Map([['net protocol', 'A']]) }))(alpha),
      'differ',
    ],
    ['no file on one node', (_alpha, bravo) => set(bravo, { resources: [] }), 'bravo has no file of it'],
    [
      'metadata elsewhere',
      each((one) =>
        set(one, {
          hosts: one.hosts.map((host) => ({
            ...host,
            volumes: host.volumes.map((volume) => ({ ...volume, metaDisk: '/dev/vg0/meta [0]' })),
          })),
        }),
      ),
      'metadata are on /dev/vg0/meta [0]',
    ],
    [
      'two volumes',
      each((one) =>
        set(one, { hosts: one.hosts.map((host) => ({ ...host, volumes: [...host.volumes, ...host.volumes] })) }),
      ),
      'one volume, number 0',
    ],
    [
      'a slice of another name',
      each((one) =>
        set(one, {
          hosts: one.hosts.map((host) => ({
            ...host,
            volumes: host.volumes.map((volume) => ({ ...volume, disk: '/dev/vg0/web-disk' })),
          })),
        }),
      ),
      'it stands on /dev/vg0/web-disk',
    ],
    [
      'a fence',
      each((one) =>
        set(one, {
          options: new Map([
            ['disk fencing', 'resource-and-stonith'],
            ['handlers fence-peer', 'x'],
          ]),
        }),
      ),
      'D7',
    ],
    ['connections of their own', each((one) => set(one, { strange: ['connection'] })), '`connection`'],
    [
      'sizes that do not fit',
      (alpha) => set(alpha, { volumes: [volumeOf('web', { bytes: 2 * slice }), volumeOf('scratch')] }),
      'do not fit',
    ],
    [
      'nobody up to date',
      (...looks) => {
        for (const one of looks) {
          const { web } = one.running;
          if (web === undefined) throw new Error('no web');
          one.running = { web: { ...web, volumes: { '0': { ...web.volumes['0'], disk: 'Inconsistent' } as never } } };
        }
      },
      'none of its disks is up to date',
    ],
    [
      'words in `common` that go for another one, which stays out (two volumes)',
      (...looks) => {
        for (const one of looks) {
          const db = { ...webResource(), name: 'db', file: '/etc/drbd.d/db.res', strange: ['connection'] };
          set(one, { speaksForAll: true, resources: [...one.resources, db] });
        }
      },
      '`common` on alpha speaks for db as well',
    ],
    [
      'a mirror of LVM below',
      (alpha) => set(alpha, { volumes: [volumeOf('web', { segmentTypes: ['raid1'] }), volumeOf('scratch')] }),
      'LVM calls it raid1',
    ],
  ];
  test.each(mirrors)('%s', (_name, change, why) => {
    const { codes, details, volumes, vms } = told(change);
    expect(details).toContain(why);
    expect([codes.includes('adopt/resource'), volumes, vms]).toEqual([true, ['scratch'], []]);
    expect(details).toContain('its disk xvda is on /dev/drbd0');
  });
});

describe('a guest that stays out', () => {
  test.each<[string, (alpha: Changed<Look>) => void, string]>([
    [
      'a disk on a file',
      guest((one) => set(one, { disks: [{ as: 'xvda', target: '/srv/web.img', readOnly: false }] })),
      '/srv/web.img',
    ],
    [
      'a disk beneath the mirror',
      guest((one) => set(one, { disks: [{ as: 'xvda', target: '/dev/vg0/web', readOnly: false }] })),
      'beneath the mirror web',
    ],
    [
      'a CD',
      guest((one) => set(one, { disks: [{ as: 'xvda', target: '', readOnly: true, why: 'it is a CD' }] })),
      'it is a CD',
    ],
    [
      'half a MiB of memory',
      guest((one) => set(one, { memoryBytes: one.memoryBytes + 2 ** 19 })),
      'whole number of MiB',
    ],
    ['a name that may be none', guest((one) => set(one, { boot: { kernel: '/boot/"; rm' } })), 'how it starts'],
    [
      'a card without a bridge',
      guest((one) => set(one, { nics: [{ mac: '00:16:3e:00:00:50', bridge: undefined }] })),
      'joins no bridge',
    ],
    [
      'paused',
      (alpha) => set(alpha, { guests: alpha.guests.map((one) => ({ ...one, live: false })) }),
      'neither running nor gone',
    ],
    [
      'hidden from the long list (X10)',
      (alpha) => set(alpha, { guests: alpha.guests.map((one) => ({ ...one, config: undefined })) }),
      'does not show its configuration',
    ],
  ])('%s', (_name, change, why) => {
    const { codes, details, vms } = told(change);
    expect(details).toContain(why);
    expect([codes.filter((code) => code === 'adopt/guest'), vms]).toEqual([['adopt/guest'], []]);
  });
});

describe('what is imported, with a word', () => {
  test.each<[string, (alpha: Changed<Look>, bravo: Changed<Look>) => void, string, string]>([
    ['settings without a place', guest((one) => set(one, { unsaid: ['pcidevs'] })), 'adopt/settings', 'pcidevs'],
    [
      'a file that says otherwise',
      (alpha) => set(alpha, { files: [{ path: '/etc/xen/web.cfg', config: { ...webGuest(), vcpus: 4 } }] }),
      'adopt/file-differs',
      'vcpus',
    ],
    [
      'xendomains',
      (_alpha, bravo) => set(bravo, { others: ['/etc/xen/auto/web.cfg'] }),
      'adopt/elsewhere',
      'xendomains',
    ],
    ['an array', (alpha) => set(alpha, { others: ['/sys/block/md0/md'] }), 'adopt/elsewhere', 'An md array'],
    [
      'a volume that nobody uses',
      (alpha) => set(alpha, { volumes: [...alpha.volumes, volumeOf('root')] }),
      'adopt/unused',
      'vg0/root',
    ],
  ])('%s', (_name, change, code, detail) => {
    const { codes, details, volumes, vms } = told(change);
    expect(codes).toEqual([code]);
    expect(details).toContain(detail);
    expect([volumes, vms]).toEqual([['web', 'scratch'], ['web']]);
  });
});

test('what Pacemaker may run is not taken over: no mirror, and no guest (P6)', () => {
  const { codes, volumes, vms, details } = told((alpha) => set(alpha, { others: ['/var/lib/pacemaker/cib/cib.xml'] }));
  expect([volumes, vms]).toEqual([['scratch'], []]);
  expect(codes).toEqual(expect.arrayContaining(['adopt/resource', 'adopt/guest', 'adopt/elsewhere']));
  expect(details).toContain('which may start, stop and promote it (P6)');
});

describe('two guests on one disk (X1)', () => {
  const rescue = { path: '/etc/xen/rescue.cfg', config: { ...webGuest(), name: 'rescue', uuid: undefined } };

  test('the one that runs has it, and the file beside it stays out', () => {
    const { vms, details } = told((alpha) => set(alpha, { files: [rescue] }));
    expect(vms).toEqual(['web']);
    expect(details).toContain('rescue on alpha is left out: it has a disk in common with web on alpha');
  });

  test('of two that do not run, neither is imported', () => {
    const files = [rescue, { path: '/etc/xen/web.cfg', config: webGuest() }];
    expect(told((alpha) => set(alpha, { guests: [], files })).vms).toEqual([]);
  });
});

test('half of a migration is not to be renamed', () => {
  const { vms, details } = told((alpha) =>
    set(alpha, {
      guests: alpha.guests.map((one) => ({ ...one, domain: { ...one.domain, name: 'web--incoming' } })),
    }),
  );
  expect(vms).toEqual([]);
  expect(details).toContain('half a migration');
});

test('a copy of the file on a node that is none of its hosts changes nothing', () => {
  const looks = ['alpha', 'bravo', 'charlie'].map(look);
  set(looks[2] ?? {}, { volumes: [], running: {} });
  const drafted = draftOf(looks);
  expect(drafted.ok && drafted.value.draft.volumes.map(({ name }) => name)).toEqual(['web', 'scratch']);
});

test('what sanctl had a node do at boot is found in its list and its script', () => {
  const looks = ['alpha', 'bravo'].map(look);
  for (const one of looks)
    set(one, { trusted: true, boot: { starts: one.node === 'alpha' ? ['web'] : [], waitSeconds: 300 } });
  const drafted = draftOf(looks);
  expect(drafted.ok && drafted.value.draft).toMatchObject({
    trust: 'managed',
    waitSeconds: 300,
    vms: [{ name: 'web', autostart: 'home' }],
  });
});

test('a resource that runs without a file is named', () => {
  const { codes, details } = told((alpha) => {
    const { web } = alpha.running;
    if (web === undefined) throw new Error('no web');
    set(alpha, { running: { ...alpha.running, lost: web } });
  });
  expect(codes).toEqual(['adopt/resource']);
  expect(details).toContain('lost on alpha is left out: it runs, and no file says so');
});

test('another file of an imported guest is named (X6)', () => {
  const { codes, vms } = told((alpha) => set(alpha, { files: [{ path: '/etc/xen/old.cfg', config: webGuest() }] }));
  expect([codes, vms]).toEqual([['adopt/second-file'], ['web']]);
});

describe('a volume group on a mirror (L1)', () => {
  const onMirror = (open: boolean) =>
    told((alpha) => {
      const pv = {
        path: '/dev/drbd0',
        uuid: 'q',
        group: 'inner',
        groupUuid: 'i',
        bytes: 1,
        missing: false,
        duplicate: false,
      };
      const groups = alpha.groups.map((one) => ({ ...one, name: 'inner', uuid: 'i' }));
      const inner = volumeOf('root', { group: 'inner', path: '/dev/inner/root', open });
      set(alpha, {
        groups: [...alpha.groups, ...groups],
        pvs: [...alpha.pvs, pv],
        volumes: [...alpha.volumes, inner],
      });
    });

  test('which the host uses would be hidden by sanctl: nothing of that node is imported', () => {
    const { codes, volumes, vms } = onMirror(true);
    expect(codes[0]).toBe('adopt/stacked');
    expect([volumes, vms]).toEqual([[], []]);
  });

  test('which nobody uses is a guest’s, and is hidden rightly', () => {
    expect(onMirror(false)).toMatchObject({ codes: ['adopt/unused'], volumes: ['web', 'scratch'], vms: ['web'] });
  });
});

test('two volumes of one name on two nodes are two, and an inventory has one (both stay out)', () => {
  const { codes, volumes } = told((alpha, bravo) => {
    bravo.volumes = [...bravo.volumes, volumeOf('scratch', { tags: ['sanctl'] })];
    alpha.others = [];
  });
  expect(volumes).toEqual(['web']);
  expect(codes).toEqual(['adopt/volume', 'adopt/volume', 'adopt/guest']);
});

test('a mirror without a secret beside one with (one stands for all)', () => {
  const { details } = told((...looks) => {
    for (const one of looks) {
      const secret = {
        ...webResource(),
        name: 'db',
        file: '/etc/drbd.d/db.res',
        options: new Map([['net shared-secret', '(secret)']]),
      };
      one.resources = [
        ...one.resources,
        {
          ...secret,
          hosts: secret.hosts.map((host) => ({
            ...host,
            volumes: [{ number: '0', minor: 1, disk: '/dev/vg0/db', metaDisk: 'internal' }],
          })),
        },
      ];
      one.volumes = [...one.volumes, volumeOf('db')];
    }
  });
  expect(details).toContain('web on alpha and bravo is left out: it has no shared secret');
});

describe('nodes', () => {
  const bare = (alpha: Changed<Look>, bravo: Changed<Look>): void => {
    for (const one of [alpha, bravo]) Object.assign(one, { resources: [], running: {}, volumes: [], guests: [] });
  };

  test('without a mirror, the address is the one that no other node has as well', () => {
    const drafted = told((alpha, bravo) => {
      bare(alpha, bravo);
      for (const one of [alpha, bravo]) one.addresses = ['10.0.2.15', ...one.addresses];
    });
    expect(drafted.codes).toEqual([]);
  });

  test('of several, one is chosen, and that is said', () => {
    const { codes, details } = told((alpha, bravo) => {
      bare(alpha, bravo);
      alpha.addresses = ['192.0.2.1', '10.77.0.11'];
    });
    expect(codes).toEqual(['adopt/address']);
    expect(details).toContain('192.0.2.1, 10.77.0.11; the inventory says 192.0.2.1');
  });

  test.each<[string, (alpha: Changed<Look>, bravo: Changed<Look>) => void, string]>([
    ['a name with dots', (alpha) => set(alpha, { node: 'alpha.example.org' }), 'adopt/node-name'],
    ['one machine by two words', (alpha, bravo) => set(bravo, { machineId: alpha.machineId }), 'adopt/same-machine'],
    [
      'no address at all',
      (alpha, bravo) => {
        bare(alpha, bravo);
        alpha.addresses = [];
      },
      'adopt/no-address',
    ],
  ])('%s: nothing is imported', (_name, change, code) => {
    expect(told(change)).toMatchObject({ codes: expect.arrayContaining([code]), volumes: [] });
  });
});
