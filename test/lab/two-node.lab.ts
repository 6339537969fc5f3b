/** The main story on real hosts: two blank disks, one file, a running VM on a mirror; and all that may happen meanwhile. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

async function expectLedgerGrows(node: string): Promise<void> {
  const before = Number(await ask(node, `grep -c "^LEDGER durable" ${console} || true`));
  await ask(node, `until [ "$(grep -c "^LEDGER durable" ${console})" -gt ${before + 2} ]; do sleep 1; done`);
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
    const output = await apply(inventory());
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
    await apply(inventory({ volumes: { 'web-root': { size: '320MiB' } } }));
    const bytes = Number(await ask('alpha', 'blockdev --getsize64 /dev/drbd0'));
    expect(bytes).toBeGreaterThanOrEqual(320 * 2 ** 20);
    await expectLedgerGrows('alpha');
    await expectNothingToDo(folder);
    const { code, output } = await sanctl('apply', inventory(), '--yes');
    expect(code).toBe(3);
    expect(output).toMatch(/smaller|shrink/i);
  });
});

describe('after trouble', () => {
  it('the home of the VM loses power: apply promotes it again after the handshake, and every announced record is there', async () => {
    const announced = lab.parseConsole(await ask('alpha', `cat ${console}`));
    must(await lab.kill('alpha'));
    must(await lab.start('alpha'));
    await apply(inventory({ volumes: { 'web-root': { size: '320MiB' } } }));
    await expectLedgerGrows('alpha');
    const image = await ask('bravo', 'drbdadm wait-connect web-root; drbdadm dstate web-root');
    expect(image).toMatch(/UpToDate/);
    const disk = await ask('alpha', 'xl destroy web; dd if=/dev/drbd0 bs=1M count=16 status=none | base64 -w 0');
    const { violations } = lab.judge(Buffer.from(disk, 'base64'), announced);
    expect(violations).toEqual([]);
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
