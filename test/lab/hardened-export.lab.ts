/** A network block device that is hard to break, on real hosts (docs/exports.md): what may happen to its server, and who may not take its place. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as lab from '../../src/lab/index.ts';
import { makeCertificates } from '../../src/transport/certificates.ts';
import { run } from '../../src/transport/local.ts';
import { reboot, until, useExample } from './example.ts';
import { announcements, expectGrows, expectWhole } from './ledger.ts';
import { ask, must, on } from './support.ts';

// Emulation takes longer than 15 s for what is under way at once while the array is first copied.
const site = useExample('hardened-export', 2, { exports: { far: { timeout: '60s' } } });
const log = lab.guestConsoleLog('ledger');
const importer = 'sanctl-import-data.service';
const server = 'sanctl-export-data.service';

/** The guest writes on, never had an error, and all that it called durable is on its disk, read where it is served. */
async function expectUnharmed(): Promise<void> {
  const announced = await announcements(['bravo'], log);
  await expectGrows('bravo', log);
  expect(await ask('bravo', `grep -c "^LEDGER error" ${log} || true`)).toBe('0');
  await ask('alpha', 'sync');
  await expectWhole('bravo', '/dev/gnbd/data', announced);
}

/** Nothing fails meanwhile, and nothing goes on: the export has no time-out. */
async function expectWaiting(): Promise<void> {
  const last = `grep "^LEDGER" ${log} | tail -n 1`;
  const before = await ask('bravo', last);
  await ask('bravo', 'sleep 20');
  expect(await ask('bravo', last)).toBe(before);
  expect(before).toMatch(/^LEDGER durable/);
}

function connected(name: string): Promise<string> {
  const unit = `sanctl-import-${name}.service`;
  return until('bravo', `systemctl show -p StatusText --value ${unit} | grep -qx "1 of 1 connections to alpha"`);
}

function said(words: string): Promise<string> {
  return until('bravo', `journalctl -u ${importer} -o cat | grep -qF "${words}"`);
}

async function send(node: string, path: string, text: string): Promise<void> {
  const argv = must(await lab.sshArguments(node));
  const ran = await run([...argv, `umask 077 && cat >'${path}'`], { input: text, timeoutSeconds: 120 });
  expect(ran.stderr + ran.code).toMatch(/0$/);
}

/** What the array's file system holds, by its checksums. */
const sums = 'cd /srv/spool && sha256sum -c sums';

describe('two blank hosts', () => {
  it('become an encrypted import with a guest, and an array over another, with one apply', async () => {
    expect(await site.done('certificates', 'make')).toMatch(/made .*data\/bravo\.pem/);
    await site.done('apply', '--yes');
    await ask('bravo', 'cd /srv/spool && head -c 8M /dev/urandom >before && sha256sum before >sums && sync');
    await expectUnharmed();
    expect(await ask('bravo', 'readlink -f /dev/gnbd/data && readlink -f /dev/gnbd/far')).toMatch(/nbd\d+\n.*nbd\d+$/);
  });

  it('need nothing more: a second apply changes nothing', async () => {
    expect(await site.done('apply', '--yes')).toMatch(/Nothing to do/);
    expect(await site.done('export', 'list')).toMatch(/1 of 1/);
  });

  it('send nothing that can be read along', async () => {
    const ports = await ask('alpha', 'sed -n "s/^port = //p" /etc/sanctl/export-*.conf | sort -u');
    expect(ports.split('\n')).toHaveLength(2);
    expect(await ask('alpha', 'grep -c "^force_tls = true" /etc/sanctl/export-data.conf')).toBe('1');
  });
});

describe('under a guest that writes', () => {
  it('its server restarts: the guest goes on', async () => {
    await ask('alpha', `systemctl restart ${server}`);
    await expectUnharmed();
    await connected('data');
  });

  it('the network is cut: the guest waits and goes on, the array goes on without its leg and takes it in again', async () => {
    must(await lab.cut('alpha', 'bravo'));
    await ask('bravo', 'cd /srv/spool && head -c 1M /dev/urandom >meanwhile && sha256sum meanwhile >>sums && sync');
    await until('bravo', '[ "$(cat /sys/block/md*/md/degraded)" = 1 ]');
    await expectWaiting();
    must(await lab.heal());
    await connected('data');
    await connected('far');
    await expectUnharmed();
    expect(await site.done('apply', '--yes')).toMatch(/rejoin/);
    await until('bravo', '[ "$(cat /sys/block/md*/md/degraded)" = 0 ]');
    await ask('bravo', sums);
    await site.expectNothingToDo();
  });
});

