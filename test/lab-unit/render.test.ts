import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderInventory, renderKnownHosts, renderSshConfig } from '../../src/lab/access.ts';
import { parseOptions, parseSources } from '../../src/lab/apt.ts';
import { cacheFolder, fitsSockets, nodeFiles, runFolder } from '../../src/lab/folders.ts';
import { guestCommandLine } from '../../src/lab/guest.ts';
import { debootstrapArgv, imageIn } from '../../src/lab/image.ts';
import { firstNodes } from '../../src/lab/nodes.ts';
import { chooseAccelerator, type Machine, qemuArgv } from '../../src/lab/qemu.ts';
import { digestFolder, lines, readRecipe } from '../../src/lab/recipe.ts';
import { missingTools } from '../../src/lab/tools.ts';
import { run } from '../../src/transport/local.ts';

const files = {
  identity: '/run/my lab/id_ed25519',
  knownHosts: '/run/my lab/known_hosts',
  ipmiPassword: '/run/my lab/password',
};
const reachable = firstNodes(2).map((node, at) => ({ node, sshPort: 2201 + at, hostKey: `ssh-ed25519 KEY${at}` }));

describe('access', () => {
  it('known hosts: by forwarded port, by name, and by address between nodes', () => {
    expect(renderKnownHosts(reachable)).toBe(
      '[127.0.0.1]:2201,alpha,10.77.0.11 ssh-ed25519 KEY0\n[127.0.0.1]:2202,bravo,10.77.0.12 ssh-ed25519 KEY1\n',
    );
  });

  it('the inventory fragment is YAML with the agreed shape', () => {
    const ssh = { host: '127.0.0.1', user: 'root', identityFile: files.identity, knownHostsFile: files.knownHosts };
    expect(parse(renderInventory(reachable, files))).toEqual({
      version: 1,
      nodes: {
        alpha: { address: '10.77.0.11', ssh: { ...ssh, port: 2201 } },
        bravo: { address: '10.77.0.12', ssh: { ...ssh, port: 2202 } },
      },
    });
  });

  it('the fragment of a lab with power switches has what a cluster wants, and the password only in its file', () => {
    const [alpha] = firstNodes(1).map((node) => ({ node, sshPort: 2201, hostKey: '', ipmiPort: 20623 }));
    expect(parse(renderInventory(alpha === undefined ? [] : [alpha], files)).nodes.alpha).toMatchObject({
      ring1: '10.78.0.11',
      guestMemory: '896MiB',
      fence: {
        agent: 'fence_ipmilan',
        options: { ip: '10.0.2.2', ipport: 20623, username: 'sanctl', lanplus: 1, cipher: 3 },
        password: { file: files.ipmiPassword },
      },
    });
  });

  it('ssh itself reads the configuration as meant: host keys are verified', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-'));
    const config = join(folder, 'ssh_config');
    writeFileSync(config, renderSshConfig(reachable, files));
    const said = (await run(['ssh', '-G', '-F', config, 'bravo'])).stdout.split('\n');
    rmSync(folder, { recursive: true });
    expect(said).toEqual(
      expect.arrayContaining([
        'hostname 127.0.0.1',
        'port 2202',
        'user root',
        'stricthostkeychecking true',
        `userknownhostsfile ${files.knownHosts}`,
        `identityfile ${files.identity}`,
      ]),
    );
  });
});

describe('folders', () => {
  it('follow XDG and can be overridden', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/sanctl/lab');
    expect(cacheFolder({ XDG_CACHE_HOME: '/c', SANCTL_LAB_CACHE: '/mine' })).toBe('/mine');
    expect(runFolder({ XDG_STATE_HOME: '/s' })).toBe('/s/sanctl/lab');
    expect(runFolder({ SANCTL_LAB_DIR: '/mine' })).toBe('/mine');
  });

  it('must be short enough for a unix socket', () => {
    expect(fitsSockets('/run/lab')).toBe(true);
    expect(fitsSockets(`/${'x'.repeat(100)}`)).toBe(false);
  });
});

describe('tools', () => {
  it('all that is missing is one message with one command', () => {
    expect(missingTools({ build: true, asRoot: false, path: [] })).toMatchObject({
      code: 'lab/missing-tools',
      detail: 'not found: qemu-system-x86_64, qemu-img, ssh, ssh-keygen, mmdebstrap, mke2fs, setpriv, newuidmap',
      help:
        '`sudo apt-get install --no-install-recommends ' +
        'e2fsprogs mmdebstrap openssh-client qemu-system-x86 qemu-utils uidmap util-linux`',
    });
  });

  it('what makes power switches is asked for when they are', () => {
    expect(missingTools({ build: false, ipmi: true, asRoot: true, path: [] })?.help).toContain(' openipmi ');
  });

  it('what only the build needs is not asked for once the image is there', () => {
    expect(missingTools({ build: false, asRoot: true, path: [] })?.help).toBe(
      '`apt-get install --no-install-recommends openssh-client qemu-system-x86 qemu-utils`',
    );
  });
});

