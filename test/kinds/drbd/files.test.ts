/** Rendered files, held against the real drbdadm in both dialects (safety.md 5.1), and against our own lint. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConfigured } from '../../../src/kinds/drbd/configured.ts';
import { drbd } from '../../../src/kinds/drbd/index.ts';
import { lint, strays, unfenced } from '../../../src/kinds/drbd/lint.ts';
import { renderResource } from '../../../src/kinds/drbd/resource.ts';
import type { Replication } from '../../../src/kinds/site/storage.ts';
import type { World } from '../../../src/kinds/world.ts';
import { fillIn } from '../../../src/template/content.ts';
import { templateFiles } from '../../../src/template/files.ts';
import { templateRenderer } from '../../../src/template/render.ts';
import { compactSite } from '../compact.ts';
import { worldOf } from './world.ts';

const present = spawnSync('drbdadm', ['--version']).status === 0 && folderHas('/lib/drbd', 'drbdadm-84');
const folder = mkdtempSync(join(tmpdir(), 'sanctl-drbd-'));
afterAll(() => rmSync(folder, { recursive: true }));

function folderHas(path: string, file: string): boolean {
  try {
    return readdirSync(path).includes(file);
  } catch {
    return false;
  }
}

const render = templateRenderer(templateFiles());
const secret = 'canary+Secret/123=';
const versions = { '8.4': '8.4.11', '9': '9.1.0' } as const;
type Dialect = keyof typeof versions;

interface Shape {
  readonly name?: string;
  readonly replicas?: readonly string[];
  readonly minor?: number;
  readonly port?: number;
  readonly replication?: Partial<Replication>;
  /** The disk of a VM that the cluster runs. */
  readonly managed?: boolean;
}

function resource(
  dialect: Dialect,
  {
    name = 'web-root',
    replicas = ['alpha', 'bravo'],
    minor = 0,
    port = 7789,
    replication = {},
    managed = false,
  }: Shape = {},
) {
  const volumes = { [name]: { size: '1GiB', replicas, replication } };
  const vms = { web: { disks: [{ volume: name, as: 'xvda', readOnly: false }] } };
  const site = compactSite({ nodes: replicas, volumes, ...(managed && { vms, cluster: {} }) });
  const volume = site.volumes[name];
  if (volume?.replication === undefined) throw new Error('not replicated');
  const nodeIds = Object.fromEntries(replicas.map((node, at) => [node, at]));
  const world = { site, render } as unknown as World;
  const content = renderResource(volume, volume.replication, { minor, port, nodeIds }, dialect, world);
  return { volume, content, text: fillIn(content, () => secret) };
}

