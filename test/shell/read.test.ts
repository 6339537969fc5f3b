/** Reading snapshots in the real /bin/sh of this machine, from loop devices: LVM is a stand-in that says what a test wants. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { partBytes } from '../../src/shell/fill.ts';
import type { Layout } from '../../src/shell/layout.ts';
import { render } from '../../src/shell/render.ts';
import type { ReadDisk } from '../../src/shell/script.ts';
import { read, startRendered, type TestNode, testNode } from './node.ts';

/** Root, and a kernel with loop devices. */
const canLoop = process.getuid?.() === 0 && losetup('--find') !== undefined;

function losetup(...words: string[]): string | undefined {
  try {
    return execFileSync('losetup', words, { stdio: 'pipe' }).toString().trim();
  } catch {
    return undefined;
  }
}

const part = Buffer.alloc(partBytes, 'abcdefg');
const tail = Buffer.alloc(8192, 'xyz');
const disk = Buffer.concat([part, Buffer.alloc(partBytes), tail]);
const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe.skipIf(!canLoop)('reading loop devices', () => {
  let node: TestNode;
  let layout: Layout;
  let devices: string[];

  beforeEach(() => {
    node = testNode();
    mkdirSync(`${node.root}/bin`);
    layout = { ...node.layout, path: `${node.root}/bin:${node.layout.path}` };
    devices = ['a', 'b'].map((name) => {
      // More than the disk, as DRBD's metadata is.
      writeFileSync(node.path(name), Buffer.concat([disk, Buffer.alloc(4096, 1)]));
      return losetup('--read-only', '--find', '--show', node.path(name)) ?? '';
    });
    lvs('echo "  $uuid  "');
  });
  afterEach(() => {
    for (const device of devices) losetup('--detach', device);
    node.remove();
  });

  /** Answers with the uuid that the selection names, after what a test does with it. */
  function lvs(text: string): void {
    const script = `#!/bin/sh\necho "$*" >>${node.root}/asked\nuuid=\${5#lv_uuid=}\n${text}\n`;
    writeFileSync(`${node.root}/bin/lvs`, script);
    chmodSync(`${node.root}/bin/lvs`, 0o755);
  }

  const one = (at: number, more: Partial<ReadDisk> = {}): ReadDisk => ({
    device: devices[at] ?? '',
    uuid: `uuid-${at}`,
    select: `lv_uuid=uuid-${at}`,
    bytes: disk.length,
    from: 0,
    ...more,
  });
  const run = (...disks: ReadDisk[]) => startRendered(render({ do: 'read', disks }, () => '', layout)).ended;

  test('parts with their checksum, zeros as a word, nothing behind the end; and only what is wanted', async () => {
    const { code, stdout, stderr } = await run(one(0), one(1, { from: 2 }));
    const first = `disk 0 0\npart 0 ${sum(part)}\n${part}zeros 1\npart 2 ${sum(tail)}\n${tail}`;
    expect(stdout === `\nsanctl read\n${first}disk 1 2\npart 2 ${sum(tail)}\n${tail}end\n`).toBe(true);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('all of them are held open from before the first question on, so that nobody can remove one', async () => {
    lvs(`readlink /proc/$PPID/fd/* >>${node.root}/held; echo "  $uuid"`);
    expect(await run(one(0, { from: 3 }), one(1, { from: 3 }))).toMatchObject({ code: 0 });
    const held = read(`${node.root}/held`).split('\n');
    // Twice for each: before the first byte and after the last.
    for (const device of devices) expect(held.filter((path) => path === device).length).toBeGreaterThanOrEqual(4);
    expect(read(`${node.root}/asked`).trim().split('\n')).toEqual(
      ['uuid-0', 'uuid-1', 'uuid-0', 'uuid-1'].map(
        (uuid) => `--noheadings -o lv_uuid,lv_snapshot_invalid --select lv_uuid=${uuid}`,
      ),
    );
  });

  test.each([
    ['another uuid', 'echo "  uuid-of-another"', 75],
    ['not found', 'true', 75],
    ['an LVM that cannot tell', 'exit 5', 1],
  ])('%s: nothing is read', async (_, text, code) => {
    lvs(text);
    expect(await run(one(0))).toMatchObject({ code, stdout: '' });
  });

  test('a snapshot that is worth nothing any more at the end: it is never called whole', async () => {
    lvs(`[ -e ${node.root}/once ] || echo "  $uuid"; : >${node.root}/once`);
    const { code, stdout, stderr } = await run(one(0, { from: 2 }));
    expect([code, stdout.endsWith(tail.toString())]).toEqual([75, true]);
    expect(stderr).toContain('not the snapshot that is meant, or not valid any more');
  });

  test('one that cannot be read to its end: it is never called whole', async () => {
    // As the kernel answers for a snapshot that has overflowed.
    writeFileSync(`${node.root}/bin/dd`, '#!/bin/sh\necho "dd: error reading: Input/output error" >&2; exit 1\n');
    chmodSync(`${node.root}/bin/dd`, 0o755);
    const { code, stdout, stderr } = await run(one(0));
    expect([code, stdout.includes('end\n')]).toEqual([1, false]);
    expect(stderr).toContain('Input/output error');
  });

  test('a device that is smaller, or not there, or a file', async () => {
    expect(await run(one(0, { bytes: disk.length + 2 * 4096 }))).toMatchObject({ code: 75, stdout: '' });
    expect(await run(one(0, { device: '/dev/vg0/gone' }))).toMatchObject({ code: 75, stdout: '' });
    expect(await run(one(0, { device: node.path('a') }))).toMatchObject({ code: 75, stdout: '' });
  });

  test('nothing is left on the node, and nothing of the device has changed', async () => {
    await run(one(0));
    expect(readdirSync(node.root).sort()).toEqual(['asked', 'bin', 'files', 'uptime']);
    expect(readFileSync(node.path('a')).subarray(0, disk.length).equals(disk)).toBe(true);
  });
});
