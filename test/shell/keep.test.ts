/** A backup that a node keeps, in the real /bin/sh of this machine: what is there is what was sent, or it is not whole. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/apply/clock.ts';
import { Line } from '../../src/apply/line.ts';
import { deliver } from '../../src/backup/deliver.ts';
import { DistantDisk } from '../../src/backup/distant.ts';
import type { Manifest, Origin } from '../../src/backup/manifest.ts';
import { backupsIn, verifyBackup } from '../../src/backup/verify.ts';
import { verifyDistant } from '../../src/backup/verify-distant.ts';
import { ok } from '../../src/diagnostic.ts';
import { partBytes } from '../../src/shell/fill.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { type Keeping, KeepingNode } from '../backup/keeping.ts';
import { type Manners, ReadingNode } from '../backup/node.ts';
import { type TestNode, testNode } from './node.ts';

const noise = (bytes: number, seed: number): Buffer =>
  Buffer.alloc(bytes, Buffer.from(Array.from({ length: 997 }, (_, at) => (at * seed + (at >> 3)) % 256)));
const root = Buffer.concat([noise(partBytes, 7), Buffer.alloc(partBytes), noise(4096, 13)]);
const data = Buffer.concat([noise(partBytes, 5), Buffer.alloc(8192)]);
const name = 'web.at.monday';
const origin: Origin = {
  ...{ version: 1, type: 'backup', site: 'home', vm: 'web', set: 'monday', node: 'alpha', partBytes },
  disks: [
    { volume: 'web-root', group: 'vg0', uuid: 'uuid-0', bytes: root.length },
    { volume: 'data', group: 'vg0', uuid: 'uuid-1', bytes: data.length },
  ],
};

let node: TestNode;
let folder: string;
beforeEach(() => {
  node = testNode();
  // Whatever a folder may be called.
  folder = `${node.root}/it's "$(touch ran)" -n; touch ran`;
  mkdirSync(folder);
});
afterEach(() => {
  expect(existsSync('ran')).toBe(false);
  node.remove();
});

/** Time passes only while somebody waits for a node. */
function clock(): Clock {
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

interface Wish {
  readonly reading?: Manners;
  readonly keeping?: Keeping;
  readonly into?: string;
  readonly origin?: Origin;
  readonly signal?: AbortSignal;
}

/** One run of the command. */
async function run({ reading = {}, keeping = {}, into = folder, origin: of = origin, signal }: Wish = {}) {
  const source = new ReadingNode([root, data], reading);
  const target = new KeepingNode(node, keeping);
  const time = clock();
  const lineTo = (connection: Connection): Line =>
    new Line(connection, {
      clock: time,
      reconnectSeconds: 300,
      onEvent: () => undefined,
      connect: async () => ok(connection),
    });
  let touched = false;
  const result = await deliver({
    source: lineTo(source.connection),
    target: lineTo(target.connection),
    clock: time,
    disks: of.disks.map(({ uuid, bytes }, at) => ({ device: `/dev/${at}`, uuid, select: '', bytes })),
    kept: of.disks.map((disk) => new DistantDisk(disk)),
    origin: of,
    folder: into,
    name,
    made: () => '2026-01-01T00:00:00Z',
    signal: signal ?? new AbortController().signal,
    touch: () => {
      touched = true;
    },
    onPart: () => undefined,
  });
  return { result, source, target, touched, codes: result.diagnostics.map(({ code }) => code) };
}

async function whole(result: Awaited<ReturnType<typeof run>>['result']): Promise<void> {
  expect(result.diagnostics).toEqual([]);
  const path = `${folder}/${name}`;
  expect(readFileSync(`${path}/web-root.raw`).equals(root)).toBe(true);
  expect(readFileSync(`${path}/data.raw`).equals(data)).toBe(true);
  expect(readdirSync(folder)).toEqual([name]);
  expect(readdirSync(path).sort()).toEqual(['data.raw', 'manifest.json', 'web-root.raw']);
  const [found] = await backupsIn(folder);
  const verified = found === undefined ? undefined : await verifyBackup(found);
  expect(verified?.diagnostics).toEqual([]);
  expect(verified?.ok && verified.value).toEqual(result.ok ? result.value : undefined);
}

test('the same files as on this machine, sparse, under the name only when they are whole', async () => {
  const { result, touched } = await run();
  await whole(result);
  expect(touched).toBe(true);
  const [file, own] = [statSync(`${folder}/${name}/web-root.raw`), statSync(`${folder}/${name}`)];
  expect(file.blocks * 512).toBeLessThan(root.length - partBytes / 2);
  expect([file.mode & 0o077, own.mode & 0o077]).toEqual([0, 0]);
});

test.each([
  ['the source, in the middle of a part', { reading: { cuts: [3_000_000] } }, 1],
  ['the source, again and again', { reading: { cuts: [100, 5_000_000, 60] } }, 1],
  ['the target, before it takes anything', { keeping: { cuts: [0] } }, 2],
  ['the target, in the head of a part', { keeping: { cuts: [20] } }, 2],
  ['the target, in the middle of a part', { keeping: { cuts: [3_000_000] } }, 2],
  ['the target, in the second disk', { keeping: { cuts: [partBytes + 6000] } }, 2],
  ['the target, in its manifest', { keeping: { cuts: [2 * partBytes + 4096 + 460] } }, 2],
  ['the target, and its answer that all is whole', { keeping: { deaf: 'kept' as const } }, 2],
  ['both', { reading: { cuts: [3_000_000, 100] }, keeping: { cuts: [50, 1_000_000] } }, 3],
])('a line that is lost: %s. The next one goes on', async (_, wish, conversations) => {
  const { result, target } = await run(wish);
  await whole(result);
  expect(target.conversations).toBe(conversations);
});

test('what is there already is not asked for again', async () => {
  const first = await run({ keeping: { cuts: [partBytes + 200, 0, 0, 0, 0, 0] } });
  expect(first.codes).toEqual(['backup/line-lost']);
  expect(existsSync(`${folder}/${name}`)).toBe(false);
  const again = await run();
  await whole(again.result);
  expect(again.source.asked[0]?.[0]).toBeGreaterThan(0);
});

describe('what a run that broke off has left', () => {
  const partial = (file: string): string => `${folder}/${name}.partial/${file}`;
  beforeEach(async () => {
    await run({
      reading: { code: 1, stderr: 'Input/output error', spoil: (answer) => answer.subarray(0, 2 * partBytes) },
    });
    expect(readFileSync(partial('web-root.parts'), 'utf8').split('\n')).toHaveLength(4);
  });
  const spoil = (file: string, at: number): void => {
    const bytes = readFileSync(partial(file));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(partial(file), bytes);
  };
  test.each([
    ['nothing is wrong', () => undefined, 3],
    ['a part that is not as its line says', () => spoil('web-root.raw', 100), 0],
    ['a part of zeros that is none', () => spoil('web-root.raw', partBytes + 5), 1],
    ['a line that was cut', () => truncateSync(partial('web-root.parts'), 68), 1],
    ['a line that says nothing', () => writeFileSync(partial('web-root.parts'), 'zero\n'), 0],
    ['lines of parts that are not there', () => appendFileSync(partial('data.parts'), `${'0'.repeat(64)}\n`), 3],
    ['a disk that was cut', () => truncateSync(partial('web-root.raw'), 5), 0],
  ])('%s: it is read anew from there on', async (_, change, from) => {
    change();
    const { result, source } = await run();
    await whole(result);
    expect(source.asked).toEqual([[from, 0]]);
  });

  test('of another snapshot: nothing is added to it (C3)', async () => {
    const disks = origin.disks.map((disk) => ({ ...disk, uuid: `another-${disk.uuid}` }));
    const before = readFileSync(partial('web-root.raw'));
    const { codes, touched } = await run({ origin: { ...origin, disks } });
    expect([codes, touched, readFileSync(partial('web-root.raw')).equals(before)]).toEqual([
      ['backup/of-another'],
      false,
      true,
    ]);
  });
});

test('one that is there already stays as it is', async () => {
  mkdirSync(`${folder}/${name}`);
  writeFileSync(`${folder}/${name}/manifest.json`, '{}\n');
  const { codes, touched } = await run();
  expect([codes, touched, readdirSync(folder)]).toEqual([['backup/is-there'], false, [name]]);
});

test('a folder that is not there may be a disk that is not mounted: it is not made', async () => {
  const { codes, touched } = await run({ into: `${folder}/gone` });
  expect([codes, touched, readdirSync(folder)]).toEqual([['backup/not-written'], false, []]);
});

test('a link in its place is not followed', async () => {
  mkdirSync(`${node.root}/elsewhere`);
  symlinkSync(`${node.root}/elsewhere`, `${folder}/${name}.partial`);
  expect((await run()).codes).toEqual(['backup/not-written']);
  expect(readdirSync(`${node.root}/elsewhere`)).toEqual([]);
});

test('two at once: the second is refused, and takes nothing from the first', async () => {
  const first = new KeepingNode(node, {});
  const stop = new AbortController();
  const held = run({ keeping: { hold: stop.signal } });
  await first.untilHeld(`${folder}/${name}.partial`);
  expect((await run()).codes).toEqual(['backup/busy']);
  stop.abort();
  await whole((await held).result);
});

test('a disk of the node that is full: it says so, what came stays, and the same goes on', async () => {
  const bin = `${node.root}/bin`;
  mkdirSync(bin);
  const full =
    '#!/bin/sh\ncase $* in *conv=notrunc*seek=0*|*seek=2*) echo "dd: error writing: No space left on device" >&2; exit 1 ;; esac\nexec /bin/dd "$@"\n';
  writeFileSync(`${bin}/dd`, full, { mode: 0o755 });
  const { result, codes, touched } = await run({ keeping: { path: bin } });
  expect([codes, touched]).toEqual([['backup/not-written'], true]);
  expect(result.diagnostics[0]?.detail).toContain('No space left on device');
  expect([existsSync(`${folder}/${name}`), existsSync(`${folder}/${name}.partial`)]).toEqual([false, true]);
  const again = await run();
  await whole(again.result);
  expect(again.source.asked).toEqual([[2, 0]]);
});

test('what was written is not what came: it is never called whole', async () => {
  const bin = `${node.root}/bin`;
  mkdirSync(bin);
  // A disk that forgets what it was told.
  writeFileSync(`${bin}/dd`, '#!/bin/sh\ncase $* in *conv=notrunc*) exit 0 ;; esac\nexec /bin/dd "$@"\n', {
    mode: 0o755,
  });
  const { codes } = await run({ keeping: { path: bin } });
  expect([codes, existsSync(`${folder}/${name}`)]).toEqual([['backup/not-written'], false]);
});

test('a part that was changed on its way is not kept', async () => {
  const { codes } = await run({ keeping: { spoil: true } });
  expect([codes, existsSync(`${folder}/${name}`)]).toEqual([['backup/not-written'], false]);
});

test('a snapshot that was removed or overflowed meanwhile: it is never called whole (L5)', async () => {
  const { codes } = await run({
    reading: { code: 75, stderr: 'not valid any more', spoil: (answer) => answer.subarray(0, -4) },
  });
  expect([codes, existsSync(`${folder}/${name}`)]).toEqual([['backup/snapshot-changed'], false]);
});

test('an interrupt leaves what came', async () => {
  const stop = new AbortController();
  stop.abort();
  const { result } = await run({ signal: stop.signal });
  expect(result).toMatchObject({ ok: true, value: 'interrupted' });
  expect(existsSync(`${folder}/${name}`)).toBe(false);
});

test('the manifest says what is there', async () => {
  const { result } = await run();
  const manifest = JSON.parse(readFileSync(`${folder}/${name}/manifest.json`, 'utf8')) as Manifest;
  expect(manifest).toEqual(result.ok ? result.value : undefined);
  expect(manifest.disks[0]?.sha256).toBe(createHash('sha256').update(root).digest('hex'));
});

describe('verified by the node that keeps it', () => {
  const file = (one: string): string => `${folder}/${name}/${one}`;
  const verified = async (keeping: Keeping = {}, path = `${folder}/${name}`) => {
    const { connection } = new KeepingNode(node, keeping);
    return verifyDistant(connection, path);
  };
  beforeEach(async () => {
    await whole((await run()).result);
  });
  const changed = (one: string, change: (before: Buffer) => Buffer): void =>
    writeFileSync(file(one), change(readFileSync(file(one))));
  const flipped = (at: number) => (before: Buffer) => {
    const bytes = Buffer.from(before);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const manifest = (from: RegExp | string, to: string) => (before: Buffer) =>
    Buffer.from(before.toString().replace(from, to));

  test('it is what it was', async () => {
    expect(await verified()).toMatchObject({ ok: true, value: { vm: 'web', set: 'monday' }, diagnostics: [] });
  });

  test.each([
    ['a byte', () => changed('web-root.raw', flipped(5)), 'backup/other-parts', /web-root\.raw: part 0\./],
    ['a byte among zeros', () => changed('web-root.raw', flipped(partBytes + 5)), 'backup/other-parts', /: part 1\./],
    ['its length', () => truncateSync(file('data.raw'), 5), 'backup/other-length', /data\.raw has 5 bytes/],
    ['its end', () => appendFileSync(file('data.raw'), 'x'), 'backup/other-length', /data\.raw/],
    ['a name', () => changed('manifest.json', manifest('"data"', '"../data"')), 'backup/no-manifest', /no manifest/],
    [
      'the sum of a disk',
      () => changed('manifest.json', manifest(/"sha256":"\w+/, `"sha256":"${'0'.repeat(64)}`)),
      'backup/other-sum',
      /web-root\.raw/,
    ],
    ['its lines', () => changed('manifest.json', manifest('{', '{\n')), 'backup/not-readable', /not understood/],
    ['a disk: it is gone', () => rmSync(file('data.raw')), 'backup/not-readable', /data\.raw is not there/],
    ['its manifest: it is gone', () => rmSync(file('manifest.json')), 'backup/not-readable', /not whole/],
  ])('one in which %s was changed is not, and it says where', async (_, change, code, detail) => {
    change();
    expect((await verified()).diagnostics).toMatchObject([{ code, detail: expect.stringMatching(detail) }]);
  });

  test.each([
    ['in the first conversation', [5]],
    ['in the second', [undefined, 900]],
  ])('a line that is lost %s is no answer (C5)', async (_, cuts) => {
    expect((await verified({ cuts: cuts as number[] })).diagnostics).toMatchObject([{ code: 'backup/not-readable' }]);
  });

  test('a folder that is none', async () => {
    expect((await verified({}, `${folder}/gone`)).diagnostics).toMatchObject([{ code: 'backup/not-readable' }]);
  });
});
