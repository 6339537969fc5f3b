/** Image files of a node, and the units that make block devices of them. */
import { command, type Probe, type ProbeOutputs } from '../../shell/command.ts';
import { imageRecords, imageUnit } from '../array/paths.ts';
import { answer, failure, known, type Reading, read, unknown, whole } from '../reading.ts';
import type { Image } from '../site/storage.ts';
import { parseUnit, type Unit, unitProbe } from '../unit.ts';

export interface ImageFacts {
  /** By name. */
  readonly files: Readonly<Record<string, Reading<ImageFile | 'absent'>>>;
  /** By name: what sanctl made, as `INODE PATH`. */
  readonly records: Readonly<Record<string, Reading<string | 'absent'>>>;
  /** By name: the inode of a file that has not got its name yet. */
  readonly parts: Readonly<Record<string, Reading<number | 'absent'>>>;
  /** By name, of those that are used through a loop device. */
  readonly units: Readonly<Record<string, Reading<Unit>>>;
}

export interface ImageFile {
  readonly regular: boolean;
  readonly bytes: number;
  readonly allocatedBytes: number;
  readonly inode: number;
}

/** Behind the path of an image while it is made. */
export const partSuffix = '.sanctl-part';

export function probes(images: readonly Image[], loops: readonly Image[]): readonly Probe[] {
  return [
    ...images.flatMap(({ name, path }) => [
      { name: `image.file:${name}`, command: command('stat', '--format=%s %b %B %i %F', '--', path) },
      { name: `image.record:${name}`, command: command('cat', '--', `${imageRecords}/${name}`) },
      { name: `image.part:${name}`, command: command('stat', '--format=%i', '--', `${path}${partSuffix}`) },
    ]),
    ...loops.map(({ name }) => unitProbe('image', imageUnit(name))),
  ];
}

export function parse(outputs: ProbeOutputs, images: readonly Image[], loops: readonly Image[]): ImageFacts {
  const each = <T>(list: readonly Image[], one: (name: string) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(list.map(({ name }) => [name, one(name)]));
  return {
    files: each(images, (name) => orAbsent(outputs, `image.file:${name}`, parseFile)),
    records: each(images, (name) => orAbsent(outputs, `image.record:${name}`, (text) => text.trimEnd())),
    parts: each(images, (name) => orAbsent(outputs, `image.part:${name}`, (text) => whole(text.trimEnd()))),
    units: each(loops, (name) => parseUnit(outputs, 'image', imageUnit(name))),
  };
}

/** Absent is what the kernel itself says; any other failure proves nothing (C5). */
export function orAbsent<T>(
  outputs: ProbeOutputs,
  probe: string,
  reader: (text: string) => T | undefined,
): Reading<T | 'absent'> {
  const said = answer(outputs, probe);
  if (!said.known) return said;
  const { code, stdout, stderr } = said.value;
  if (code === 0) return read(known(stdout), probe, reader);
  return code === 1 && /: No such file or directory\n$/.test(stderr)
    ? known('absent')
    : unknown(failure(probe, said.value));
}

function parseFile(text: string): ImageFile | undefined {
  const [size, blocks, blockSize, number, ...type] = text.trimEnd().split(' ');
  const [bytes, count, unit, inode] = [whole(size), whole(blocks), whole(blockSize), whole(number)];
  if (bytes === undefined || count === undefined || unit === undefined || inode === undefined) return undefined;
  return { regular: type.join(' ') === 'regular file', bytes, allocatedBytes: count * unit, inode };
}
