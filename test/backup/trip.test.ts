/** There and back in the real /bin/sh of this machine: a loop device is read into a backup, which fills another one. Both ways are cut half-way. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/apply/clock.ts';
import { framesFrom } from '../../src/apply/image.ts';
import { Line } from '../../src/apply/line.ts';
import { openPartial } from '../../src/backup/partial.ts';
import { receive } from '../../src/backup/receive.ts';
import { ok } from '../../src/diagnostic.ts';
import type { Fill } from '../../src/shell/command.ts';
import { frameHead } from '../../src/shell/feed.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { Layout } from '../../src/shell/layout.ts';
import { render } from '../../src/shell/render.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { type OpenImage, openImage } from '../../src/transport/image.ts';
import { batchOf, claimOf, startRendered, storyOf, type TestNode, testNode } from '../shell/node.ts';

/** Root, and a kernel with loop devices. */
const canLoop = process.getuid?.() === 0 && losetup('--find') !== undefined;

function losetup(...words: string[]): string | undefined {
  try {
    return execFileSync('losetup', words, { stdio: 'pipe' }).toString().trim();
  } catch {
    return undefined;
  }
}

const noise = Buffer.from(Array.from({ length: partBytes }, (_, at) => (at * 7 + (at >> 8)) % 251));
const disk = Buffer.concat([noise, Buffer.alloc(partBytes), noise, noise.subarray(0, 2 ** 20)]);

describe.skipIf(!canLoop)('a disk', () => {
  let node: TestNode;
  let layout: Layout;
  let from: string;
  let to: string;

  beforeEach(async () => {
    node = testNode();
    mkdirSync(`${node.root}/bin`);
    writeFileSync(`${node.root}/bin/lvs`, '#!/bin/sh\necho "  uuid-of-it"\n');
    chmodSync(`${node.root}/bin/lvs`, 0o755);
    layout = { ...node.layout, path: `${node.root}/bin:${node.layout.path}` };
    writeFileSync(node.path('from'), disk);
    writeFileSync(node.path('to'), Buffer.alloc(16 * 2 ** 20, 0xff));
    from = losetup('--read-only', '--find', '--show', node.path('from')) ?? '';
    to = losetup('--find', '--show', node.path('to')) ?? '';
    await node.run(claimOf());
  });
  afterEach(() => {
    for (const device of [from, to]) losetup('--detach', device);
    node.remove();
  });

  /** A line to this machine's shell; the first one is lost after so many bytes. */
  function lineTo(cut: number): Connection {
    let left = cut;
    return {
      node: 'alpha',
      close: () => undefined,
      async run(script, { onBytes }) {
        const { command } = render(script, () => '', layout);
        const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
        const code = new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)));
        let stderr = '';
        child.stderr.on('data', (said: Buffer) => {
          stderr += said.toString();
        });
        for await (const bytes of child.stdout as AsyncIterable<Buffer>) {
          const some = bytes.subarray(0, left);
          left -= some.length;
          if ((await onBytes?.(some)) !== 'stop' && left > 0) continue;
          child.kill('SIGKILL');
          left = Number.POSITIVE_INFINITY;
          return { outcome: 'unknown', why: 'the line was cut', stdout: '', stderr: '' };
        }
        return { outcome: 'exited', code: await code, stdout: '', stderr };
      },
    };
  }

  async function backUp(): Promise<{ readonly path: string; readonly sha256: string }> {
    const path = join(mkdtempSync(join(tmpdir(), 'sanctl-trip-')), 'web.at.monday');
    const disks = [{ volume: 'root', group: 'vg0', uuid: 'uuid-of-it', bytes: disk.length }];
    const named = { version: 1, type: 'backup', site: 'home', vm: 'web', set: 'monday', node: 'alpha' } as const;
    const partial = await openPartial(path, { ...named, partBytes, disks });
    if (partial === undefined) throw new Error('it is of another one');
    const connection = lineTo(partBytes + 100_000);
    const clock = realClock;
    const onPart = (): void => undefined;
    const connect = async () => ok(connection);
    const line = new Line(connection, { clock, reconnectSeconds: 1, onEvent: onPart, connect });
    const wanted = [{ device: from, uuid: 'uuid-of-it', select: '', bytes: disk.length }];
    const { signal } = new AbortController();
    const { disks: kept } = partial;
    const came = await receive({ line, clock, disks: wanted, kept, folder: path, signal, onPart });
    expect(came).toMatchObject({ ok: true, value: 'whole' });
    const manifest = await partial.finish('2026-01-01T00:00:00Z');
    await partial.close();
    return { path: join(path, 'root.raw'), sha256: manifest.disks[0]?.sha256 ?? '' };
  }

  /** Feeds a fill that waits, as far as a line lasts. */
  async function feed(image: OpenImage, cut = Number.POSITIVE_INFINITY): Promise<void> {
    const { command } = render({ do: 'feed', operation: 'op1', batch: 1, step: 1 }, () => '', layout);
    const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    const said = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    const bytes: Uint8Array[] = [];
    for await (const frame of framesFrom(image, Number(said.split(' ')[2])))
      bytes.push(Buffer.from(frameHead(frame)), ...(frame.is === 'part' ? [frame.data] : []));
    child.stdin.end(Buffer.concat(bytes).subarray(0, cut));
    await new Promise((resolve) => child.on('close', resolve));
  }

  test('that was read into a backup is the same on the device that is filled from it', async () => {
    const backup = await backUp();
    const image = await openImage({ path: backup.path, format: 'raw', sha256: backup.sha256 }, node.root);
    if (!image.ok) throw new Error(image.diagnostics[0]?.detail);
    const fill: Fill = {
      do: 'fill',
      device: to,
      slice: 'vg0/root-monday',
      image: { path: backup.path, format: 'raw', sha256: backup.sha256 },
      bytes: disk.length,
      zeros: 'write',
    };
    const batch = startRendered(render(batchOf([{ actions: [fill] }]), () => '', layout));
    await batch.heard('waiting');
    await feed(image.value, partBytes + 300);
    await feed(image.value);
    expect(storyOf((await batch.ended).stdout)).toMatch(/done 1, ended$/);
    await image.value.close();
    execFileSync('cmp', ['-n', String(disk.length), from, to]);
  });
});
