/** A fill in the real /bin/sh of this machine, onto a loop device: what is cut off goes on, and nothing passes unread. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fill } from '../../src/shell/command.ts';
import { type Frame, frameHead } from '../../src/shell/feed.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { Layout } from '../../src/shell/layout.ts';
import { render } from '../../src/shell/render.ts';
import { batchOf, claimOf, eventsOf, type Running, startRendered, storyOf, type TestNode, testNode } from './node.ts';

/** Root, and a kernel with loop devices. */
const canLoop = attach('/dev/null', true) !== undefined;

function attach(path: string, probe = false): string | undefined {
  try {
    if (probe)
      return process.getuid?.() === 0 ? execFileSync('losetup', ['-f'], { stdio: 'pipe' }).toString() : undefined;
    return execFileSync('losetup', ['--find', '--show', path], { stdio: 'pipe' }).toString().trim();
  } catch {
    return undefined;
  }
}

const noise = Buffer.from(Array.from({ length: partBytes }, (_, at) => (at * 7 + (at >> 8)) % 251));
const tail = noise.subarray(0, 2 ** 20 + 512);
const disk = Buffer.concat([noise, Buffer.alloc(partBytes), tail]);
const sum = createHash('sha256').update(disk).digest('hex');
const deviceBytes = 16 * 2 ** 20;

describe.skipIf(!canLoop)('a fill on a loop device', () => {
  let node: TestNode;
  let layout: Layout;
  let device: string;
  let fill: Fill;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    node = testNode();
    const bin = `${node.root}/bin`;
    mkdirSync(bin);
    writeFileSync(`${bin}/lvs`, '#!/bin/sh\necho "  uuid-of-the-slice"\n');
    chmodSync(`${bin}/lvs`, 0o755);
    layout = { ...node.layout, path: `${bin}:${node.layout.path}` };
    writeFileSync(node.path('disk'), Buffer.alloc(deviceBytes, 0xff));
    device = attach(node.path('disk')) ?? '';
    fill = {
      do: 'fill',
      device,
      slice: 'vg0/web',
      image: { path: '/images/web.raw', format: 'raw', sha256: sum },
      bytes: disk.length,
      zeros: 'write',
    };
    await node.run(claimOf());
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    execFileSync('losetup', ['--detach', device]);
    node.remove();
  });

  const begin = (batch = 1): Running =>
    startRendered(render({ ...batchOf([{ actions: [fill] }]), batch }, () => '', layout));

  /** Says these frames once the node has said where it is; the answer of the node. */
  async function feed(frames: readonly Frame[], batch = 1, cut = Number.POSITIVE_INFINITY): Promise<string> {
    const { command } = render({ do: 'feed', operation: 'op1', batch, step: 1 }, () => '', layout);
    const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe' });
    children.push(child);
    child.stdin.on('error', () => undefined);
    const said = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    const bytes = frames.flatMap((one) => [Buffer.from(frameHead(one)), ...(one.is === 'part' ? [one.data] : [])]);
    child.stdin.end(Buffer.concat(bytes).subarray(0, cut));
    await new Promise((resolve) => child.on('close', resolve));
    return said.trim();
  }

  const rest: readonly Frame[] = [
    { is: 'zeros', at: 1, end: 2 },
    { is: 'part', at: 2, data: tail },
    { is: 'end', sha256: sum },
  ];
  const all: readonly Frame[] = [{ is: 'part', at: 0, data: noise }, ...rest];
  const onDevice = (): Buffer => execFileSync('cat', [device], { maxBuffer: 2 * deviceBytes });

  test('writes all of it, the zeros too, and nothing behind its end', async () => {
    const batch = begin();
    await batch.heard('waiting');
    expect(await feed(all)).toBe('sanctl at 0');
    expect(storyOf((await batch.ended).stdout)).toMatch(/done 1, ended$/);
    const now = onDevice();
    expect(now.subarray(0, disk.length).equals(disk)).toBe(true);
    expect(now.subarray(disk.length).every((byte) => byte === 0xff)).toBe(true);
    expect(existsSync(`${layout.run}/fill/op1.1.1`)).toBe(false);
  });

  test('a line that is lost in the middle of a part: another one goes on', async () => {
    const batch = begin();
    await batch.heard('waiting');
    await feed(all, 1, partBytes + 200_000);
    await feed([{ is: 'part', at: 0, data: noise }], 1, 500);
    await feed(rest);
    expect(storyOf((await batch.ended).stdout)).toMatch(/done 1, ended$/);
    expect(onDevice().subarray(0, disk.length).equals(disk)).toBe(true);
  });

  test('a batch that is stopped leaves what it has, and the next one goes on there', async () => {
    const first = begin();
    await first.heard('waiting');
    await feed(all.slice(0, 2));
    const record = `${layout.state}/fill/vg0/web`;
    await vi.waitFor(() => expect(readFileSync(record, 'utf8')).toMatch(/ 2 write\n$/), 20_000);
    node.setUptime(1020);
    await first.heard('waiting 1 0 OCBv');
    await node.run({ do: 'stop', operation: 'op1' });
    expect(storyOf((await first.ended).stdout)).toMatch(/halted 1, ended$/);
    expect(readFileSync(record, 'utf8')).toBe(`uuid-of-the-slice ${sum} ${disk.length} 2 write\n`);
    execFileSync('rm', [`${layout.run}/stop-op1`]);
    const second = begin(2);
    await second.heard('waiting');
    expect(await feed(rest.slice(1), 2)).toBe('sanctl at 2');
    expect(storyOf((await second.ended).stdout)).toMatch(/done 1, ended$/);
    expect(onDevice().subarray(0, disk.length).equals(disk)).toBe(true);
  });

  test('a record of another image counts for nothing', async () => {
    mkdirSync(`${layout.state}/fill/vg0`, { recursive: true });
    writeFileSync(`${layout.state}/fill/vg0/web`, `uuid-of-the-slice ${'0'.repeat(64)} ${disk.length} 2 leave\n`);
    const batch = begin();
    await batch.heard('waiting');
    expect(await feed(all)).toBe('sanctl at 0');
    expect(storyOf((await batch.ended).stdout)).toMatch(/done 1, ended$/);
  });

  test('zeros are left out where nothing was ever written', async () => {
    fill = { ...fill, zeros: 'leave' };
    const batch = begin();
    await batch.heard('waiting');
    await feed(all);
    const [failed] = eventsOf((await batch.ended).stdout).filter(({ is }) => is === 'failed');
    // Here something was: what is read back is not what was sent, and the record goes.
    expect(failed).toMatchObject({ output: expect.stringContaining('is not what was sent') });
    expect(readdirSync(`${layout.state}/fill/vg0`)).toEqual([]);
    expect(
      onDevice()
        .subarray(partBytes, 2 * partBytes)
        .every((byte) => byte === 0xff),
    ).toBe(true);
  });

  test('what cannot be read on the other side ends it', async () => {
    const batch = begin();
    await batch.heard('waiting');
    await feed([{ is: 'stop', why: 'the image could not be read: it ends early' }]);
    const [failed] = eventsOf((await batch.ended).stdout).filter(({ is }) => is === 'failed');
    expect(failed).toMatchObject({ output: expect.stringContaining('it ends early') });
  });

  test('nobody feeds what no fill waits for', async () => {
    expect(await feed([], 7)).toBe('sanctl closed');
  });
});
