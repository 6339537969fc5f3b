/** What a change of a running mirror would run, by the real drbdadm in both dialects: docs/secrets.md and docs/replicas.md rest on it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { dangerousChange } from '../../../src/kinds/drbd/probes.ts';
import { renderResource } from '../../../src/kinds/drbd/resource.ts';
import type { World } from '../../../src/kinds/world.ts';
import { fillIn } from '../../../src/template/content.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';

const own = '/lib/drbd/drbdadm-84';
const present = spawnSync('drbdadm', ['--version']).status === 0 && existsSync(own);
const folder = mkdtempSync(join(tmpdir(), 'sanctl-dry-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Dialect = '8.4' | '9';
const render = templateRenderer(templateFiles());

function fileOf(dialect: Dialect, replicas: readonly string[], secret: string): string {
  const nodes = ['alpha', 'bravo', 'charlie'];
  const site = compactSite({
    nodes,
    volumes: { 'web-root': { size: '1GiB', replicas, replication: { secret: 'link' } } },
  });
  const volume = site.volumes['web-root'];
  if (volume?.replication === undefined) throw new Error('not replicated');
  const place = { minor: 0, port: 7789, nodeIds: { alpha: 0, bravo: 1, charlie: 2 } };
  const world = { site, render } as unknown as World;
  return fillIn(renderResource(volume, volume.replication, place, dialect, world), () => secret);
}

/** As a kernel of 8.4.11 printed it, and one of 9 by its manual: `old` is its secret. */
const shown: Readonly<Record<Dialect, string>> = {
  '8.4': readFileSync(
    fileURLToPath(new URL('../../fixtures/drbd-8.4.11/primary.alpha.show.txt', import.meta.url)),
    'utf8',
  ).replace('(secret)', 'old-secret'),
  '9': `resource "web-root" {
    options { auto-promote no; }
    _this_host { node-id 0; volume 0 { device minor 0; disk "/dev/vg0/web-root"; meta-disk internal;
      disk { on-io-error detach; c-max-rate 102400k; } } }
    connection { _peer_node_id 1;
      path { _this_host ipv4 10.77.0.11:7789; _remote_host ipv4 10.77.0.12:7789; }
      net { cram-hmac-alg "sha256"; shared-secret "old-secret"; verify-alg "crc32c"; _name "bravo"; } }
}
`,
};

/** `drbdadm-84` asks the `drbdsetup-84` beside it; 9 takes the answer from a file. */
function adjust(dialect: Dialect, text: string): readonly string[] {
  const path = join(folder, `${dialect}.conf`);
  const common = fillIn(render('drbd/global_common.conf', {}), () => '');
  writeFileSync(path, `${common.replace('global {', 'global {\n disable-ip-verification;')}\n${text}`);
  const show = join(folder, `${dialect}.show`);
  writeFileSync(show, shown[dialect]);
  const asks = join(folder, 'drbdsetup-84');
  writeFileSync(asks, `#!/bin/sh\nexec cat ${show}\n`);
  chmodSync(asks, 0o755);
  copyFileSync(own, join(folder, 'drbdadm-84'));
  const program = dialect === '8.4' ? join(folder, 'drbdadm-84') : 'drbdadm';
  const env = {
    ...process.env,
    __DRBD_NODE__: 'alpha',
    DRBD_DRIVER_VERSION_OVERRIDE: dialect === '8.4' ? '8.4.11' : '9.1.0',
    FAKE_DRBDSETUP_SHOW: show,
  };
  const { status, stdout, stderr } = spawnSync(program, ['-c', path, '-d', 'adjust', 'web-root'], {
    env,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(`${folder}/`, '')]));
}

const pair = ['alpha', 'bravo'];
const isDangerous = (line: string): boolean => new RegExp(dangerousChange).test(line);

describe.skipIf(!present)('the secret of a mirror that is connected', () => {
  test.each(['8.4', '9'] as const)('another one: one net-options, nothing that cuts (%s)', (dialect) => {
    const lines = adjust(dialect, fileOf(dialect, pair, 'new-secret'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^drbdsetup(-84)? net-options .*--shared-secret=new-secret( |$)/);
    expect(lines.filter(isDangerous)).toEqual([]);
  });

  test('the same one: nothing is left to do, so that an empty preview proves that the kernel has it', () => {
    expect(adjust('9', fileOf('9', pair, 'old-secret'))).toEqual([]);
  });
});

describe.skipIf(!present)('replicas under 9', () => {
  test('one more: a peer is added, and the connection that stands is not touched', () => {
    const lines = adjust('9', fileOf('9', ['alpha', 'bravo', 'charlie'], 'old-secret'));
    expect(lines.filter(isDangerous)).toEqual([]);
    expect(lines.filter((line) => / (new-peer|connect) web-root 2/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => / (connect|disconnect|new-path) web-root 1/.test(line))).toEqual([]);
  });

  test('one for another in one go would drop the old one at once: that is refused (D9)', () => {
    const lines = adjust('9', fileOf('9', ['alpha', 'charlie'], 'old-secret'));
    expect(lines.filter(isDangerous)).toEqual(['drbdsetup del-peer web-root 1']);
  });
});

test.skipIf(present)('SKIPPED: drbdadm and drbdadm-84 (Debian: drbd-utils) are not here', () => {
  expect(present).toBe(false);
});
