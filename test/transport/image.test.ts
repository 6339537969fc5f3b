import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { framesFrom } from '../../src/apply/image.ts';
import type { ImageFile } from '../../src/shell/command.ts';
import { partBytes } from '../../src/shell/fill.ts';
import { forgetImages, type OpenImage, openImage } from '../../src/transport/image.ts';
import { lookAtImage } from '../../src/transport/image-header.ts';

const hasQemu = spawnSync('qemu-img', ['--version']).status === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sanctl-image-'));
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** 9 MiB: data, a part of zeros, data. */
function rawImage(): ImageFile {
  const path = join(folder, 'disk.raw');
  writeFileSync(path, Buffer.concat([Buffer.alloc(partBytes, 7), Buffer.alloc(partBytes), Buffer.alloc(2 ** 20, 9)]));
  return { path, format: 'raw', sha256: sha256(path) };
}

function qcowOf(raw: string, ...more: readonly string[]): ImageFile {
  const path = join(folder, 'disk.qcow2');
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...more, raw, path]);
  return { path, format: 'qcow2', sha256: sha256(path) };
}

async function opened(image: ImageFile): Promise<OpenImage> {
  const found = await openImage(image, join(folder, 'cache'));
  if (!found.ok) throw new Error(JSON.stringify(found.diagnostics));
  return found.value;
}

async function refusals(image: ImageFile): Promise<readonly string[]> {
  const found = await openImage(image, join(folder, 'cache'));
  return found.diagnostics.map(({ code }) => code);
}

describe('a raw image', () => {
  test('is sent in parts, from any of them on, without its zeros', async () => {
    const image = await opened(rawImage());
    const said: string[] = [];
    for await (const frame of framesFrom(image, 0))
      said.push(
        frame.is === 'part' ? `part ${frame.at} ${frame.data.length} of ${frame.data[0]}` : JSON.stringify(frame),
      );
    expect(said).toEqual([
      `part 0 ${partBytes} of 7`,
      '{"is":"zeros","at":1,"end":2}',
      'part 2 1048576 of 9',
      `{"is":"end","sha256":"${image.sha256}"}`,
    ]);
    const rest: string[] = [];
    for await (const frame of framesFrom(image, 3)) rest.push(frame.is);
    expect(rest).toEqual(['end']);
    await image.close();
  });

  test('that is another one is never opened', async () => {
    expect(await refusals({ ...rawImage(), sha256: '0'.repeat(64) })).toEqual(['fill/other-image']);
  });

  test('that is not there, or ends while it is read', async () => {
    expect(await refusals({ path: join(folder, 'none'), format: 'raw', sha256: '0'.repeat(64) })).toEqual([
      'fill/unreadable-image',
    ]);
    const file = rawImage();
    const image = await opened(file);
    truncateSync(file.path, partBytes + 5);
    const said: string[] = [];
    for await (const frame of framesFrom(image, 1)) said.push(JSON.stringify(frame));
    expect(said.join()).toContain('the image could not be read');
    await image.close();
  });

  test('tells its size at a look; what is no whole number of sectors is no disk', () => {
    const image = rawImage();
    expect(lookAtImage(image)).toEqual({ known: true, value: 9 * 2 ** 20 });
    truncateSync(image.path, 1000);
    expect(lookAtImage(image)).toMatchObject({ known: false });
    expect(lookAtImage({ ...image, path: folder })).toMatchObject({ known: false, why: 'it is not a file' });
    expect(lookAtImage({ ...image, format: 'qcow2' })).toMatchObject({ known: false, why: 'it is not a qcow2 image' });
  });
});

describe.skipIf(!hasQemu)('a qcow2 image', () => {
  test('is the disk that is in it; what was made of it goes once all is filled', async () => {
    const raw = rawImage();
    const image = qcowOf(raw.path, '-c');
    expect(lookAtImage(image)).toEqual({ known: true, value: 9 * 2 ** 20 });
    const disk = await opened(image);
    expect([disk.bytes, disk.sha256]).toEqual([9 * 2 ** 20, raw.sha256]);
    await disk.close();
    expect(readdirSync(join(folder, 'cache'))).toEqual([`${image.sha256}.raw`]);
    await forgetImages([image], join(folder, 'cache'));
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });

  test('that stands on another file of this machine is refused', () => {
    const raw = rawImage();
    const path = join(folder, 'above.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', raw.path, '-F', 'raw', path]);
    expect(lookAtImage({ path, format: 'qcow2', sha256: '' })).toMatchObject({
      why: expect.stringContaining('backing file'),
    });
    const data = join(folder, 'data.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${join(folder, 'x')}`, data, '8M']);
    expect(lookAtImage({ path: data, format: 'qcow2', sha256: '' })).toMatchObject({
      why: 'its data stand in another file',
    });
  });

  test('is not taken for a raw one', () => {
    const image = qcowOf(rawImage().path);
    expect(lookAtImage({ ...image, format: 'raw' })).toMatchObject({ why: expect.stringContaining('qcow2') });
  });

  test('that qemu-img cannot read leaves nothing', async () => {
    const path = join(folder, 'bad.qcow2');
    writeFileSync(path, 'QFI\xfb and then nothing', 'latin1');
    expect(await refusals({ path, format: 'qcow2', sha256: sha256(path) })).toEqual(['fill/not-converted']);
    expect(existsSync(join(folder, 'cache', `${sha256(path)}.raw`))).toBe(false);
  });
});