/** Runs drbdadm over the text, with our own global section (addresses are not this machine's) in front. */
function drbdadm(dialect: Dialect, text: string, ...words: readonly string[]) {
  const path = join(folder, 'test.conf');
  const common = fillIn(render('drbd/global_common.conf', {}), () => '');
  writeFileSync(path, `${common.replace('global {', 'global {\n disable-ip-verification;')}\n${text}`);
  const env = {
    ...process.env,
    __DRBD_NODE__: 'alpha',
    DRBD_DRIVER_VERSION_OVERRIDE: versions[dialect],
    PATH: `${process.env['PATH']}:/lib/drbd`,
  };
  const { status, stdout, stderr } = spawnSync('drbdadm', ['-c', path, ...words], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe.skipIf(!present).each(['8.4', '9'] as const)('DRBD %s', (dialect) => {
  test('the file parses, and says what it was made from', () => {
    const { text } = resource(dialect, {
      replication: { secret: 'link', maxRate: 30 * 2 ** 20 },
      minor: 7,
      port: 7801,
    });
    const dumped = drbdadm(dialect, text, dialect === '8.4' ? 'sh-nop' : 'dump');
    expect(dumped).toMatchObject({ status: 0 });
    const up = drbdadm(dialect, text, '-d', 'up', 'web-root').stdout;
    for (const words of [
      '--cram-hmac-alg=sha256',
      `--shared-secret=`,
      '--c-max-rate=30720k',
      '--on-io-error=detach',
      '--protocol=C',
      '10.77.0.12:7801',
    ])
      expect(up).toContain(words);
    for (const words of [
      'after-sb-0pri=disconnect',
      'after-sb-1pri=disconnect',
      'after-sb-2pri=disconnect',
      'rr-conflict=disconnect',
      'verify-alg=crc32c',
      'fencing=dont-care',
    ])
      expect(up).toContain(words);
    expect(up).not.toContain('allow-two-primaries');
  });

  test('below a cluster a lost peer is fenced, by the programs of drbd-utils (D7)', () => {
    const { text, content } = resource(dialect, { managed: true });
    const dumped = drbdadm(dialect, text, 'dump');
    expect(dumped.status, dumped.stderr).toBe(0);
    expect(dumped.stdout).toMatch(/fencing\s+resource-and-stonith;/);
    const nine = dialect === '9' ? '.9' : '';
    expect(dumped.stdout).toMatch(
      new RegExp(`fence-peer\\s+"?/usr/lib/drbd/crm-fence-peer${nine}\\.sh --timeout=90 --dc-timeout=20"?;`),
    );
    expect(dumped.stdout).toMatch(
      new RegExp(`un?fence-peer|after-resync-target\\s+"?/usr/lib/drbd/crm-unfence-peer${nine}\\.sh"?;`),
    );
    expect([...lint('web-root', content), ...unfenced('web-root', content)]).toEqual([]);
    expect(unfenced('web-root', resource(dialect).content)).toHaveLength(1);
  });

  test('what drbdadm prints of it, we read back', () => {
    const { text } = resource(dialect, { minor: 12, port: 8000 });
    const { stdout } = drbdadm(dialect, text, 'dump');
    const hosts = parseConfigured(stdout)?.['web-root']?.hosts ?? {};
    expect(hosts['bravo']).toMatchObject({
      minor: 12,
      port: 8000,
      disk: '/dev/vg0/web-root',
      nodeId: dialect === '9' ? 1 : undefined,
    });
  });

  test('the common file parses and adds nothing', () => {
    const { status, stdout } = drbdadm(dialect, '', 'dump');
    expect(status).toBe(0);
    expect(stdout).toContain('usage-count no');
    // 9 parses it, but does not print it.
    if (dialect === '8.4') expect(stdout).toMatch(/cmd-timeout-short\s+60/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('common { }');
  });

  test('no name or secret that the inventory lets through breaks it', () => {
    const word = (pattern: RegExp) => fc.stringMatching(pattern);
    const inventory = fc.record({
      name: word(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/).filter((name) => name !== 'all'),
      minor: fc.integer({ min: 0, max: 2 ** 20 - 1 }),
      port: fc.integer({ min: 1024, max: 65535 }),
    });
    fc.assert(
      fc.property(inventory, (shape) => {
        const { text } = resource(dialect, { ...shape, replication: { secret: 'link' } });
        const { status, stderr } = drbdadm(dialect, text, 'sh-nop');
        if (status !== 0) throw new Error(stderr);
      }),
      { numRuns: 15 },
    );
  });

  test('the check of the file refuses what the dialect cannot read', () => {
    const other = dialect === '8.4' ? '9' : '8.4';
    expect(drbdadm(dialect, resource(dialect).text.replace('}', ''), 'sh-nop').status).toBe(10);
    expect(drbdadm(dialect, resource(other).text, 'sh-nop').status).toBe(10);
  });
});

describe.skipIf(!present)('DRBD 9 alone', () => {
  test('no automatic promotion, ids, a mesh; with three replicas a quorum that freezes', () => {
    const two = drbdadm('9', resource('9').text, '-d', 'up', 'web-root').stdout;
    expect(two).toContain('new-resource web-root 0 --auto-promote=no');
    expect(two).toContain('new-peer web-root 1 --_name=bravo');
    const { text } = resource('9', { replicas: ['alpha', 'bravo', 'charlie'] });
    const three = drbdadm('9', text, '-d', 'up', 'web-root').stdout;
    expect(three).toContain('--quorum=majority');
    expect(three).toContain('--on-no-quorum=suspend-io');
    expect(three).toContain('new-peer web-root 2 --_name=charlie');
  });
});

test.skipIf(present)(
  'SKIPPED: drbdadm and drbdadm-84 (Debian: drbd-utils) are not here, so no real tool read the files',
  () => {
    expect(present).toBe(false);
  },
);

describe('the secret', () => {
  test('stands in the content by reference only', () => {
    const { content } = resource('8.4', { replication: { secret: 'link' } });
    expect(JSON.stringify(content)).not.toContain(secret);
    expect(content).toContainEqual({ secret: 'link' });
  });

  test('no secret: no authentication, and no empty one', () => {
    expect(resource('8.4').text).not.toMatch(/shared-secret|cram-hmac/);
  });
});

describe('lint of what a user’s template may say (D1, D3, D5, D6, D9, D11)', () => {
  test.each(['8.4', '9'] as const)('ours passes: %s', (dialect) => {
    expect(lint('web-root', resource(dialect, { replication: { secret: 'link' } }).content)).toEqual([]);
  });

  test.each([
    ['net { allow-two-primaries yes; }', 'D1'],
    ['net { allow-two-primaries; }', 'D1'],
    ['startup { become-primary-on both; }', 'D1'],
    ['net { after-sb-0pri discard-zero-changes; }', 'D5'],
    ['net { after-sb-2pri violently-as0p; }', 'D5'],
    ['net { rr-conflict violently; }', 'D5'],
    ['options { auto-promote yes; }', 'D6'],
    ['net { protocol A; }', 'D11'],
    ['disk { disk-flushes no; }', 'D11'],
    ['disk { md-flushes no; }', 'D11'],
    ['disk { disk-drain no; }', 'D11'],
    ['disk { disk-barrier yes; }', 'D11'],
    ['disk { no-disk-flushes; }', 'D11'],
    ['disk { no-md-flushes; }', 'D11'],
    ['disk { no-disk-drain; }', 'D11'],
    ['volume 0 { meta-disk /dev/vg0/meta [0]; }', 'D3'],
    ['volume 0 { flexible-meta-disk /dev/vg0/meta; }', 'D3'],
    ['include "/root/more.res";', 'D9'],
    ['handlers { split-brain "/bin/true"; }', 'D7'],
    ['handlers { fence-peer "/usr/lib/drbd/crm-fence-peer.sh; rm -rf /"; }', 'D7'],
    ['handlers { fence-peer "/usr/lib/drbd/crm-fence-peer.sh --timeout=0; true"; }', 'D7'],
    ['handlers { fence-peer "/usr/lib/drbd/crm-fence-peer.sh --unreachable-peer-is-outdated"; }', 'D7'],
    ['on alpha { net { allow-two-primaries yes; } }', 'D1'],
    ['net {', 'not whole'],
  ])('%s', (text, words) => {
    const found = lint('r', [`resource r { ${text} }`]);
    expect(found.map(({ detail }) => detail).join()).toContain(words);
  });

  test.each(['8.4', '9'] as const)(
    'ours for %s names the slice and the minor that the guards look at (C3)',
    (dialect) => {
      const { volume, content } = resource(dialect, { minor: 7 });
      expect(strays(volume, 7, content)).toEqual([]);
      const text = content.join('');
      const changed = (from: string, to: string) => strays(volume, 7, [text.replaceAll(from, to)]);
      for (const [from, to] of [
        [`/dev/${volume.group}/${volume.name}`, '/dev/sda1'],
        ['minor 7', 'minor 8'],
        ['volume 0', 'volume 1 { device minor 77; disk /dev/sda1; meta-disk internal; } volume 0'],
        [volume.replicas[1] ?? '', 'charlie'],
        ['resource', 'common'],
      ] as const) {
        expect(text, from).toContain(from);
        expect(changed(from, to), `${from} to ${to}`).toHaveLength(1);
      }
    },
  );

  test('both files of a resource are held against it, whoever wrote their templates', () => {
    const codesWith = (changed: string, from: string, to: string): readonly string[] => {
      const world = worldOf({ alpha: {}, bravo: {} });
      const own: World['render'] = (template, view) => {
        const content = render(template, view);
        return template === changed ? [content.join('').replace(from, to)] : content;
      };
      const changedWorld: World = { ...world, render: own };
      const thing = drbd.expand(world.site, changedWorld).find(({ kind }) => kind === 'drbd');
      if (thing === undefined) throw new Error('no resource was asked for');
      const verdict = drbd.plan(thing as Parameters<typeof drbd.plan>[0], changedWorld);
      return verdict.diagnostics.map(({ code }) => code);
    };
    const common = 'drbd/global_common.conf';
    const file = 'drbd/resource-8.4.res';
    expect(codesWith(common, 'nothing', 'nothing')).toEqual([]);
    expect(codesWith(common, 'common {', 'common { net { allow-two-primaries; }')).toEqual(['drbd/unsafe-file']);
    expect(codesWith(file, 'rr-conflict disconnect', 'rr-conflict violently')).toEqual(['drbd/unsafe-file']);
    expect(codesWith(file, 'protocol C', 'protocol B')).toEqual(['drbd/unsafe-file']);
    expect(codesWith(file, 'disk "/dev/vg0/', 'disk "/dev/vg1/')).toEqual(['drbd/unsafe-file']);
  });

  test('what is safe may be said', () => {
    expect(lint('r', ['resource r { net { protocol B; } }'], 'B')).toEqual([]);
    expect(
      lint('r', ['resource r { disk { disk-flushes; disk-drain yes; disk-barrier no; } meta-disk internal; }']),
    ).toEqual([]);
  });

  test('a comment is no option', () => {
    expect(lint('r', ['resource r { # allow-two-primaries yes;\n net { protocol C; } }'])).toEqual([]);
  });
});
