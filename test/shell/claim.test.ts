import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseClaim, parseReleased, parseRenewed } from '../../src/shell/answers.ts';
import { command, run } from '../../src/shell/command.ts';
import type { Claim } from '../../src/shell/script.ts';
import { batchOf, claimOf, holder, read, storyOf, type TestNode, testNode } from './node.ts';

let node: TestNode;
beforeEach(() => {
  node = testNode();
});
afterEach(() => node.remove());

const lock = (): string => `${node.layout.run}/lock`;
const bob = { nonce: 'n2', operation: 'op2', owner: 'bob', host: 'laptop', title: 'apply other.yaml' };

async function claim(more = {}) {
  const { stdout, stderr } = await node.run(claimOf(more));
  return parseClaim('b0', stdout, stderr);
}

describe('a free node', () => {
  test('is taken, and looked at in the same round trip', async () => {
    const script: Claim = {
      do: 'claim',
      holder,
      observe: { do: 'observe', boundary: 'b1', probes: [{ name: 'p', command: command('echo', 'hi') }] },
    };
    const { stdout, stderr } = await node.run(script);
    expect(parseClaim('b1', stdout, stderr)).toEqual({
      is: 'claimed',
      outputs: new Map([['p', { code: 0, stdout: 'hi\n', stderr: '' }]]),
    });
    expect(read(lock())).toBe('n1 1060 1000 op1 YW5u ZGVzaw== 7 YXBwbHkgaW52ZW50b3J5LnlhbWw=\n');
  });

  test('has the header of the operation in its journal, and no nonce in it', async () => {
    await claim();
    const header = read(`${node.layout.state}/ops/op1/operation.json`);
    expect(JSON.parse(header)).toMatchObject({
      operation: 'op1',
      owner: 'ann',
      host: 'desk',
      pid: 7,
      title: 'apply inventory.yaml',
    });
    expect(header).not.toContain('n1');
  });

  test('keeps hostile words of the holder as words', async () => {
    const hostile = { owner: "a b\n'$(id)", host: '', title: 'x\nsanctl claimed\n%s\\n' };
    await claim(hostile);
    expect(await claim(bob)).toMatchObject({ is: 'held', by: hostile });
    expect(JSON.parse(read(`${node.layout.state}/ops/op1/operation.json`))).toMatchObject(hostile);
  });
});

describe('a held node', () => {
  test('says who, since when, and what is left of the lease; nothing is changed or asked', async () => {
    await claim();
    node.setUptime(1025);
    const before = read(lock());
    expect(await claim(bob)).toEqual({
      is: 'held',
      by: {
        nonce: 'n1',
        operation: 'op1',
        owner: 'ann',
        host: 'desk',
        pid: 7,
        title: 'apply inventory.yaml',
        leaseLeftSeconds: 35,
        heldForSeconds: 25,
        running: false,
      },
    });
    expect(read(lock())).toBe(before);
    expect(existsSync(`${node.layout.state}/ops/op2`)).toBe(false);
  });

  test('is claimed again by the same nonce: the first answer was lost', async () => {
    await claim();
    node.setUptime(1030);
    expect(await claim()).toMatchObject({ is: 'claimed' });
    expect(read(lock())).toMatch(/^n1 1090 1000 op1 /);
  });
});

describe('taking over', () => {
  const cases = [
    { lease: 'lasts', running: false, taken: false },
    { lease: 'lasts', running: true, taken: false },
    { lease: 'ran out', running: true, taken: false },
    { lease: 'ran out', running: false, taken: true },
  ];
  test.each(cases)('the lease $lease, running: $running -> taken: $taken', async ({ lease, running, taken }) => {
    await claim();
    const batch = running ? await hold() : undefined;
    node.setUptime(lease === 'ran out' ? 1060 : 1059);
    const answer = await claim(bob);
    if (taken) expect(answer).toMatchObject({ is: 'claimed', tookOverFrom: { nonce: 'n1', owner: 'ann' } });
    else expect(answer).toMatchObject({ is: 'held', by: { nonce: 'n1', running } });
    expect(read(lock())).toMatch(taken ? /^n2 / : /^n1 /);
    batch?.end();
  });

  test('secrets that a killed batch left are removed', async () => {
    await claim();
    mkdirSync(`${node.layout.run}/secrets/op1/1`, { recursive: true });
    writeFileSync(`${node.layout.run}/secrets/op1/1/secret.1`, 'canary');
    node.setUptime(2000);
    await claim(bob);
    expect(existsSync(`${node.layout.run}/secrets`)).toBe(false);
  });

  test('a command that outlives its killed batch still holds the node', async () => {
    await claim();
    const batch = node.start(batchOf([{ actions: [run('sh', '-c', `echo $$ >${node.path('pid')}; exec sleep 60`)] }]));
    await batch.heard('began 1');
    await seen(node.path('pid'));
    const job = Number(read(`${node.layout.run}/running`));
    process.kill(job, 'SIGKILL');
    expect(storyOf((await batch.ended).stdout)).toBe('began 1, gone');
    node.setUptime(5000);
    expect(await claim(bob)).toMatchObject({ is: 'held', by: { running: true } });
    expect(parseReleased((await node.run({ do: 'release', nonce: 'n1' })).stdout)).toBe('running');
    expect(storyOf((await node.run(batchOf([{}], { batch: 2 }))).stdout)).toBe('busy');
    process.kill(Number(read(node.path('pid'))), 'SIGKILL');
    await gone(Number(read(node.path('pid'))));
    expect(await claim(bob)).toMatchObject({ is: 'claimed', tookOverFrom: { nonce: 'n1' } });
  });

  test('a batch of the former holder begins nothing any more', async () => {
    await claim();
    node.setUptime(5000);
    await claim(bob);
    const touch = { actions: [run('touch', node.path('touched'))] };
    expect(storyOf((await node.run(batchOf([touch]))).stdout)).toBe('halted 1, ended');
    expect(existsSync(node.path('touched'))).toBe(false);
  });
});

