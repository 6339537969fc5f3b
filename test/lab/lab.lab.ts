import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { ask, must, on, useLab } from './support.ts';

useLab(2);

describe('a freshly booted node', () => {
  it.each(['alpha', 'bravo'])('%s is what the lab promises', async (name) => {
    expect(await ask(name, 'uname -n')).toBe(name);
    expect(await ask(name, 'systemctl is-system-running')).toBe('running');
    expect(await ask(name, 'xl list | grep -c Domain-0')).toBe('1');
    expect(await ask(name, 'cat /sys/class/net/xenbr0/address')).toBe(
      await ask(name, 'cat /sys/class/net/eth1/address'),
    );
    expect(await ask(name, 'wc -c < /etc/machine-id')).toBe('33');
    expect(await ask(name, 'blockdev --getsize64 /dev/vdb')).toBe(String(2 * 1024 ** 3));
    expect(await ask(name, 'head -c 1M /dev/vdb | tr -d "\\0" | wc -c')).toBe('0');
    const skew = Math.abs(Number(await ask(name, 'date +%s')) - Date.now() / 1000);
    expect(skew).toBeLessThan(60);
    await ask(name, 'grep -q "^version: 8.4" /proc/drbd');
  });

  it('is not its neighbour', async () => {
    const identity = 'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub';
    expect(await ask('alpha', identity)).not.toBe(await ask('bravo', identity));
  });

  it('lets an ordinary administrator in, with sudo', async () => {
    const argv = must(await lab.sshArguments('alpha'));
    const { run } = await import('../../src/transport/local.ts');
    const ran = await run([...argv, '-l', 'admin', 'sudo -n id -u'], { timeoutSeconds: 120 });
    expect(ran.stdout.trim()).toBe('0');
  });
});

describe('reset', () => {
  it('undoes everything, disks included', async () => {
    await ask('alpha', 'touch /root/mark && pvcreate -q /dev/vdb && sync');
    must(await lab.reset());
    expect((await on('alpha', 'test -e /root/mark')).code).toBe(1);
    expect((await on('alpha', 'pvs --noheadings /dev/vdb')).code).not.toBe(0);
  });
});

describe('the network', () => {
  const ping = 'ping -c 1 -W 3 10.77.0.12';

  it('can be cut and healed', async () => {
    await ask('alpha', ping);
    expect(must(await lab.cut('alpha', 'bravo'))).toHaveLength(1);
    expect((await on('alpha', ping)).code).toBe(1);
    must(await lab.heal(['alpha', 'bravo']));
    await ask('alpha', 'ping -c 1 -w 30 10.77.0.12');
  });

  it('is two, and one can be cut alone', async () => {
    must(await lab.cut('alpha', 'bravo', { segment: 'data' }));
    expect((await on('alpha', ping)).code).toBe(1);
    await ask('alpha', 'ping -c 1 -W 3 10.78.0.12');
    must(await lab.heal());
    must(await lab.cut('alpha', 'bravo', { segment: 'second' }));
    expect((await on('alpha', 'ping -c 1 -W 3 10.78.0.12')).code).toBe(1);
    await ask('alpha', 'ping -c 1 -w 30 10.77.0.12');
  });

  it('can be slow', async () => {
    must(await lab.delay('alpha', 'bravo', 400));
    const said = await ask('alpha', 'ping -c 2 -W 10 10.77.0.12');
    expect(Number(/time=([\d.]+)/.exec(said)?.[1])).toBeGreaterThanOrEqual(800);
  });

  it('is healed by a reset', async () => {
    must(await lab.cut('alpha', 'bravo'));
    must(await lab.reset());
    expect(must(await lab.status()).links).toEqual([]);
    await ask('alpha', 'ping -c 1 -w 30 10.77.0.12');
  });

  it('refuses a node that is not there', async () => {
    expect(await lab.cut('alpha', 'zulu')).toMatchObject({ ok: false, diagnostics: [{ code: 'lab/unknown-node' }] });
    const nowhere = await lab.cut('alpha', 'bravo', { segment: 'third' });
    expect(nowhere).toMatchObject({ ok: false, diagnostics: [{ code: 'lab/unknown-segment' }] });
  });
});

describe('power', () => {
  it('a killed node is gone; started again, it has its disks and another boot', async () => {
    const before = await ask('bravo', 'cat /proc/sys/kernel/random/boot_id');
    await ask('bravo', 'echo kept >/root/mark && printf kept | dd of=/dev/vdb conv=fsync && sync');
    must(await lab.kill('bravo'));
    expect(must(await lab.status()).nodes.map((node) => node.power)).toEqual(['on', 'off']);
    expect((await on('alpha', 'ping -c 1 -W 3 10.77.0.12')).code).toBe(1);
    expect(must(await lab.start('bravo'))).toBe('running');
    expect(await ask('bravo', 'cat /root/mark; head -c 4 /dev/vdb')).toBe('kept\nkept');
    expect(await ask('bravo', 'cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
    await ask('alpha', 'ping -c 1 -w 30 10.77.0.12');
  });

  it('a node that is off is on again after a reset', async () => {
    must(await lab.kill('alpha'));
    must(await lab.reset());
    expect(await ask('alpha', 'uname -n')).toBe('alpha');
  });
});

describe('the ledger', () => {
  it('a guest writes it, and it is sound after its node lost power', async () => {
    const domain = [
      'name="ledger"',
      'type="pv"',
      `memory=${lab.guestMemoryMiB}`,
      `kernel="${lab.guestBoot.kernel}"`,
      `ramdisk="${lab.guestBoot.ramdisk}"`,
      `extra="${lab.guestCommandLine({ address: '10.77.0.50/24' })}"`,
      'disk=["phy:/dev/vdb,xvda,w"]',
      'vif=["mac=00:16:3e:00:00:50,bridge=xenbr0"]',
    ];
    const log = lab.guestConsoleLog('ledger');
    await ask('alpha', `cat >/root/ledger.cfg <<'END'\n${domain.join('\n')}\nEND\nxl create /root/ledger.cfg`);
    await ask('alpha', `until grep -qs "^LEDGER durable 5 " ${log}; do sleep 1; done`);
    await ask('bravo', 'ping -c 1 -w 60 10.77.0.50');
    const announced = lab.parseConsole(await ask('alpha', `cat ${log}`));
    must(await lab.kill('alpha'));
    must(await lab.start('alpha'));
    const disk = Buffer.from(await ask('alpha', 'dd if=/dev/vdb bs=1M count=8 status=none | base64 -w 0'), 'base64');
    expect(announced.length).toBeGreaterThan(5);
    expect(lab.judge(disk, announced)).toMatchObject({ violations: [] });
  });
});

describe('down', () => {
  it('of a lab that is not there is no error, and leaves nothing', async () => {
    const run = await mkdtemp(join(tmpdir(), 'lab-'));
    await rm(run, { recursive: true });
    must(await lab.down({ run }));
    expect(must(await lab.status({ run })).state).toBe('down');
  });
});
