/** Trust between nodes (docs/trust.md) as OpenSSH reads it: the files as they are rendered, and the command as it is used. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizedKeysPath, knownHostsPath } from '../../src/kinds/file/paths.ts';
import { sshCommand } from '../../src/kinds/host/trust.ts';
import { texts, trusting } from '../kinds/host/trust.ts';
import { keygen, makePlace, type Place, publicKey } from './support/site.ts';
import { noSshd, type Sshd, startSshd, titled } from './support/sshd.ts';

const base64 = (key: string): string => key.split(' ')[1] ?? '';

/** bravo, the client, and alpha, the server, are both this machine: each is known at 127.0.0.1 and lets 127.0.0.1 in. */
describe.skipIf(noSshd !== undefined)(titled('a real sshd', noSshd), () => {
  let place: Place;
  let sshd: Sshd;
  beforeAll(async () => {
    place = makePlace();
    chmodSync(place.folder, 0o755);
    mkdirSync(place.path('bin'));
    writeFileSync(place.path('bin/xl'), '#!/bin/sh\necho "xl $*"\n', { mode: 0o755 });
    keygen(place.path('bravo'));
    keygen(place.path('stranger'));
    sshd = await startSshd(place, [`SetEnv PATH=${place.path('bin')}:/usr/bin:/bin`, 'Subsystem sftp internal-sftp']);
    write(base64(publicKey(place.path('bravo'))), base64(sshd.key));
  });
  afterAll(async () => {
    await sshd?.stop();
    place?.remove();
  });

  function write(bravo: string, alpha: string, from = '127.0.0.1'): void {
    const world = trusting({ alpha, bravo });
    const here = (text = ''): string => text.replaceAll(/10\.77\.0\.1[12]/g, from);
    writeFileSync(place.path('authorized_keys'), here(texts(world, 'alpha')[authorizedKeysPath]));
    writeFileSync(place.path('known'), texts(world, 'bravo')[knownHostsPath]?.replace('10.77.0.11', '127.0.0.1') ?? '');
  }

  /** `xl` hands it to `sh -c`, with the words behind it. */
  function ssh(command: string, key = 'bravo'): { status: number | null; stdout: string; stderr: string } {
    const at = sshCommand({ migration: { trust: 'managed' } })
      .replace('/etc/ssh/ssh_host_ed25519_key', place.path(key))
      .replace(knownHostsPath, place.path('known'));
    // The port of the test's sshd is in no file, and what root has configured here is not the matter.
    const line = `exec ${at} -F /dev/null -p ${sshd.port} -o HostKeyAlias=127.0.0.1 root@127.0.0.1 ${command}`;
    return spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8', input: '' });
  }

  test('lets through what `xl migrate` and a look need', () => {
    for (const command of ['xl info', 'xl list -v', 'xl list -l', 'xl migrate-receive', 'xl -t migrate-receive -e'])
      expect(ssh(command)).toMatchObject({ status: 0, stdout: `${command}\n` });
  });

  test('and nothing else: no other command, no shell, no forwarding, no file', () => {
    const no = { status: 1, stdout: '', stderr: expect.stringContaining('sanctl: this key may not run that here') };
    for (const command of ['', 'reboot', '"xl list -v; id"', "'xl info\nid'"]) expect(ssh(command)).toMatchObject(no);
    expect(ssh('-s sftp')).toMatchObject({ status: 1, stdout: '' });
    expect(ssh('-W 127.0.0.1:22').status).not.toBe(0);
  });

  test('not for another key, not from another address', () => {
    expect(ssh('xl info', 'stranger')).toMatchObject({ status: 255, stdout: '' });
    write(base64(publicKey(place.path('bravo'))), base64(sshd.key), '192.0.2.1');
    expect(ssh('xl info')).toMatchObject({ status: 255, stdout: '' });
    write(base64(publicKey(place.path('bravo'))), base64(sshd.key), 'fd00::1');
    expect(ssh('xl info')).toMatchObject({ status: 255, stdout: '' });
  });

  test('a node with another host key is not talked to', () => {
    write(base64(publicKey(place.path('bravo'))), base64(publicKey(place.path('stranger'))));
    expect(ssh('xl info')).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('Host key verification failed'),
    });
  });
});