describe('the image', () => {
  it('comes from the Debian sources of this machine, and from nothing else it installs from', () => {
    const targets = [
      'deb http://mirror.test/debian/ bookworm main',
      'deb http://mirror.test/debian/ bookworm main',
      'deb http://mirror.test/debian-security/ bookworm-security main',
      'deb http://other.test/node/ nodistro main',
      'deb http://other.test/tools/ tools-bookworm main',
      'deb http://mirror.test/debian/ bookworm contrib',
    ].join('\n');
    expect(parseSources(targets)).toEqual([
      'deb http://mirror.test/debian-security/ bookworm-security main',
      'deb http://mirror.test/debian/ bookworm main',
    ]);
  });

  it('falls back to the default mirror on a machine of another release', () => {
    expect(parseSources('deb http://mirror.test/debian/ trixie main')).toEqual([]);
    const recipe = { packages: ['a', 'b'], excludes: [], overlay: '', digest: '' };
    const argv = debootstrapArgv(recipe, { sources: [], options: [] }, { overlay: 'o', sources: 's', tar: 't' });
    expect(argv.slice(-2)).toEqual(['bookworm', 't']);
  });

  it('is fetched by the proxy of this machine', () => {
    const dump = [
      'Acquire::http::Proxy "http://p.test:3142";',
      'Acquire::https::Proxy::other.test "DIRECT";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::AllowInsecureRepositories "0";',
      'Dir::Etc "etc/apt";',
    ];
    expect(parseOptions(dump.join('\n'))).toEqual(dump.slice(0, 3));
  });

  it('is named by what it is made from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-'));
    writeFileSync(join(folder, 'packages.txt'), 'lvm2\n');
    const before = digestFolder(folder);
    expect(digestFolder(folder)).toBe(before);
    writeFileSync(join(folder, 'packages.txt'), 'lvm2\nxfsprogs\n');
    expect(digestFolder(folder)).not.toBe(before);
    rmSync(folder, { recursive: true });
  });

  it('has the recipe that is in the repository', () => {
    const recipe = readRecipe();
    expect(recipe.packages).toEqual(expect.arrayContaining(['xen-system-amd64', 'drbd-utils', 'lvm2']));
    expect(recipe.excludes.every((path) => path.startsWith('/'))).toBe(true);
    expect(lines('# no\n a # b\n\n')).toEqual(['a']);
  });
});

describe('QEMU', () => {
  const [node] = firstNodes(1);
  if (node === undefined) throw new Error('no node');
  const machine: Machine = {
    node,
    image: imageIn('/cache', 'd'),
    files: nodeFiles('/run/a,b'),
    ports: {
      ssh: 2201,
      segments: [
        { node: 3001, switch: 3002 },
        { node: 3003, switch: 3004 },
      ],
    },
    authorizedKey: '/run/id.pub',
    accelerator: 'tcg',
  };
  const argv = qemuArgv(machine, 'paused').join(' ');

  it('gets the processor that does not corrupt, no network boot, and commas doubled', () => {
    expect(argv).toContain('-cpu Nehalem');
    expect(argv.match(/romfile=,/g)).toHaveLength(3);
    expect(argv).toContain('file=/run/a,,b/root.qcow2');
    expect(argv).toMatch(/ -S$/);
    expect(qemuArgv(machine, 'boot')).not.toContain('-S');
  });

  it.each([
    ['3001', '3002', '52:54:00:77:01:01'],
    ['3003', '3004', '52:54:00:77:02:01'],
  ])('gets each segment as datagrams from and to the switch', (own, theirs, mac) => {
    expect(argv).toContain(`local.port=${own}`);
    expect(argv).toContain(`remote.port=${theirs}`);
    expect(argv).toContain(`mac=${mac}`);
  });

  it('uses KVM only where the processor serves it', () => {
    expect(chooseAccelerator({ modules: [], opens: true })).toBe('tcg');
    expect(chooseAccelerator({ modules: ['kvm_intel'], opens: false })).toBe('tcg');
    expect(chooseAccelerator({ modules: ['kvm_amd'], opens: true })).toBe('kvm');
  });
});

it('a guest is named on the command line of its kernel', () => {
  expect(guestCommandLine()).toBe('console=hvc0 ledger.disk=/dev/xvda');
  expect(guestCommandLine({ address: '10.77.0.50/24', pauseSeconds: 1 })).toBe(
    'console=hvc0 ledger.disk=/dev/xvda ledger.ip=10.77.0.50/24 ledger.pause=1',
  );
});