describe('who takes the place of its server', () => {
  const record = '/var/lib/sanctl/export/data';

  it('with other data of the same size under its name: the server itself refuses, and so does the plan', async () => {
    await ask('alpha', `systemctl stop ${server} && lvrename -q vg0/data vg0/kept`);
    await ask(
      'alpha',
      `lvcreate -q -y -i 2 -L 512M -n data vg0 </dev/null
for tag in $(lvs --noheadings -o lv_tags vg0/kept | tr , ' '); do lvchange -q --addtag "$tag" vg0/data; done`,
    );
    expect((await on('alpha', `systemctl start ${server}`)).code).not.toBe(0);
    expect(await ask('alpha', `journalctl -u ${server} -o cat | grep -F "(S3)" | tail -n 1`)).toMatch(
      /served .* before/,
    );
    const { code, output } = await site.sanctl('plan');
    expect(output).toContain('export/other-volume');
    expect(code).toBe(3);
  });

  it('and without the note of what was served: the importer refuses, and not a byte is written to the stranger', async () => {
    await ask('alpha', `systemctl stop ${server}; mv ${record} /root/record && systemctl start ${server}`);
    await said('serves other data than what is connected here (S3)');
    await expectWaiting();
    await ask('alpha', `systemctl stop ${server}`);
    expect(await ask('alpha', 'head -c 64M /dev/vg0/data | tr -d "\\0" | wc -c')).toBe('0');
    await ask('alpha', 'lvremove -q -y vg0/data && lvrename -q vg0/kept vg0/data');
    await ask('alpha', `mv /root/record ${record} && systemctl start ${server}`);
    await connected('data');
    await expectUnharmed();
  });

  it('with a certificate of another authority: refused on both sides', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sanctl-foreign-'));
    try {
      must(await makeCertificates(folder, { name: 'data', server: 'alpha', clients: ['bravo'] }));
      const file = (name: string) => readFileSync(join(folder, 'data', name), 'utf8');
      const own = '/etc/sanctl/export-data';
      await ask('alpha', `mkdir /root/kept && cp -p ${own}.authority ${own}.certificate ${own}.key /root/kept/`);
      await send('bravo', '/root/foreign.pem', file('bravo.pem'));
      await send('bravo', '/root/foreign.key', file('bravo.key'));
      const foreign = `sed -e 's|import-data.certificate|../../root/foreign.pem|' -e 's|import-data.key|../../root/foreign.key|'`;
      await ask('bravo', `${foreign} /etc/sanctl/import-data.json >/root/foreign.json`);
      const asClient = await on('bravo', '/etc/sanctl/import check /root/foreign.json');
      expect(asClient.stderr).toMatch(/certificate|hung up|alert/);
      expect(asClient.code).toBe(1);
      await connected('data');
      await send('alpha', `${own}.authority`, file('authority.pem'));
      await send('alpha', `${own}.certificate`, file('alpha.pem'));
      await send('alpha', `${own}.key`, file('alpha.key'));
    } finally {
      rmSync(folder, { recursive: true });
    }
    await ask('alpha', `systemctl restart ${server}`);
    await said('not connected again: the certificate of the server:');
    await expectWaiting();
    await ask('alpha', 'cp -p /root/kept/export-data.* /etc/sanctl/');
    await connected('data');
    await expectUnharmed();
    await site.expectNothingToDo();
  });
});

describe('a reboot in good order', () => {
  it('of the server: the guest waits and goes on; the leg of the array comes back', async () => {
    await reboot('alpha');
    await connected('data');
    await connected('far');
    await expectUnharmed();
    await site.done('apply', '--yes');
    await until('bravo', '[ "$(cat /sys/block/md*/md/degraded)" = 0 ]');
    await ask('bravo', sums);
    await site.expectNothingToDo();
  });

  it('of the importer: device, array and file system are back by themselves, and apply starts the guest', async () => {
    const announced = await announcements(['bravo'], log);
    await site.done('vm', 'stop', 'ledger', '--yes');
    await reboot('bravo');
    await connected('data');
    await until('bravo', 'mountpoint -q /srv/spool');
    await ask('bravo', sums);
    await expectWhole('bravo', '/dev/gnbd/data', announced);
    await site.done('apply', '--yes');
    await expectUnharmed();
    await site.expectNothingToDo();
  });
});
