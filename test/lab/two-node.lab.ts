/** The main story on real hosts: two blank disks, one file, a running VM on a mirror; and all that may happen meanwhile. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Changes, writeExample } from '../../scripts/example.ts';
import * as lab from '../../src/lab/index.ts';
import { ask, labNodes, must, on } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-two-node-'));
/** With a state of its own: the lock of somebody's own site `home` is not the test's to take. */
const environment = {
  ...process.env,
  SANCTL_DRBD_SECRET: 'canary-4f1d9b',
  NO_COLOR: '1',
  XDG_STATE_HOME: join(folder, 'state'),
};
const console = lab.guestConsoleLog('web');
/** Of a guest that came by a migration. */
const arrivals = lab.guestConsoleLog('web--incoming');
/** The nodes let each other's moves in by their host keys. */
const trusting = { defaults: { migration: { trust: 'managed' } } } as const;
const grown = { ...trusting, volumes: { 'web-root': { size: '320MiB' } } } as const;

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

function sanctl(...words: readonly string[]): Promise<Finished> {
  return begin(words).finished;
}

/** The program as a user starts it, from source. */
function begin(words: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of heard) listener();
    });
  }
  const finished = new Promise<Finished>((resolve) => child.on('close', (code) => resolve({ code, output })));
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(output)) resolve();
      };
      heard.push(look);
      look();
      void finished.then(({ code }) => reject(new Error(`ended with ${code} before it said ${pattern}:\n${output}`)));
    });
  return { child, finished, says };
}

let nodes = '';

function inventory(changes: Changes = {}): string {
  rmSync(folder, { recursive: true, force: true });
  writeExample(folder, nodes, changes);
  return folder;
}

async function apply(site: string): Promise<string> {
  const { code, output } = await sanctl('apply', site, '--yes');
  expect(output + code).toMatch(/0$/);
  return output;
}

/** The plan of a site that is as wished, on nodes that were really asked. */
async function expectNothingToDo(site: string): Promise<void> {
  const { code, output } = await sanctl('plan', site, '--detailed-exitcode');
  expect(output).toMatch(/Nothing to do/);
  expect(code).toBe(0);
}

async function expectLedgerGrows(node: string, log = console): Promise<void> {
  const before = Number(await ask(node, `grep -c "^LEDGER durable" ${log} || true`));
  await ask(node, `until [ "$(grep -c "^LEDGER durable" ${log})" -gt ${before + 2} ]; do sleep 1; done`);
}

/** What the guest said was durable, on every console that it ever had. */
async function announcements(): Promise<readonly lab.Announced[]> {
  const texts = await Promise.all(
    ['alpha', 'bravo'].map((node) => ask(node, `cat ${console} ${arrivals} 2>/dev/null || true`)),
  );
  return texts.flatMap((text) => lab.parseConsole(text));
}

/** Of a guest that does not run: nothing that it announced is missing, and nobody else wrote. */
async function expectLedgerWhole(node: string, announced: readonly lab.Announced[]): Promise<void> {
  const records = Math.max(...announced.map(({ number }) => number)) + 64;
  const disk = await ask(node, `dd if=/dev/drbd0 bs=4096 count=${records} status=none | gzip -1 | base64 -w 0`);
  const { violations } = lab.judge(gunzipSync(Buffer.from(disk, 'base64')), announced);
  expect(violations).toEqual([]);
}

/** How often DRBD lost its peer since the node booted. */
async function linkLosses(): Promise<readonly string[]> {
  return Promise.all(['alpha', 'bravo'].map((node) => ask(node, 'dmesg | grep -c "conn( Connected -> [^S]" || true')));
}

async function expectAtRest(home: string, other: string): Promise<void> {
  expect(await ask(home, 'drbdadm role web-root')).toBe('Primary/Secondary');
  expect(await ask(home, 'xl list | tail -n +3 | cut -d" " -f1')).toBe('web');
  expect(await ask(other, 'xl list | tail -n +3')).toBe('');
  for (const node of [home, other]) {
    expect(await ask(node, 'drbdadm cstate web-root; drbdadm dstate web-root')).toBe('Connected\nUpToDate/UpToDate');
    expect(await ask(node, 'drbdsetup show web-root | grep two-primaries || true')).toBe('');
    expect(await ask(node, 'systemctl list-units --no-legend "sanctl-*" || true')).not.toMatch(/window|migrate/);
  }
}

beforeAll(async () => {
  const up = await labNodes(2);
  must(await lab.reset());
  nodes = readFileSync(up.files.inventory, 'utf8');
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (process.env['SANCTL_LAB_DOWN'] === '1') must(await lab.down());
});

