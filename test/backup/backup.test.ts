/** From a node that reads to a backup that is whole, over lines that break: what is kept is what was read, or it is not whole. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Line } from '../../src/apply/line.ts';
import type { Manifest, Origin } from '../../src/backup/manifest.ts';
import { openPartial, type PartialBackup } from '../../src/backup/partial.ts';
import { receive } from '../../src/backup/receive.ts';
import { backupsIn, verifyBackup } from '../../src/backup/verify.ts';
import { failed, ok } from '../../src/diagnostic.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { openImage } from '../../src/transport/image.ts';
import { ReadingNode } from './node.ts';

const noise = (bytes: number, seed: number): Buffer =>
  Buffer.alloc(bytes, Buffer.from(Array.from({ length: 997 }, (_, at) => (at * seed + (at >> 3)) % 256)));
const root = Buffer.concat([noise(partBytes, 7), Buffer.alloc(partBytes), noise(partBytes, 11), noise(4096, 13)]);
const data = noise(8192, 17);
const disks = [root, data];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sanctl-backup-'));
  path = join(folder, 'web.at.monday');
});

const origin: Origin = {
  version: 1,
  type: 'backup',
  site: 'home',
  vm: 'web',
  set: 'monday',
  node: 'alpha',
  partBytes,
  disks: [
    { volume: 'web-root', group: 'vg0', uuid: 'uuid-0', bytes: root.length },
    { volume: 'data', group: 'vg0', uuid: 'uuid-1', bytes: data.length },
  ],
};

async function begun(): Promise<PartialBackup> {
  const partial = await openPartial(path, origin);
  if (partial === undefined) throw new Error('it is of another one');
  return partial;
}

/** Time passes only while somebody waits for a node. */
function clock() {
  let now = 0;
  return {
    now: () => now,
    sleep: (seconds: number, signal?: AbortSignal) => {
      if (signal === undefined) now += seconds;
      return signal === undefined
        ? Promise.resolve()
        : new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
}

/** One run of the command. */
async function run(node: ReadingNode, reachable = true, signal = new AbortController().signal) {
  const partial = await begun();
  const time = clock();
  const line = new Line(node.connection, {
    clock: time,
    reconnectSeconds: 300,
    onEvent: () => undefined,
    connect: async () =>
      reachable ? ok(node.connection) : failed({ severity: 'error', code: 'ssh/unreachable', summary: '', detail: '' }),
  });
  const wanted = origin.disks.map(({ uuid, bytes }, at) => ({ device: `/dev/${at}`, uuid, select: '', bytes }));
  const { disks: kept, folder: into } = partial;
  const onPart = (): void => undefined;
  const came = await receive({ line, clock: time, disks: wanted, kept, folder: into, signal, onPart });
  const manifest = came.ok && came.value === 'whole' ? await partial.finish('2026-01-01T00:00:00Z') : undefined;
  await partial.close();
  return { came, manifest };
}

const codes = (result: { readonly diagnostics: readonly { readonly code: string }[] }) =>
  result.diagnostics.map(({ code }) => code);

function whole(manifest: Manifest | undefined): void {
  const zeros = manifest?.disks.map(({ parts }) => parts.map((one) => one === 'zeros'));
  expect(zeros).toEqual([[false, true, false, false], [false]]);
  expect(readFileSync(join(path, 'web-root.raw')).equals(root)).toBe(true);
  expect(readFileSync(join(path, 'data.raw')).equals(data)).toBe(true);
  expect(readdirSync(folder)).toEqual(['web.at.monday']);
  expect(readdirSync(path).sort()).toEqual(['data.raw', 'manifest.json', 'web-root.raw']);
}

test('all disks, sparse, under the name only when they are whole', async () => {
  const { manifest } = await run(new ReadingNode(disks));
  whole(manifest);
  expect(statSync(join(path, 'web-root.raw')).blocks * 512).toBeLessThan(root.length - partBytes / 2);
  expect(statSync(join(path, 'web-root.raw')).mode & 0o077).toBe(0);
});

/** Of the whole answer: before, within and after a head, within and after each part, before and after the end. */
const greeting = 'Welcome to alpha.\n\nsanctl read\n'.length;
const head = `part 0 ${'0'.repeat(64)}\n`.length;
const first = greeting + 'disk 0 0\n'.length + head + partBytes;
const second = first + 'zeros 1\n'.length + head + partBytes;
const third = second + head + 4096;
const all = third + 'disk 1 0\n'.length + head + 8192 + 'end\n'.length;

test.each([
  ['before anything', 0, [0, 0]],
  ['in the greeting', greeting - 3, [0, 0]],
  ['in a head', first - partBytes - 10, [0, 0]],
  ['in the middle of a part', first - 4711, [0, 0]],
  ['after a part', first, [1, 0]],
  ['after zeros', first + 'zeros 1\n'.length, [2, 0]],
  ['in the last part of a disk', third - 1, [3, 0]],
  ['between two disks', third, [4, 0]],
  ['before the end was said', all - 4, [4, 1]],
])('a line that is lost %s: the next one goes on, and what is here is not sent again', async (_, cut, from) => {
  const node = new ReadingNode(disks, { cuts: [cut] });
  const { manifest } = await run(node);
  whole(manifest);
  expect(node.asked).toEqual([[0, 0], from]);
});

test('a line that is lost again and again', async () => {
  const node = new ReadingNode(disks, { cuts: [100, first, 60, 2 * partBytes, 5000] });
  whole((await run(node)).manifest);
});

test('a node that is not found again: what came stays, and the next run goes on', async () => {
  const { came } = await run(new ReadingNode(disks, { cuts: [first + 3] }), false);
  expect(codes(came)).toEqual(['backup/line-lost']);
  expect(existsSync(path)).toBe(false);
  const again = new ReadingNode(disks);
  whole((await run(again)).manifest);
  expect(again.asked).toEqual([[1, 0]]);
  expect(again.said[0]).toBeLessThan(all - partBytes);
});

test('lines that bring nothing, one after another, are not tried for ever', async () => {
  const node = new ReadingNode(disks, { cuts: [0, 10, 0, 10, 0, 10] });
  expect(codes((await run(node)).came)).toEqual(['backup/line-lost']);
  expect(node.asked.length).toBe(5);
});

test('a node that is silent is left', async () => {
  const partial = await begun();
  let now = 0;
  const time = {
    now: () => now,
    async sleep(seconds: number) {
      now += seconds;
    },
  };
  const connection: Connection = {
    node: 'alpha',
    close: () => undefined,
    run: (_, { signal }) =>
      new Promise((resolve) =>
        signal?.addEventListener('abort', () => resolve({ outcome: 'unknown', why: '', stdout: '', stderr: '' })),
      ),
  };
  const onPart = (): void => undefined;
  const line = new Line(connection, {
    clock: time,
    reconnectSeconds: 1,
    onEvent: onPart,
    connect: async () => ok(connection),
  });
  const { signal } = new AbortController();
  const came = await receive({ line, clock: time, disks: [], kept: partial.disks, folder, signal, onPart });
  await partial.close();
  expect(came.diagnostics[0]).toMatchObject({ code: 'backup/not-read', detail: expect.stringContaining('300 s') });
});

test('an interrupt leaves what came', async () => {
  const stop = new AbortController();
  stop.abort();
  expect((await run(new ReadingNode(disks), true, stop.signal)).came).toMatchObject({ ok: true, value: 'interrupted' });
  expect(existsSync(path)).toBe(false);
});

describe('what is here', () => {
  beforeEach(async () => {
    await run(new ReadingNode(disks, { cuts: [second] }), false);
  });
  const file = (name: string): string => join(`${path}.partial`, name);

  test.each([
    ['a part that is not as its line says', () => spoil(file('web-root.raw'), 100), [0, 0]],
    ['a part of zeros that is none', () => spoil(file('web-root.raw'), partBytes + 5), [1, 0]],
    ['a line that was cut', () => truncateSync(file('web-root.parts'), 70), [1, 0]],
    ['a line that says nothing', () => writeFileSync(file('web-root.parts'), 'zero\n'), [0, 0]],
    ['bytes behind what is known', () => spoil(file('web-root.raw'), 3 * partBytes + 9), [3, 0]],
    ['lines of parts that are not there', () => appendFileSync(file('data.parts'), `${'0'.repeat(64)}\n`), [3, 0]],
  ])('%s: it is read anew from there on', async (_, spoiled, from) => {
    spoiled();
    const node = new ReadingNode(disks);
    whole((await run(node)).manifest);
    expect(node.asked).toEqual([from]);
  });

  test('of another snapshot: nothing is added to it (C3)', async () => {
    const [one, ...more] = origin.disks;
    if (one === undefined) throw new Error('no disk');
    expect(await openPartial(path, { ...origin, disks: [{ ...one, uuid: 'another' }, ...more] })).toBeUndefined();
  });

  test('a snapshot that was removed or overflowed meanwhile: it is never called whole (L5)', async () => {
    const { came } = await run(new ReadingNode(disks, { code: 75, stderr: 'not valid any more', spoil: withoutEnd }));
    expect(codes(came)).toEqual(['backup/snapshot-changed']);
    expect([existsSync(path), existsSync(`${path}.partial`)]).toEqual([false, true]);
  });
});

const withoutEnd = (answer: Buffer): Buffer => answer.subarray(0, -4);

function spoil(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

test.each([
  ['a byte of a part', (answer: Buffer) => flipped(answer, first - 99)],
  ['a checksum', (answer: Buffer) => flipped(answer, first - partBytes - 5)],
  ['another disk', (answer: Buffer) => replaced(answer, 'disk 0', 'disk 1')],
  ['a part too early', (answer: Buffer) => replaced(answer, 'zeros 1', 'zeros 2')],
  ['an end too early', () => Buffer.from('\nsanctl read\ndisk 0 0\nend\n')],
  ['no end', withoutEnd],
  ['what is no answer', () => Buffer.alloc(100_000, 'x')],
  ['nothing', () => Buffer.alloc(0)],
])('an answer with %s is not taken', async (_, spoiled) => {
  const { came } = await run(new ReadingNode(disks, { spoil: spoiled }));
  expect(codes(came)).toEqual(['backup/not-read']);
  expect(existsSync(path)).toBe(false);
});

function replaced(answer: Buffer, from: string, to: string): Buffer {
  return Buffer.from(answer.toString('latin1').replace(from, to), 'latin1');
}

function flipped(answer: Buffer, at: number): Buffer {
  const copy = Buffer.from(answer);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('a node whose LVM cannot tell', async () => {
  const { came } = await run(new ReadingNode(disks, { spoil: () => Buffer.alloc(0), code: 1, stderr: 'lvs: no' }));
  expect(codes(came)).toEqual(['backup/not-read']);
});

test('a disk of this machine that is full: it says so, and what came stays', async () => {
  const partial = await begun();
  const full = partial.disks.map((disk) => ({
    volume: disk.volume,
    bytes: disk.bytes,
    at: 0,
    keep: () => Promise.reject(new Error('ENOSPC: no space left on device, write')),
  }));
  const time = clock();
  const node = new ReadingNode(disks);
  const onPart = (): void => undefined;
  const line = new Line(node.connection, {
    clock: time,
    reconnectSeconds: 1,
    onEvent: onPart,
    connect: async () => ok(node.connection),
  });
  const wanted = origin.disks.map(({ uuid, bytes }) => ({ device: '/dev/0', uuid, select: '', bytes }));
  const { signal } = new AbortController();
  const came = await receive({ line, clock: time, disks: wanted, kept: full, folder, signal, onPart });
  await partial.close();
  expect(came.diagnostics[0]).toMatchObject({ code: 'backup/not-written', detail: expect.stringContaining('ENOSPC') });
});

describe('a backup that is whole', () => {
  beforeEach(async () => {
    await run(new ReadingNode(disks));
  });
  const verified = async () => {
    const [found] = await backupsIn(folder);
    if (found === undefined) throw new Error('no backup');
    return verifyBackup(found);
  };
  const manifest = (): Manifest => JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')) as Manifest;
  const rewrite = (text: (before: string) => string): void =>
    writeFileSync(join(path, 'manifest.json'), text(readFileSync(join(path, 'manifest.json'), 'utf8')));

  test('is found good, and is the image that a new volume is filled with', async () => {
    expect(await verified()).toMatchObject({ ok: true });
    const sha256 = manifest().disks[0]?.sha256 ?? '';
    const image = await openImage({ path: join(path, 'web-root.raw'), format: 'raw', sha256 }, folder);
    if (!image.ok) throw new Error(image.diagnostics[0]?.detail);
    const parts = await Promise.all([0, 1, 2, 3].map((at) => image.value.part(at)));
    await image.value.close();
    expect(Buffer.concat(parts).equals(root)).toBe(true);
  });

  const changed = (from: string | RegExp, to: string): void => rewrite((text) => text.replace(from, to));

  test.each([
    ['a byte', () => spoil(join(path, 'web-root.raw'), 2 * partBytes + 3), 'backup/other-parts', /: part 2\./],
    ['a byte among zeros', () => spoil(join(path, 'web-root.raw'), partBytes + 3), 'backup/other-parts', /: part 1\./],
    ['its length', () => truncateSync(join(path, 'web-root.raw'), partBytes), 'backup/other-length', /4194304 bytes/],
    ['a checksum', () => changed(/"sha256":"../, '"sha256":"zz'), 'backup/no-manifest', /disk/],
    ['the order of its manifest', () => rewrite(swapped), 'backup/other-parts', /: parts 0 to 1\./],
    ['a name', () => changed('"data"', '"../data"'), 'backup/no-manifest', /no manifest/],
    [
      'the sum of a disk',
      () => changed(/"sha256":"\w+/, `"sha256":"${'0'.repeat(64)}`),
      'backup/other-sum',
      /manifest/,
    ],
    ['the number of its parts', () => changed('"zeros",', ''), 'backup/no-manifest', /disk/],
    ['no text at all', () => rewrite(() => '{'), 'backup/no-manifest', /no manifest/],
  ])('and one in which %s was changed is not, and it says where', async (_, change, code, detail) => {
    change();
    const result = await verified();
    expect(result.diagnostics).toMatchObject([{ code, detail: expect.stringMatching(detail) }]);
  });

  function swapped(text: string): string {
    const [, one = '', two = ''] = /"parts":\[("[0-9a-f]{64}"),("zeros")/.exec(text) ?? [];
    return text.replace(`${one},${two}`, `${two},${one}`);
  }
});
