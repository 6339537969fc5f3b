/** The room for metadata, held against the real drbdmeta on image files. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { metadataBytes } from '../../../src/kinds/drbd/size.ts';

const mebibyte = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'sanctl-drbdmeta-'));
afterAll(() => rmSync(folder, { recursive: true }));
const usable = process.getuid?.() === 0 && spawnSync('drbdmeta', ['--version']).error === undefined;

test.each([
  // The lab: DRBD 8.4.11 left 69592 KiB usable of a slice of 68 MiB.
  [69592 * 1024, 1, 40 * 1024],
  [2 ** 30, 1, 72 * 1024],
  [2 ** 30, 7, 288 * 1024],
])('%d bytes for %d peers need %d', (bytes, peers, needed) => expect(metadataBytes(bytes, peers)).toBe(needed));

/** What drbdmeta leaves usable of an image of so many bytes: all in front of its bitmap. */
function leftOver(bytes: number, version: 'v08' | 'v09', peers: number): number {
  const image = join(folder, 'image');
  writeFileSync(image, '');
  truncateSync(image, bytes);
  const words = version === 'v09' ? [String(peers)] : [];
  const made = spawnSync('drbdmeta', ['--force', '1048570', version, image, 'internal', 'create-md', ...words], {
    encoding: 'utf8',
  });
  expect(made.status, made.stderr).toBe(0);
  const dumped = spawnSync('drbdmeta', ['--force', '1048570', version, image, 'internal', 'dump-md'], {
    encoding: 'utf8',
  }).stdout;
  return Number(/^# bm_offset (\d+)$/m.exec(dumped)?.[1] ?? Number.NaN);
}

describe.skipIf(!usable)('drbdmeta', () => {
  const sizes = [4, 5, 64, 127, 128, 129, 1000, 4096, 40_000].map((count) => count * mebibyte);
  test.each(
    sizes.flatMap((bytes) => [[bytes, 'v08', 1] as const, [bytes, 'v09', 1] as const, [bytes, 'v09', 7] as const]),
  )('%d bytes, %s, %d peers: enough is left', (bytes, version, peers) => {
    expect(leftOver(bytes + metadataBytes(bytes, peers), version, peers)).toBeGreaterThanOrEqual(bytes);
  });

  test('a mutant with too little room is caught', () => {
    const bytes = 64 * mebibyte;
    expect(leftOver(bytes + metadataBytes(bytes, 1) - 8192, 'v08', 1)).toBeLessThan(bytes);
  });
});

test.skipIf(usable)('SKIPPED: drbdmeta on files needs root and drbd-utils', () => expect(usable).toBe(false));