describe('two blank hosts', () => {
  it('become a running VM on a mirror with one apply', async () => {
    const output = await apply(inventory(trusting));
    expect(output).not.toContain('canary-4f1d9b');
    expect(await ask('alpha', 'xl list web | tail -1 | tr -s " " | cut -d" " -f1')).toBe('web');
    expect(await ask('alpha', 'drbdadm role web-root')).toBe('Primary/Secondary');
    await expectLedgerGrows('alpha');
  });

  it('need nothing more: a second apply changes nothing', async () => {
    expect(await apply(folder)).toMatch(/Nothing to do/);
  });

  it('hold the secret in the resource files only', async () => {
    for (const node of ['alpha', 'bravo']) {
      const found = await on(node, 'grep -rl canary-4f1d9b /etc /var/lib/sanctl /run/sanctl /var/log /tmp 2>/dev/null');
      expect(found.stdout.trim().split('\n')).toEqual(['/etc/drbd.d/web-root.res']);
      expect(await ask(node, 'stat -c "%a %U" /etc/drbd.d/web-root.res')).toBe('600 root');
    }
  });

  it('grow online when the inventory grows, and refuse to shrink', async () => {
    await apply(inventory(grown));
    const bytes = Number(await ask('alpha', 'blockdev --getsize64 /dev/drbd0'));
    expect(bytes).toBeGreaterThanOrEqual(320 * 2 ** 20);
    await expectLedgerGrows('alpha');
    await expectNothingToDo(folder);
    const { code, output } = await sanctl('apply', inventory(trusting), '--yes');
    expect(code).toBe(3);
    expect(output).toMatch(/smaller|shrink/i);
  });
});

describe('a live migration', () => {
  it('there and back: the guest never stops, the link is never down, and no window stays open', async () => {
    const losses = await linkLosses();
    await moves('bravo');
    await expectAtRest('bravo', 'alpha');
    await expectLedgerGrows('bravo', arrivals);
    await moves('alpha');
    await expectAtRest('alpha', 'bravo');
    await expectLedgerGrows('alpha', arrivals);
    expect(await linkLosses()).toEqual(losses);
    await expectNothingToDo(inventory(grown));
  });

  it('sanctl is killed meanwhile: the move goes on without it, and --cleanup closes what it left', async () => {
    const run = begin(['migrate', 'web', 'bravo', inventory(grown), '--yes']);
    await run.says(/began domain\/web@alpha#migrate/);
    run.child.kill('SIGKILL');
    await run.finished;
    await ask(
      'alpha',
      'while systemctl is-active -q sanctl-migrate-web && systemctl show -p SubState --value sanctl-migrate-web | grep -q running; do sleep 1; done',
    );
    const { code, output } = await sanctl('migrate', 'web', folder, '--cleanup', '--yes');
    expect(output + code).toMatch(/0$/);
    await expectAtRest('bravo', 'alpha');
    await moves('alpha');
    await expectAtRest('alpha', 'bravo');
  });

  async function moves(to: string): Promise<void> {
    const { code, output } = await sanctl('migrate', 'web', to, inventory(grown), '--yes');
    expect(output + code).toMatch(/0$/);
  }
});

describe('after trouble', () => {
  it('the home of the VM loses power: apply promotes it again after the handshake, and every announced record is there', async () => {
    const announced = await announcements();
    must(await lab.kill('alpha'));
    must(await lab.start('alpha'));
    await apply(inventory(grown));
    await expectLedgerGrows('alpha');
    const image = await ask('bravo', 'drbdadm wait-connect web-root; drbdadm dstate web-root');
    expect(image).toMatch(/UpToDate/);
    await ask('alpha', 'xl destroy web');
    await expectLedgerWhole('alpha', announced);
  });

  it('sanctl is killed in the middle of a first apply, and the next apply goes on', async () => {
    must(await lab.reset());
    const site = inventory();
    const run = begin(['apply', site, '--yes']);
    await run.says(/drbd\/web-root@\w+#/);
    run.child.kill('SIGKILL');
    await run.finished;
    await apply(site);
    await expectLedgerGrows('alpha');
  });

  it('an unreachable node refuses the run and nothing is touched', async () => {
    must(await lab.kill('bravo'));
    const { code, output } = await sanctl('apply', folder, '--yes');
    expect(code).toBe(3);
    expect(output).toMatch(/bravo/);
    expect(output).toMatch(/[Nn]othing\s+was\s+touched/);
  });
});