test('of many who race for a node exactly one gets it', async () => {
  const racers = Array.from({ length: 12 }, (_, at) => claim({ nonce: `n${at}`, operation: `op${at}` }));
  const answers = await Promise.all(racers);
  expect(answers.filter((answer) => answer?.is === 'claimed')).toHaveLength(1);
  expect(answers.filter((answer) => answer?.is === 'held')).toHaveLength(11);
});

test('of many who race to take over exactly one gets it', async () => {
  await claim();
  node.setUptime(5000);
  const racers = Array.from({ length: 12 }, (_, at) => claim({ nonce: `m${at}`, operation: `op${at}` }));
  const answers = await Promise.all(racers);
  expect(answers.filter((answer) => answer?.is === 'claimed')).toHaveLength(1);
});

describe('what cannot be read is not taken', () => {
  test.each(['n1', 'n1 x 1000 op1', '\n', '', 'n1 1060 -5x who'])('a damaged lock: %j', async (text) => {
    mkdirSync(node.layout.run, { recursive: true });
    writeFileSync(lock(), text);
    const { code, stdout, stderr } = await node.run(claimOf(bob));
    expect([code, stdout]).toEqual([73, '']);
    expect(stderr).toContain('cannot be read');
    expect(read(lock())).toBe(text);
  });

  test('no uptime', async () => {
    writeFileSync(node.layout.uptime, 'garbage\n');
    expect(await node.run(claimOf())).toMatchObject({ code: 73, stdout: '' });
    expect(existsSync(lock())).toBe(false);
  });

  test('a journal that cannot be written refuses the claim', async () => {
    writeFileSync(node.layout.state.replace(/\/sanctl$/, ''), 'a file where a folder should be');
    const { code, stdout, stderr } = await node.run(claimOf());
    expect([code, stdout]).toEqual([73, '']);
    expect(stderr).toContain('the journal cannot be written');
    expect(existsSync(lock())).toBe(false);
  });
});

describe('renew', () => {
  const renew = async (nonce: string) =>
    parseRenewed((await node.run({ do: 'renew', nonce, leaseSeconds: 90 })).stdout);

  test('lengthens the lease, also one that ran out, and keeps the rest', async () => {
    await claim();
    node.setUptime(1100);
    expect(await renew('n1')).toBe('renewed');
    expect(read(lock())).toBe('n1 1190 1000 op1 YW5u ZGVzaw== 7 YXBwbHkgaW52ZW50b3J5LnlhbWw=\n');
  });

  test('is lost when the lock is gone or somebody else has it', async () => {
    expect(await renew('n1')).toBe('lost');
    await claim(bob);
    expect(await renew('n1')).toBe('lost');
    expect(read(lock())).toMatch(/^n2 1060 /);
  });
});

describe('release', () => {
  const release = async (nonce: string) => parseReleased((await node.run({ do: 'release', nonce })).stdout);

  test('gives the node back and clears what the operation left', async () => {
    await claim();
    await node.run({ do: 'stop', operation: 'op1' });
    expect(await release('n1')).toBe('released');
    expect(existsSync(lock())).toBe(false);
    expect(existsSync(`${node.layout.run}/stop-op1`)).toBe(false);
    expect(await claim(bob)).toMatchObject({ is: 'claimed' });
  });

  test('by another nonce changes nothing', async () => {
    expect(await release('n1')).toBe('other');
    await claim();
    expect(await release('n2')).toBe('other');
    expect(read(lock())).toMatch(/^n1 /);
  });

  test('leaves the lock while a batch runs', async () => {
    await claim();
    const batch = await hold();
    expect(await release('n1')).toBe('running');
    expect(read(lock())).toMatch(/^n1 /);
    batch.end();
  });
});

test('answers that are damaged or missing are no answers', () => {
  for (const text of [
    '',
    'sanctl',
    'sanctl held',
    'sanctl held 1 2 maybe n op o h 7 t',
    'sanctl held 1 2 no n op o h x t',
    'sanctl claimed n1 op1',
    'claimed',
  ]) {
    expect(parseClaim('b0', text, '')).toBe(undefined);
  }
  expect(parseRenewed('renewed')).toBe(undefined);
  expect(parseReleased('motd\nsanctl released\n')).toBe('released');
});

/** A process that holds /run/sanctl/running as a batch does. */
async function hold(): Promise<{ end(): void }> {
  const child = spawn('flock', [`${node.layout.run}/running`, 'sh', '-c', 'echo locked; read _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.stdin;
}

/** Waits for a file with text, by asking for it. */
async function seen(path: string): Promise<void> {
  while (!existsSync(path) || read(path) === '') await new Promise((resolve) => setImmediate(resolve));
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
