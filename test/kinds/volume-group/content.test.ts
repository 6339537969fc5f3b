/** The question about a disk's content, asked by a real shell of images (Q6); only `blockdev` is played, by a file's size. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { contentQuestion } from '../../../src/kinds/volume-group/gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'sanctl-content-'));
writeFileSync(join(folder, 'blockdev'), '#!/bin/sh\nexec stat -c %s -- "$2"\n');
chmodSync(join(folder, 'blockdev'), 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

const mebibyte = 2 ** 20;
const size = 64 * mebibyte;

function ask(bytes: number, ...places: readonly number[]) {
  const image = join(folder, 'image');
  const file = openSync(image, 'w');
  ftruncateSync(file, bytes);
  for (const place of places) writeSync(file, 'x', place);
  closeSync(file);
  return question(image);
}

function question(path: string) {
  const [program, ...words] = contentQuestion(path);
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, LC_ALL: 'C' };
  const { status, stdout } = spawnSync(program, words, { env, encoding: 'utf8' });
  return [status, stdout];
}

test('a blank disk', () => expect(ask(size)).toEqual([0, 'zero\n']));
test('the smallest disk', () => expect(ask(8 * mebibyte)).toEqual([0, 'zero\n']));
test('a label', () => expect(ask(size, 0x218)).toEqual([0, 'zero after 1 MiB\n']));
test('the last byte of the first MiB', () => expect(ask(size, mebibyte - 1)).toEqual([0, 'zero after 1 MiB\n']));
test('the byte after it', () => expect(ask(size, mebibyte)).toEqual([0, 'data at 1048576\n']));
test('a label and data', () => expect(ask(size, 0x218, 4 * mebibyte - 1)).toEqual([0, 'data at 1048576\n']));
test('DRBD metadata in the last 4 MiB', () => expect(ask(size, size - 4096)).toEqual([0, 'data at 62914560\n']));
test('the very last byte', () => expect(ask(size, size - 1)).toEqual([0, 'data at 62914560\n']));

test.each(Array.from({ length: 16 }, (_, at) => [at + 1]))('a byte at sample %i between', (at) => {
  const place = Math.floor((Math.floor(size / 17) * at) / 4096) * 4096;
  const found = place < 4 * mebibyte ? 1048576 : place;
  expect(ask(size, place)).toEqual([0, `data at ${found}\n`]);
});

test('too small to be looked at, or not there: no answer', () => {
  expect(ask(8 * mebibyte - 1)).toEqual([2, '']);
  expect(question(join(folder, 'nowhere'))).toEqual([2, '']);
});

test('a disk that the kernel has built something on is held, and not read (C2)', () => {
  ask(size);
  mkdirSync(join(folder, 'block', 'image', 'holders', 'dm-0'), { recursive: true });
  const [program, option, script = '', ...words] = contentQuestion(join(folder, 'image'));
  const here = script.replaceAll('/sys/class/block', join(folder, 'block'));
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, LC_ALL: 'C' };
  expect(spawnSync(program, [option ?? '', here, ...words], { env, encoding: 'utf8' }).stdout).toBe('held\n');
});
