/** What the two-node example does not have, on real hosts: an administrator with sudo, a missing package, two disks, thin and striped volumes, and unlock. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/transport/local.ts';
import { ask, must } from './support.ts';
import { apply, begin, expectNothingToDo, inventory, sanctl, useTwoHosts } from './two-hosts.ts';

useTwoHosts();

const varied = {
  defaults: { ssh: { user: 'admin' } },
  volumeGroups: { vg0: { devices: ['/dev/vdb', '/dev/vdc'], thinPools: { pool0: { size: '256MiB' } } } },
  volumes: {
    lean: { size: '128MiB', group: 'vg0', replicas: ['alpha', 'bravo'], thinPool: 'pool0' },
    wide: { size: '128MiB', group: 'vg0', replicas: ['alpha'], stripes: 2 },
  },
} as const;

/** The nodes of the lab have no way to a mirror: what is to be installed is laid where apt keeps what it has fetched. */
async function takeAway(node: string, name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sanctl-package-'));
  const wanted = await ask(node, `dpkg-query -W -f '\${Package}=\${Version}' ${name}`);
  const fetched = await run(['apt-get', 'download', wanted], { cwd: folder });
  expect(fetched.stderr + fetched.code).toMatch(/0$/);
  const [file = ''] = readdirSync(folder);
  const text = readFileSync(join(folder, file)).toString('base64');
  rmSync(folder, { recursive: true });
  await send(node, `/var/cache/apt/archives/${file}`, text);
  // Under emulation a new initial ramdisk takes ten minutes, and this lab boots from its own.
  await ask(node, 'echo update_initramfs=no > /etc/initramfs-tools/update-initramfs.conf');
  await ask(node, `dpkg --remove --force-depends ${name}`);
}

async function send(node: string, path: string, base64: string): Promise<void> {
  const { sshArguments } = await import('../../src/lab/index.ts');
  const argv = must(await sshArguments(node));
  const ran = await run([...argv, `base64 -d > '${path}'`], { input: base64, timeoutSeconds: 120 });
  expect(ran.stderr + ran.code).toMatch(/0$/);
}

/** Who holds alpha, once the step that was begun has ended. */
async function heldBy(site: string): Promise<string> {
  for (;;) {
    const { output } = await sanctl('-i', site, 'journal', 'alpha');
    expect(output).toMatch(/alpha is held by/);
    if (/nothing\s+of\s+it\s+runs/.test(output)) return /nonce\s+([0-9a-f]+)/.exec(output)?.[1] ?? '';
  }
}

describe('two hosts, by an administrator with sudo', () => {
  it('get the package that is missing, volumes over two disks and from a thin pool, and a VM', async () => {
    await takeAway('alpha', 'thin-provisioning-tools');
    const output = await apply(inventory(varied, 'admin'));
    expect(output).toContain('thin-provisioning-tools');
    expect(await ask('alpha', 'lvs --noheadings -o lv_name,stripes,pool_lv vg0 | sort | tr -s " " ","')).toContain(
      ',wide,2,',
    );
    expect(await ask('alpha', 'drbdadm dstate lean')).toBe('UpToDate/UpToDate');
    await expectNothingToDo(inventory(varied, 'admin'));
  });

  it('hold what the kernel never copied: a thin mirror skips its first sync, and both sides read as zero', async () => {
    for (const node of ['alpha', 'bravo'])
      expect(await ask(node, 'lvs --noheadings -o data_percent vg0/lean | tr -d " "')).toMatch(/^[0-5]\./);
  });

  it('of which one is held by a sanctl that was killed: unlock says by whom, and frees it by its rule', async () => {
    const raised = { ...varied, volumes: { ...varied.volumes, wide: { ...varied.volumes.wide, size: '192MiB' } } };
    const one = begin(['apply', inventory(raised, 'admin'), '--yes']);
    await one.says(/alpha: has the lock/);
    one.child.kill('SIGKILL');
    await one.finished;
    const site = inventory(raised, 'admin');
    const nonce = await heldBy(site);
    expect((await sanctl('-i', site, 'unlock', 'alpha', '--nonce', `${nonce}0`)).output).toContain('unlock/other');
    const { code, output } = await sanctl('-i', site, 'unlock', 'alpha', '--nonce', nonce);
    expect(output + code).toMatch(/alpha is free\.\n0$/);
    await apply(inventory(raised, 'admin'));
    await expectNothingToDo(inventory(raised, 'admin'));
    expect((await sanctl('-i', inventory(raised, 'admin'), 'journal')).output).toMatch(/apply/);
  });
});
